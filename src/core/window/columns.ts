// Columns of numbers that grow, outside of the JavaScript heap.

const FIRST = 256

/** Unsigned 32-bit integers. */
export class Words {
  #data = new Uint32Array(FIRST)
  #length = 0

  get length(): number {
    return this.#length
  }

  get(index: number): number {
    return this.#data[index]!
  }

  set(index: number, value: number): void {
    this.#data[index] = value
  }

  /** Adds one at the end. @returns its index */
  push(value: number): number {
    if (this.#length === this.#data.length) {
      const larger = new Uint32Array(grown(this.#length))
      larger.set(this.#data)
      this.#data = larger
    }
    this.#data[this.#length] = value
    return this.#length++
  }
}

/** Doubles: event numbers and microseconds do not fit into 32 bits. */
export class Doubles {
  #data = new Float64Array(FIRST)
  #length = 0

  get length(): number {
    return this.#length
  }

  get(index: number): number {
    return this.#data[index]!
  }

  push(value: number): number {
    if (this.#length === this.#data.length) {
      const larger = new Float64Array(grown(this.#length))
      larger.set(this.#data)
      this.#data = larger
    }
    this.#data[this.#length] = value
    return this.#length++
  }
}

/** Doubling wastes half of a large column. */
const grown = (length: number): number => Math.ceil(length * (length < 1 << 20 ? 2 : 1.5))

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
