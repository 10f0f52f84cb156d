// What a window answers: what happened between two events of the stream, and for how long what held. Derived from the
// stream by pure code, so that a live router, an attached one and a trace give the same answers.
import type { CloseCause } from '../session/cause.ts'
import type { Micros, WithdrawCause } from '../speaker/contract.ts'

/** An instant of the stream: after the event `seq`, which happened at `at`. */
export interface Instant {
  readonly seq: number
  readonly at: Micros
}

/** Which rows are meant; all that are given must hold. */
export interface WindowFilter {
  /** Name of a node, or a peer's identifier where no object names it; several: any of them. */
  readonly node?: string | readonly string[] | undefined
  /** "10.5.112.0/24"; several: any of them. */
  readonly prefix?: string | readonly string[] | undefined
  /** "ipv4-unicast" or "ipv6-unicast". */
  readonly family?: string | undefined
  /**
   * Of withdrawals and absences: "wire", "malformed", "session-closed" or "stale-flush", or what is behind the latter two
   * ("hold-expired", "restart-timer"); several: any of them.
   */
  readonly cause?: string | readonly string[] | undefined
}

/** Where and when a row belongs. `node` is the peer's identifier where no object names the node. */
interface Row {
  readonly seq: number
  readonly at: Micros
  readonly node: string
  /** Key of the peer. */
  readonly peer: string
}

interface RouteRow extends Row {
  readonly family: string
  readonly prefix: string
  readonly pathId: number | undefined
}

/** 'same': the route was there with the same attributes and next hop (GoBGP repeats all when one changes). */
export interface Announcement extends RouteRow {
  readonly session: number
  readonly change: 'new' | 'changed' | 'same'
  /** It was stale until now. */
  readonly refreshed: boolean
}

/** A route that was there went away. Withdrawals of what was not there are no rows. */
export interface Withdrawal extends RouteRow {
  readonly cause: WithdrawCause
}

/** A session that was Established ended, and when the peer was back, if it was back within the window. */
export interface Flap extends Row {
  readonly session: number
  readonly cause: CloseCause
  readonly back: Instant | undefined
}

export interface NotificationSeen {
  readonly seq: number
  readonly at: Micros
  readonly node: string | undefined
  readonly peer: string | undefined
  readonly session: number
  readonly direction: 'in' | 'out'
  readonly code: number
  readonly subcode: number
  readonly text: string | undefined
}

export interface EndOfRibSeen extends Row {
  readonly session: number
  readonly family: string
}

/** Whether an interval was under way when the window began: its `from` is then the window's. */
export type Began = 'before' | 'within'

/** Routes of a peer and family were kept by graceful restart. */
export interface StaleInterval {
  readonly node: string
  readonly peer: string
  readonly family: string
  /** Routes that became stale; where that was before the window, those that the peer had when it began. Never 0. */
  readonly routes: number
  readonly from: Instant
  readonly began: Began
  /** Undefined: still so at the end of the window. */
  readonly to: Instant | undefined
  /** Microseconds, up to its end or the window's. */
  readonly span: Micros
  /** How it ended: 'eor' (the peer said it was done), 'flushed' (a timer or another reason), undefined: not yet. */
  readonly why: 'eor' | 'flushed' | undefined
  /** Routes that went with its end. */
  readonly removed: number
}

/**
 * A prefix that a node announced was announced by it no longer, over none of its sessions. It begins in the window; one that
 * was under way before belongs to the window that has its beginning.
 */
export interface Absence {
  readonly node: string
  readonly peer: string
  readonly family: string
  readonly prefix: string
  readonly from: Instant
  /** Undefined: still absent at the end of the window. */
  readonly to: Instant | undefined
  /** Microseconds, up to its end or the window's. */
  readonly span: Micros
  readonly cause: WithdrawCause
}

/** Two or more nodes announced the prefix at once; a route that is kept as stale counts. */
export interface DuplicateInterval {
  readonly family: string
  readonly prefix: string
  /** All that announced it while it lasted: those of the window's begin by name, then others as they came. */
  readonly nodes: readonly string[]
  readonly from: Instant
  readonly began: Began
  readonly to: Instant | undefined
  /** Microseconds, up to its end or the window's. */
  readonly span: Micros
}

/** A route that was there when the window began. In the order node, family, prefix. */
export interface HeldRoute {
  readonly node: string
  readonly peer: string
  readonly family: string
  readonly prefix: string
  readonly pathId: number | undefined
}

/** An interval in which the record does not say what happened. */
export interface Unknown {
  readonly from: Instant
  readonly to: Instant | undefined
  readonly events: number
  readonly reason: string
}

/** Where a window's events stand in order: negative: `first` came before `second`. */
export type Order = 'before' | 'after' | 'same' | 'first-missing' | 'second-missing'

/** What `order` compares. Repeated announcements of what was there already are none. */
export type Ordered = 'announcement' | 'withdrawal'

/** What can be asked of a closed window. Every list is in the order of the stream. */
export interface WindowAnswers {
  readonly name: string
  readonly from: Instant
  readonly to: Instant
  announcements(filter?: WindowFilter): readonly Announcement[]
  withdrawals(filter?: WindowFilter): readonly Withdrawal[]
  flaps(filter?: WindowFilter): readonly Flap[]
  /** Sessions that became Established. */
  established(filter?: WindowFilter): readonly (Row & { readonly session: number })[]
  notifications(filter?: WindowFilter): readonly NotificationSeen[]
  endOfRibs(filter?: WindowFilter): readonly EndOfRibSeen[]
  staleIntervals(filter?: WindowFilter): readonly StaleInterval[]
  absences(filter?: WindowFilter): readonly Absence[]
  duplicates(filter?: WindowFilter): readonly DuplicateInterval[]
  /** Routes that were there when the window began: a claim about what was never there says little. */
  held(filter?: WindowFilter): readonly HeldRoute[]
  /** How many announcements and withdrawals there are, without making a row of each. */
  counts(filter?: WindowFilter): { readonly announcements: number; readonly withdrawals: number }
  /** Where the record is silent. A claim that something did not happen fails across one. */
  unknowns(): readonly Unknown[]
  /**
   * From the window's begin to the last change of a route or session in it; undefined when nothing changed. A repeated
   * announcement is no change. With a filter of prefixes or families sessions do not count.
   */
  convergence(filter?: WindowFilter): Micros | undefined
  /**
   * How the first announcement (or withdrawal, or one of each) that the one filter means lies to that of the other; of
   * announcements unless told.
   */
  order(first: WindowFilter, second: WindowFilter, of?: Ordered | readonly [Ordered, Ordered]): Order
  /** Names of nodes and prefixes that the window has anything about: for messages that name the nearest. */
  names(): { readonly nodes: readonly string[]; readonly prefixes: readonly string[] }
}
