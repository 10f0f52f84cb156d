// Work that comes in storms, as when a network is cut and thousands of hold timers end: done in the order it came, but only
// for so long in one round of the event loop, so that what others sent is read in between.

/** How long one round may take. Milliseconds. */
const ROUND = 2

export class ShortRounds {
  readonly #ms: number
  /** Until when work may be done in this round. */
  #ends: number | undefined
  #waiting: (() => void)[] = []

  /** @param ms how long one round may take, milliseconds */
  constructor(ms = ROUND) {
    this.#ms = ms
  }

  /** Does it at once, or, when this round has taken long enough or others wait, in a later one. */
  run(work: () => void): void {
    if (this.#ends === undefined) this.#begin()
    if (this.#waiting.length === 0 && performance.now() < this.#ends!) work()
    else this.#waiting.push(work)
  }

  #begin(): void {
    this.#ends = performance.now() + this.#ms
    setImmediate(() => this.#next())
  }

  #next(): void {
    this.#ends = undefined
    if (this.#waiting.length === 0) return
    this.#begin()
    // What comes while these are done stands behind those that are left.
    const waiting = this.#waiting
    let done = 0
    try {
      while (done < waiting.length && performance.now() < this.#ends!) waiting[done++]!()
    } finally {
      this.#waiting = waiting.slice(done)
    }
  }
}
