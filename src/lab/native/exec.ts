// Running a program to its end.
import { spawn } from 'node:child_process'
import { setPriority } from 'node:os'

export interface Finished {
  code: number | null
  stdout: string
  stderr: string
}

export interface RunOptions {
  cwd?: string
  env?: NodeJS.ProcessEnv
  /** Runs at low priority: a build shares the machine with what its user does meanwhile. */
  nice?: boolean
  /** Called with each line of stderr as it comes. */
  onLine?: (line: string) => void
}

/** Runs a program and gives its output, whatever its exit code. Rejects only if it cannot be started. */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: options.env ?? process.env,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    if (options.nice === true && child.pid !== undefined) lowerPriority(child.pid)
    let stdout = ''
    let stderr = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text
      if (options.onLine) for (const line of text.split('\n')) if (line.trim() !== '') options.onLine(line)
    })
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, stdout, stderr }))
  })
}

/** Like `run`, but an exit code other than 0 is an error that carries what the program said. */
export async function runOk(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  const { code, stdout, stderr } = await run(command, args, options)
  if (code === 0) return stdout
  const said = (stderr.trim() === '' ? stdout : stderr).trim().split('\n').slice(-20).join('\n')
  throw new Error(`${[command, ...args].join(' ')} ended with ${code}:\n${said}`)
}

function lowerPriority(pid: number): void {
  try {
    setPriority(pid, 10)
  } catch {
    // It has ended already, or the system does not let us: then it runs as it is.
  }
}
