// Room for many small pieces of bytes that come and go, outside of what the garbage collector looks at.
import type { PagePool } from './page-pool.ts'

/** Octets of a chunk. No piece is larger. */
const CHUNK = 1 << 20
const UNIT_BITS = 3
const UNITS_BITS = 20 - UNIT_BITS
const FIRST = 4096

interface Chunk {
  readonly bytes: Uint8Array
  readonly words: Int32Array
}

/**
 * Pieces are named by a place: chunk, and offset in units of 8 octets. A piece that is freed is used again for one of
 * the same size, rounded up.
 */
export class Arena {
  #chunks: Chunk[] = []
  /** Octets of the last chunk that are taken. */
  #used = 0
  /** Free places by size in units. */
  #free: (number[] | undefined)[] = []
  readonly #pool: PagePool

  constructor(pool: PagePool) {
    this.#pool = pool
  }

  /** @param length octets, at most 1 MiB */
  allocate(length: number): number {
    const units = (length + 7) >>> UNIT_BITS
    const free = this.#free[units]
    if (free !== undefined && free.length > 0) return free.pop()!
    const size = units << UNIT_BITS
    if (this.#chunks.length === 0 || this.#used + size > CHUNK) {
      this.#chunks.push(this.#newChunk(this.#chunks.length === 0 && size <= FIRST ? FIRST : CHUNK))
      this.#used = 0
    } else if (this.#used + size > this.#chunks.at(-1)!.bytes.length) this.#growOnly()
    const place = ((this.#chunks.length - 1) << UNITS_BITS) | (this.#used >>> UNIT_BITS)
    this.#used += size
    return place
  }

  free(place: number, length: number): void {
    const units = (length + 7) >>> UNIT_BITS
    while (this.#free.length <= units) this.#free.push(undefined)
    const list = this.#free[units]
    if (list === undefined) this.#free[units] = [place]
    else list.push(place)
  }

  /** The chunk that has the place. */
  bytes(place: number): Uint8Array {
    return this.#chunks[place >>> UNITS_BITS]!.bytes
  }

  /** The same as 32-bit words; the place begins at word `offset / 4`. */
  words(place: number): Int32Array {
    return this.#chunks[place >>> UNITS_BITS]!.words
  }

  /** Where in its chunk the place begins, in octets. */
  offset(place: number): number {
    return (place & ((1 << UNITS_BITS) - 1)) << UNIT_BITS
  }

  clear(): void {
    for (const { bytes } of this.#chunks) this.#pool.give(bytes.buffer)
    this.#chunks = []
    this.#used = 0
    this.#free = []
  }

  /** The only chunk begins small, because most routers hold a few paths. */
  #growOnly(): void {
    const old = this.#chunks[0]!
    const larger = this.#newChunk(CHUNK)
    larger.bytes.set(old.bytes)
    this.#chunks[0] = larger
  }

  #newChunk(length: number): Chunk {
    const buffer = this.#pool.take(length, false)
    return { bytes: new Uint8Array(buffer), words: new Int32Array(buffer) }
  }
}
