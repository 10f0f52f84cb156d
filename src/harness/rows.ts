// The kinds of rows that `get` lists.
import type { Finding } from '../core/check/finding.ts'
import type { Micros } from '../core/speaker/contract.ts'
import type { EventRow } from './event-log.ts'
import type { ExpectedRow, NodeRow, PeerRow, RouteRow } from './views.ts'

/** Rows with the instant at which they were so. */
export interface Rows<Row> {
  readonly now: Micros
  readonly rows: readonly Row[]
}

export interface RowKinds {
  readonly peers: PeerRow
  readonly routes: RouteRow
  readonly nodes: NodeRow
  readonly expected: ExpectedRow
  readonly findings: Finding
  readonly events: EventRow
}
export type RowKind = keyof RowKinds
