// What goes into the speaker and what comes out of it. The speaker is pure: whoever runs it performs the
// effects, and a replay of the recorded inputs gives the same state without performing any.
import type { Address, Prefix } from '../ip/prefix.ts'
import type { CloseCause, Disconnect } from '../session/cause.ts'
import type {
  Direction,
  Endpoint,
  LocalIdentity,
  Micros,
  PeerTerms,
  SessionState,
  SessionTimer,
} from '../session/terms.ts'
import type { Family, OpenMessage } from '../wire/message.ts'

export type { Route } from '../rib/adj-rib-in.ts'
export type { Endpoint, GracefulRestartConfig, Micros, SessionState, SessionTimer } from '../session/terms.ts'

/** How we open connections to a peer ourselves (RFC 4271 §8, active side). */
export interface DialConfig {
  /** As text; IPv6 may have a zone id. */
  readonly address: string
  readonly port: number
  /** Our address; undefined lets the system choose. */
  readonly localAddress?: string | undefined
  /** ConnectRetryTime in seconds; each wait is 0.75 to 1 of it. 120 is what RFC 4271 §10 suggests. */
  readonly connectRetry: number
  /** The peer may open connections too. */
  readonly accept: boolean
  /** DampPeerOscillations (RFC 4271 §8.1.1): each session that did not last doubles the wait, up to 64 times. */
  readonly damping?: boolean | undefined
}

/** One attempt to open a connection: the place in `peers`, and how many there were to that peer, this one included. */
export interface DialAttempt {
  readonly range: number
  readonly attempt: number
}

/**
 * A kind of peer that may open a session. Our OPEN, which goes out first, carries the terms of the longest prefix that
 * contains the source address (the first entry of those with the same prefix); the peer's AS number may then be that of
 * any entry that contains it. So entries with the same prefix differ in nothing but `asn`.
 */
export interface PeerRange extends PeerTerms {
  /** Source addresses, for example 198.18.0.0/15. */
  readonly from: Prefix
  /** Open connections to it; then `from` is the one address that `dial` names. */
  readonly dial?: DialConfig | undefined
}

/** All that decides how the speaker behaves; stored at the head of every trace. */
export interface SpeakerConfig extends LocalIdentity {
  readonly peers: readonly PeerRange[]
}

/** Timers of a peer, which outlive its sessions. */
export type PeerTimer = 'restart' | 'stale'
export type TimerKey =
  | { readonly of: 'session'; readonly session: number; readonly timer: SessionTimer }
  | { readonly of: 'peer'; readonly peer: string; readonly timer: PeerTimer }
  /** `range` is the place in `peers` of the peer that is dialled. */
  | { readonly of: 'dial'; readonly range: number; readonly timer: 'connect-retry' }

/** A route to announce to peers. */
export interface Origination {
  readonly prefix: Prefix
  /** Undefined: our address on the session. */
  readonly nextHop?: Address
  readonly med?: number
  readonly localPref?: number
  readonly asPath?: readonly number[]
  readonly communities?: readonly number[]
  readonly largeCommunities?: readonly (readonly [number, number, number])[]
}

/** Orders from above. `peer` undefined means every established session. */
export type Command =
  | { readonly command: 'announce'; readonly peer?: string; readonly routes: readonly Origination[] }
  | { readonly command: 'withdraw'; readonly peer?: string; readonly prefixes: readonly Prefix[] }
  | { readonly command: 'route-refresh'; readonly peer?: string; readonly family: Family }
  | { readonly command: 'end-of-rib'; readonly peer?: string; readonly family: Family }
  | {
      readonly command: 'notify'
      readonly peer: string
      readonly code: number
      readonly subcode: number
      readonly data?: Uint8Array
      /** Shutdown communication of 6/2 and 6/4, at most 128 octets of it (RFC 9003); `data` goes first. */
      readonly text?: string
    }
  /** Ends a session without a NOTIFICATION. */
  | { readonly command: 'disconnect'; readonly peer: string; readonly how: 'fin' | 'rst' }
  /** Sends these bytes as they are. */
  | { readonly command: 'send-raw'; readonly peer: string; readonly bytes: Uint8Array }
  /** Cease 6/2 (or nothing, when graceful) to everybody, and no more sessions. */
  | { readonly command: 'stop'; readonly text?: string }

