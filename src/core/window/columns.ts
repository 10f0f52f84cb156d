// Columns of numbers that grow, outside of the JavaScript heap, page by page: a column of millions is never copied.

const FIRST = 256
const PAGE_BITS = 14
const PAGE = 1 << PAGE_BITS

/** Unsigned 32-bit integers. */
export class Words {
  readonly #pages: Uint32Array[] = [new Uint32Array(FIRST)]
  #last = this.#pages[0]!
  #length = 0

  get length(): number {
    return this.#length
  }

  get(index: number): number {
    return this.#pages[index >>> PAGE_BITS]![index & (PAGE - 1)]!
  }

  set(index: number, value: number): void {
    this.#pages[index >>> PAGE_BITS]![index & (PAGE - 1)] = value
  }

  /** Adds one at the end. @returns its index */
  push(value: number): number {
    const place = this.#length & (PAGE - 1)
    if (place === 0 ? this.#length > 0 : place === this.#last.length) this.#last = this.#makeRoom(place)
    this.#last[place] = value
    return this.#length++
  }

  #makeRoom(place: number): Uint32Array {
    const page = new Uint32Array(place === 0 ? PAGE : 2 * place)
    if (place > 0) page.set(this.#pages.pop()!)
    this.#pages.push(page)
    return page
  }
}

/** Doubles: event numbers and microseconds do not fit into 32 bits. */
export class Doubles {
  readonly #pages: Float64Array[] = [new Float64Array(FIRST)]
  #last = this.#pages[0]!
  #length = 0

  get length(): number {
    return this.#length
  }

  get(index: number): number {
    return this.#pages[index >>> PAGE_BITS]![index & (PAGE - 1)]!
  }

  push(value: number): number {
    const place = this.#length & (PAGE - 1)
    if (place === 0 ? this.#length > 0 : place === this.#last.length) this.#last = this.#makeRoom(place)
    this.#last[place] = value
    return this.#length++
  }

  #makeRoom(place: number): Float64Array {
    const page = new Float64Array(place === 0 ? PAGE : 2 * place)
    if (place > 0) page.set(this.#pages.pop()!)
    this.#pages.push(page)
    return page
  }
}

/** The first of `length` places for which `isAfter` holds, when it holds for all behind it too. */
export function firstWhere(length: number, isAfter: (index: number) => boolean): number {
  let low = 0
  let high = length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (isAfter(middle)) high = middle
    else low = middle + 1
  }
  return low
}
