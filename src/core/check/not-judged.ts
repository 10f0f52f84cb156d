// Routes that nobody can judge with what is known.
import { prefixKey } from '../ip/arithmetic.ts'
import type { OtherAdvertisement } from '../expected/advertisements.ts'
import type { VipVerdict } from './vip.ts'
import type { Claim, View } from './view.ts'

/**
 * Why a route cannot be judged; undefined when it can.
 * @param vip what is known about it as the address of a Service
 * @param unreadable the resource without which nobody knows what nodes should announce, if there is one
 */
export function whyNotJudged(
  claim: Claim,
  view: View,
  vip: VipVerdict | undefined,
  unreadable: string | undefined,
): string | undefined {
  if (claim.conflicted) return 'it is not certain which node the peer is'
  const owners = view.owners(claim.key)
  // What belongs to another node, no advertisement of this one explains.
  if (owners.size > 0 && !owners.has(claim.node)) return undefined
  if (vip !== undefined && vip.is !== 'unknown') return undefined
  for (const { expected } of claim.sightings) {
    if (expected?.prefixes.some((prefix) => prefixKey(prefix) === claim.key)) return undefined
    const other = expected?.others.find((advertisement) => couldExplain(advertisement, claim, view))
    if (other !== undefined)
      return vip === undefined ? `an advertisement of type ${other.type} could explain it` : vip.why
  }
  if (unreadable === undefined || isPodCidr(claim, view)) return undefined
  return `what the node should announce is not known: ${unreadable}`
}

function couldExplain(advertisement: OtherAdvertisement, claim: Claim, view: View): boolean {
  const { afi, lengths, outsidePodCidrs } = advertisement
  if (afi !== claim.prefix.afi) return false
  if (lengths !== undefined && !lengths.includes(claim.prefix.length)) return false
  return !outsidePodCidrs || !isPodCidr(claim, view)
}

/** The prefix is, was, or overlaps a pod CIDR of somebody else. */
function isPodCidr(claim: Claim, view: View): boolean {
  const owners = view.owners(claim.key)
  if (owners.size > 0) return !owners.has(claim.node)
  return view.former(claim.key) !== undefined || view.overlapping(claim.prefix) !== undefined
}
