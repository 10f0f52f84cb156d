// One series of probes: sends them in time, keeps connections, and tells its tally of the results.
import type { Micros } from '../core/speaker/contract.ts'
import type { ProbePath, ProbeReport } from '../core/stream/probe-events.ts'
import { EchoConnection, type Answer } from './echo-connection.ts'
import type { Pin } from './pins.ts'
import type { Target } from './plan.ts'
import { InOrder, Tally, type Result } from './tally.ts'

export interface SeriesOptions {
  readonly path: ProbePath
  readonly target: Target
  /** Undefined: by the system's own routes. */
  readonly pin: Pin | undefined
  /** Why the path cannot be pinned: then nothing is sent, and every probe is lost. */
  readonly impossible: string | undefined
  /** Milliseconds from probe to probe, and after which a probe is lost. */
  readonly interval: number
  readonly timeout: number
  readonly now: () => Micros
  readonly report: (report: ProbeReport) => void
}

/** Connections that a series over all next hops keeps open. */
const FLOWS = 8
/** Attempts with other source ports when one is in use. */
const PORT_ATTEMPTS = 8

export class Series {
  readonly path: ProbePath
  readonly #options: SeriesOptions
  readonly #tally: Tally
  readonly #order: InOrder<Result>
  readonly #flows: (EchoConnection | undefined)[]
  readonly #timer: NodeJS.Timeout
  #turn = 0
  #over = false

  constructor(options: SeriesOptions) {
    this.path = options.path
    this.#options = options
    this.#tally = new Tally(options.path)
    this.#order = new InOrder((result) => this.#take(result))
    const flows = { new: 0, large: 0, kept: 1, ecmp: FLOWS }[options.path.kind]
    this.#flows = Array.from({ length: flows }, () => undefined)
    this.#timer = setInterval(() => this.#send(), options.interval)
    this.#send()
  }

  /** Ends the series; results that are still out are dropped. */
  end(): void {
    if (this.#over) return
    this.#over = true
    clearInterval(this.#timer)
    for (const flow of this.#flows) flow?.destroy()
    this.#options.report(this.#tally.end(this.#options.now()))
  }

  #send(): void {
    const done = this.#order.next()
    const sent = this.#options.now()
    const { impossible } = this.#options
    if (impossible !== undefined) return done({ sent, outcome: 'unreachable', message: impossible })
    void this.#ask(sent, done)
  }

  async #ask(sent: Micros, done: (result: Result) => void): Promise<void> {
    const answer = this.#flows.length === 0 ? await this.#once() : await this.#overFlow()
    done({ ...answer, sent })
  }

  /** A connection for this probe alone. */
  async #once(attempt = 1): Promise<Answer> {
    const connection = this.#connect()
    const answer = await connection.ask(this.#options.timeout, {
      large: this.path.kind === 'large',
      last: true,
    })
    connection.close()
    return answer.portTaken === true && attempt < PORT_ATTEMPTS ? this.#once(attempt + 1) : answer
  }

  /** The connections that are kept, in turn. One that ended is opened anew by the probe after the one that noticed. */
  async #overFlow(): Promise<Answer & { readonly reset?: boolean }> {
    const turn = this.#turn++ % this.#flows.length
    const flow = this.#flows[turn]
    const isNew = flow === undefined
    const connection = flow ?? this.#connect()
    this.#flows[turn] = connection
    const answer = await connection.ask(this.#options.timeout)
    if (connection.ended !== undefined && this.#flows[turn] === connection) {
      this.#flows[turn] = undefined
      return { ...answer, reset: !isNew && answer.outcome === 'reset' }
    }
    return answer
  }

  #connect(): EchoConnection {
    const { target, pin } = this.#options
    return new EchoConnection({ host: target.host, port: target.port, localPort: pin?.port() })
  }

  #take(result: Result): void {
    if (this.#over) return
    this.#tally.take(result)
    const report = this.#tally.report(this.#options.now())
    if (report !== undefined) this.#options.report(report)
  }
}