export type SpeakerInput =
  /** The speaker begins its work: it dials. */
  | { readonly type: 'start' }
  | {
      readonly type: 'connection-opened'
      readonly session: number
      /** The configured listening address, as text with port. */
      readonly listener: string
      readonly local: Endpoint
      readonly remote: Endpoint
      /** Set when a limit was reached: the connection is refused and recorded. */
      readonly refused?: 'source' | 'total'
      /** We opened it: the attempt that succeeded. */
      readonly dial?: DialAttempt
    }
  /** An attempt to open a connection failed. */
  | ({ readonly type: 'dial-failed'; readonly message: string } & DialAttempt)
  /** What we send on the connection waits, because the peer does not read; false: it moves again. */
  | { readonly type: 'write-blocked'; readonly session: number; readonly blocked: boolean }
  /** One whole message, header included. */
  | { readonly type: 'message'; readonly session: number; readonly bytes: Uint8Array }
  /** Bytes that are no message: bad marker or length (RFC 4271 §6.1). */
  | {
      readonly type: 'unframed'
      readonly session: number
      readonly bytes: Uint8Array
      readonly subcode: 1 | 2
    }
  | {
      readonly type: 'connection-closed'
      readonly session: number
      readonly how: Disconnect
      readonly message?: string
    }
  | { readonly type: 'timer'; readonly key: TimerKey }
  | ({ readonly type: 'command' } & Command)

export type Effect =
  | { readonly do: 'send'; readonly session: number; readonly bytes: Uint8Array }
  /** Starts or restarts; `after` in microseconds. */
  | { readonly do: 'start-timer'; readonly key: TimerKey; readonly after: Micros }
  | { readonly do: 'stop-timer'; readonly key: TimerKey }
  /** Opens a connection; answered with 'connection-opened' or 'dial-failed' unless 'abort-connect' comes first. */
  | ({ readonly do: 'connect' } & DialAttempt & Pick<DialConfig, 'address' | 'port' | 'localAddress'>)
  | ({ readonly do: 'abort-connect' } & DialAttempt)
  /** 'fin' sends what is queued, then FIN, and waits for the peer's; 'rst' drops everything at once. */
  | { readonly do: 'close'; readonly session: number; readonly how: 'fin' | 'rst' }
  /** The largest message that may now be received. */
  | { readonly do: 'set-max-length'; readonly session: number; readonly length: number }
  | { readonly do: 'tell'; readonly news: News }

/** Why a route went away. */
export type WithdrawCause =
  | { readonly kind: 'wire' }
  /** RFC 7606 treat-as-withdraw. */
  | { readonly kind: 'malformed' }
  | { readonly kind: 'session-closed'; readonly cause: CloseCause }
  | {
      readonly kind: 'stale-flush'
      readonly why:
        | 'eor'
        | 'restart-timer'
        | 'stale-timer'
        | 'f-bit-clear'
        | 'family-missing'
        | 'no-capability'
        | 'second-close'
        | 'hard-reset'
        | 'eorr'
    }

