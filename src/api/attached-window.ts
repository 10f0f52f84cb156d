// A window of a router in another process: its answers are taken over when it is closed.
import { UserError } from '../core/errors/user-error.ts'
import type { Instant, Order, Ordered, WindowAnswers, WindowFilter } from '../core/window/contract.ts'
import type { Window } from '../harness/contract.ts'
import type { EventRow } from '../harness/event-log.ts'
import type { RecordedWindow } from '../harness/window.ts'

export interface AttachedWindowOf {
  readonly name: string
  readonly from: Instant
  readonly label: string
  readonly trace: string | undefined
  /** Ends it where it is, and takes its answers over. */
  readonly close: () => Promise<RecordedWindow>
  /** Takes over what there is so far. */
  readonly look: () => Promise<RecordedWindow>
}

/** Open until close() was awaited; asked before, it throws RW_USAGE. */
export class AttachedWindow implements Window, AsyncDisposable {
  readonly name: string
  readonly from: Instant
  readonly label: string
  readonly trace: string | undefined
  readonly #close: () => Promise<RecordedWindow>
  readonly #look: () => Promise<RecordedWindow>
  #closing: Promise<void> | undefined
  #taken: RecordedWindow | undefined

  constructor({ name, from, label, trace, close, look }: AttachedWindowOf) {
    this.name = name
    this.from = from
    this.label = label
    this.trace = trace
    this.#close = close
    this.#look = look
  }

  get seq(): number {
    return this.from.seq
  }
  get closed(): boolean {
    return this.#taken !== undefined
  }
  /** Its begin, as long as it is open: what happens there is not known here. */
  get to(): Instant {
    return this.#taken?.to ?? this.from
  }
  close(): Promise<void> {
    this.#closing ??= this.#close().then((taken) => {
      this.#taken = taken
    })
    return this.#closing
  }
  /** The window as it is now; it stays open. */
  async soFar(): Promise<Window> {
    return this.#taken ?? this.#look()
  }
  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  events(): readonly EventRow[] {
    return this.#answers.events()
  }
  announcements(filter?: WindowFilter): ReturnType<WindowAnswers['announcements']> {
    return this.#answers.announcements(filter)
  }
  withdrawals(filter?: WindowFilter): ReturnType<WindowAnswers['withdrawals']> {
    return this.#answers.withdrawals(filter)
  }
  flaps(filter?: WindowFilter): ReturnType<WindowAnswers['flaps']> {
    return this.#answers.flaps(filter)
  }
  established(filter?: WindowFilter): ReturnType<WindowAnswers['established']> {
    return this.#answers.established(filter)
  }
  notifications(filter?: WindowFilter): ReturnType<WindowAnswers['notifications']> {
    return this.#answers.notifications(filter)
  }
  endOfRibs(filter?: WindowFilter): ReturnType<WindowAnswers['endOfRibs']> {
    return this.#answers.endOfRibs(filter)
  }
  staleIntervals(filter?: WindowFilter): ReturnType<WindowAnswers['staleIntervals']> {
    return this.#answers.staleIntervals(filter)
  }
  absences(filter?: WindowFilter): ReturnType<WindowAnswers['absences']> {
    return this.#answers.absences(filter)
  }
  duplicates(filter?: WindowFilter): ReturnType<WindowAnswers['duplicates']> {
    return this.#answers.duplicates(filter)
  }
  held(filter?: WindowFilter): ReturnType<WindowAnswers['held']> {
    return this.#answers.held(filter)
  }
  counts(filter?: WindowFilter): ReturnType<WindowAnswers['counts']> {
    return this.#answers.counts(filter)
  }
  unknowns(): ReturnType<WindowAnswers['unknowns']> {
    return this.#answers.unknowns()
  }
  convergence(filter?: WindowFilter): ReturnType<WindowAnswers['convergence']> {
    return this.#answers.convergence(filter)
  }
  order(first: WindowFilter, second: WindowFilter, of?: Ordered | readonly [Ordered, Ordered]): Order {
    return this.#answers.order(first, second, of)
  }
  names(): ReturnType<WindowAnswers['names']> {
    return this.#answers.names()
  }

  get #answers(): RecordedWindow {
    if (this.#taken !== undefined) return this.#taken
    throw new UserError('RW_USAGE', `the window "${this.name}" is open, and its router in another process`, {
      remedy: 'Write `await window.close()` before you ask it.',
    })
  }
}
