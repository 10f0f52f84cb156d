// Results of one series, in the order in which the probes were sent, and when they are worth an event of the stream:
// at once when something changes, otherwise one summary a second while probes are lost and one in ten seconds while none is.
import type { Micros } from '../core/speaker/contract.ts'
import type { ProbePath, ProbeReport } from '../core/stream/probe-events.ts'
import type { Answer } from './echo-connection.ts'

export interface Result extends Answer {
  readonly sent: Micros
  /** A connection that was kept open was reset. */
  readonly reset?: boolean
}

/** So many losses in a row make a finding, so this is told at once. */
const ALARM = 3
const SUMMARY: Micros = 10_000_000
const SUMMARY_OF_LOSS: Micros = 1_000_000
/** Changes that follow each other faster than this are told together. */
const PAUSE: Micros = 250_000

export class Tally {
  readonly path: ProbePath
  #last: Result | undefined
  #inRow = 0
  #since: Micros = 0
  #from: Micros = 0
  #results = 0
  #lost = 0
  #resets = 0
  #answers = new Map<string, number>()
  #reported: Micros = 0
  #due = false
  #alarm = false

  constructor(path: ProbePath) {
    this.path = path
  }

  /** Takes the next result. */
  take(result: Result): void {
    const before = this.#last
    const ok = result.outcome === 'ok'
    const goesOn = before !== undefined && (before.outcome === 'ok') === ok
    if (this.#results === 0) this.#from = result.sent
    this.#inRow = goesOn ? this.#inRow + 1 : 1
    if (!goesOn) this.#since = result.sent
    this.#results += 1
    if (!ok) this.#lost += 1
    if (result.reset === true) this.#resets += 1
    const who = result.reply?.pod ?? result.reply?.node
    if (who !== undefined) this.#answers.set(who, (this.#answers.get(who) ?? 0) + 1)
    const alarm = !ok && this.#inRow === ALARM
    // Over several next hops another one answers each time; that is no change.
    const other = this.path.kind !== 'ecmp' && goesOn && ok && !sameReply(before, result)
    if (!goesOn || other || result.reset === true) this.#due = true
    if (alarm) this.#alarm = true
    this.#last = result
  }

  /** The report that is due by now; undefined when none is. */
  report(now: Micros): ProbeReport | undefined {
    if (this.#last === undefined || this.#results === 0) return undefined
    const pause = this.#due ? PAUSE : this.#lost > 0 ? SUMMARY_OF_LOSS : SUMMARY
    if (!this.#alarm && now - this.#reported < pause) return undefined
    const { sent, outcome, rtt, reply, local, message } = this.#last
    const report: ProbeReport = {
      ...this.path,
      ...{ results: this.#results, lost: this.#lost, from: this.#from, sent, outcome },
      ...{ inRow: this.#inRow, since: this.#since, rtt, reply, local, message },
      ...(this.#resets === 0 ? {} : { resets: this.#resets }),
      ...(this.path.kind === 'ecmp' ? { answers: Object.fromEntries(this.#answers) } : {}),
    }
    this.#results = this.#lost = this.#resets = 0
    this.#answers = new Map()
    this.#reported = now
    this.#due = this.#alarm = false
    return report
  }

  /** The series is over: its last results. */
  end(now: Micros): ProbeReport {
    this.#alarm = true
    const last = this.report(now)
    const idle = { results: 0, lost: 0, from: now, sent: now, outcome: 'ok', inRow: 0, since: now } as const
    return { ...this.path, ...idle, ...last, ended: true }
  }
}

function sameReply(a: Answer, b: Answer): boolean {
  return (
    a.reply?.pod === b.reply?.pod && a.reply?.node === b.reply?.node && a.reply?.client === b.reply?.client
  )
}

/** Gives results on in the order in which the probes were sent, whichever ends first. */
export class InOrder<T> {
  readonly #slots: { value: T | undefined }[] = []
  readonly #give: (value: T) => void

  constructor(give: (value: T) => void) {
    this.#give = give
  }

  /** Takes the place of a probe that is sent now; what is returned takes its result. */
  next(): (value: T) => void {
    const slot: { value: T | undefined } = { value: undefined }
    this.#slots.push(slot)
    return (value) => {
      slot.value = value
      for (let first = this.#slots[0]; first?.value !== undefined; first = this.#slots[0]) {
        this.#slots.shift()
        this.#give(first.value)
      }
    }
  }
}
