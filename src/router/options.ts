// What a router is started with, and what can be counted on it.
import type { Micros, SpeakerConfig } from '../core/speaker/contract.ts'
import type { Clock } from '../net/clock.ts'
import type { ConnectionLimits } from '../net/limits.ts'
import type { PeerSecurity } from '../net/socket-security.ts'

/** Where and how the stream is written. */
export interface TraceOptions {
  readonly directory: string
  /** Start a new segment when one is as large as this, in octets. */
  readonly rotateBytes?: number
  /** Start a new segment when one is as old as this, in seconds. */
  readonly rotateSeconds?: number
  /** Rotated segments to keep; all unless set. */
  readonly keepSegments?: number
  /** Go on in a folder that has a trace; without it such a folder is refused. */
  readonly resume?: boolean
}

export interface RouterOptions {
  readonly config: SpeakerConfig
  /** "127.0.0.1:1790", "[::1]:1790"; port 0 lets the system choose. */
  readonly listen: readonly string[]
  /** A folder, or a folder with options; without it nothing is written to disk. */
  readonly trace?: string | TraceOptions | undefined
  /** How long a route or its expectation must stand unchanged before it is judged, microseconds. */
  readonly settle: Micros
  /** The machine's clock unless given. A given clock is left running by `stop`. */
  readonly clock?: Clock
  readonly limits?: Partial<ConnectionLimits>
  /** Keys and TTLs of peers. They stand apart from `config`, which is recorded. */
  readonly security?: readonly PeerSecurity[]
  /** Octets that may wait to be sent on one connection before it is reset. */
  readonly writeQueue?: number
  /** Version of the program, for the record. */
  readonly version?: string
  /** Told of what went wrong without ending the router: the disk, a file descriptor, a mistake of ours. */
  readonly onProblem?: (message: string) => void
}

/** Counters since the start; `open` is now. */
export interface RouterStats {
  readonly connections: number
  readonly open: number
  /** Over a limit: told so and recorded. */
  readonly refused: number
  /** Far over a limit, or gone before they could be looked at: reset, and not recorded. */
  readonly dropped: number
  readonly messagesIn: number
  readonly messagesOut: number
  /** Octets received, with those that are no message. */
  readonly bytesIn: number
  /** Octets of messages sent. */
  readonly bytesOut: number
  /** Events that the trace lacks because the disk could not follow. */
  readonly lost: number
}

export interface StopOptions {
  /** For the record; 'stopped' unless given. */
  readonly reason?: string
  /** A plain FIN instead of Cease 6/2: with graceful restart the peers then keep what we announced. */
  readonly graceful?: boolean
  /** Shutdown communication in the Cease 6/2, at most 128 octets of it (RFC 9003). */
  readonly text?: string
}
