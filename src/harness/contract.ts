// What tests ask: a state (how it is at one instant) and windows (what happened between two). A live router, an attached one
// and a trace all give both, so that a claim is written once.
import type { Verdict } from '../core/check/finding.ts'
import type { Instant, WindowAnswers } from '../core/window/contract.ts'
import type { EventRow } from './event-log.ts'
import type { WantedRoute } from './nearest-routes.ts'
import type { ExpectedRow, NodeRow, PeerRow, RouteRow } from './views.ts'

/** How it is at one instant. A value: nothing more comes of it. */
export interface State {
  /** Of the router or trace that it is of: "tor", or the folder's name. */
  readonly label: string
  /** Folder of the trace, if one is kept. */
  readonly trace: string | undefined
  readonly at: Instant
  /** False within a gap of a trace: what there was is not known, and the rows are those from before it. */
  readonly known: boolean
  peers(): readonly PeerRow[]
  routes(): readonly RouteRow[]
  /** The routes that come nearest to a wanted one, at most three: its prefix weighs most, then its node, then its next hop. */
  nearest(wanted: WantedRoute): readonly RouteRow[]
  nodes(): readonly NodeRow[]
  expected(): readonly ExpectedRow[]
  verdict(): Verdict
  /** The latest events in words, at most `limit`, those after event number `since`. */
  events(since?: number, limit?: number): readonly EventRow[]
}

/** A router that runs, in this process or another. */
export interface Live {
  readonly label: string
  readonly live: true
  /** How it is now. */
  state(): State | Promise<State>
  /** The same for who asks it at once, before the next event: nothing is copied that is not asked for. */
  look?(): State
  /**
   * Resolves, a little later so that a burst is one change, when something happened after event `since` (that of the state
   * that was looked at), or with the signal. Left out: after this call.
   */
  changed(signal: AbortSignal, since?: number): Promise<void>
  window(name: string): Window | Promise<Window>
}

/**
 * What happened between two events. Opened, closed, and asked; before it is closed it answers up to now, and no claim can be
 * made about it. Is a `since` of the waits: what counts is what comes after its begin.
 */
export interface Window extends Omit<WindowAnswers, 'to'> {
  /** Number of the event that it begins after. */
  readonly seq: number
  readonly label: string
  readonly trace: string | undefined
  readonly closed: boolean
  /** The last event in it; up to now while it is open. */
  readonly to: Instant
  /** Ends it, at the first call. Asked of a router in another process it takes its answers over, and is to be awaited. */
  close(): void | Promise<void>
  /** The window as it is now, for one that cannot be asked while it is open, since its router is in another process. */
  soFar?(): Promise<Window>
  /** The events in it in words. */
  events(): readonly EventRow[]
}
