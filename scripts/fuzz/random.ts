// Numbers that a seed decides, so that a run can be had again.

export class Random {
  #state: number

  /** @param parts what it depends on: the seed, and for example the number of an iteration */
  constructor(...parts: readonly number[]) {
    this.#state = 0x9e3779b9
    for (const part of parts) {
      this.#state = (this.#state ^ part) >>> 0
      this.#state = this.next()
    }
  }

  /** 32 bits (mulberry32). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let mixed = this.#state
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return (mixed ^ (mixed >>> 14)) >>> 0
  }

  /** 0 to below - 1. */
  below(below: number): number {
    return Math.floor((this.next() / 2 ** 32) * below)
  }

  chance(probability: number): boolean {
    return this.next() / 2 ** 32 < probability
  }

  pick<T>(values: readonly T[]): T {
    if (values.length === 0) throw new Error('nothing to pick from')
    return values[this.below(values.length)]!
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.below(256))
  }
}
