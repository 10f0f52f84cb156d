// One run: throws for a while, looks at the router once a second, and at its trace at the end.
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { evidence, type Evidence } from './evidence.ts'
import type { Fault } from './finding.ts'
import type { Material } from './material.ts'
import { health, isOverSoon, KEPT, peers, PROBLEM, startDaemons, startServe, type Health } from './target.ts'
import { perform, type Flight } from './thrower.ts'
import { bytesThrown, throwOf } from './throws.ts'
import type { ServeProcess } from '../../test/support/serve-process.ts'

/** Iterations that are under way at once. */
const WORKERS = 12
const LOOK = 1000
/** How long the sockets of the last iterations have to be gone. Milliseconds. */
const QUIET = 4000
/** Octets of memory that a run may have at its end beyond what it had after a quarter of it. */
const GROWTH = 160 * 1024 * 1024

export interface RunOptions {
  readonly seed: number
  /** Seconds. */
  readonly seconds: number
  /** First iteration. */
  readonly first: number
  readonly material: Material
  /** Longest stall of the event loop that is no finding, seconds. */
  readonly stall: number
  readonly progress: (line: string) => void
}

export interface RunResult {
  readonly iterations: number
  /** Of all octets thrown: the same for a seed and a number of iterations. */
  readonly digest: string
  readonly faults: readonly Fault[]
  readonly longestStall: number
  readonly before: Health
  /** At a quarter of the time, and after the last connection was gone. */
  readonly quarter: Health
  readonly after: Health | undefined
  readonly evidence: Evidence | undefined
}

export async function run(options: RunOptions): Promise<RunResult> {
  const directory = mkdtempSync(join(tmpdir(), 'routewitness-fuzz-'))
  const started: AsyncDisposable[] = []
  try {
    const serve = await startServe(directory)
    started.push(serve)
    await startDaemons(serve, started)
    return await throwAt(serve, join(directory, 'trace'), options)
  } finally {
    for (const one of started.reverse()) await one[Symbol.asyncDispose]()
    rmSync(directory, { recursive: true, force: true })
  }
}

async function throwAt(serve: ServeProcess, trace: string, options: RunOptions): Promise<RunResult> {
  const { seed, seconds, first, material, progress } = options
  const watch = new Watch(serve, options.stall, await sessionsOf(serve))
  const before = await health(serve)
  const flights: Flight[] = []
  let next = first
  const begun = performance.now()
  const spent = (): number => (performance.now() - begun) / 1000
  const going = (): boolean => spent() < seconds && watch.faults.length === 0
  const workers = Array.from({ length: WORKERS }, async () => {
    while (going()) flights.push(...(await perform(throwOf(seed, next++, material), serve.port)))
  })
  let quarter = before
  let looked = first
  for (let round = 1; going(); round++) {
    await new Promise((resolve) => setTimeout(resolve, LOOK))
    const upTo = next
    const now = await watch.look(Math.max(first, looked - WORKERS), upTo)
    looked = upTo
    if (now === undefined) break
    if (spent() <= Math.max(2, seconds / 4)) quarter = now
    if (round % 10 === 0) progress(`${spent().toFixed(0)} s, iteration ${next}: ${textOf(now)}`)
  }
  await Promise.all(workers)
  const after =
    watch.faults.length > 0 ? undefined : await afterwards(watch, { before, quarter, first, next })
  if (!serve.isOver) await serve[Symbol.asyncDispose]()
  const found = await evidence(trace, flights.sort(inOrder), options).catch((error: unknown) => {
    watch.fault('record', `the trace cannot be read: ${String(error)}`, first, next - 1)
    return undefined
  })
  for (const { iteration, what } of found?.faults ?? []) watch.fault('record', what, iteration, iteration)
  return {
    iterations: next - first,
    digest: digestOf(options, next),
    faults: watch.faults,
    longestStall: watch.longestStall,
    before,
    quarter,
    after,
    evidence: found,
  }
}

