// Starting a receiver, finding out that it answers, and ending it.
import { execFile, spawn, type ChildProcess, type SpawnOptions } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { family, sleep } from './process.ts'

const run = promisify(execFile)
const environment = { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin:/usr/lib/frr` }

export const OUR_ASN = 64512
/** AS of the sender: its peers are external. */
export const THEIR_ASN = 65001

/** Milliseconds. */
export interface Stall {
  readonly max: number
  /** How long the main thread had a processor in the longest one; NaN where the system does not tell. */
  readonly ran: number
  readonly p99: number
}

/** Asks for event-loop stalls. */
export interface LoopProbe {
  /** The longest since `resetStall`; undefined where there is no event loop to ask. */
  stall(): Promise<Stall | undefined>
  resetStall(): void
}

/** The longest stall of a receiver, less that of an idle process at the same time. */
export async function stallBeside(running: LoopProbe, idle: LoopProbe): Promise<Stall | undefined> {
  const [ours, beside] = [await running.stall(), await idle.stall()]
  return ours && { ...ours, max: Math.max(0, ours.max - (beside?.max ?? 0)) }
}

/** A receiver that runs. */
export interface Running extends LoopProbe {
  readonly port: number
  readonly pids: readonly number[]
  /** Routes that its table holds now. */
  count(): Promise<number>
  stop(): Promise<void>
}

export interface Need {
  /** Seconds; 0 for none. */
  readonly holdTime: number
  readonly record: boolean
}

export interface Receiver {
  readonly name: string
  /** How many connections it takes at a time without dropping some: the length of its listening queue, or less. */
  readonly abreast: number
  /** Undefined when it is not installed. */
  version(): Promise<string | undefined>
  start(need: Need): Promise<Running>
}

interface Setup {
  readonly command: string
  readonly args: readonly string[]
  readonly ipc?: boolean
}

export interface Started {
  readonly child: ChildProcess
  readonly directory: string
  readonly port: number
  stop(): Promise<void>
}

/** Ends what still runs, at once. */
const endings = new Set<() => void>()

/** Ctrl-C, a signal or an error of ours: nothing that we started outlives us. Call once, at the beginning. */
export function endAllWithUs(): void {
  const end = (): void => {
    for (const ending of endings) ending()
    endings.clear()
  }
  process.once('exit', end)
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)
    process.once(signal, () => process.exit(code))
}

/** A process that ends with us. */
export function spawnEnding(command: string, args: readonly string[], options: SpawnOptions): ChildProcess {
  const child = spawn(command, [...args], options)
  const ending = (): void => {
    if (child.exitCode !== null || child.pid === undefined) return
    try {
      for (const pid of family(child.pid)) kill(pid)
    } catch {
      // It has ended, and we were not told yet.
    }
  }
  endings.add(ending)
  child.once('close', () => endings.delete(ending))
  return child
}

export async function launch(
  name: string,
  setup: (directory: string, port: number) => Setup,
): Promise<Started> {
  const directory = mkdtempSync(join(tmpdir(), `bench-${name}-`))
  chmodSync(directory, 0o755)
  const port = await freePort()
  const { command, args, ipc } = setup(directory, port)
  const child = spawnEnding(command, args, {
    env: environment,
    stdio: ipc === true ? ['ignore', 'pipe', 'pipe', 'ipc'] : ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-2000)))
  const ended = new Promise<void>((done) => child.once('close', () => done()))
  const remove = (): void => rmSync(directory, { recursive: true, force: true })
  endings.add(remove)
  child.once('exit', (code) => {
    if (code !== 0 && code !== null) console.error(`${name} ended with ${code}: ${said}`)
  })
  return {
    child,
    directory,
    port,
    async stop() {
      const pids = child.exitCode === null && child.pid !== undefined ? family(child.pid) : []
      child.kill('SIGTERM')
      const late = setTimeout(() => {
        for (const pid of pids) kill(pid)
      }, 5000)
      await ended
      clearTimeout(late)
      endings.delete(remove)
      remove()
    },
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It is gone already.
  }
}

/** Waits until it answers. */
export async function ready<T>(what: string, ask: () => Promise<T>): Promise<T> {
  const end = performance.now() + 20_000
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      if (performance.now() > end) throw new Error(`${what} does not answer`, { cause: error })
      await sleep(50)
    }
  }
}

export function freePort(): Promise<number> {
  return new Promise((done) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => done(port))
    })
  })
}

export async function output(command: string, ...args: string[]): Promise<string> {
  return (await run(command, args, { env: environment, maxBuffer: 64 << 20 })).stdout
}

export async function versionOf(
  pattern: RegExp,
  command: string,
  ...args: string[]
): Promise<string | undefined> {
  try {
    const { stdout, stderr } = await run(command, args, { env: environment })
    return pattern.exec(stdout + stderr)?.[1]
  } catch {
    return undefined
  }
}

export function running(
  started: Started,
  count: () => Promise<number>,
  more: Partial<Running> = {},
): Running {
  const { child, port } = started
  const pid = child.pid!
  return {
    port,
    get pids() {
      return family(pid)
    },
    count,
    stall: () => Promise.resolve(undefined),
    resetStall: () => undefined,
    stop: () => started.stop(),
    ...more,
  }
}

/** How a Node process that loaded ./probe.mjs is asked for its stalls. */
export function loopProbe(child: ChildProcess): LoopProbe {
  return {
    resetStall: () => void child.send('reset'),
    stall: () =>
      new Promise((done) => {
        child.once('message', (stall: Stall) => done(stall))
        child.send('read')
      }),
  }
}
