// A real routing daemon for a test: its own directory, ended by pid, its output shown when it dies.
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const PATH = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`

/** Runs a command to its end and gives what it printed. */
export async function output(command: string, args: readonly string[]): Promise<string> {
  const { stdout, stderr } = await run(command, [...args], {
    env: { ...process.env, PATH },
    maxBuffer: 64 << 20,
  })
  return stdout === '' ? stderr : stdout
}

/** A TCP port of a local address that nobody listens on now. */
export function freePort(address = '127.0.0.1'): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, address, () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })
}

export class Daemon implements AsyncDisposable {
  readonly directory: string
  readonly #child: ChildProcess
  readonly #ended: Promise<void>
  #text = ''

  private constructor(directory: string, child: ChildProcess) {
    this.directory = directory
    this.#child = child
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => (this.#text += chunk.toString()))
    this.#ended = new Promise((resolve) => child.once('close', () => resolve()))
  }

  /** Starts a daemon in the foreground. `prepare` writes its files and gives its command line. */
  static start(name: string, prepare: (directory: string) => readonly string[]): Daemon {
    const directory = mkdtempSync(join(tmpdir(), `routewitness-${basename(name)}-`))
    return new Daemon(
      directory,
      spawn(name, [...prepare(directory)], {
        env: { ...process.env, PATH },
        stdio: ['ignore', 'pipe', 'pipe'],
      }),
    )
  }

  /** What it printed so far. */
  get text(): string {
    return this.#text
  }

  /** Asks again and again until `ready` is content: the daemon tells nobody when it is. Throws with its output when it is not in time. */
  async until(what: string, ready: () => Promise<boolean>, seconds = 20): Promise<void> {
    const end = performance.now() + seconds * 1000
    for (;;) {
      if (await ready().catch(() => false)) return
      if (this.#child.exitCode !== null)
        throw new Error(`${this.#child.spawnfile} ended before ${what}:\n${this.#text}`)
      if (performance.now() > end)
        throw new Error(
          `${this.#child.spawnfile}: no ${what} within ${seconds} s:\n${this.#text.slice(-4000)}`,
        )
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }

  /** Stops it in its tracks, with its children: it still has its sockets and says nothing any more. */
  pause(): void {
    for (const pid of this.#pids()) process.kill(pid, 'SIGSTOP')
  }

  resume(): void {
    for (const pid of this.#pids()) process.kill(pid, 'SIGCONT')
  }

  /** Ends it without a chance to say goodbye; the kernel closes its connections. */
  async kill(): Promise<void> {
    for (const pid of this.#pids()) process.kill(pid, 'SIGKILL')
    await this.#ended
  }

  /** The process and its children; none once it has ended. */
  #pids(): number[] {
    const { pid, exitCode, signalCode } = this.#child
    if (pid === undefined || exitCode !== null || signalCode !== null) return []
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    return [pid, ...children.trim().split(' ').filter(Boolean).map(Number)]
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.resume()
    this.#child.kill('SIGTERM')
    await this.#ended
    rmSync(this.directory, { recursive: true, force: true })
  }
}
