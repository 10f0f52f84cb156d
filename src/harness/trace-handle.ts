// A trace as tests hold it: what a router's handle gives that does not need the future.
import { basename, resolve } from 'node:path'
import type { Observer } from '../core/check/observer.ts'
import type { Verdict } from '../core/check/finding.ts'
import { UserError } from '../core/errors/user-error.ts'
import type { Mark } from '../core/stream/marks.ts'
import { LedgerWindow } from '../core/window/answers.ts'
import type { Instant } from '../core/window/contract.ts'
import { Ledger } from '../core/window/ledger.ts'
import type { State } from './contract.ts'
import { namesOf, type EventRow } from './event-log.ts'
import { EventTimes } from './event-times.ts'
import { History } from './history.ts'
import { EventLog } from './latest-events.ts'
import { Recent } from './recent.ts'
import { stateOf } from './state.ts'
import { observeTrace } from './trace-view.ts'
import { waitInTrace } from './trace-wait.ts'
import type { Condition } from './until.ts'
import { RecordedWindow } from './window.ts'
import { beginOf, endOf, eventsWithin } from './windows.ts'

/** A mark's name, an event number, or an instant as mark(), a window or a row gives it. */
export type Place = string | number | { readonly seq: number }

/** Octets of events that are kept for `events()`: those of a million UPDATEs. Windows do not need them. */
const EVENTS_LIMIT = 256 * 1024 * 1024

/** What reading a trace leaves in memory. */
interface TraceRead {
  readonly observer: Observer
  readonly ledger: Ledger
  readonly recent: Recent
  readonly history: History
  readonly times: EventTimes
}

/** A trace that was read to its end. Everything but `at` and `wait` is answered from memory. */
export class TraceHandle implements AsyncDisposable {
  readonly live = false
  readonly label: string
  /** The folder. */
  readonly trace: string
  readonly #observer: Observer
  readonly #ledger: Ledger
  readonly #recent: Recent
  readonly #log: EventLog
  readonly #history: History
  readonly #times: EventTimes
  #state: State | undefined

  constructor(directory: string, read: TraceRead) {
    const { observer } = read
    this.trace = directory
    this.label = basename(resolve(directory))
    this.#observer = observer
    this.#ledger = read.ledger
    this.#ledger.name((peer) => observer.checker.nodeOf(peer))
    this.#recent = read.recent
    this.#history = read.history
    this.#log = new EventLog(read.recent, Number.POSITIVE_INFINITY)
    this.#times = read.times
  }

  /** The last event, or that before our own stop. */
  get end(): Instant {
    return this.#observer.world.lastEvent
  }

  /** Every mark in order, those with a name that was given again included. */
  marks(): readonly Mark[] {
    return this.#observer.world.marks.list()
  }

