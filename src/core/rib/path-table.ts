// Paths by number: a path is an attribute set with a next hop, and each is kept once, as octets, however many routes
// and peers share it, and only while some route does.
import type { DroppedRoutes } from './dropped-routes.ts'
import { setBytes, toLatin1 } from '../wire/bytes.ts'
import type { AttributeSet } from '../wire/attribute-set.ts'
import { attributeSetFromKey, TWO_OCTET_MARK } from '../wire/attributes/set.ts'
import { nextHopBytes, readNextHop } from '../wire/attributes/mp-reach.ts'
import type { NextHop } from '../wire/message.ts'
import { Arena } from '../memory/arena.ts'
import { PagePool } from '../memory/page-pool.ts'

/** Octets before the next hop: the kind of set, and the length of the next hop. */
const HEAD = 2
/** The largest path: all attributes of an extended message (RFC 8654), a next hop, and room to round up. */
const LARGEST = 65_536 + 64
const FIRST_SLOTS = 64

/**
 * The octets of a path while it is looked up: kind (1 with four-octet AS numbers), length of the next hop, next hop,
 * attributes in type order without NEXT_HOP, MP_REACH_NLRI and MP_UNREACH_NLRI.
 */
export class PathDraft {
  readonly bytes: Uint8Array
  readonly words: Int32Array
  length = 0

  constructor() {
    const buffer = new ArrayBuffer(LARGEST)
    this.bytes = new Uint8Array(buffer)
    this.words = new Int32Array(buffer)
  }

  /** Begins a path with a next hop of `length` octets at `bytes[at]`. */
  begin(fourOctetAs: boolean, bytes: Uint8Array, at: number, length: number): void {
    const out = this.bytes
    out[0] = fourOctetAs ? 1 : 0
    out[1] = length
    for (let index = 0; index < length; index++) out[HEAD + index] = bytes[at + index]!
    this.length = HEAD + length
  }

  /** Adds attributes. Short ones byte by byte: a call into the engine costs more. */
  add(bytes: Uint8Array, start: number, end: number): void {
    const out = this.bytes
    let to = this.length
    if (end - start > 128) to = setBytes(out, bytes.subarray(start, end), to)
    else for (let at = start; at < end; at++) out[to++] = bytes[at]!
    this.length = to
  }

  /** Octets behind the path up to a whole word are 0, because words are compared. */
  pad(): number {
    const words = (this.length + 3) >>> 2
    this.bytes.fill(0, this.length, words << 2)
    return words
  }
}

/** Interns paths: the same attributes with the same next hop have the same number. */
export class PathTable {
  /** Routes that went away and still hold paths. */
  readonly dropped: DroppedRoutes[] = []
  readonly draft = new PathDraft()
  /** Memory of these paths, and of the tables of the routes that have them. */
  readonly pool = new PagePool()
  readonly #arena = new Arena(this.pool)
  /** Open addressing: number + 1 of a path, or 0. Its size is a power of two. */
  #index: Int32Array = new Int32Array(4 * FIRST_SLOTS)
  /** By number: where the octets are, how many, how many routes, the hash, and `VALID_*` bits. */
  #place: Int32Array = new Int32Array(FIRST_SLOTS)
  #length: Int32Array = new Int32Array(FIRST_SLOTS)
  #routes: Int32Array = new Int32Array(FIRST_SLOTS)
  #hash: Int32Array = new Int32Array(FIRST_SLOTS)
  #valid = new Uint8Array(FIRST_SLOTS)
  #used = 0
  #free: number[] = []
  /** What somebody looked at. */
  #sets: (AttributeSet | undefined)[] = []
  #nextHops: (NextHop | undefined)[] = []

  /** How many different paths are held. */
  get size(): number {
    return this.#used - this.#free.length
  }

  /**
   * Goes on with the dropped routes, at most so many. Which numbers paths have shows nowhere, so when this happens does not
   * matter to a replay.
   * @returns false when more are left
   */
  sweep(routes: number): boolean {
    let left = routes
    for (let first = this.dropped[0]; first !== undefined; first = this.dropped[0]) {
      left -= first.sweep(Math.max(0, left))
      if (!first.isSwept) return false
      this.dropped.shift()
    }
    return true
  }

  /** The number of the path in `draft`, for one more route; release it when the route is not kept. */
  acquireDraft(): number {
    const { draft } = this
    const words = draft.pad()
    const hash = hashOf(draft.words, words)
    const mask = this.#index.length - 1
    let at = hash & mask
    for (;;) {
      const entry = this.#index[at]!
      if (entry === 0) break
      const number = entry - 1
      if (
        this.#hash[number] === hash &&
        this.#length[number] === draft.length &&
        this.#equals(number, words)
      ) {
        this.#routes[number]!++
        return number
      }
      at = (at + 1) & mask
    }
    return this.#insert(hash, words, at)
  }

  /** The number of a path, for one more route. */
  acquire(set: AttributeSet, nextHop: NextHop | undefined): number {
    const hop = nextHopBytes(nextHop)
    const { draft } = this
    draft.begin(set.fourOctetAs, hop, 0, hop.length)
    const { key } = set
    const from = set.fourOctetAs ? 0 : TWO_OCTET_MARK.length
    for (let at = from; at < key.length; at++) draft.bytes[draft.length++] = key.charCodeAt(at)
    return this.acquireDraft()
  }

  /** `count` routes more have the path. */
  retain(number: number, count: number): void {
    this.#routes[number]! += count
  }

