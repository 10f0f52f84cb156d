// Numbers for prefixes and for the routes of peers to them, in columns: 24 octets a prefix, 24 a route, and their index.
import type { Afi, Prefix } from '../ip/prefix.ts'
import { formatPrefix } from '../ip/text.ts'
import { PagePool } from '../memory/page-pool.ts'
import { RowIndex } from '../memory/row-index.ts'
import { familyName } from '../wire/families.ts'
import { Words } from './columns.ts'

/** In place of a number: none. */
export const NONE = 0xffff_ffff

/** Words of a prefix: head, four of the address, its last route. */
const PREFIX = 6
/** Words of a route: peer, prefix, path identifier, flags, its last row, the route of its prefix before it. */
const ROUTE = 6
/** Flags of a route. */
const HAS_PATH_ID = 1
const WAS_THERE = 2

const PRIME = 0x9e37_79b1

/** Which prefixes and routes there are. A route is what one peer says of a prefix (and path identifier). */
export class RouteBook {
  readonly #prefixes = new Words()
  readonly #routes = new Words()
  readonly #pool = new PagePool()
  readonly #prefixIndex = new RowIndex(this.#pool)
  readonly #routeIndex = new RowIndex(this.#pool)
  readonly #families = new Map<number, string>()
  readonly #texts: (string | undefined)[] = []
  // What is looked for; an object for each look would cost more than the look.
  #head = 0
  #w0 = 0
  #w1 = 0
  #w2 = 0
  #w3 = 0
  #peer = 0
  #prefix = 0
  #pathId = 0
  #hasPathId = 0

  get prefixes(): number {
    return this.#prefixes.length / PREFIX
  }

  get routes(): number {
    return this.#routes.length / ROUTE
  }

