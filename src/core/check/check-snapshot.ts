// The checker's state as a checkpoint has it.
import type { Micros, WithdrawCause } from '../speaker/contract.ts'
import type { BookSnapshot } from './cluster-book.ts'
import type { IdentifierChangesSnapshot } from './identifier-changes.ts'
import type { LabelsSnapshot } from './peer-labels.ts'
import type { ProbeSnapshot } from './probe-book.ts'
import type { SettlingSnapshot } from './settling.ts'

export interface CheckSnapshot {
  readonly version: 1
  readonly book: BookSnapshot
  readonly labels: LabelsSnapshot
  /** Left out by writers that did not know of it. */
  readonly identifiers?: IdentifierChangesSnapshot
  readonly settling: SettlingSnapshot
  readonly withdrawn: readonly (readonly [
    prefix: string,
    node: string,
    at: Micros,
    event: number,
    cause: WithdrawCause,
  ])[]
  readonly addresses: readonly string[]
  /** When routes last changed. */
  readonly changed?: Micros
  /** Left out by writers that did not know of it. */
  readonly probes?: ProbeSnapshot
}

/** Undefined when it is none that can be read. */
export function readSnapshot(value: unknown): CheckSnapshot | undefined {
  const usable = typeof value === 'object' && value !== null && 'version' in value && value.version === 1
  return usable ? (value as CheckSnapshot) : undefined
}
