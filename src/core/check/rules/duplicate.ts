import { formatPrefix } from '../../ip/text.ts'
import { announcedBy, evidenceOf, eventsOf, firstOf } from '../words.ts'
import { wrongSource } from '../wrong-source.ts'
import type { ClaimRule } from './rule.ts'

/** Announced by two nodes: routers share the traffic between them, or take the wrong one. */
export const duplicate: ClaimRule = {
  on: 'claim',
  code: 'duplicate',
  severity: 'error',
  meaning:
    'announced by two nodes, at least one of them an owner: reported at the non-owner, or at both when both own it',

  judge(claim, view) {
    const owners = view.owners(claim.key)
    const other = view.announcers(claim.key).find(({ node }) => node !== claim.node && owners.has(node))
    if (other === undefined) return undefined
    const both = owners.has(claim.node)
    const why = both ? undefined : wrongSource(view, claim.node, claim.prefix)
    const prefix = formatPrefix(claim.prefix)
    const here = view.state(claim.node)?.allocated.get(claim.key)
    const there = view.state(other.node)?.allocated.get(claim.key)
    return {
      since: Math.max(firstOf(claim).route.since, firstOf(other).route.since),
      evidence: evidenceOf(...eventsOf(claim), ...eventsOf(other), here?.event, there?.event),
      summary: `${announcedBy(claim)}, and by ${other.node}, ${both ? 'and the cluster allocates it to both' : 'which owns it'}`,
      owner: other.node,
      cause: both ? `the cluster allocates ${prefix} to ${[...owners].sort().join(' and ')}` : why?.cause,
      impact: `traffic for pods in ${prefix} is shared between ${[claim.node, other.node].sort().join(' and ')}`,
      remedy: both
        ? 'let IPAM allocate another prefix to one of them'
        : (why?.remedy ?? `make ${claim.node} withdraw it`),
    }
  },
}