  /** The number of a prefix, a new one if there is none and `add` is set; else NONE. */
  prefix(safi: number, { afi, words, length }: Prefix, add: boolean): number {
    this.#head = (afi << 24) | (safi << 8) | length
    this.#w0 = words[0]!
    this.#w1 = afi === 1 ? 0 : words[1]!
    this.#w2 = afi === 1 ? 0 : words[2]!
    this.#w3 = afi === 1 ? 0 : words[3]!
    let hash = mix(this.#head, this.#w0)
    if (afi === 2) hash = mix(mix(mix(hash, this.#w1), this.#w2), this.#w3)
    let found = this.#prefixIndex.find(hash)
    while (found >= 0 && !this.#isPrefix(found)) found = this.#prefixIndex.next(hash)
    if (found >= 0) return found
    if (!add) return NONE
    const number = this.prefixes
    for (const word of [this.#head, this.#w0, this.#w1, this.#w2, this.#w3, NONE]) this.#prefixes.push(word)
    this.#prefixIndex.add(hash, number)
    return number
  }

  /** The number of a route. */
  route(peer: number, prefix: number, pathId: number | undefined): number {
    this.#peer = peer
    this.#prefix = prefix
    this.#pathId = pathId ?? 0
    this.#hasPathId = pathId === undefined ? 0 : HAS_PATH_ID
    const hash = mix(mix(mix(peer, prefix), this.#pathId), this.#hasPathId)
    let found = this.#routeIndex.find(hash)
    while (found >= 0 && !this.#isRoute(found)) found = this.#routeIndex.next(hash)
    if (found >= 0) return found
    const number = this.routes
    const before = this.lastRouteOf(prefix)
    for (const word of [peer, prefix, this.#pathId, this.#hasPathId, NONE, before]) this.#routes.push(word)
    this.#prefixes.set(prefix * PREFIX + 5, number)
    this.#routeIndex.add(hash, number)
    return number
  }

  /** The latest of the routes to a prefix; NONE when there is none. */
  lastRouteOf(prefix: number): number {
    return this.#prefixes.get(prefix * PREFIX + 5)
  }
  /** The route to the same prefix before this one. */
  routeBefore(route: number): number {
    return this.#routes.get(route * ROUTE + 5)
  }
  peerOf(route: number): number {
    return this.#routes.get(route * ROUTE)
  }
  prefixOf(route: number): number {
    return this.#routes.get(route * ROUTE + 1)
  }
  pathIdOf(route: number): number | undefined {
    const hasOne = (this.#routes.get(route * ROUTE + 3) & HAS_PATH_ID) !== 0
    return hasOne ? this.#routes.get(route * ROUTE + 2) : undefined
  }
  /** Whether it was there before anything that is noted. */
  wasThere(route: number): boolean {
    return (this.#routes.get(route * ROUTE + 3) & WAS_THERE) !== 0
  }
  setThere(route: number): void {
    this.#routes.set(route * ROUTE + 3, this.#routes.get(route * ROUTE + 3) | WAS_THERE)
  }
  lastRowOf(route: number): number {
    return this.#routes.get(route * ROUTE + 4)
  }
  setLastRow(route: number, row: number): void {
    this.#routes.set(route * ROUTE + 4, row)
  }

  afiOf(prefix: number): Afi {
    return this.#prefixes.get(prefix * PREFIX) >>> 24 === 1 ? 1 : 2
  }
  /** The first 32 bits of the address. */
  firstWordOf(prefix: number): number {
    return this.#prefixes.get(prefix * PREFIX + 1)
  }
  /** AFI and SAFI as one number. */
  familyNumberOf(prefix: number): number {
    return this.#prefixes.get(prefix * PREFIX) >>> 8
  }
  /** "ipv4-unicast". */
  familyOf(prefix: number): string {
    const number = this.familyNumberOf(prefix)
    let name = this.#families.get(number)
    if (name === undefined) {
      name = familyName({ afi: number >>> 16, safi: number & 0xffff })
      this.#families.set(number, name)
    }
    return name
  }
  /** By family, address and length. */
  comparePrefixes(a: number, b: number): number {
    if (a === b) return 0
    const words = this.#prefixes
    const [one, other] = [a * PREFIX, b * PREFIX]
    const family = this.familyNumberOf(a) - this.familyNumberOf(b)
    if (family !== 0) return family
    for (let word = 1; word <= 4; word++) {
      const difference = words.get(one + word) - words.get(other + word)
      if (difference !== 0) return difference
    }
    return words.get(one) - words.get(other)
  }
  /** "10.0.1.0/24". */
  textOf(prefix: number): string {
    let text = this.#texts[prefix]
    if (text === undefined) {
      const at = prefix * PREFIX
      const afi = this.afiOf(prefix)
      const word = (place: number): number => this.#prefixes.get(at + place)
      const words = afi === 1 ? [word(1)] : [word(1), word(2), word(3), word(4)]
      text = formatPrefix({ afi, words, length: this.#prefixes.get(at) & 0xff })
      this.#texts[prefix] = text
    }
    return text
  }

  #isPrefix(number: number): boolean {
    const at = number * PREFIX
    const words = this.#prefixes
    return (
      words.get(at) === this.#head &&
      words.get(at + 1) === this.#w0 &&
      words.get(at + 2) === this.#w1 &&
      words.get(at + 3) === this.#w2 &&
      words.get(at + 4) === this.#w3
    )
  }

  #isRoute(number: number): boolean {
    const at = number * ROUTE
    const words = this.#routes
    return (
      words.get(at) === this.#peer &&
      words.get(at + 1) === this.#prefix &&
      words.get(at + 2) === this.#pathId &&
      (words.get(at + 3) & HAS_PATH_ID) === this.#hasPathId
    )
  }
}

/** A hash as RowIndex wants it: a signed 32-bit integer whose high bits count, too. */
function mix(hash: number, word: number): number {
  const mixed = Math.imul(hash ^ word, PRIME)
  return mixed ^ (mixed >>> 15)
}