  /** How it was at the end: before our own stop, which says nothing about the cluster. */
  state(): State {
    return (this.#state ??= this.#stateOf(this.#observer))
  }

  /** Another word for state(). */
  rib(): State {
    return this.state()
  }

  /** How it was after an event or mark. Reads the trace up to there. Throws RW_NOT_FOUND. */
  async at(place: Place): Promise<State> {
    const { seq } = this.#instant(place)
    // The last event of all is no instant to stop at: our own stop may follow it.
    return seq === this.end.seq
      ? this.state()
      : this.#stateOf(await observeTrace(this.trace, { at: String(seq) }))
  }

  /** Findings at the end. */
  verdict(): Verdict {
    return this.state().verdict()
  }

  /**
   * What happened between two places. With a name alone: the window that was opened under it, or else what came after the
   * mark. `to` is the end of the trace unless given; `name` is what the window is called, its ends unless given. Throws
   * RW_NOT_FOUND for a place that is not in the trace, RW_USAGE when `to` comes before `from`.
   */
  window(from: Place, to?: Place, name?: string): RecordedWindow {
    const found = to === undefined && typeof from === 'string' ? this.#opened(from) : undefined
    if (found !== undefined) return found
    const begin = this.#instant(from)
    const end = to === undefined ? this.end : this.#instant(to)
    if (end.seq < begin.seq)
      throw new UserError(
        'RW_USAGE',
        `the window ends (event ${end.seq}) before it begins (event ${begin.seq})`,
        {
          remedy: 'Swap its ends.',
        },
      )
    const ends = to === undefined ? nameOf(from) : `${nameOf(from)} to ${nameOf(to)}`
    return this.#make(name ?? ends, begin, end)
  }

  /** Events in words, at most the last `limit`, those after event number `since`. */
  events(since = 0, limit = Number.POSITIVE_INFINITY): readonly EventRow[] {
    return this.#log.rows(since, limit)
  }

  /**
   * Looks whether the condition held at some instant of the trace, after `from` where it is given, and says what did. What a
   * router that waits from there would have seen: throws RW_TIMEOUT that says what was missing at the end when it never did.
   */
  async wait(condition: Condition, options: { readonly from?: Place } = {}): Promise<string> {
    const from = options.from === undefined ? 0 : this.#instant(options.from).seq
    const end = { observer: this.#observer, history: this.#history, now: this.end.at }
    const instants = { marks: this.#observer.world.marks, lastEvent: this.end }
    return waitInTrace(this.trace, condition.resolve?.(instants) ?? condition, { from, end })
  }

  /** There is nothing to stop: so that a trace stands where a router would. */
  stop(): Promise<void> {
    return Promise.resolve()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  #stateOf(observer: Observer): State {
    return stateOf(observer, {
      label: this.label,
      trace: this.trace,
      events: (last, since, limit) => this.#log.rows(since, limit, last),
    })
  }

  #opened(name: string): RecordedWindow | undefined {
    const begin = this.#observer.world.marks.get(beginOf(name))
    if (begin === undefined) return undefined
    const end = this.marks().find((mark) => mark.seq > begin.seq && mark.name === endOf(name))
    return this.#make(name, begin, end ?? this.end)
  }

  #make(name: string, from: Instant, to: Instant): RecordedWindow {
    const answers = new LedgerWindow(this.#ledger, { name, from, to: () => to })
    return new RecordedWindow(answers, {
      label: this.label,
      trace: this.trace,
      events: (asked) => eventsWithin(this.#recent, asked.from, asked.to),
    })
  }

  #instant(place: Place): Instant {
    if (typeof place === 'string') {
      const mark = this.#observer.world.marks.get(place)
      if (mark !== undefined) return mark
      if (/^\d+$/.test(place)) return this.#instant(Number(place))
      const names = [...new Set(this.marks().map(({ name }) => name))]
      const list = names.length === 0 ? 'it has no marks' : `its marks are ${names.join(', ')}`
      throw new UserError('RW_NOT_FOUND', `the trace ${this.trace} has no mark or window "${place}": ${list}`)
    }
    const seq = typeof place === 'number' ? place : place.seq
    const { end } = this
    const first = this.#times.first?.seq ?? 1
    // The number before the first one is the instant before everything.
    if (seq > end.seq || seq < first - 1)
      throw new UserError(
        'RW_NOT_FOUND',
        `the trace ${this.trace} has no event ${seq}: its events go from ${first} to ${end.seq}`,
      )
    return { seq, at: this.#times.of(seq) }
  }
}

const nameOf = (place: Place): string =>
  typeof place === 'string' ? place : `event ${typeof place === 'number' ? place : place.seq}`

/**
 * Reads a trace, once: windows and states of it are then answered from memory (docs/windows.md says how much that takes).
 * @throws UserError RW_TRACE when the folder is no trace or is damaged, RW_TRACE_VERSION when a newer version wrote it
 */
export async function openTrace(directory: string): Promise<TraceHandle> {
  const ledger = new Ledger()
  const times = new EventTimes()
  let recent: Recent | undefined
  let history: History | undefined
  const observer = await observeTrace(directory, {
    onTold: (event, told, seen) => {
      recent ??= new Recent(namesOf(seen), EVENTS_LIMIT)
      history ??= new History(event.at, recent)
      recent.push(event, told)
      history.push(event, told)
      ledger.push(event, told)
      if (event.type === 'gap') return
      if (event.type !== 'checkpoint') return times.note(event)
      if (ledger.isLost) ledger.rebase({ seq: event.seq - 1, at: event.at }, seen.world.speaker)
    },
  })
  return new TraceHandle(directory, { observer, ledger, recent: recent!, history: history!, times })
}
