// The shape of a rule: it looks at one thing and either finds nothing or explains itself.
import type { FindingCode, Severity } from '../finding.ts'
import type { Micros } from '../../speaker/contract.ts'
import type { SeenProblem } from '../cluster-book.ts'
import type { ProbedPath } from '../data-plane.ts'
import type { Due } from '../our-ends.ts'
import type { LabelledPeer } from '../peer-labels.ts'
import type { NodeCensus } from '../probe-book.ts'
import type { Claim, View } from '../view.ts'

export interface Ruling {
  /** Where it is not that of the rule. */
  readonly severity?: Severity | undefined
  readonly since: Micros
  readonly evidence: readonly number[]
  readonly summary: string
  readonly owner?: string | undefined
  readonly cause?: string | undefined
  readonly impact?: string | undefined
  readonly remedy?: string | undefined
}

interface Described {
  readonly code: FindingCode
  readonly severity: Severity
  /** For the reference page. */
  readonly meaning: string
}

/** Judges a prefix that a node announces. The first rule of the table that rules wins. */
export interface ClaimRule extends Described {
  readonly on: 'claim'
  judge(claim: Claim, view: View): Ruling | undefined
}

/** Judges a prefix that a node should announce. */
export interface DueRule extends Described {
  readonly on: 'due'
  judge(due: Due, view: View): Ruling | undefined
}

export interface PeerRule extends Described {
  readonly on: 'peer'
  judge(labelled: LabelledPeer): Ruling | undefined
}

export interface ObjectRule extends Described {
  readonly on: 'object'
  judge(seen: SeenProblem): Ruling | undefined
}

/** Judges a next hop of a prefix by its probes. */
export interface ProbeRule extends Described {
  readonly on: 'probe'
  judge(path: ProbedPath, at: Micros): Ruling | undefined
}

/** Judges a node by its sysctls. */
export interface CensusRule extends Described {
  readonly on: 'census'
  judge(census: NodeCensus): Ruling | undefined
}

export type Rule = ClaimRule | DueRule | PeerRule | ObjectRule | ProbeRule | CensusRule
