// The one ordered stream: everything that is stored, and nothing that can be derived from it.
import type { Command, DialAttempt, Endpoint, Micros, SpeakerConfig, TimerKey } from '../speaker/contract.ts'
import type { SpeakerSnapshot } from '../speaker/api.ts'
import type { Disconnect } from '../session/cause.ts'
import type { ProbeReport, SysctlCensus } from './probe-events.ts'

/** An object of the cluster as `storedObject` leaves it; never a Secret. */
export interface ClusterObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly uid?: string
    readonly resourceVersion?: string
    readonly labels?: Readonly<Record<string, string>>
    readonly annotations?: Readonly<Record<string, string>>
    readonly [key: string]: unknown
  }
  readonly [key: string]: unknown
}

/**
 * A resource type that is watched, and how that goes. `absent`: the API does not serve it. `not-given`: nobody watches, and
 * the objects that were given have none of it, which does not say that the cluster has none.
 */
export type ResourceState = 'synced' | 'absent' | 'not-given' | 'forbidden' | 'stale' | 'failed'

/** A finding as it was reported live: audit only, nothing reads it to derive anything. */
export type ReportedFinding = Readonly<Record<string, unknown>>

export interface Checkpoint {
  /** The configuration in force; that of the trace where it is left out. */
  readonly config?: SpeakerConfig
  readonly speaker: SpeakerSnapshot
  readonly objects: readonly ClusterObject[]
  readonly resources: Readonly<Record<string, ResourceState>>
  readonly marks: readonly { readonly name: string; readonly seq: number; readonly at: Micros }[]
  /** State of the checker: when routes and expectations last changed, former owners. */
  readonly check: unknown
}

/** The body of an event. `message` events stand in messages.mrt, all others in events.jsonl. */
export type EventBody =
  | {
      readonly type: 'started'
      readonly version: string
      readonly config: SpeakerConfig
      readonly settle: number
      readonly listeners: readonly string[]
    }
  | {
      readonly type: 'session-opened'
      readonly session: number
      readonly listener: string
      readonly local: Endpoint
      readonly remote: Endpoint
      readonly refused?: 'source' | 'total'
      /** We opened it: the attempt that succeeded. */
      readonly dial?: DialAttempt
    }
  /** We could not open a connection. */
  | ({ readonly type: 'dial-failed'; readonly to: Endpoint; readonly message: string } & DialAttempt)
  /** What we send waits, because the peer does not read; false: it moves again. */
  | { readonly type: 'session-blocked'; readonly session: number; readonly blocked: boolean }
  | {
      readonly type: 'message'
      readonly session: number
      readonly direction: 'in' | 'out'
      readonly bytes: Uint8Array
      /** How the MRT record is to be read. */
      readonly fourOctetAs: boolean
      readonly addPath: boolean
      /** 0 until the peer's OPEN told it. */
      readonly peerAsn: number
    }
  | {
      readonly type: 'unframed'
      readonly session: number
      readonly subcode: 1 | 2
      readonly bytes: Uint8Array
    }
  | {
      readonly type: 'session-closed'
      readonly session: number
      readonly how: Disconnect
      readonly message?: string
    }
  /** A timer fired (all but 'keepalive'). 'settle' ends a settle time and makes findings due. */
  | { readonly type: 'timer'; readonly key: TimerKey | { readonly of: 'check'; readonly timer: 'settle' } }
  | ({ readonly type: 'command' } & Command)
  | { readonly type: 'object'; readonly action: 'set' | 'deleted'; readonly object: ClusterObject }
  | {
      readonly type: 'resource'
      readonly resource: string
      readonly state: ResourceState
      readonly message?: string
    }
  | { readonly type: 'mark'; readonly name: string }
  /**
   * Between two tests: what the one before it did to the router was undone, each thing by an event of its own before this one.
   * Changes nothing by itself.
   */
  | { readonly type: 'reset' }
  /** Results of a series of probes: a change of how they end, or a summary. */
  | ({ readonly type: 'probe' } & ProbeReport)
  /** Sysctls of a node, what sets them and what they drop: all at first, then what changed. */
  | ({ readonly type: 'sysctl' } & SysctlCensus)
  /** The disk could not follow: `events` events were not stored. State is unknown until the next checkpoint. */
  | { readonly type: 'gap'; readonly events: number; readonly reason: string }
  | { readonly type: 'checkpoint'; readonly checkpoint: Checkpoint }
  | { readonly type: 'finding'; readonly action: 'opened' | 'closed'; readonly finding: ReportedFinding }
  | { readonly type: 'stopped'; readonly reason: string }

/** An event of the stream. `seq` counts from 1 without a hole, messages included; a gap names how many are missing. */
export type StreamEvent = EventBody & { readonly seq: number; readonly at: Micros }

/** A BGP message as an event. */
export type MessageEvent = Extract<StreamEvent, { readonly type: 'message' }>
