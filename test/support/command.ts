// The command line as a person runs it, from source.
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export class RunningCommand {
  readonly #child: ChildProcess
  readonly ended: Promise<Ended>
  #stdout = ''
  #stderr = ''
  readonly #watchers = new Set<() => void>()

  /** @param wrapper what the command line is wrapped in: it must replace itself with the command */
  constructor(
    args: readonly string[],
    environment: Record<string, string> = {},
    wrapper: readonly string[] = [],
  ) {
    const [program = '', ...rest] = [...wrapper, process.execPath, '--import', 'tsx', MAIN, ...args]
    // Where the default control socket lies: not where that of a router lies that somebody runs on this machine.
    const runtime = mkdtempSync(join(tmpdir(), 'routewitness-command-'))
    this.#child = spawn(program, rest, {
      env: { ...process.env, NO_COLOR: '1', XDG_RUNTIME_DIR: runtime, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#child.stdout!.on('data', (chunk: Buffer) => this.#take(() => (this.#stdout += chunk.toString())))
    this.#child.stderr!.on('data', (chunk: Buffer) => this.#take(() => (this.#stderr += chunk.toString())))
    this.ended = new Promise((resolve) =>
      this.#child.once('close', (code) => {
        rmSync(runtime, { recursive: true, force: true })
        resolve({ code, stdout: this.#stdout, stderr: this.#stderr })
        this.#take(() => undefined)
      }),
    )
  }

  /** Resolves with the match once standard error has it; rejects when the command ends before. */
  says(pattern: RegExp): Promise<RegExpMatchArray> {
    return this.#until(pattern, () => this.#stderr)
  }

  /** The same for standard output. */
  reads(pattern: RegExp): Promise<RegExpMatchArray> {
    return this.#until(pattern, () => this.#stdout)
  }

  /** Closes the reading ends of both pipes, as `head` does when it has enough. */
  closeOutput(): void {
    this.#child.stdout!.destroy()
    this.#child.stderr!.destroy()
  }

  async #until(pattern: RegExp, text: () => string): Promise<RegExpMatchArray> {
    for (;;) {
      const match = text().match(pattern)
      if (match !== null) return match
      if (this.#child.exitCode !== null)
        throw new Error(`ended with ${this.#child.exitCode} before it said ${pattern}:\n${this.#stderr}`)
      await new Promise<void>((resolve) => this.#watchers.add(resolve))
    }
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<Ended> {
    this.#child.kill(signal)
    return this.ended
  }

  #take(change: () => void): void {
    change()
    for (const wake of this.#watchers) wake()
    this.#watchers.clear()
  }
}

/** Runs a command to its end. */
export function command(...args: string[]): Promise<Ended> {
  return new RunningCommand(args).ended
}
