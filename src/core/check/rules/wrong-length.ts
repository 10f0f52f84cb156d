import { formatPrefix } from '../../ip/text.ts'
import { announcedBy, evidenceOf, eventsOf, firstOf } from '../words.ts'
import { wrongSource } from '../wrong-source.ts'
import type { ClaimRule } from './rule.ts'

/** Announced with another mask than IPAM allocates (cilium#15500, cilium#19411). */
export const wrongLength: ClaimRule = {
  on: 'claim',
  code: 'wrong-length',
  severity: 'error',
  meaning: 'announced, overlaps an allocation of another length, equals none',

  judge(claim, view) {
    if (view.owners(claim.key).size > 0) return undefined
    const allocation = view.overlapping(claim.prefix)
    if (allocation === undefined) return undefined
    const owner = [...allocation.nodes].sort()[0]!
    const prefix = formatPrefix(claim.prefix)
    const allocated = formatPrefix(allocation.prefix)
    const shorter = claim.prefix.length < allocation.prefix.length
    const why = wrongSource(view, claim.node, claim.prefix)
    return {
      since: firstOf(claim).route.since,
      evidence: evidenceOf(...eventsOf(claim)),
      summary: `${announcedBy(claim)}, while ${allocated} is what the cluster allocates there, to ${owner}`,
      owner,
      cause: why?.cause,
      impact: shorter
        ? `${claim.node} draws traffic for all of ${prefix}, also what is not in ${allocated}`
        : `traffic for ${prefix} goes to ${claim.node}, the rest of ${allocated} where the shorter prefix leads`,
      remedy: why?.remedy ?? `announce ${allocated}`,
    }
  },
}
