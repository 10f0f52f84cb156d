// `serve` as a process of its own, for what needs one: to be killed, to be measured, to have a file system of its own.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { stringify } from 'yaml'
import type { RouterSettings } from '../../src/harness/options.ts'

const SOURCE = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))

export interface ServeProcessOptions {
  readonly settings: RouterSettings
  /** Folder for the configuration and the control socket; a temporary one that goes with the process unless given. */
  readonly directory?: string
  /** Compiled main file; the source unless given. */
  readonly main?: string
  /** What the command line of `serve` is wrapped in: ["unshare", "--mount", …]. It must replace itself with `serve`. */
  readonly wrapper?: readonly string[]
}

export class ServeProcess implements AsyncDisposable {
  readonly directory: string
  readonly socket: string
  /** Settles with the exit code, or with the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>
  readonly #child: ChildProcess
  readonly #temporary: boolean
  #text = ''
  #port = 0
  #over = false
  #watchers: (() => void)[] = []

  private constructor(options: ServeProcessOptions) {
    this.#temporary = options.directory === undefined
    this.directory = options.directory ?? mkdtempSync(join(tmpdir(), 'routewitness-serve-'))
    this.socket = join(this.directory, 'control.sock')
    const config = join(this.directory, 'serve.yaml')
    writeFileSync(config, stringify(options.settings))
    const main = options.main === undefined ? ['--import', 'tsx', SOURCE] : [options.main]
    const serve = ['serve', '-f', config, '--no-cluster', '--http', 'off', '--socket', this.socket]
    const [command = '', ...args] = [...(options.wrapper ?? []), process.execPath, ...main, ...serve]
    this.#child = spawn(command, args, {
      env: { ...process.env, NO_COLOR: '1' },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    this.#child.stderr!.on('data', (chunk: Buffer) => {
      this.#text += chunk.toString()
      this.#wake()
    })
    this.ended = new Promise((resolve) =>
      this.#child.once('close', (code, signal) => {
        this.#over = true
        resolve(code ?? signal ?? 0)
        this.#wake()
      }),
    )
  }

  /** Resolves when it listens. */
  static async start(options: ServeProcessOptions): Promise<ServeProcess> {
    const serve = new ServeProcess(options)
    const [, port] = await serve.says(/listens on 127\.0\.0\.1:(\d+)/)
    serve.#port = Number(port)
    await serve.says(/^cluster /m)
    return serve
  }

  get pid(): number {
    return this.#child.pid!
  }

  /** Of its first listener, which has to be on 127.0.0.1. */
  get port(): number {
    return this.#port
  }

  get address(): string {
    return `127.0.0.1:${this.#port}`
  }

  /** What it said on standard error so far. */
  get text(): string {
    return this.#text
  }

  get isOver(): boolean {
    return this.#over
  }

  /** Resolves with the match once standard error has it; rejects when the process ends before. */
  async says(pattern: RegExp): Promise<RegExpMatchArray> {
    for (;;) {
      const match = this.#text.match(pattern)
      if (match !== null) return match
      if (this.#over) throw new Error(`serve ended before it said ${pattern}:\n${this.#text}`)
      await new Promise<void>((resolve) => this.#watchers.push(resolve))
    }
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#over) this.signal('SIGTERM')
    await this.ended
    if (this.#temporary) rmSync(this.directory, { recursive: true, force: true })
  }

  #wake(): void {
    const watchers = this.#watchers
    this.#watchers = []
    for (const wake of watchers) wake()
  }
}
