// Every external command of the lab goes through a Runner: the real one, one that only prints, or a test's.
import { spawn } from 'node:child_process'

/** A command of another program. `stdin` is given to it; `env` is added to ours. */
export interface Command {
  readonly program: string
  readonly args: readonly string[]
  readonly stdin?: string
  readonly env?: Readonly<Record<string, string>>
}

export interface Finished {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface Runner {
  /** Looks and changes nothing. A program that is not there ends with 127. */
  ask(command: Command): Promise<Finished>
  /** Changes something; the lines of its output are told as they come. */
  act(command: Command): Promise<Finished>
  /** `docker compose`: plugin or standalone binary, whichever there is. `file` is the compose file. */
  compose(project: string, file: string, args: readonly string[]): Promise<Finished>
  /** Writes a file of the lab. `secret`: for its owner only. */
  write(file: string, text: string, secret?: boolean): Promise<void>
  /** Removes a file or folder of the lab. */
  remove(path: string): Promise<void>
  /** True for a runner that only tells what it would do: then nothing can be known. */
  readonly dry: boolean
}

/** Thrown when the user asked to stop. */
export class Interrupted extends Error {
  constructor() {
    super('interrupted')
    this.name = 'Interrupted'
  }
}

/** How long a program may take over its end before it is killed, milliseconds. */
const GRACE = 10_000

/**
 * Runs a command to its end. It is in a process group of its own: Ctrl-C reaches us alone, and we end it through
 * `signal`: SIGINT, and SIGKILL when that has not helped.
 * @throws Interrupted when `signal` is aborted, after the program has ended
 */
export function runToEnd(
  command: Command,
  options: { readonly signal?: AbortSignal | undefined; readonly onLine?: (line: string) => void } = {},
): Promise<Finished> {
  const { signal, onLine } = options
  if (signal?.aborted === true) return Promise.reject(new Interrupted())
  return new Promise((resolve, reject) => {
    const child = spawn(command.program, command.args, {
      detached: true,
      env: { ...process.env, ...command.env },
      stdio: [command.stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    })
    const output = { stdout: '', stderr: '' }
    for (const name of ['stdout', 'stderr'] as const) {
      const lines = lineReader(onLine)
      child[name]!.setEncoding('utf8').on('data', (text: string) => {
        output[name] += text
        lines(text)
      })
    }
    let kill: NodeJS.Timeout | undefined
    const interrupt = (): void => {
      toGroup(child.pid, 'SIGINT')
      kill = setTimeout(() => toGroup(child.pid, 'SIGKILL'), GRACE)
    }
    signal?.addEventListener('abort', interrupt, { once: true })
    const settle = (): void => {
      signal?.removeEventListener('abort', interrupt)
      clearTimeout(kill)
    }
    child.on('error', (error: NodeJS.ErrnoException) => {
      settle()
      if (error.code === 'ENOENT') resolve({ code: 127, stdout: '', stderr: `${command.program}: not found` })
      else if (error.code === 'EACCES')
        resolve({ code: 126, stdout: '', stderr: `${command.program}: not executable` })
      else reject(error)
    })
    child.on('close', (code) => {
      settle()
      if (signal?.aborted === true) reject(new Interrupted())
      else resolve({ code: code ?? 128, ...output })
    })
    // A program that ends without reading what it was given says so by its exit code.
    child.stdin?.on('error', () => {})
    child.stdin?.end(command.stdin)
  })
}

function toGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, signal)
  } catch {
    // It has ended already.
  }
}

function lineReader(onLine: ((line: string) => void) | undefined): (text: string) => void {
  let rest = ''
  return (text) => {
    if (onLine === undefined) return
    const lines = (rest + text).split(/\r?\n|\r/)
    rest = lines.pop() ?? ''
    for (const line of lines) if (line.trim() !== '') onLine(line)
  }
}

/** A command as one would type it. */
export function commandLine({ program, args, env = {} }: Command): string {
  const settings = Object.entries(env).map(([name, value]) => `${name}=${quoted(value)}`)
  return [...settings, program, ...args.map((word) => quoted(word))].join(' ')
}

const quoted = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