/** What happened, derived from the inputs. Never stored: a replay derives it again. */
export type News =
  /** An OPEN came and named the peer. */
  | {
      readonly news: 'peer-bound'
      readonly session: number
      readonly peer: string
      readonly firstTime: boolean
    }
  | { readonly news: 'session-established'; readonly session: number; readonly peer: string }
  /** It has had neither session nor route for long, and many others came since: should it return, it is a new peer. */
  | { readonly news: 'peer-forgotten'; readonly peer: string }
  | {
      readonly news: 'session-closed'
      readonly session: number
      readonly peer: string | undefined
      readonly cause: CloseCause
      readonly wasEstablished: boolean
    }
  /** `change` is 'same' when the route was already there with the same attributes and next hop. */
  | {
      readonly news: 'route-announced'
      readonly session: number
      readonly peer: string
      readonly family: Family
      readonly prefix: Prefix
      readonly pathId?: number
      readonly change: 'new' | 'changed' | 'same'
      /** The route was stale until now. */
      readonly refreshed: boolean
    }
  | {
      readonly news: 'route-withdrawn'
      readonly session: number
      readonly peer: string
      readonly family: Family
      readonly prefix: Prefix
      readonly pathId?: number
      readonly cause: WithdrawCause
      /** False when there was no such route: harmless, and GoBGP does it. */
      readonly existed: boolean
    }
  | { readonly news: 'end-of-rib'; readonly session: number; readonly peer: string; readonly family: Family }
  /**
   * The peer's routes of these families are kept as stale, at most until `until` unless it returns. Comes again, without
   * an end in between, when the peer is lost once more and both sides set the N bit.
   */
  | {
      readonly news: 'stale-started'
      readonly peer: string
      readonly families: readonly Family[]
      readonly routes: number
      readonly until: Micros
    }
  | {
      readonly news: 'stale-ended'
      readonly peer: string
      readonly family: Family
      readonly why: 'eor' | 'flushed'
      readonly removed: number
    }
  | {
      readonly news: 'malformed-update'
      readonly session: number
      readonly peer: string
      readonly reasons: readonly string[]
    }
  | {
      readonly news: 'notification'
      readonly session: number
      readonly peer: string | undefined
      readonly direction: 'in' | 'out'
      readonly code: number
      readonly subcode: number
      readonly text?: string
    }
  | {
      readonly news: 'route-refresh'
      readonly session: number
      readonly peer: string
      readonly family: Family
      readonly subtype: number
    }
  | {
      /** `before` is a dotted quad. */
      readonly news: 'identifier-changed'
      readonly session: number
      readonly peer: string
      readonly before: string
    }
  /** A NOTIFICATION that cannot be read; it is not answered (RFC 4271 §6.4). */
  | {
      readonly news: 'malformed-notification'
      readonly session: number
      readonly peer: string | undefined
      readonly reason: string
    }
  /** An attempt to open a connection came to nothing. */
  | ({ readonly news: 'dial-failed'; readonly to: Endpoint; readonly message: string } & DialAttempt)
  /**
   * An UPDATE seems to have path identifiers where ADD-PATH was not negotiated: it announces a default route twice in one
   * field, or can only be read with them. Its routes are not what the peer means.
   */
  | {
      readonly news: 'path-ids-unexpected'
      readonly session: number
      readonly peer: string
      readonly family: Family
    }
  /** An established peer with R=1 that says nothing (Cilium 1.20 with another peer down). */
  | { readonly news: 'silent'; readonly session: number; readonly peer: string }

/** What can be seen of a session. */
export interface SessionView {
  readonly session: number
  readonly peer: string | undefined
  readonly state: SessionState
  readonly direction: Direction
  readonly listener: string
  readonly local: Endpoint
  readonly remote: Endpoint
  readonly openedAt: Micros
  readonly establishedAt: Micros | undefined
  readonly closedAt: Micros | undefined
  readonly cause: CloseCause | undefined
  readonly sent: OpenMessage | undefined
  readonly received: OpenMessage | undefined
  /** Negotiated, seconds. */
  readonly holdTime: number | undefined
  readonly fourOctetAs: boolean
  readonly families: readonly Family[]
  /** Families in which the peer's routes carry path identifiers (RFC 7911). */
  readonly addPath: readonly Family[]
  /** End-of-RIB received in this session, as "afi/safi". */
  readonly endOfRib: readonly string[]
  readonly updates: number
}

/** What can be seen of a peer. It outlives its sessions. */
export interface PeerView {
  /** "listener AS identifier", for example "127.0.0.1:1790 64512 192.168.77.11". */
  readonly key: string
  readonly listener: string
  readonly asn: number
  /** Dotted quad. */
  readonly identifier: string
  /** The session in Established, if any. */
  readonly established: SessionView | undefined
  /** The last session, whatever its state. */
  readonly last: SessionView
  readonly routes: number
  readonly staleRoutes: number
  /** Whose routes are kept, stale until the peer announces them again. */
  readonly staleFamilies: readonly Family[]
  /** Sessions that reached Established. */
  readonly sessions: number
}

/** What can be seen of a peer that we dial. */
export interface DialView {
  /** Place in `peers`. */
  readonly range: number
  readonly address: string
  readonly port: number
  /** 'waiting' for the connect-retry timer; 'open': our connection is open; 'resting': nothing to do while a session stands. */
  readonly state: DialPhase
  readonly attempt: number
  /** Why the last attempt failed, until one succeeds. */
  readonly problem: string | undefined
}

export type DialPhase = 'resting' | 'connecting' | 'waiting' | 'open'
