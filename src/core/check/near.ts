// The recorded routes that come nearest to the one a finding is about, with what differs.
import { commonBits, comparePrefixes, overlaps, prefixKey } from '../ip/arithmetic.ts'
import { formatAddress, formatPrefix } from '../ip/text.ts'
import type { Prefix } from '../ip/prefix.ts'
import type { NearRoute } from './finding.ts'
import { firstOf } from './words.ts'
import type { Claim, View } from './view.ts'

const SHOWN = 3
/** Routes of the owner that are looked at; more would not come nearer. */
const OF_OWNER = 8

/** All routes in order of prefix. */
export function sortedByPrefix(claims: Iterable<Claim>): readonly Claim[] {
  return [...claims].sort((a, b) => comparePrefixes(a.prefix, b.prefix))
}

/** Finds near routes. */
export class NearRoutes {
  readonly #view: Pick<View, 'announcers' | 'claimsOf'>
  readonly #sort: () => readonly Claim[]
  #sorted: readonly Claim[] | undefined

  /** @param sort gives all routes in order of prefix; asked once, on first use */
  constructor(view: Pick<View, 'announcers' | 'claimsOf'>, sort: () => readonly Claim[]) {
    this.#view = view
    this.#sort = sort
  }

  /**
   * @param prefix what should be (or is) announced
   * @param owner the node that should announce it
   * @param about the node whose own route for the prefix the finding is about, which is left out
   */
  near(prefix: Prefix, owner: string | undefined, about: string | undefined): readonly NearRoute[] {
    const key = prefixKey(prefix)
    const candidates = new Set<Claim>([
      ...this.#view.announcers(key),
      ...(owner === undefined ? [] : this.#view.claimsOf(owner).slice(0, OF_OWNER)),
      ...this.#neighbours(prefix),
    ])
    return [...candidates]
      .filter((claim) => !(claim.key === key && claim.node === about))
      .map((claim) => ({ claim, distance: distance(claim, prefix, owner) }))
      .sort(
        (a, b) =>
          a.distance - b.distance ||
          comparePrefixes(a.claim.prefix, b.claim.prefix) ||
          (a.claim.node < b.claim.node ? -1 : 1),
      )
      .slice(0, SHOWN)
      .map(({ claim }) => shown(claim, prefix, owner))
  }

  #neighbours(prefix: Prefix): readonly Claim[] {
    const sorted = (this.#sorted ??= this.#sort())
    let low = 0
    let high = sorted.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (comparePrefixes(sorted[middle]!.prefix, prefix) < 0) low = middle + 1
      else high = middle
    }
    return sorted.slice(Math.max(0, low - SHOWN), low + SHOWN + 1)
  }
}

/** Same prefix before overlapping before another one, the owner's before others', and then by leading bits in common. */
function distance(claim: Claim, prefix: Prefix, owner: string | undefined): number {
  if (claim.prefix.afi !== prefix.afi) return 10_000
  const apart = claim.key === prefixKey(prefix) ? 0 : overlaps(claim.prefix, prefix) ? 1 : 2
  const foreign = claim.node === owner ? 0 : 1
  return (apart * 2 + foreign) * 1000 - commonBits(claim.prefix, prefix)
}

function shown(claim: Claim, prefix: Prefix, owner: string | undefined): NearRoute {
  const { route } = firstOf(claim)
  const differs: string[] = []
  if (owner !== undefined && claim.node !== owner) differs.push('owner')
  if (claim.prefix.afi !== prefix.afi) differs.push('family')
  else if (comparePrefixes({ ...claim.prefix, length: prefix.length }, prefix) !== 0) differs.push('prefix')
  if (claim.prefix.length !== prefix.length) differs.push('length')
  return {
    node: claim.node,
    prefix: formatPrefix(claim.prefix),
    nextHop: route.nextHop === undefined ? '' : formatAddress(route.nextHop.global),
    differs,
  }
}
