// Work that comes in storms, as when a network is cut and thousands of hold timers end: done in the order it came, but only
// for so long in one round of the event loop, so that what others sent is read in between.

/** How long one round may take. Milliseconds. */
const ROUND = 2

/** Does one kind of work, for item after item. */
export class ShortRounds<T> {
  readonly #work: (item: T) => void
  readonly #ms: number
  /** Until when work may be done in this round. */
  #ends: number | undefined
  #waiting: T[] = []

  /**
   * @param work done for each
   * @param ms how long one round may take, milliseconds
   */
  constructor(work: (item: T) => void, ms = ROUND) {
    this.#work = work
    this.#ms = ms
  }

  /** Does it at once, or, when this round has taken long enough or others wait, in a later one. */
  run(item: T): void {
    if (this.#ends === undefined) this.#begin()
    if (this.#waiting.length === 0 && performance.now() < this.#ends!) this.#work(item)
    else this.#waiting.push(item)
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
      while (done < waiting.length && performance.now() < this.#ends!) this.#work(waiting[done++]!)
    } finally {
      this.#waiting = waiting.slice(done)
    }
  }
}
