// From a fault to a file: the iterations around it are thrown again, reduced, and kept as vectors.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { keepalive, open } from '../../test/support/speaker-messages.ts'
import { toHex } from '../../test/support/hex.ts'
import { RawPeer } from '../../test/support/raw-peer.ts'
import { opinionOf, type Vector } from '../../test/support/vectors.ts'
import type { ServeProcess } from '../../test/support/serve-process.ts'
import { evidence } from './evidence.ts'
import { Growing } from './growing.ts'
import type { Material } from './material.ts'
import { reduced } from './reduce.ts'
import { health, isOverSoon, peers, PROBLEM, startServe, withServe } from './target.ts'
import { perform } from './thrower.ts'
import { throwOf, type Throw } from './throws.ts'

/** What can go wrong. */
export type FaultKind = 'ended' | 'problem' | 'session' | 'stall' | 'memory' | 'open' | 'silence' | 'record'

export interface Fault {
  readonly kind: FaultKind
  readonly what: string
  /** First and last iteration that may have led to it. */
  readonly from: number
  readonly to: number
}

export interface Reduction {
  /** False when it did not come again: then `messages` is empty. */
  readonly again: boolean
  readonly iterations: readonly number[]
  readonly messages: readonly Uint8Array[]
}

/** Iterations that are enough to find again what happened all the time. */
const SAMPLE = 2000

interface Context {
  readonly seed: number
  readonly material: Material
  /** Seconds. */
  readonly stall: number
  /** The router that is thrown at, in a folder of its own, with more of Node's options. */
  readonly start?: (directory: string, flags?: string) => Promise<ServeProcess>
}

/** Throws again, at a router of its own, and reduces what shows the fault: iterations, then messages. */
export async function reduce(fault: Fault, context: Context): Promise<Reduction> {
  const { seed, material } = context
  const shows = showing(fault.kind, context)
  const from = isSlow(fault.kind) ? Math.max(fault.from, fault.to - SAMPLE + 1) : fault.from
  const all = Array.from({ length: fault.to - from + 1 }, (_, at) => throwOf(seed, from + at, material))
  if (!(await shows(all))) return { again: false, iterations: [], messages: [] }
  const throws = await reduced(all, shows, 60)
  const pieces = throws.flatMap((thrown) =>
    thrown.connections.flatMap((one, index) => one.steps.map((step) => ({ thrown, index, step }))),
  )
  const again = (left: typeof pieces): Throw[] =>
    throws.map((thrown) => ({
      ...thrown,
      connections: thrown.connections.map((one, index) => ({
        ...one,
        steps: left
          .filter((piece) => piece.thrown === thrown && piece.index === index)
          .map(({ step }) => step),
      })),
    }))
  // The octets are others then, so what the trace has to hold cannot be told from the seed.
  const left = fault.kind === 'record' ? pieces : await reduced(pieces, (some) => shows(again([...some])), 60)
  return {
    again: true,
    iterations: throws.map(({ iteration }) => iteration),
    messages: left.map(({ step }) => step.bytes),
  }
}

/** Kinds that depend on how long it went on, not on what was thrown last. */
function isSlow(kind: FaultKind): kind is 'memory' | 'open' {
  return kind === 'memory' || kind === 'open'
}

function showing(kind: FaultKind, context: Context): (list: readonly Throw[]) => Promise<boolean> {
  if (!isSlow(kind)) return (list) => showsFault(list, kind, context)
  const growing = new Growing(context.start === undefined ? {} : { start: context.start })
  return (list) => (kind === 'memory' ? growing.memory(list) : growing.leftOpen(list))
}

/** Whether a fresh router with one good peer shows a fault of this kind after these. */
async function showsFault(throws: readonly Throw[], kind: FaultKind, context: Context): Promise<boolean> {
  return withServe(context.start ?? startServe, async (serve, directory) => {
    const good = await RawPeer.dial(serve.address, { from: '127.0.0.20' })
    await good.write(
      Buffer.concat([open({ asn: 64990, identifier: '203.0.113.20', holdTime: 0 }), keepalive]),
    )
    const flights = []
    for (const thrown of throws) flights.push(...(await perform(thrown, serve.port)))
    const seen = await look(serve, context.stall)
    good.reset()
    if (seen !== undefined || kind !== 'record') return seen === kind
    await serve[Symbol.asyncDispose]()
    return (await evidence(join(directory, 'trace'), flights, context)).faults.length > 0
  })
}

/** What is wrong with a router that has one good peer, at once. */
async function look(serve: ServeProcess, stall: number): Promise<FaultKind | undefined> {
  try {
    const now = await health(serve)
    const good = (await peers(serve)).find(({ identifier }) => identifier === '203.0.113.20')
    if (PROBLEM.test(serve.text)) return 'problem'
    if (good?.state !== 'established') return 'session'
    return now.stall > stall ? 'stall' : undefined
  } catch {
    return (await isOverSoon(serve)) ? 'ended' : 'silence'
  }
}

/**
 * Writes the messages as a file of test/vectors.
 * @returns its path
 */
export function writeVectors(
  directory: string,
  fault: Fault,
  { iterations, messages }: Reduction,
  seed: number,
): string {
  const source = `fuzz, seed ${seed}, iteration ${iterations.join(', ')}: ${fault.kind}`
  const vectors = messages.map((bytes, at): Vector => {
    const found = { hex: toHex(bytes), context: {} }
    return {
      name: `fuzz ${seed}/${iterations.join('+')} message ${at + 1}`,
      source,
      ...found,
      ...opinion(found),
    }
  })
  const file = join(directory, `fuzz-${seed}-${fault.from}-${fault.kind}.json`)
  writeFileSync(file, `${JSON.stringify(vectors, undefined, 2)}\n`)
  return file
}

/** Our codec's, unless it is what is at fault. */
function opinion(vector: Pick<Vector, 'hex' | 'context'>): Pick<Vector, 'text' | 'decoded' | 'canonical'> {
  try {
    return opinionOf(vector)
  } catch (error) {
    return { text: `not decoded: ${error instanceof Error ? error.message : String(error)}`, decoded: {} }
  }
}
