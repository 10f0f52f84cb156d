// The Runner that does it.
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Interrupted, runToEnd, type Command, type Finished, type Runner } from './runner.ts'

/** The compose package calls the `docker compose` plugin unless it is told of a standalone binary. */
export type ComposeKind = 'plugin' | 'standalone'

export class RealRunner implements Runner {
  readonly dry = false
  readonly #signal: AbortSignal | undefined
  readonly #tell: (line: string) => void
  #compose: ComposeKind | undefined

  /** `tell` gets the lines of commands that change something. */
  constructor(tell: (line: string) => void, signal?: AbortSignal) {
    this.#tell = tell
    this.#signal = signal
  }

  ask(command: Command): Promise<Finished> {
    return runToEnd(command, { signal: this.#signal })
  }

  act(command: Command): Promise<Finished> {
    return runToEnd(command, { signal: this.#signal, onLine: this.#tell })
  }

  async compose(project: string, file: string, args: readonly string[]): Promise<Finished> {
    this.#compose ??= await composeKind(this)
    this.#stopIfAsked()
    const { execCompose } = await import('docker-compose')
    const [command = '', ...rest] = args
    const result: unknown = await execCompose(command, rest, {
      cwd: dirname(file),
      config: file,
      composeOptions: ['-p', project],
      ...(this.#compose === 'standalone' ? { executable: { standalone: true } as const } : {}),
      callback: (chunk) => {
        for (const line of chunk.toString().split(/[\r\n]+/)) if (line.trim() !== '') this.#tell(line)
      },
      // It rejects with what it would have resolved with.
    }).catch((error: unknown) => error)
    this.#stopIfAsked()
    if (!isComposeResult(result)) throw result
    return { code: result.exitCode ?? 128, stdout: result.out, stderr: result.err }
  }

  #stopIfAsked(): void {
    if (this.#signal?.aborted === true) throw new Interrupted()
  }

  async write(file: string, text: string, secret = false): Promise<void> {
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, text, { mode: secret ? 0o600 : 0o644 })
    // The mode of a file that was there stays as it was.
    if (secret) await chmod(file, 0o600)
  }

  async remove(path: string): Promise<void> {
    await rm(path, { recursive: true, force: true })
  }
}

interface ComposeResult {
  readonly exitCode: number | null
  readonly out: string
  readonly err: string
}

const isComposeResult = (value: unknown): value is ComposeResult =>
  typeof value === 'object' && value !== null && 'exitCode' in value && 'err' in value

/** The plugin if there is one, else the binary of its own. */
export async function composeKind(runner: Runner): Promise<ComposeKind | undefined> {
  if ((await runner.ask({ program: 'docker', args: ['compose', 'version'] })).code === 0) return 'plugin'
  if ((await runner.ask({ program: 'docker-compose', args: ['version'] })).code === 0) return 'standalone'
  return undefined
}
