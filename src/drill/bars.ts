// Pass bars: what was expected beside what was seen. Pure.
import type { Micros } from '../core/speaker/contract.ts'
import type { Bar, BarVerdict } from './contract.ts'
import type { Expectation } from './versions.ts'

/** What every bar says about itself. */
export interface Claim {
  readonly name: string
  readonly node?: string | undefined
  readonly source: string
  readonly versions?: string | undefined
  readonly evidence?: readonly number[] | undefined
  /** How bad it is when it does not hold; left out: a failure. */
  readonly otherwise?: 'fail' | 'warn' | undefined
}

interface Seq {
  readonly seq: number
}

/** "4.12 s"; milliseconds below one second. */
export const seconds = (span: Micros): string =>
  Math.abs(span) < 1e6 ? `${Math.round(span / 1e3)} ms` : `${(span / 1e6).toFixed(2)} s`

const bar = (
  { otherwise: _otherwise, evidence = [], ...claim }: Claim,
  expected: string,
  observed: string,
  verdict: BarVerdict,
): Bar => ({ ...claim, evidence, expected, observed, verdict })

/** Holds when `holds` does. */
export const holds = (claim: Claim, expected: string, observed: string, good: boolean): Bar =>
  bar(claim, expected, observed, good ? 'pass' : (claim.otherwise ?? 'fail'))

/** Holds when both are the same text. */
export const same = (claim: Claim, expected: string, observed: string): Bar =>
  holds(claim, expected, observed, expected === observed)

/** Holds when nothing of the kind happened; otherwise the first few are named. */
export function none<T extends Seq>(claim: Claim, found: readonly T[], describe: (row: T) => string): Bar {
  const shown = found.slice(0, 3).map(describe)
  const more = found.length > shown.length ? `, and ${found.length - shown.length} more` : ''
  return holds(
    { ...claim, evidence: found.map(({ seq }) => seq).slice(0, 20) },
    'none',
    found.length === 0 ? 'none' : `${found.length}: ${shown.join(', ')}${more}`,
    found.length === 0,
  )
}

/** Holds when the span is not longer. Undefined: it did not happen. */
export const atMost = (claim: Claim, span: Micros | undefined, limit: Micros): Bar =>
  holds(claim, `at most ${seconds(limit)}`, happened(span), span !== undefined && span <= limit)

/** Holds when the span lies between the two. */
export const between = (claim: Claim, span: Micros | undefined, low: Micros, high: Micros): Bar =>
  holds(
    claim,
    `${seconds(low)} to ${seconds(high)}`,
    happened(span),
    span !== undefined && span >= low && span <= high,
  )

/** What was seen and is not judged: nobody promises it, or the sources do not agree. */
export const info = (claim: Claim, expected: string, observed: string): Bar =>
  bar(claim, expected, observed, 'info')

/** Judged where something is known of the release; told, and not judged, where nothing is. */
export const asExpected = (
  claim: Omit<Claim, 'source' | 'versions'>,
  expectation: Expectation<string> | undefined,
  observed: string,
): Bar =>
  expectation === undefined
    ? info({ ...claim, source: 'nobody has measured this release' }, 'not known', observed)
    : same(
        { ...claim, source: expectation.source, versions: expectation.versions },
        expectation.value,
        observed,
      )

const happened = (span: Micros | undefined): string =>
  span === undefined ? 'it did not happen' : seconds(span)
