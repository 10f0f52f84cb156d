import { announcedBy, evidenceOf, firstOf, onlyStale } from '../words.ts'
import { prefixKey } from '../../ip/arithmetic.ts'
import type { Claim } from '../view.ts'
import type { ClaimRule } from './rule.ts'

/** Announced by its owner, but no advertisement asks for it: left behind by a change (gobgp#1986), or one is missing. */
export const unadvertised: ClaimRule = {
  on: 'claim',
  code: 'unadvertised',
  severity: 'error',
  meaning: 'announced by its owner although no advertisement selects it for this peer',

  judge(claim, view) {
    if (!view.owners(claim.key).has(claim.node) || onlyStale(claim)) return undefined
    const unselected = claim.sightings.filter((sighting) => !isSelected(claim, sighting))
    const [sighting] = unselected
    if (sighting === undefined) return undefined
    const allocated = view.state(claim.node)?.allocated.get(claim.key)
    const { expected, session } = sighting
    return {
      since: Math.max(firstOf(claim).route.since, allocated?.since ?? 0),
      evidence: evidenceOf(...unselected.map(({ route }) => route.firstEvent), allocated?.event),
      summary: `${announcedBy(claim)}, owned by it, but no advertisement selects it for this peer`,
      owner: claim.node,
      cause:
        expected === undefined
          ? `no peer in ${claim.node}'s CiliumBGPNodeConfig has our address ${session.local.address} and AS number`
          : `peer "${expected.peer}" of instance "${expected.instance}" selects no advertisement of type PodCIDR for this family`,
      impact: undefined,
      remedy:
        'correct the label selector in the CiliumBGPPeerConfig, or make the node withdraw the route (reset the session)',
    }
  },
}

function isSelected(claim: Claim, { expected }: Claim['sightings'][number]): boolean {
  return expected !== undefined && expected.prefixes.some((prefix) => prefixKey(prefix) === claim.key)
}
