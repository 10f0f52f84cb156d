// The state of one connection, and its timers.
import type { OpenMessage } from '../wire/message.ts'
import type { CloseCause } from './cause.ts'
import type { SessionEffect } from './events.ts'
import type { Negotiated } from './negotiate.ts'
import {
  SECOND,
  type Direction,
  type Endpoint,
  type LocalIdentity,
  type Micros,
  type PeerTerms,
  type SessionState,
  type SessionTimer,
} from './terms.ts'

/** The state of one connection. Only `step` (session.ts) and the functions it calls change it. */
export interface Session {
  readonly number: number
  readonly us: LocalIdentity
  /** Undefined when no configured peer matches: there is nothing to offer. */
  readonly terms: PeerTerms | undefined
  readonly direction: Direction
  readonly listener: string
  readonly local: Endpoint
  readonly remote: Endpoint
  readonly openedAt: Micros
  state: SessionState
  /** The TCP connection is still there, perhaps half-closed. */
  connected: boolean
  readonly timers: Set<SessionTimer>
  sent: OpenMessage | undefined
  received: OpenMessage | undefined
  /** The peer's OPEN as it came. */
  receivedBytes: Uint8Array | undefined
  negotiated: Negotiated | undefined
  establishedAt: Micros | undefined
  closedAt: Micros | undefined
  cause: CloseCause | undefined
  /** End-of-RIB received, as "afi/safi". */
  readonly endOfRib: string[]
  updates: number
}

/** A connection that is just there; nothing is sent until the event 'opened'. */
export function newSession(
  connection: Pick<
    Session,
    'number' | 'us' | 'terms' | 'direction' | 'listener' | 'local' | 'remote' | 'openedAt'
  >,
): Session {
  return {
    ...connection,
    state: 'open-sent',
    connected: true,
    timers: new Set(),
    sent: undefined,
    received: undefined,
    receivedBytes: undefined,
    negotiated: undefined,
    establishedAt: undefined,
    closedAt: undefined,
    cause: undefined,
    endOfRib: [],
    updates: 0,
  }
}

export function isOver(session: Session): boolean {
  return session.state === 'closed'
}

/** Starts or restarts a timer. */
export function start(session: Session, timer: SessionTimer, after: Micros): SessionEffect {
  session.timers.add(timer)
  return { do: 'start-timer', timer, after }
}

/** Stops a timer if it runs. */
export function stop(session: Session, timer: SessionTimer): SessionEffect[] {
  return session.timers.delete(timer) ? [{ do: 'stop-timer', timer }] : []
}

/** The peer is alive: the hold timer starts anew (RFC 4271 §8.2.2, on KEEPALIVE and UPDATE). */
export function heard(session: Session): SessionEffect[] {
  const holdTime = session.negotiated?.holdTime ?? 0
  return holdTime > 0 ? [start(session, 'hold', holdTime * SECOND)] : []
}
