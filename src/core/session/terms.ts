// What we offer on a connection, and the units that everything about sessions is measured in.
import type { Family } from '../wire/message.ts'

/** Microseconds since 1970, taken from a monotonic clock that was set once. Safe integers until 2255. */
export type Micros = number

export const SECOND: Micros = 1_000_000

/** An end of a TCP connection; `address` is text (RFC 5952), never IPv4-mapped. */
export interface Endpoint {
  readonly address: string
  readonly port: number
}

export interface GracefulRestartConfig {
  /** Restart time that our OPEN carries and, unless `staleTime` is set, the bound on stale routes after the peer's return. Seconds. */
  readonly time: number
  /** Offer the N bit (RFC 8538). */
  readonly notification: boolean
  /** Families that our capability lists; none makes us a pure helper. */
  readonly families: readonly Family[]
  /** Upper bound on stale routes from the peer's return on (RFC 8538 §4), seconds. */
  readonly staleTime: number
}

/** Who we are in an OPEN. */
export interface LocalIdentity {
  readonly asn: number
  /** BGP identifier, unsigned 32-bit. */
  readonly identifier: number
}

/** What we offer a peer and ask of it. */
export interface PeerTerms {
  /** Required AS number; undefined accepts any. */
  readonly asn: number | undefined
  /** More AS numbers that will do, where `asn` is set. */
  readonly otherAsns?: readonly number[] | undefined
  /** Offered hold time in seconds; 0 or at least 3. */
  readonly holdTime: number
  /** Helper for graceful restart; undefined leaves capability 64 out. */
  readonly gracefulRestart: GracefulRestartConfig | undefined
  /** Families offered in capability 1. */
  readonly families: readonly Family[]
  /** Capabilities 5, 6, 70 that are offered only when asked for. */
  readonly extendedNextHop: boolean
  readonly extendedMessages: boolean
  readonly enhancedRouteRefresh: boolean
  /** Offer to receive several paths of a prefix (RFC 7911), in every family. */
  readonly addPath?: 'receive' | undefined
  /** Write our OPEN in the extended form even where it is short (RFC 9072 §2). */
  readonly extendedParameters?: boolean | undefined
  /** Routes of one family that the peer may announce, stale ones not counted; one more ends the session with 6/1 (RFC 4486 §4). */
  readonly maxPrefixes?: number | undefined
  /** What to do when a peer with R=1 sends neither UPDATE nor End-of-RIB. */
  readonly onSilence: 'report' | 'refresh'
}

/** Session timers. 'keepalive' firings are not recorded, because the KEEPALIVE that they send is. */
export type SessionTimer = 'open' | 'hold' | 'keepalive' | 'linger' | 'silence' | 'send-hold'

export type SessionState = 'open-sent' | 'open-confirm' | 'established' | 'closed'

/** Who opened a connection: the peer ('in') or we ('out'). */
export type Direction = 'in' | 'out'