/** When all is over: nothing may be left of it. */
async function afterwards(
  watch: Watch,
  { before, quarter, first, next }: { before: Health; quarter: Health; first: number; next: number },
): Promise<Health | undefined> {
  await new Promise((resolve) => setTimeout(resolve, QUIET))
  const after = await watch.look(Math.max(first, next - 2 * WORKERS), next - 1)
  if (after === undefined) return undefined
  const grown = (kind: 'memory' | 'open', what: string): void => watch.fault(kind, what, first, next - 1)
  if (after.connections > before.connections)
    grown('open', `${after.connections} connections are open instead of ${before.connections}`)
  if (after.descriptors > before.descriptors + 4)
    grown('open', `${after.descriptors} descriptors are open instead of ${before.descriptors}`)
  if (after.rss > Math.max(quarter.rss, before.rss) + GROWTH)
    grown('memory', `memory grew from ${mebibytes(quarter.rss)} to ${mebibytes(after.rss)} MiB`)
  return after
}

/** Looks at the router, and notes what is wrong. */
class Watch {
  readonly faults: Fault[] = []
  longestStall = 0
  readonly #serve: ServeProcess
  readonly #stall: number
  readonly #sessions: ReadonlyMap<string, number>

  constructor(serve: ServeProcess, stall: number, sessions: ReadonlyMap<string, number>) {
    this.#serve = serve
    this.#stall = stall
    this.#sessions = sessions
  }

  fault(kind: Fault['kind'], what: string, from: number, to: number): void {
    this.faults.push({ kind, what, from, to })
  }

  /** @returns undefined when the router does not answer, which is a fault */
  async look(from: number, to: number): Promise<Health | undefined> {
    const serve = this.#serve
    try {
      const now = await health(serve)
      this.longestStall = Math.max(this.longestStall, now.stall)
      if (now.stall > this.#stall) this.fault('stall', `the event loop stood for ${now.stall} s`, from, to)
      if (now.lost > 0) this.fault('record', `${now.lost} events are not in the trace`, from, to)
      const problem = PROBLEM.exec(serve.text)?.[0]
      if (problem !== undefined) this.fault('problem', problem, from, to)
      await this.#lookAtPeers(from, to)
      return now
    } catch (error) {
      if (await isOverSoon(serve))
        this.fault('ended', `serve ended with ${await serve.ended}: ${serve.text.slice(-2000)}`, from, to)
      else this.fault('silence', String(error), from, to)
      return undefined
    }
  }

  async #lookAtPeers(from: number, to: number): Promise<void> {
    const rows = await peers(this.#serve)
    for (const [identifier, routes] of KEPT) {
      const row = rows.find((one) => one.identifier === identifier)
      const session = this.#sessions.get(identifier)
      if (row?.state === 'established' && row.routes === routes && row.session === session) continue
      const seen = row === undefined ? 'gone' : `${row.state}, ${row.routes} routes, session ${row.session}`
      const why = row?.lastClose === undefined ? '' : ` (${row.lastClose})`
      this.fault(
        'session',
        `${identifier} was to stay in session ${session} with ${routes} routes; now ${seen}${why}`,
        from,
        to,
      )
    }
  }
}

async function sessionsOf(serve: ServeProcess): Promise<Map<string, number>> {
  return new Map((await peers(serve)).map(({ identifier, session }) => [identifier, session]))
}

function digestOf({ seed, first, material }: RunOptions, next: number): string {
  const hash = createHash('sha256')
  for (let iteration = first; iteration < next; iteration++)
    for (const one of throwOf(seed, iteration, material).connections) hash.update(bytesThrown(one))
  return hash.digest('hex').slice(0, 16)
}

const inOrder = (a: Flight, b: Flight): number => a.iteration - b.iteration || a.index - b.index

export function mebibytes(octets: number): string {
  return (octets / 2 ** 20).toFixed(0)
}

export function textOf({ rss, heap, descriptors, connections, stall, accepted }: Health): string {
  return (
    `memory ${mebibytes(rss)} MiB, heap ${mebibytes(heap)} MiB, ${descriptors} descriptors, ` +
    `${connections} connections of ${accepted}, longest stall ${(stall * 1000).toFixed(0)} ms`
  )
}
