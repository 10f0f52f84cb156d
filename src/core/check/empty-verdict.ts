// Verdicts that say nothing, and why.
import type { Micros } from '../speaker/contract.ts'
import type { Verdict } from './finding.ts'

/** Across a gap nothing can be said. */
export function unknownVerdict(at: Micros): Verdict {
  return {
    at,
    findings: [],
    notJudged: [],
    unsettled: [],
    checked: { nodes: 0, peers: 0, routes: 0, expected: 0 },
    caveats: ['the record has a gap: the state is unknown until the next checkpoint'],
    known: false,
  }
}

/** Why a verdict says nothing, although it has no findings; undefined when it checked something. */
export function nothingToCheck(verdict: Verdict): string | undefined {
  if (!verdict.known) return undefined
  if (verdict.checked.nodes === 0 && verdict.checked.routes === 0) return 'there are no objects of nodes'
  if (verdict.checked.routes === 0 && verdict.checked.expected === 0)
    return 'no node is expected to announce anything to us, and none does'
  return undefined
}
