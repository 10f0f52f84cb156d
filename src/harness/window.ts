// A window as tests hold it, of a live router, of a trace, or carried over from another process.
import type { LedgerWindow } from '../core/window/answers.ts'
import type {
  Absence,
  Announcement,
  DuplicateInterval,
  EndOfRibSeen,
  Flap,
  HeldRoute,
  Instant,
  NotificationSeen,
  Order,
  Ordered,
  StaleInterval,
  Unknown,
  WindowAnswers,
  WindowFilter,
  Withdrawal,
} from '../core/window/contract.ts'
import type { Micros } from '../core/speaker/contract.ts'
import { ledgerFromJson, ledgerToJson, type LedgerJson } from '../core/window/json.ts'
import type { Window } from './contract.ts'
import type { EventRow } from './event-log.ts'

export interface WindowOf {
  readonly label: string
  readonly trace: string | undefined
  readonly events: (window: WindowAnswers) => readonly EventRow[]
  /** Left out: it is closed from the start. */
  readonly isClosed?: () => boolean
  readonly close?: () => void
}

/** A window over a ledger. */
export class RecordedWindow implements Window {
  readonly label: string
  readonly trace: string | undefined
  readonly answers: LedgerWindow
  readonly #of: WindowOf

  constructor(answers: LedgerWindow, of: WindowOf) {
    this.answers = answers
    this.label = of.label
    this.trace = of.trace
    this.#of = of
  }

  get name(): string {
    return this.answers.name
  }
  get from(): Instant {
    return this.answers.from
  }
  get to(): Instant {
    return this.answers.to
  }
  get seq(): number {
    return this.answers.from.seq
  }
  get closed(): boolean {
    return this.#of.isClosed?.() ?? true
  }
  close(): void {
    this.#of.close?.()
  }
  /** Closes it: `using rollout = tor.window('rollout')`. */
  [Symbol.dispose](): void {
    this.close()
  }
  /** Throws RW_NOT_FOUND when they are no longer held in memory. */
  events(): readonly EventRow[] {
    return this.#of.events(this.answers)
  }

  announcements(filter?: WindowFilter): readonly Announcement[] {
    return this.answers.announcements(filter)
  }
  withdrawals(filter?: WindowFilter): readonly Withdrawal[] {
    return this.answers.withdrawals(filter)
  }
  flaps(filter?: WindowFilter): readonly Flap[] {
    return this.answers.flaps(filter)
  }
  established(filter?: WindowFilter): ReturnType<WindowAnswers['established']> {
    return this.answers.established(filter)
  }
  notifications(filter?: WindowFilter): readonly NotificationSeen[] {
    return this.answers.notifications(filter)
  }
  endOfRibs(filter?: WindowFilter): readonly EndOfRibSeen[] {
    return this.answers.endOfRibs(filter)
  }
  staleIntervals(filter?: WindowFilter): readonly StaleInterval[] {
    return this.answers.staleIntervals(filter)
  }
  absences(filter?: WindowFilter): readonly Absence[] {
    return this.answers.absences(filter)
  }
  duplicates(filter?: WindowFilter): readonly DuplicateInterval[] {
    return this.answers.duplicates(filter)
  }
  held(filter?: WindowFilter): readonly HeldRoute[] {
    return this.answers.held(filter)
  }
  counts(filter?: WindowFilter): ReturnType<WindowAnswers['counts']> {
    return this.answers.counts(filter)
  }
  unknowns(): readonly Unknown[] {
    return this.answers.unknowns()
  }
  convergence(filter?: WindowFilter): Micros | undefined {
    return this.answers.convergence(filter)
  }
  order(first: WindowFilter, second: WindowFilter, of?: Ordered | readonly [Ordered, Ordered]): Order {
    return this.answers.order(first, second, of)
  }
  names(): ReturnType<WindowAnswers['names']> {
    return this.answers.names()
  }
}

/** A window as it is carried to another process: plain JSON. */
export interface WindowJson {
  readonly label: string
  readonly trace: string | null
  readonly closed: boolean
  readonly ledger: LedgerJson
  /** Its events in words, where they were asked for. */
  readonly events?: readonly EventRow[]
}

/**
 * The window as it is now, with names as they are known now.
 * @param options.events its events in words too: an UPDATE is a row for each route
 */
export function windowToJson(
  window: RecordedWindow,
  options: { readonly events?: boolean } = {},
): WindowJson {
  return {
    label: window.label,
    trace: window.trace ?? null,
    closed: window.closed,
    ledger: ledgerToJson(window.answers),
    ...(options.events === true ? { events: window.events() } : {}),
  }
}

/** The window that `windowToJson` was given: it answers the same. Events that were not carried along are none. */
export function windowFromJson(json: WindowJson): RecordedWindow {
  return new RecordedWindow(ledgerFromJson(json.ledger), {
    label: json.label,
    trace: json.trace ?? undefined,
    events: () => json.events ?? [],
    isClosed: () => json.closed,
  })
}
