// Paths by number: a path is an attribute set with a next hop, and each is kept once, as octets, however many routes
// and peers share it, and only while some route does.
import { setBytes, toLatin1 } from '../wire/bytes.ts'
import type { AttributeSet } from '../wire/attribute-set.ts'
import { attributeSetFromKey, TWO_OCTET_MARK } from '../wire/attributes/set.ts'
import { nextHopBytes, readNextHop } from '../wire/attributes/mp-reach.ts'
import type { NextHop } from '../wire/message.ts'
import { Arena } from '../memory/arena.ts'
import { PagePool } from '../memory/page-pool.ts'
import { RowIndex } from '../memory/row-index.ts'

/** Octets before the next hop: the kind of set, and the length of the next hop. */
const HEAD = 2
/** The largest path: all attributes of an extended message (RFC 8654), a next hop, and room to round up. */
const LARGEST = 65_536 + 64
/** Rows of a page. */
const PAGE_BITS = 12
const PAGE = 1 << PAGE_BITS
const FIRST_ROWS = 64
/** Words of a row: where the octets are, how many, how many routes have them, their hash, and `VALID` bits. */
const PLACE = 0
const LENGTH = 1
const ROUTES = 2
const HASH = 3
const VALID = 4
const ROW = 5

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

/** Work on a table that is done bit by bit. */
interface Unfinished {
  readonly isSwept: boolean
  /** Goes on by at most so many rows; returns how many they were. */
  sweep(rows: number): number
}

/** Interns paths: the same attributes with the same next hop have the same number. */
export class PathTable {
  /** Routes that went away and still hold paths, and tables whose rows are moved together. */
  readonly unfinished: Unfinished[] = []
  /** Changes of all tables with these paths, counted. */
  revision = 0
  readonly draft = new PathDraft()
  /** Memory of these paths, and of the tables of the routes that have them. */
  readonly pool = new PagePool()
  readonly #arena = new Arena(this.pool)
  readonly #index = new RowIndex(this.pool)
  /** Rows by number. A page that is full grown is never copied, so that a large table grows without a pause. */
  #pages: Int32Array[] = []
  /** Rows that these have. */
  #room = 0
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
   * Goes on with what is unfinished, at most so many routes. Which numbers paths and rows have shows nowhere, so when this
   * happens does not matter to a replay.
   * @returns false when more are left
   */
  sweep(routes: number): boolean {
    let left = routes
    while (this.unfinished.length > 0) {
      const first = this.unfinished[0]!
      left -= first.sweep(Math.max(0, left))
      if (!first.isSwept) return false
      this.unfinished.shift()
    }
    return true
  }

  /** The number of the path in `draft`, for one more route; release it when the route is not kept. */
  acquireDraft(): number {
    const { draft } = this
    const hash = hashOf(draft.words, draft.pad())
    let number = this.#index.find(hash)
    while (number >= 0 && !this.#isDraft(number)) number = this.#index.next(hash)
    if (number < 0) return this.#insert(hash)
    this.#pages[number >>> PAGE_BITS]![(number & (PAGE - 1)) * ROW + ROUTES]!++
    return number
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
    this.#pages[number >>> PAGE_BITS]![(number & (PAGE - 1)) * ROW + ROUTES]! += count
  }

  /** One route less has the path. */
  release(number: number): void {
    const page = this.#pages[number >>> PAGE_BITS]!
    const at = (number & (PAGE - 1)) * ROW
    if (--page[at + ROUTES]! > 0) return
    this.#index.remove(page[at + HASH]!, number)
    this.#arena.free(page[at + PLACE]!, page[at + LENGTH]!)
    if (number < this.#sets.length) {
      this.#sets[number] = undefined
      this.#nextHops[number] = undefined
    }
    this.#free.push(number)
    if (this.#free.length === this.#used) this.#clear()
  }

  /** Whether attributes of this path were found to be well formed, in sessions of the kind. */
  isValid(number: number, internal: boolean): boolean {
    return (this.#get(number, VALID) & (internal ? 2 : 1)) !== 0
  }

  setValid(number: number, internal: boolean): void {
    this.#pages[number >>> PAGE_BITS]![(number & (PAGE - 1)) * ROW + VALID]! |= internal ? 2 : 1
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
    const place = this.#get(number, PLACE)
    const bytes = this.#arena.bytes(place)
    const start = this.#arena.offset(place)
    const attributes = start + HEAD + bytes[start + 1]!
    const key = toLatin1(bytes, attributes, start + this.#get(number, LENGTH))
    while (this.#sets.length <= number) {
      this.#sets.push(undefined)
      this.#nextHops.push(undefined)
    }
    this.#sets[number] = attributeSetFromKey(bytes[start] === 1 ? key : TWO_OCTET_MARK + key)
    this.#nextHops[number] =
      attributes === start + HEAD ? undefined : readNextHop(bytes.slice(start + HEAD, attributes))
  }

  #get(number: number, word: number): number {
    return this.#pages[number >>> PAGE_BITS]![(number & (PAGE - 1)) * ROW + word]!
  }

  #isDraft(number: number): boolean {
    const page = this.#pages[number >>> PAGE_BITS]!
    const at = (number & (PAGE - 1)) * ROW
    const { length, words: draft } = this.draft
    if (page[at + LENGTH] !== length) return false
    const place = page[at + PLACE]!
    const words = this.#arena.words(place)
    const start = this.#arena.offset(place) >>> 2
    const count = (length + 3) >>> 2
    for (let index = 0; index < count; index++) if (words[start + index] !== draft[index]) return false
    return true
  }

  #insert(hash: number): number {
    const { draft } = this
    const number = this.#free.pop() ?? this.#used++
    const place = this.#arena.allocate(draft.length)
    const stored = this.#arena.words(place)
    const start = this.#arena.offset(place) >>> 2
    const count = (draft.length + 3) >>> 2
    for (let index = 0; index < count; index++) stored[start + index] = draft.words[index]!
    // More than: memory may have been refused when there was none left.
    if (number >= this.#room) this.#addRoom()
    const page = this.#pages[number >>> PAGE_BITS]!
    const at = (number & (PAGE - 1)) * ROW
    page[at + PLACE] = place
    page[at + LENGTH] = draft.length
    page[at + ROUTES] = 1
    page[at + HASH] = hash
    page[at + VALID] = 0
    this.#index.add(hash, number)
    return number
  }

  /** Another page, or a larger first one. */
  #addRoom(): void {
    const isFirst = this.#room < PAGE
    const rows = isFirst ? Math.max(FIRST_ROWS, 2 * this.#room) : PAGE
    const page = new Int32Array(this.pool.take(4 * ROW * rows, false))
    const smaller = isFirst ? this.#pages.pop() : undefined
    if (smaller !== undefined) {
      page.set(smaller)
      this.pool.give(smaller.buffer)
    }
    this.#pages.push(page)
    this.#room = isFirst ? rows : this.#room + PAGE
  }

  /** Nothing is held any more: gives the memory back. */
  #clear(): void {
    this.#arena.clear()
    this.#index.clear()
    for (const { buffer } of this.#pages) this.pool.give(buffer)
    this.#pages = []
    this.#room = 0
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
