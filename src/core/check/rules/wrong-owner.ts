import { formatPrefix } from '../../ip/text.ts'
import { announcedBy, evidenceOf, eventsOf, firstOf, ownedBy } from '../words.ts'
import { wrongSource } from '../wrong-source.ts'
import type { ClaimRule } from './rule.ts'

/** Announced by one node, owned by another: traffic for the owner's pods goes to the wrong machine (incident I-1). */
export const wrongOwner: ClaimRule = {
  on: 'claim',
  code: 'wrong-owner',
  severity: 'error',
  meaning:
    'announced by a node that does not own it, while a live owner exists elsewhere and does not announce it',

  judge(claim, view) {
    const owners = view.owners(claim.key)
    if (owners.size === 0 || owners.has(claim.node)) return undefined
    if (view.announcers(claim.key).some((other) => owners.has(other.node))) return undefined
    const owner = [...owners].sort()[0]!
    const allocated = view.state(owner)?.allocated.get(claim.key)
    const why = wrongSource(view, claim.node, claim.prefix)
    return {
      since: Math.max(firstOf(claim).route.since, allocated?.since ?? 0),
      evidence: evidenceOf(...eventsOf(claim), allocated?.event),
      summary: `${announcedBy(claim)}, owned by ${ownedBy(owners, view)}`,
      owner,
      cause: why?.cause,
      impact: `removing ${claim.node} withdraws ${formatPrefix(claim.prefix)}, the pods of ${owner}`,
      remedy: why?.remedy ?? `make ${claim.node} withdraw it, and see why ${owner} does not announce it`,
    }
  },
}
