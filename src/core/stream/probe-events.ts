// What probes and the sysctl census put into the stream. Neither concerns the speaker: findings are derived from both.
import type { Micros } from '../speaker/contract.ts'

/**
 * How a series sends: `new` a connection for each probe, `kept` all over one that stays open, `ecmp` over several kept
 * ones that the kernel spreads over all next hops, `large` with segments as large as the path says it takes.
 */
export type ProbeKind = 'new' | 'kept' | 'ecmp' | 'large'

/** `garbled`: somebody answered who is no echo server, a gateway for example. */
export type ProbeOutcome = 'ok' | 'refused' | 'reset' | 'timeout' | 'unreachable' | 'garbled' | 'error'

/** What a series of probes follows. */
export interface ProbePath {
  readonly kind: ProbeKind
  /** "198.19.1.10:8080", "[fd00::10]:8080". */
  readonly target: string
  /** The announced prefix that covers the target. */
  readonly prefix: string
  /** Undefined: all next hops of the prefix, or whichever the system's own routes name. */
  readonly nextHop?: string | undefined
  /** Who announced the prefix with this next hop: node name, or BGP identifier. */
  readonly node?: string | undefined
  /** False: the system's own routes chose the path. */
  readonly pinned: boolean
}

/** What the echo server says of itself and of us. */
export interface ProbeReply {
  readonly pod?: string | undefined
  readonly node?: string | undefined
  /** Our address as the server saw it. */
  readonly client: string
}

/** Results of a series since its previous report; all but the counts are about the last of them. */
export interface ProbeReport extends ProbePath {
  readonly results: number
  readonly lost: number
  /** When the first of these probes was sent, and the last. */
  readonly from: Micros
  readonly sent: Micros
  readonly outcome: ProbeOutcome
  /** How many in a row were answered, or were not, the last one included; reports before this one count. */
  readonly inRow: number
  /** When the first of that row was sent. */
  readonly since: Micros
  /** Microseconds. */
  readonly rtt?: Micros | undefined
  readonly reply?: ProbeReply | undefined
  /** Our address. */
  readonly local?: string | undefined
  /** Connections that were kept open and were reset. */
  readonly resets?: number | undefined
  /** Answers by who gave them (pod, else node). */
  readonly answers?: Readonly<Record<string, number>> | undefined
  readonly message?: string | undefined
  /** The series is over; `results` may be 0. */
  readonly ended?: boolean | undefined
}

/** An assignment in a file that is applied at boot, or when systemd-sysctl or tuned start anew. */
export interface SysctlSetting {
  readonly file: string
  /** With dots; may have a `*`. */
  readonly key: string
  readonly value: string
}

/** A packet filter rule that drops by reverse path. */
export interface FilterRule {
  readonly rule: string
  readonly packets: number
}

/** Values of a node: all at first, later what changed; none when nothing did, which says that it is still read. */
export interface SysctlCensus {
  readonly node: string
  readonly read: Micros
  /** When they were read before: the change lies in between. Undefined in the first census of a node. */
  readonly before?: Micros | undefined
  /** By key with dots; null: gone. */
  readonly values: Readonly<Record<string, string | null>>
  /** In the order in which they are applied, when read for the first time or changed. */
  readonly settings?: readonly SysctlSetting[] | undefined
  /** tuned's active profile. */
  readonly tuned?: string | undefined
  /** TcpExtIPReversePathFilter. */
  readonly reversePathDrops?: number | undefined
  readonly filters?: readonly FilterRule[] | undefined
  /** Why the census cannot be taken, while it cannot. */
  readonly problem?: string | undefined
  /** The census is over: what it saw last is no longer known to be so. */
  readonly ended?: boolean | undefined
}
