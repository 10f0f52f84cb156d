// From a key's hash to the row that has the key: open addressing, in segments, because one index of a large table would
// stop everything for tens of milliseconds whenever it grows.

import { PagePool } from './page-pool.ts'

const FIRST_SLOTS = 16
/** A single segment becomes many when it has this many slots. */
const SPLIT_SLOTS = 1 << 16
const SEGMENT_BITS = 6
/**
 * From so many slots on, and below so many, a segment grows fourfold: what it leaves behind stays in the pool, by its size,
 * for tables that need just that.
 */
const EAGER_FROM = 1 << 10
const EAGER_SLOTS = 1 << 15
/** A segment with more slots becomes smaller when less than one of 16 has a row: slots are pairs. */
const SHRINK_FROM = 1 << 11
const SPARSE = 2 * 16
/** In place of a row that was removed: searching goes on behind it. */
const REMOVED = -1

/** Slots are pairs: the hash, and the row's number + 1; 0 is an empty one. */
interface Segment {
  slots: Int32Array
  /** Pairs that are not empty, and those of rows. */
  filled: number
  rows: number
}

/**
 * Rows by hash. Whether a row has the key in question is for the caller to say:
 * `for (row = index.find(hash); row >= 0 && !has(row); row = index.next(hash))`.
 */
export class RowIndex {
  #segments: Segment[]
  /** How far the hash is moved to get the number of the segment; 32 would move it by 0, so one segment goes without. */
  #shift = 0
  readonly #pool: PagePool
  /** Where the last search ended. */
  #found = 0

  /** @param pool where large segments come from, and go to */
  constructor(pool = new PagePool()) {
    this.#pool = pool
    this.#segments = [this.#newSegment(FIRST_SLOTS)]
  }

  /** The first row with this hash; -1 for none. */
  find(hash: number): number {
    const { slots } = this.#segment(hash)
    return this.#search(slots, hash, (hash << 1) & (slots.length - 1))
  }

  /** The next row with the hash that was looked for last; -1 for none. */
  next(hash: number): number {
    const { slots } = this.#segment(hash)
    return this.#search(slots, hash, (this.#found + 2) & (slots.length - 1))
  }

  #search(slots: Int32Array, hash: number, from: number): number {
    const mask = slots.length - 1
    for (let at = from; ; at = (at + 2) & mask) {
      const entry = slots[at + 1]!
      if (entry === 0) return -1
      if (slots[at] !== hash || entry === REMOVED) continue
      this.#found = at
      return entry - 1
    }
  }

  /** Adds a row whose key is not there. */
  add(hash: number, row: number): void {
    let segment = this.#segment(hash)
    if (20 * (segment.filled + 1) > 7 * segment.slots.length) {
      if (this.#shift === 0 && segment.slots.length >= 2 * SPLIT_SLOTS) this.#split(segment)
      else this.#resize(segment)
      segment = this.#segment(hash)
    }
    put(segment, hash, row + 1)
  }

  /** Gives a row that is there another number. */
  move(hash: number, row: number, to: number): void {
    const { slots } = this.#segment(hash)
    slots[placeOf(slots, hash, row) + 1] = to + 1
  }

  /** Removes a row that is there. */
  remove(hash: number, row: number): void {
    const segment = this.#segment(hash)
    const { slots } = segment
    const mask = slots.length - 1
    // Who removes a row has nearly always just found it.
    let at = this.#found & mask
    if (slots[at + 1] !== row + 1) at = placeOf(slots, hash, row)
    segment.rows--
    if (segment.rows * SPARSE < slots.length && slots.length > 2 * SHRINK_FROM) {
      slots[at + 1] = REMOVED
      return this.#resize(segment)
    }
    if (slots[((at + 2) & mask) + 1] !== 0) {
      slots[at + 1] = REMOVED
      return
    }
    // Nothing was pushed on past this place, nor past removed ones before it.
    do {
      slots[at + 1] = 0
      segment.filled--
      at = (at - 2) & mask
    } while (slots[at + 1] === REMOVED)
  }

  clear(): void {
    for (const { slots } of this.#segments) this.#pool.give(slots.buffer)
    this.#segments = [this.#newSegment(FIRST_SLOTS)]
    this.#shift = 0
  }

  #segment(hash: number): Segment {
    return this.#segments[this.#shift === 0 ? 0 : hash >>> this.#shift]!
  }

  #split(segment: Segment): void {
    this.#shift = 32 - SEGMENT_BITS
    // Hashes may be chosen by a peer, by its prefixes: they need not spread.
    const rows = rowsBySegment(segment.slots, this.#shift)
    this.#segments = Array.from(rows, (count) =>
      this.#newSegment(Math.max(SPLIT_SLOTS >>> (SEGMENT_BITS - 1), slotsFor(count))),
    )
    refill(segment.slots, (hash) => this.#segment(hash))
    this.#pool.give(segment.slots.buffer)
  }

  /** Makes it as large as its rows need it. */
  #resize(segment: Segment): void {
    const { slots, rows } = segment
    let size = slotsFor(rows)
    // What has grown goes on to grow: moving its rows costs more than some room.
    if (2 * size > slots.length && size >= EAGER_FROM && size < EAGER_SLOTS) size *= 2
    segment.slots = this.#newSlots(size)
    segment.filled = segment.rows = 0
    refill(slots, () => segment)
    this.#pool.give(slots.buffer)
  }

  #newSegment(slots: number): Segment {
    return { slots: this.#newSlots(slots), filled: 0, rows: 0 }
  }

  #newSlots(slots: number): Int32Array {
    return new Int32Array(this.#pool.take(8 * slots, true))
  }
}

/** A power of two, twice as many as there are rows or more. */
function slotsFor(rows: number): number {
  let size = FIRST_SLOTS
  while (2 * (rows + 1) > size) size *= 2
  return size
}

function rowsBySegment(slots: Int32Array, shift: number): Uint32Array {
  const rows = new Uint32Array(1 << SEGMENT_BITS)
  for (let at = 0; at < slots.length; at += 2) if (slots[at + 1]! > 0) rows[slots[at]! >>> shift]!++
  return rows
}

function refill(old: Int32Array, segmentOf: (hash: number) => Segment): void {
  for (let at = 0; at < old.length; at += 2) {
    const entry = old[at + 1]!
    if (entry > 0) put(segmentOf(old[at]!), old[at]!, entry)
  }
}

function placeOf(slots: Int32Array, hash: number, row: number): number {
  const mask = slots.length - 1
  let at = (hash << 1) & mask
  while (slots[at + 1] !== row + 1) at = (at + 2) & mask
  return at
}

function put(segment: Segment, hash: number, entry: number): void {
  const { slots } = segment
  const mask = slots.length - 1
  let at = (hash << 1) & mask
  while (slots[at + 1] !== 0) at = (at + 2) & mask
  slots[at] = hash
  slots[at + 1] = entry
  segment.filled++
  segment.rows++
}
