// Shares the event loop among connections: what one turn of the loop handles is bounded over all of them, so that
// a full table from one peer, or from a hundred, makes no keepalive of ours late.

/**
 * Octets of input that one turn of the event loop handles at most: some 1,300 routes as peers usually pack them, 2,000 at
 * most, which take a few milliseconds.
 */
export const TURN = 8 * 1024
/** And at least, where the machine is slow or busy, or our code was not compiled yet: it begins with this. */
export const SHORT_TURN = 1024
/** A turn that takes longer makes the next one shorter. Milliseconds. */
const LONG = 5
/** After a full turn that took less the next one may be longer. */
const QUICK = 2

/** Connections take turns. All of a router's share one of these. */
export class Turns {
  readonly #now: () => number
  #turn = SHORT_TURN
  #left = SHORT_TURN
  /** Since when what was taken last is handled, and how long all that was taken in this turn took. */
  #since: number | undefined
  #took = 0
  #scheduled = false
  readonly #waiting: (() => void)[] = []
  #serving = false
  #held = false

  /** @param now milliseconds */
  constructor(now = () => performance.now()) {
    this.#now = now
  }

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

  /** How many octets may be handled now, of so many that are there; 0 means `wait` first. Call `done` when they are handled. */
  take(octets: number): number {
    // Who waits comes first.
    if (this.#held || (this.#waiting.length > 0 && !this.#serving)) return 0
    const given = Math.min(octets, this.#left)
    if (given > 0) this.#since = this.#now()
    this.#left -= given
    this.#schedule()
    return given
  }

  /** What was taken is handled. Only this counts for the length of turns, not what others do in the same round of the loop. */
  done(): void {
    if (this.#since === undefined) return
    this.#took += this.#now() - this.#since
    this.#since = undefined
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
    this.#begin()
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

  /** How long the turn before took tells how much this one may have. */
  #begin(): void {
    if (this.#took > LONG) this.#turn = Math.max(SHORT_TURN, this.#turn / 2)
    else if (this.#took < QUICK && this.#left === 0) this.#turn = Math.min(TURN, 2 * this.#turn)
    this.#took = 0
    this.#left = this.#turn
  }
}
