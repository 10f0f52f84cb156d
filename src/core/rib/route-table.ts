// Routes of one peer and family in typed arrays: rows in order of announcement, and an index over them. The key is the
// prefix as 32-bit integers, with a path identifier before it where the family has them (RFC 7911).
import { PagePool } from '../memory/page-pool.ts'
import { MarkSlots } from './mark-slots.ts'
import { RowIndex } from '../memory/row-index.ts'

/** Rows of a page that is full grown. Pages are never copied then, so that a large table grows without a pause. */
const PAGE_BITS = 12
const PAGE = 1 << PAGE_BITS
const FIRST_ROWS = 8
/** The prefix length of a row that was removed. */
const NO_ROW = 255

interface Page {
  readonly words: Int32Array
  readonly doubles: Float64Array
}

/** What `put` did. */
export const PUT_NEW = 1
export const PUT_CHANGED = 2
export const PUT_SAME = 3
/** Added to these when the route was stale until now. */
const PUT_REFRESHED = 4

/** A row as `read` shows it. */
export interface Row {
  readonly length: number
  readonly path: number
  /** Number of the stale mark; 0 for none. */
  readonly mark: number
  readonly since: number
  readonly event: number
  readonly firstEvent: number
}

export class RouteTable {
  /** The key to look for: its words, as many as the table has. */
  readonly key: Int32Array
  /** Rows that are there. */
  size = 0
  /** The path that the last `put` replaced or the last `take` removed; -1 for none. */
  formerPath = -1
  /** Counts how often a reader (`each`) lost its place, and may have missed rows. */
  misses = 0
  readonly #keyWords: number
  /** Words of a row: key, length and slot of the mark, path, and from an even place on since, event and first event as doubles. */
  readonly #rowWords: number
  #pages: Page[] = []
  /** Rows taken from pages, removed ones included, and rows that the pages have. */
  #rows = 0
  #room = 0
  readonly #index: RowIndex
  readonly #pool: PagePool
  readonly #marks = new MarkSlots()
  /** Counts how often rows were moved together. */
  #moves = 0
  readonly #sparse: (table: RouteTable) => void
  /** While rows are moved together: how many have moved, and the first one that was not looked at; else -1. */
  #moved = -1
  #unmoved = -1

  /**
   * @param keyWords 1 for IPv4, 4 for IPv6, one more with path identifiers
   * @param pool where the memory comes from, and goes to
   * @param sparse told once most rows are those of removed routes: whoever has time calls `compact`
   */
  constructor(
    keyWords: number,
    pool = new PagePool(),
    sparse: (table: RouteTable) => void = (table) => table.compact(Number.POSITIVE_INFINITY),
  ) {
    this.#pool = pool
    this.#sparse = sparse
    this.#index = new RowIndex(pool)
    this.#keyWords = keyWords
    this.key = new Int32Array(keyWords)
    const head = keyWords + 2
    this.#rowWords = head + (head & 1) + 6
  }

  get keyWords(): number {
    return this.#keyWords
  }

  /** Rows with a stale mark. */
  get stale(): number {
    return this.#marks.stale
  }

  /** Rows there are to visit, with those that were removed: numbers run from 0 to this. */
  get rows(): number {
    return this.#rows
  }

