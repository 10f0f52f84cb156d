import { announcedBy, evidenceOf, eventsOf, firstOf, onlyStale } from '../words.ts'
import { wrongSource } from '../wrong-source.ts'
import type { ClaimRule } from './rule.ts'

/** Announced, and nothing in the cluster says why. */
export const extra: ClaimRule = {
  on: 'claim',
  code: 'extra',
  severity: 'error',
  meaning: 'announced, and none of the above explains it',

  judge(claim, view) {
    if (view.owners(claim.key).has(claim.node) || onlyStale(claim)) return undefined
    const why = wrongSource(view, claim.node, claim.prefix)
    return {
      since: firstOf(claim).route.since,
      evidence: evidenceOf(...eventsOf(claim)),
      summary: `${announcedBy(claim)}, and the cluster allocates it to nobody`,
      cause: why?.cause,
      impact: undefined,
      remedy: why?.remedy ?? `find out what makes ${claim.node} announce it`,
    }
  },
}
