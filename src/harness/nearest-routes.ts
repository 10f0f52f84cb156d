// The recorded routes that come nearest to a wanted one: the prefix weighs most, then the node, then the next hop.
import type { Observer } from '../core/check/observer.ts'
import type { Claim, Claims, Sighting } from '../core/check/view.ts'
import { commonBits, comparePrefixes, masked, prefixKey } from '../core/ip/arithmetic.ts'
import type { Prefix } from '../core/ip/prefix.ts'
import { formatAddress, parsePrefix } from '../core/ip/text.ts'
import { familyName } from '../core/wire/families.ts'
import { firstWhere } from '../core/window/columns.ts'
import { byText, routeRow, type RouteRow } from './views.ts'

/** A route that was wanted; what is left out may be anything. */
export interface WantedRoute {
  readonly prefix?: string | undefined
  readonly node?: string | undefined
  readonly nextHop?: string | undefined
  readonly family?: string | undefined
}

/** As many as are told. */
const NEAREST = 3
const OTHER_FAMILY = 100_000
const OTHER_NODE = 500

function prefixDistance(prefix: Prefix, wanted: Prefix | undefined): number {
  if (wanted === undefined) return 0
  if (prefix.afi !== wanted.afi) return OTHER_FAMILY
  const common = commonBits(prefix, wanted)
  const shorter = Math.min(prefix.length, wanted.length)
  return common >= shorter && prefix.length === wanted.length ? 0 : bitsApart(common, shorter)
}

/** Where one overlaps the other it comes nearer than any that does not. @param shorter length of the shorter one */
const bitsApart = (common: number, shorter: number): number =>
  (common >= shorter ? 1000 : 2000) + 128 - common

const nodeDistance = (node: string | undefined, { node: wanted }: WantedRoute): number =>
  wanted === undefined || node === wanted ? 0 : OTHER_NODE

const familyDistance = (family: string, { family: wanted }: WantedRoute): number =>
  wanted === undefined || family === wanted ? 0 : OTHER_FAMILY

const nextHopDistance = (nextHop: string, { nextHop: wanted }: WantedRoute): number =>
  wanted === undefined || nextHop === wanted ? 0 : 10

const wantedPrefix = ({ prefix }: WantedRoute): Prefix | undefined =>
  prefix === undefined ? undefined : parsePrefix(prefix)

/** At most three, the nearest first; of those that are as near, the first. */
export function nearestRoutes(routes: readonly RouteRow[], wanted: WantedRoute): readonly RouteRow[] {
  const prefix = wantedPrefix(wanted)
  return routes
    .map((route, at) => {
      const far =
        (prefix === undefined ? 0 : prefixDistance(parsePrefix(route.prefix), prefix)) +
        familyDistance(route.family, wanted) +
        nodeDistance(route.node, wanted) +
        nextHopDistance(route.nextHop, wanted)
      return { route, at, far }
    })
    .sort((a, b) => a.far - b.far || a.at - b.at)
    .slice(0, NEAREST)
    .map(({ route }) => route)
}

interface Near {
  readonly node: string | undefined
  readonly sighting: Sighting
  readonly far: number
}

/**
 * The same of an observer, from what is kept for its verdicts: few routes are looked at, and no row is made of others.
 * Undefined where no route is judged.
 */
export function nearestNow(
  { checker, world }: Observer,
  wanted: WantedRoute,
): readonly RouteRow[] | undefined {
  const claims = checker.claims(world)
  if (claims === undefined) return undefined
  return new Search(wanted).among(claims).flatMap(({ node, sighting: { peer, route } }) => {
    // As it is now: what a repeated announcement changes is not kept.
    for (const found of world.speaker.lookup(route.prefix, peer.key))
      if (found.route.pathId === route.pathId) return routeRow(found.route, node, peer.key)
    return []
  })
}

class Search {
  readonly #wanted: WantedRoute
  readonly #prefix: Prefix | undefined
  readonly #nearest: Near[] = []
  readonly #seen = new Set<Claim>()

  constructor(wanted: WantedRoute) {
    this.#wanted = wanted
    this.#prefix = wantedPrefix(wanted)
  }

  among(claims: Claims): readonly Near[] {
    const prefix = this.#prefix
    if (prefix === undefined) {
      for (const claim of claims.sorted()) this.#consider(claim)
      return this.#nearest
    }
    // These may come near wherever they stand: the node's own, and those that cover the prefix.
    if (this.#wanted.node !== undefined)
      for (const claim of claims.claimsOf(this.#wanted.node)) this.#consider(claim)
    for (let length = 0; length < prefix.length; length++)
      for (const claim of claims.announcers(prefixKey(masked(prefix, length)))) this.#consider(claim)
    // All others are the farther the farther they stand from its place.
    const sorted = claims.sorted()
    const place = firstWhere(sorted.length, (index) => comparePrefixes(sorted[index]!.prefix, prefix) >= 0)
    for (let at = place; at < sorted.length && this.#mayBeNearer(sorted[at]!); at++)
      this.#consider(sorted[at]!)
    for (let at = place - 1; at >= 0 && this.#mayBeNearer(sorted[at]!); at--) this.#consider(sorted[at]!)
    return this.#nearest
  }

  #consider(claim: Claim): void {
    if (this.#seen.has(claim)) return
    this.#seen.add(claim)
    const node = claim.identified ? claim.node : undefined
    const about = prefixDistance(claim.prefix, this.#prefix) + nodeDistance(node, this.#wanted)
    for (const sighting of claim.sightings) {
      const { family, nextHop } = sighting.route
      const far =
        about +
        familyDistance(familyName(family), this.#wanted) +
        nextHopDistance(nextHop === undefined ? '' : formatAddress(nextHop.global), this.#wanted)
      this.#insert({ node, sighting, far })
    }
  }

  /** Whether the claim, or one that stands behind it and was not considered, may be one of the nearest. */
  #mayBeNearer({ prefix }: Claim): boolean {
    if (this.#nearest.length < NEAREST) return true
    const wanted = this.#prefix!
    const common = prefix.afi === wanted.afi ? commonBits(prefix, wanted) : -1
    const least =
      common < 0 ? OTHER_FAMILY : common === 32 * wanted.words.length ? 0 : bitsApart(common, wanted.length)
    return least + (this.#wanted.node === undefined ? 0 : OTHER_NODE) <= this.#nearest.at(-1)!.far
  }

  #insert(one: Near): void {
    const nearest = this.#nearest
    let at = nearest.length
    while (at > 0 && isBefore(one, nearest[at - 1]!)) at--
    if (at >= NEAREST) return
    nearest.splice(at, 0, one)
    nearest.length = Math.min(nearest.length, NEAREST)
  }
}

/** Among those that are as near, rows stand in the order of `routeRows`. */
function isBefore(a: Near, b: Near): boolean {
  const [one, other] = [a.sighting, b.sighting]
  const order =
    a.far - b.far ||
    byText(a.node ?? one.peer.key, b.node ?? other.peer.key) ||
    comparePrefixes(one.route.prefix, other.route.prefix) ||
    (one.route.pathId ?? 0) - (other.route.pathId ?? 0)
  return order < 0
}
