// What a finding is.
import type { Micros } from '../speaker/contract.ts'

export const ROUTE_FINDINGS = [
  'wrong-owner',
  'duplicate',
  'no-endpoint',
  'leftover',
  'wrong-length',
  'unadvertised',
  'extra',
  'missing',
  'stale',
] as const
export const PEER_FINDINGS = ['identity', 'router-id', 'object'] as const
/** About what probes and the sysctl census saw. */
export const DATA_PLANE_FINDINGS = [
  'blackhole',
  'unreachable',
  'announced-early',
  'asymmetric',
  'sysctl',
] as const
export type FindingCode =
  (typeof ROUTE_FINDINGS)[number] | (typeof PEER_FINDINGS)[number] | (typeof DATA_PLANE_FINDINGS)[number]
export type Severity = 'error' | 'warning' | 'info'

/** A recorded route near to the one that the finding is about, with what differs. */
export interface NearRoute {
  readonly node: string
  readonly prefix: string
  readonly nextHop: string
  /** For example ["owner", "length"]. */
  readonly differs: readonly string[]
}

/** One thing that is wrong. One (node, prefix) has at most one route finding. */
export interface Finding {
  readonly code: FindingCode
  readonly severity: Severity
  /** Node name, or the peer's identifier where no object names the node. */
  readonly node: string
  /** Peer key of the announcer; of the owner's peer, or undefined, for `missing`. */
  readonly peer: string | undefined
  readonly session: number | undefined
  /** "ipv4-unicast" or "ipv6-unicast"; undefined for findings about peers. */
  readonly family: string | undefined
  readonly prefix: string | undefined
  /** Since when it has been so (not since it settled). */
  readonly since: Micros
  /** Event numbers of the stream. */
  readonly evidence: readonly number[]
  /** One line: what was announced, by whom, who owns it. */
  readonly summary: string
  /** The owner's name where there is one. */
  readonly owner: string | undefined
  readonly cause: string | undefined
  readonly impact: string | undefined
  readonly remedy: string | undefined
  readonly near: readonly NearRoute[]
}

/** A route that nobody can judge yet, and why. */
export interface NotJudged {
  readonly node: string
  readonly prefix: string
  readonly reason: string
}

/** The verdict at one instant. */
export interface Verdict {
  readonly at: Micros
  readonly findings: readonly Finding[]
  readonly notJudged: readonly NotJudged[]
  /** (node, prefix) pairs whose settle time has not passed. */
  readonly unsettled: readonly { readonly node: string; readonly prefix: string; readonly until: Micros }[]
  readonly checked: {
    readonly nodes: number
    readonly peers: number
    readonly routes: number
    readonly expected: number
  }
  /** Resources done without, and a gap in the record. */
  readonly caveats: readonly string[]
  /** False across a gap: derived state is unknown until the next checkpoint. */
  readonly known: boolean
}