  /** One route less has the path. */
  release(number: number): void {
    if (--this.#routes[number]! > 0) return
    this.#unlink(number)
    this.#arena.free(this.#place[number]!, this.#length[number]!)
    this.#valid[number] = 0
    if (number < this.#sets.length) {
      this.#sets[number] = undefined
      this.#nextHops[number] = undefined
    }
    this.#free.push(number)
    if (this.#free.length === this.#used) this.#clear()
  }

  /** Whether attributes of this path were found to be well formed, in sessions of the kind. */
  isValid(number: number, internal: boolean): boolean {
    return (this.#valid[number]! & (internal ? 2 : 1)) !== 0
  }

  setValid(number: number, internal: boolean): void {
    this.#valid[number]! |= internal ? 2 : 1
  }

  /** The attributes of a path that some route has. */
  attributes(number: number): AttributeSet {
    let set = this.#sets[number]
    if (set === undefined) {
      this.#decode(number)
      set = this.#sets[number]!
    }
    return set
  }

  /** The next hop of a path that some route has. */
  nextHop(number: number): NextHop | undefined {
    if (this.#sets[number] === undefined) this.#decode(number)
    return this.#nextHops[number]
  }

  #decode(number: number): void {
    const bytes = this.#arena.bytes(this.#place[number]!)
    const start = this.#arena.offset(this.#place[number]!)
    const attributes = start + HEAD + bytes[start + 1]!
    const key = toLatin1(bytes, attributes, start + this.#length[number]!)
    while (this.#sets.length <= number) {
      this.#sets.push(undefined)
      this.#nextHops.push(undefined)
    }
    this.#sets[number] = attributeSetFromKey(bytes[start] === 1 ? key : TWO_OCTET_MARK + key)
    this.#nextHops[number] =
      attributes === start + HEAD ? undefined : readNextHop(bytes.slice(start + HEAD, attributes))
  }

  #equals(number: number, count: number): boolean {
    const place = this.#place[number]!
    const words = this.#arena.words(place)
    const start = this.#arena.offset(place) >>> 2
    const draft = this.draft.words
    for (let index = 0; index < count; index++) if (words[start + index] !== draft[index]) return false
    return true
  }

  #insert(hash: number, words: number, at: number): number {
    let number = this.#free.pop()
    if (number === undefined) {
      number = this.#used++
      if (number === this.#place.length) this.#growSlots()
    }
    const place = this.#arena.allocate(this.draft.length)
    const stored = this.#arena.words(place)
    const start = this.#arena.offset(place) >>> 2
    for (let index = 0; index < words; index++) stored[start + index] = this.draft.words[index]!
    this.#place[number] = place
    this.#length[number] = this.draft.length
    this.#routes[number] = 1
    this.#hash[number] = hash
    this.#valid[number] = 0
    this.#index[at] = number + 1
    if (2 * this.size > this.#index.length) this.#growIndex()
    return number
  }

  /** Takes a path out of the index; what was pushed on by it moves back, so that no marks of removed ones are left. */
  #unlink(number: number): void {
    const index = this.#index
    const mask = index.length - 1
    let hole = this.#hash[number]! & mask
    while (index[hole] !== number + 1) hole = (hole + 1) & mask
    for (let at = (hole + 1) & mask; index[at] !== 0; at = (at + 1) & mask) {
      const home = this.#hash[index[at]! - 1]! & mask
      if (((at - home) & mask) < ((at - hole) & mask)) continue
      index[hole] = index[at]!
      hole = at
    }
    index[hole] = 0
  }

  #growSlots(): void {
    const length = 2 * this.#place.length
    this.#place = this.#grown(this.#place, length)
    this.#length = this.#grown(this.#length, length)
    this.#routes = this.#grown(this.#routes, length)
    this.#hash = this.#grown(this.#hash, length)
    const valid = new Uint8Array(length)
    valid.set(this.#valid)
    this.#valid = valid
  }

  #grown(old: Int32Array, length: number): Int32Array {
    const larger = new Int32Array(this.pool.take(4 * length, false))
    larger.set(old)
    this.pool.give(old.buffer)
    return larger
  }

  #growIndex(): void {
    const old = this.#index
    const index = new Int32Array(this.pool.take(8 * old.length, true))
    const mask = index.length - 1
    for (const entry of old) {
      if (entry === 0) continue
      let at = this.#hash[entry - 1]! & mask
      while (index[at] !== 0) at = (at + 1) & mask
      index[at] = entry
    }
    this.#index = index
    this.pool.give(old.buffer)
  }

  /** Nothing is held any more: gives the memory back. */
  #clear(): void {
    this.#arena.clear()
    for (const { buffer } of [this.#index, this.#place, this.#length, this.#routes, this.#hash])
      this.pool.give(buffer)
    this.#index = new Int32Array(4 * FIRST_SLOTS)
    this.#place = new Int32Array(FIRST_SLOTS)
    this.#length = new Int32Array(FIRST_SLOTS)
    this.#routes = new Int32Array(FIRST_SLOTS)
    this.#hash = new Int32Array(FIRST_SLOTS)
    this.#valid = new Uint8Array(FIRST_SLOTS)
    this.#used = 0
    this.#free = []
    this.#sets = []
    this.#nextHops = []
  }
}

function hashOf(words: Int32Array, count: number): number {
  let hash = count
  for (let index = 0; index < count; index++) {
    hash = Math.imul(hash ^ words[index]!, 0x9e37_79b1)
    hash ^= hash >>> 15
  }
  hash = Math.imul(hash ^ (hash >>> 13), 0x85eb_ca6b)
  return hash ^ (hash >>> 16)
}
