// Memory of large tables and records. It is shared memory, although nobody shares it: V8 counts what ordinary buffers take as its own
// heap's, and marks all of that heap again whenever a table has grown by some tens of megabytes.

/** Octets of the smallest page, unless it is said otherwise. */
const SMALLEST_PAGE = 1 << 14

/** Pages that were given back, by size. They are kept, because nobody would tell V8 that they are worth collecting. */
export class PagePool {
  readonly #free = new Map<number, SharedArrayBuffer[]>()
  readonly #smallest: number
  readonly #most: number

  /**
   * @param smallest octets; what is smaller is left to the garbage collector
   * @param most so many pages of a size are kept; who gives back far more than it takes is better off with few
   */
  constructor(smallest = SMALLEST_PAGE, most = Number.POSITIVE_INFINITY) {
    this.#smallest = smallest
    this.#most = most
  }

  /**
   * A page of so many octets.
   * @returns memory of its own; all 0 when it is new, or when `zeroed` is set
   */
  take(octets: number, zeroed: boolean): ArrayBufferLike {
    if (octets < this.#smallest) return new ArrayBuffer(octets)
    const page = this.#free.get(octets)?.pop()
    if (page === undefined) return new SharedArrayBuffer(octets)
    if (zeroed) new Uint8Array(page).fill(0)
    return page
  }

  /** Gives a page back, which nobody may look at any more. */
  give(page: ArrayBufferLike): void {
    if (!(page instanceof SharedArrayBuffer)) return
    const list = this.#free.get(page.byteLength)
    if (list === undefined) this.#free.set(page.byteLength, [page])
    else if (list.length < this.#most) list.push(page)
  }
}
