// Shares the event loop among connections: what one turn of the loop handles is bounded over all of them, so that
// a full table from one peer, or from a hundred, makes no keepalive of ours late.

/**
 * Octets of input that one turn of the event loop handles: some 1,300 routes as peers usually pack them, 2,000 at
 * most, which take about 5 ms.
 */
export const TURN = 8 * 1024

/** Connections take turns. All of a router's share one of these. */
export class Turns {
  #left = TURN
  #scheduled = false
  readonly #waiting: (() => void)[] = []
  #serving = false
  #held = false

  /** Nobody's input has a turn: somebody downstream has to catch up first. */
  get held(): boolean {
    return this.#held
  }

  /** Lets all input wait, at the latest after the turn that runs, or lets it go on. */
  hold(held: boolean): void {
    if (held === this.#held) return
    this.#held = held
    this.#schedule()
  }

  /** How many octets may be handled now, of so many that are there; 0 means `wait` first. */
  take(octets: number): number {
    // Who waits comes first.
    if (this.#held || (this.#waiting.length > 0 && !this.#serving)) return 0
    const given = Math.min(octets, this.#left)
    this.#left -= given
    this.#schedule()
    return given
  }

  /** Calls `work` when its turn has come. */
  wait(work: () => void): void {
    this.#waiting.push(work)
    this.#schedule()
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => this.#next())
  }

  #next(): void {
    this.#scheduled = false
    this.#left = TURN
    this.#serving = true
    // Each of them may wait again: with what is left it then has its next turn only after the others.
    while (this.#left > 0 && !this.#held) {
      const work = this.#waiting.shift()
      if (work === undefined) break
      work()
    }
    this.#serving = false
    if (this.#waiting.length > 0 && !this.#held) this.#schedule()
  }
}
