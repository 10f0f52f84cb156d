// When whoever feeds the writer should wait with more: docs/decisions/0009-back-pressure.md.

/**
 * Octets of a trace that wait for the disk before input has to wait too. This is "one block": what a crash can take,
 * beside what was read from a socket and not handed over yet.
 */
export const BLOCK_OCTETS = 512 * 1024
/** How long input may wait for the disk, milliseconds. It comes back as time goes by in which input does not wait. */
const CREDIT = 1000

export class Pace {
  readonly #hold: (held: boolean) => void
  readonly #now: () => number
  #held = false
  #full = false
  #making = false
  /** Input has waited as long as it may: the disk does not follow, and what comes is kept in memory. */
  #spent = false
  #credit = CREDIT
  /** Since when it waits for the disk; and until when it did. */
  #since: number | undefined
  #until = Number.NEGATIVE_INFINITY
  #timer: NodeJS.Timeout | undefined

  /** @param hold told when input should wait, and when no more; `now` in milliseconds, of any clock that never goes back */
  constructor(hold: (held: boolean) => void, now: () => number = () => performance.now()) {
    this.#hold = hold
    this.#now = now
  }

  /**
   * Called with every event, so it does next to nothing where nothing changes.
   * @param waiting octets that wait for the disk
   * @param making a checkpoint is about to be made, or being made: until it is whole the state should not change
   */
  update(waiting: number, making: boolean): void {
    const full = waiting >= BLOCK_OCTETS
    if (full === this.#full && making === this.#making) return
    this.#full = full
    this.#making = making
    if (!full) this.#spent = false
    this.#decide()
  }

  #decide(): void {
    const waits = this.#full && !this.#spent
    this.#charge(waits && !this.#making)
    const held = waits || this.#making
    if (held === this.#held) return
    this.#held = held
    this.#hold(held)
  }

  /** Counts the time in which input waits for the disk and for nothing else. */
  #charge(waits: boolean): void {
    if (waits === (this.#since !== undefined)) return
    const now = this.#now()
    clearTimeout(this.#timer)
    if (this.#since !== undefined) {
      this.#credit -= now - this.#since
      this.#since = undefined
      this.#until = now
      return
    }
    this.#credit = Math.min(CREDIT, this.#credit + now - this.#until)
    this.#since = now
    this.#timer = setTimeout(
      () => {
        this.#spent = true
        this.#decide()
      },
      Math.max(1, this.#credit),
    )
    this.#timer.unref()
  }
}
