// One kill: `serve` under load, ended by SIGKILL at an instant of its own, and what its trace then holds.
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { ask } from '../../src/api/client.ts'
import { loadWorld } from '../../src/trace/load.ts'
import { segmentsIn } from '../../src/trace/names.ts'
import { openTrace } from '../../src/trace/reader.ts'
import { ServeProcess } from '../../test/support/serve-process.ts'
import { FIRST, Load, numbered } from './load.ts'

const run = promisify(execFile)

export interface Plan {
  readonly number: number
  /** Milliseconds of load before the kill. */
  readonly after: number
  /**
   * 'frozen' stops the process first and asks the kernel how much it had read, which is exact; 'running' kills it in
   * the middle of whatever it does, and knows what it counted itself just before.
   */
  readonly how: 'frozen' | 'running'
  /** Octets after which a new segment begins, if ever. */
  readonly rotateBytes: number | undefined
}

export interface Outcome {
  readonly plan: Plan
  /** What is wrong; undefined when nothing is. */
  readonly problem: string | undefined
  /** UPDATEs in the trace. */
  readonly updates: number
  /** Octets that were read from the socket, as far as is known, and those of them that are in the trace. */
  readonly read: number
  readonly recorded: number
  /** The UPDATEs of the octets that are missing, counted up to the last whole one. */
  readonly missing: number
  readonly segments: number
  /** Octets behind the last whole record or line: what a reader leaves out. */
  readonly truncated: number
}

/** A kill takes two or three seconds; one that takes longer than this stands still. Milliseconds. */
const DEADLINE = 120_000

/** How far a kill has come: what is told of one that stands still. */
interface Progress {
  stage: string
  serve: ServeProcess | undefined
}

/** @param main compiled main file of the command line */
export async function kill(plan: Plan, main: string): Promise<Outcome> {
  const directory = mkdtempSync(join(tmpdir(), 'routewitness-loss-'))
  const progress: Progress = { stage: 'starting', serve: undefined }
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(standstill(progress))), DEADLINE)
  })
  try {
    return await Promise.race([killAndRead(plan, main, directory, progress), late])
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error)
    return { plan, problem, updates: 0, read: 0, recorded: 0, missing: 0, segments: 0, truncated: 0 }
  } finally {
    clearTimeout(timer)
    // Whatever went wrong, it may be stopped, and would never hear of SIGTERM.
    if (progress.serve?.isOver === false) progress.serve.signal('SIGKILL')
    rmSync(directory, { recursive: true, force: true })
  }
}

function standstill({ stage, serve }: Progress): string {
  const process = serve === undefined ? 'no process' : `process ${serve.pid}, ${stateOf(serve.pid)}`
  return `no progress for ${DEADLINE / 1000} s while ${stage}: ${process}; it said: ${serve?.text ?? ''}`
}

function stateOf(pid: number): string {
  try {
    return /^State:\s+(.*)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 'in no state'
  } catch {
    return 'gone'
  }
}

async function killAndRead(
  plan: Plan,
  main: string,
  directory: string,
  progress: Progress,
): Promise<Outcome> {
  const trace = join(directory, 'trace')
  const read = await loadAndKill(plan, main, { directory, trace }, progress)
  progress.stage = 'reading the trace'
  return await outcomeOf(plan, trace, read)
}

/** @returns octets that were read from the socket before the kill */
async function loadAndKill(
  plan: Plan,
  main: string,
  { directory, trace }: { readonly directory: string; readonly trace: string },
  progress: Progress,
): Promise<number> {
  const { rotateBytes } = plan
  const serve = await ServeProcess.start({
    main,
    directory,
    settings: {
      asn: 64512,
      identifier: '192.0.2.1',
      listen: '127.0.0.1:0',
      trace: { directory: trace, ...(rotateBytes === undefined ? {} : { rotateBytes }) },
    },
  })
  progress.serve = serve
  progress.stage = 'connecting'
  const load = await Load.start(serve.port)
  try {
    progress.stage = 'under load'
    await sleep(plan.after)
    progress.stage = 'asking how much was read'
    let read: number
    if (plan.how === 'frozen') {
      serve.signal('SIGSTOP')
      read = await readSoFar(serve, load)
    } else {
      const { stats } = await ask<{ stats: { bytesIn: number } }>(
        { socket: serve.socket },
        'GET',
        '/v1/state',
      )
      read = stats.bytesIn
    }
    progress.stage = 'being killed'
    serve.signal('SIGKILL')
    await serve.ended
    return read
  } finally {
    load.stop()
  }
}

/** Octets that a stopped process has read from its one session: what the kernel took, without what waits in it. */
async function readSoFar(serve: ServeProcess, load: Load): Promise<number> {
  while (!/^State:\s+T/m.test(await readFile(`/proc/${serve.pid}/status`, 'utf8'))) await sleep(1)
  // The kernel goes on to take what fits into its buffer; the difference stays, and is read in one go.
  // Both ends are named, because somebody else's connection may leave from the same port.
  const ours = `127.0.0.1:${serve.port}`
  const theirs = `127.0.0.1:${load.socket.localPort}`
  const { stdout } = await run('ss', ['-tinH', 'src', ours, 'and', 'dst', theirs])
  const waiting = /^ESTAB\s+(\d+)/m.exec(stdout)?.[1]
  const taken = /bytes_received:(\d+)/.exec(stdout)?.[1]
  if (waiting === undefined || taken === undefined)
    throw new Error(`ss says nothing of the session: ${stdout}`)
  if (Number(taken) > load.sent) throw new Error(`ss tells of ${taken} octets, but ${load.sent} were sent`)
  return Number(taken) - Number(waiting)
}

/** Reads the trace as every command does, and compares it with what was sent. */
async function outcomeOf(plan: Plan, directory: string, read: number): Promise<Outcome> {
  let count = 0
  let recorded = 0
  let problem: string | undefined
  let truncated = 0
  let segments = 0
  try {
    const reader = await openTrace(directory)
    const world = await loadWorld(reader, {
      onEvent: (event) => {
        if (event.type === 'gap') problem ??= `a gap of ${event.events} events: ${event.reason}`
        if (event.type !== 'message' || event.direction !== 'in') return
        const expected = messageAt(count)
        if (!Buffer.from(expected).equals(event.bytes))
          problem ??= `message ${count} is another than was sent`
        recorded += event.bytes.length
        count += 1
      },
    })
    truncated = reader.truncated.messages + reader.truncated.events
    segments = segmentsIn(await readdir(directory)).length
    const routes = [...world.speaker.peers()].reduce(
      (sum, { key }) => sum + [...world.speaker.routes(key)].length,
      0,
    )
    const expected = Math.min(20_000, Math.max(0, count - FIRST.length))
    if (routes !== expected) problem ??= `the trace folds to ${routes} routes instead of ${expected}`
  } catch (error) {
    problem = `the trace cannot be read: ${error instanceof Error ? error.message : String(error)}`
  }
  if (plan.how === 'frozen' && recorded > read)
    problem ??= `${recorded} octets recorded of ${read} that were read`
  let missing = 0
  for (let octets = recorded; ; missing++) {
    octets += messageAt(count + missing).length
    if (octets > read) break
  }
  return {
    plan,
    problem,
    updates: Math.max(0, count - FIRST.length),
    read,
    recorded,
    missing,
    segments,
    truncated,
  }
}

/** What the peer sent as its message `index`. */
function messageAt(index: number): Uint8Array {
  return FIRST[index] ?? numbered(index - FIRST.length)
}
