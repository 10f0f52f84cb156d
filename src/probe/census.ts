// The sysctl census: reads every node again and again, by one shell on each, and tells what changed.
import { spawn, type ChildProcess, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Micros } from '../core/speaker/contract.ts'
import type { SysctlCensus } from '../core/stream/probe-events.ts'
import type { Access } from './access.ts'
import { censusEvent, merged, parseReading, type Reading } from './census-read.ts'
import { censusScript } from './census-script.ts'

export interface CensusOptions {
  /** Milliseconds from one reading to the next. */
  readonly interval: number
  readonly now: () => Micros
  readonly record: (census: SysctlCensus) => void
}

/** Files and packet filter are read with every so many readings, at this interval. Milliseconds. */
const WHOLE = 10_000
/** Without a change a census says so often that it goes on. */
const SIGN = 60_000_000
/** After a shell that ended comes another one. */
const AGAIN = 5_000

/** Starts the shell that reads a node when it is asked; it ends with its standard input. */
export function openShell({ command, root }: Access): ChildProcessWithoutNullStreams {
  const [program, ...args] = [...command, 'sh', '-c', censusScript(root)]
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] })
  // How it ends is told by 'close'.
  child.stdin.on('error', () => undefined)
  return child
}

export class Census {
  readonly #nodes: readonly NodeCensus[]

  constructor(targets: readonly Access[], options: CensusOptions) {
    this.#nodes = targets.map((target) => new NodeCensus(target, options))
  }

  stop(): void {
    for (const node of this.#nodes) node.stop()
  }
}

class NodeCensus {
  readonly #target: Access
  readonly #options: CensusOptions
  #child: ChildProcess | undefined
  #timer: NodeJS.Timeout | undefined
  #last: Reading | undefined
  #problem: string | undefined
  #whole = -Infinity
  #stopped = false
  #recorded: Micros = 0

  constructor(target: Access, options: CensusOptions) {
    this.#target = target
    this.#options = options
    this.#start()
  }

  stop(): void {
    this.#stopped = true
    clearTimeout(this.#timer)
    const now = this.#options.now()
    const before = this.#last?.asked ?? now
    this.#record({ node: this.#target.node, read: now, before, values: {}, ended: true })
    // The shell ends by itself when nobody asks any more.
    this.#child?.stdin?.end()
  }

  #start(): void {
    const child = openShell(this.#target)
    this.#child = child
    let lines: string[] = []
    let asked: Micros = 0
    let complaint = ''
    const ask = (): void => {
      const whole = performance.now() - this.#whole >= WHOLE
      if (whole) this.#whole = performance.now()
      asked = this.#options.now()
      child.stdin.write(whole ? 'all\n' : 'values\n')
    }
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line !== '#end') {
        lines.push(line)
        return
      }
      this.#take(parseReading(lines, asked, this.#options.now()))
      lines = []
      if (!this.#stopped) this.#timer = setTimeout(ask, this.#options.interval)
    })
    child.stderr.on('data', (text: Buffer) => (complaint = `${complaint}${text.toString()}`.slice(-500)))
    child.once('error', (error) => this.#failed(error.message))
    child.once('close', (code) => this.#failed(complaint.trim() || `the shell ended with ${code}`))
    ask()
  }

  #take(now: Reading): void {
    const event = censusEvent(this.#target.node, this.#last, now)
    const recovered = this.#problem !== undefined || now.read - this.#recorded >= SIGN
    this.#problem = undefined
    this.#last = merged(this.#last, now)
    if (event !== undefined) this.#record(event)
    else if (recovered)
      this.#record({ node: this.#target.node, read: now.read, before: now.asked, values: {} })
  }

  #record(census: SysctlCensus): void {
    this.#recorded = census.read
    this.#options.record(census)
  }

  #failed(problem: string): void {
    if (this.#stopped || this.#child === undefined) return
    this.#child = undefined
    clearTimeout(this.#timer)
    if (problem !== this.#problem) {
      const now = this.#options.now()
      const before = this.#last === undefined ? {} : { before: this.#last.asked }
      this.#record({
        ...{ node: this.#target.node, read: now, ...before, values: {} },
        problem: `${this.#target.text}: ${problem}`,
      })
    }
    this.#problem = problem
    this.#whole = -Infinity
    this.#timer = setTimeout(() => this.#start(), AGAIN)
  }
}