  /** Adds or replaces the route with the key and this prefix length, and takes its mark away. */
  put(length: number, path: number, now: number, event: number): number {
    const hash = this.#hash(length)
    const found = this.#find(hash, length)
    if (found < 0) {
      this.#append(hash, length, path, now, event)
      this.formerPath = -1
      return PUT_NEW
    }
    const { words, doubles } = this.#pages[found >>> PAGE_BITS]!
    const at = (found & (PAGE - 1)) * this.#rowWords
    const head = at + this.#keyWords
    const former = words[head + 1]!
    const slot = words[head]! >>> 8
    const isStale = this.#marks.mark(slot) !== 0
    if (slot !== this.#marks.fresh) {
      this.#marks.leave(slot)
      this.#marks.enter(this.#marks.fresh)
      words[head] = length | (this.#marks.fresh << 8)
    }
    words[head + 1] = path
    doubles[(at + this.#rowWords - 4) >>> 1] = event
    this.formerPath = former
    return (former === path ? PUT_SAME : PUT_CHANGED) + (isStale ? PUT_REFRESHED : 0)
  }

  /** Removes the route with the key and this prefix length; false when there is none. */
  take(length: number): boolean {
    const hash = this.#hash(length)
    const row = this.#find(hash, length)
    if (row < 0) return false
    this.#index.remove(hash, row)
    this.#clearRow(row)
    this.#shrink()
    return true
  }

  /** The number of the row with the key and this prefix length; -1 for none. */
  find(length: number): number {
    return this.#find(this.#hash(length), length)
  }

  /**
   * The numbers of the rows that are there, in order. It goes on behind the one that was given last also when rows were moved
   * meanwhile; when that one was removed too it goes on somewhere, and says so in `misses`.
   */
  *each(): Generator<number, void, undefined> {
    const last = new Int32Array(this.#keyWords)
    for (let row = 0; row < this.#rows; row++) {
      const length = this.#length(row)
      if (length === NO_ROW) continue
      const moves = this.#moves
      const firstEvent = this.#firstEvent(row)
      this.#copyKey(row, last)
      yield row
      if (this.#moves === moves) continue
      this.key.set(last)
      const at = this.find(length)
      // Announced anew it stands behind all others.
      if (at >= 0 && this.#firstEvent(at) === firstEvent) row = at
      else this.misses++
    }
  }

  /** False for a row that was removed. */
  has(row: number): boolean {
    return this.#length(row) !== NO_ROW
  }

  /** Copies a row's key into `key` and gives the rest. */
  read(row: number): Row {
    const { words, doubles } = this.#pages[row >>> PAGE_BITS]!
    const at = (row & (PAGE - 1)) * this.#rowWords
    this.#copyKey(row, this.key)
    const head = words[at + this.#keyWords]!
    const times = (at + this.#rowWords - 6) >>> 1
    return {
      length: head & 0xff,
      mark: this.#marks.mark(head >>> 8),
      path: words[at + this.#keyWords + 1]!,
      since: doubles[times]!,
      event: doubles[times + 1]!,
      firstEvent: doubles[times + 2]!,
    }
  }

  /** The number of a row's stale mark; 0 for none. */
  mark(row: number): number {
    const { words } = this.#pages[row >>> PAGE_BITS]!
    return this.#marks.mark(words[(row & (PAGE - 1)) * this.#rowWords + this.#keyWords]! >>> 8)
  }

  /** Gives all rows the mark that `change` makes of the one they have, 0 being none; it is asked for few of them. */
  changeMarks(change: (mark: number) => number): void {
    this.#marks.change(change)
  }

  /** The number of the event that last announced the row. */
  event(row: number): number {
    const { doubles } = this.#pages[row >>> PAGE_BITS]!
    return doubles[((row & (PAGE - 1)) * this.#rowWords + this.#rowWords - 4) >>> 1]!
  }

  /**
   * Removes a row by its number: `key` and `formerPath` are then its key and its path. Call `removed` after the last one.
   * @param all every row goes, so that the index need not be kept in order
   * @returns its prefix length
   */
  remove(row: number, all: boolean): number {
    const length = this.#length(row)
    this.#copyKey(row, this.key)
    if (!all) this.#index.remove(this.#hash(length), row)
    this.#clearRow(row)
    return length
  }

  /** Makes the rows that were removed by number room for others. */
  removed(): void {
    this.#shrink()
  }

  /** Whether rows are being moved together. */
  get isSparse(): boolean {
    return this.#unmoved >= 0
  }

  /**
   * Goes on to move rows together, in their order, by so many of them.
   * @returns how many were looked at
   */
  compact(rows: number): number {
    if (this.#unmoved < 0) return 0
    const key = this.key.slice()
    const from = this.#unmoved
    const to = Math.min(this.#rows, from + rows)
    const before = this.#moved
    for (let row = from; row < to; row++) if (this.has(row)) this.#moveDown(row)
    this.#unmoved = to
    if (this.#moved > before) this.#moves++
    if (to === this.#rows) {
      this.#rows = this.#moved
      const pages = (this.#rows + PAGE - 1) >>> PAGE_BITS
      for (const { words } of this.#pages.splice(pages)) this.#pool.give(words.buffer)
      this.#room = pages << PAGE_BITS
      this.stay()
    }
    this.key.set(key)
    return to - from
  }

  /** Leaves rows where they are. */
  stay(): void {
    this.#moved = this.#unmoved = -1
  }

  /** Gives the memory back. The table is empty then. */
  discard(): void {
    this.#clear()
  }

  /** Writes a row as a snapshot has it. The key is not there yet. */
  restore(row: Row): void {
    const { length, path, since, mark, event, firstEvent } = row
    this.#append(this.#hash(length), length, path, since, event)
    const last = this.#rows - 1
    const at = (last & (PAGE - 1)) * this.#rowWords
    this.#pages[last >>> PAGE_BITS]!.doubles[(at + this.#rowWords - 2) >>> 1] = firstEvent
    if (mark === 0) return
    const slot = this.#marks.slotOf(mark)
    this.#marks.leave(this.#marks.fresh)
    this.#marks.enter(slot)
    this.#pages[last >>> PAGE_BITS]!.words[at + this.#keyWords] = length | (slot << 8)
  }

  #copyKey(row: number, out: Int32Array): void {
    const { words } = this.#pages[row >>> PAGE_BITS]!
    const at = (row & (PAGE - 1)) * this.#rowWords
    for (let index = 0; index < this.#keyWords; index++) out[index] = words[at + index]!
  }

  #firstEvent(row: number): number {
    const { doubles } = this.#pages[row >>> PAGE_BITS]!
    return doubles[((row & (PAGE - 1)) * this.#rowWords + this.#rowWords - 2) >>> 1]!
  }

  #length(row: number): number {
    return this.#pages[row >>> PAGE_BITS]!.words[(row & (PAGE - 1)) * this.#rowWords + this.#keyWords]! & 0xff
  }

  #hash(length: number): number {
    const { key } = this
    let hash = Math.imul(key[0]! ^ Math.imul(length, 0x85eb_ca6b), 0x9e37_79b1)
    hash ^= hash >>> 15
    for (let index = 1; index < this.#keyWords; index++) {
      hash = Math.imul(hash ^ key[index]!, 0x9e37_79b1)
      hash ^= hash >>> 15
    }
    hash = Math.imul(hash, 0xc2b2_ae35)
    return hash ^ (hash >>> 16)
  }

  #find(hash: number, length: number): number {
    let row = this.#index.find(hash)
    while (row >= 0 && !this.#isAt(row, length)) row = this.#index.next(hash)
    return row
  }

  #isAt(row: number, length: number): boolean {
    const { words } = this.#pages[row >>> PAGE_BITS]!
    const at = (row & (PAGE - 1)) * this.#rowWords
    if (words[at] !== this.key[0] || (words[at + this.#keyWords]! & 0xff) !== length) return false
    for (let index = 1; index < this.#keyWords; index++)
      if (words[at + index] !== this.key[index]) return false
    return true
  }

  #append(hash: number, length: number, path: number, now: number, event: number): void {
    if (this.#rows === this.#room) this.#makeRoom()
    const { words, doubles } = this.#pages[this.#rows >>> PAGE_BITS]!
    const at = (this.#rows & (PAGE - 1)) * this.#rowWords
    for (let index = 0; index < this.#keyWords; index++) words[at + index] = this.key[index]!
    words[at + this.#keyWords] = length | (this.#marks.fresh << 8)
    words[at + this.#keyWords + 1] = path
    this.#marks.enter(this.#marks.fresh)
    const times = (at + this.#rowWords - 6) >>> 1
    doubles[times] = now
    doubles[times + 1] = event
    doubles[times + 2] = event
    this.#index.add(hash, this.#rows)
    this.#rows++
    this.size++
  }

  #clearRow(row: number): void {
    const { words } = this.#pages[row >>> PAGE_BITS]!
    const at = (row & (PAGE - 1)) * this.#rowWords + this.#keyWords
    this.#marks.leave(words[at]! >>> 8)
    this.formerPath = words[at + 1]!
    words[at] = NO_ROW
    this.size--
  }

  /** Room for one more row: the first page larger, the next one, or what removed rows leave. */
  #makeRoom(): void {
    if (this.#rows > PAGE && 2 * this.size < this.#rows) this.#beSparse()
    if (this.#rows < this.#room) return
    const isFirst = this.#room < PAGE
    const rows = isFirst ? Math.max(FIRST_ROWS, 2 * this.#room) : PAGE
    const page = this.#newPage(rows)
    const smaller = isFirst ? this.#pages.pop() : undefined
    if (smaller !== undefined) {
      page.words.set(smaller.words)
      this.#pool.give(smaller.words.buffer)
    }
    // Pushing makes room for 16 more, and most tables never have a second page.
    if (isFirst) this.#pages = [page]
    else this.#pages.push(page)
    this.#room = isFirst ? rows : this.#room + PAGE
  }

  #newPage(rows: number): Page {
    const buffer = this.#pool.take(4 * rows * this.#rowWords, false)
    return { words: new Int32Array(buffer), doubles: new Float64Array(buffer) }
  }

  #shrink(): void {
    if (this.size === 0) this.#clear()
    else if (this.#rows > PAGE && 8 * this.size < this.#rows) this.#beSparse()
  }

  #beSparse(): void {
    if (this.isSparse) return
    this.#moved = this.#unmoved = 0
    this.#sparse(this)
  }

  #clear(): void {
    for (const { words } of this.#pages) this.#pool.give(words.buffer)
    this.#pages = []
    this.#rows = this.#room = 0
    this.#index.clear()
    this.#marks.clear()
    this.stay()
  }

  /** Moves a row behind those that have moved. It is in the index all the time. */
  #moveDown(row: number): void {
    const to = this.#moved
    this.#moved++
    if (to === row) return
    const size = this.#rowWords
    const { words } = this.#pages[row >>> PAGE_BITS]!
    const out = this.#pages[to >>> PAGE_BITS]!.words
    const source = (row & (PAGE - 1)) * size
    const target = (to & (PAGE - 1)) * size
    this.#copyKey(row, this.key)
    this.#index.move(this.#hash(this.#length(row)), row, to)
    for (let word = 0; word < size; word++) out[target + word] = words[source + word]!
    words[source + this.#keyWords] = NO_ROW
  }
}
