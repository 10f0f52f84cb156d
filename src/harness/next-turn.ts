// Long work in turns of the event loop: how much one has, and the next one.

/** Routes that are read in one turn of the event loop. */
export const ROUTES_A_TURN = 1000

/** Resolves in the next turn of the event loop, after the sockets were read once more. */
export const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** What one turn may do. Whatever is read in turns together shares one, so that small tables share a turn. */
export class Budget {
  #left = ROUTES_A_TURN
  readonly #pause: () => Promise<void>

  /** @param pause lets others have their turn */
  constructor(pause: () => Promise<void>) {
    this.#pause = pause
  }

  /** @returns whether the turn is over */
  spend(): boolean {
    return --this.#left <= 0
  }

  async renew(): Promise<void> {
    await this.#pause()
    this.#left = ROUTES_A_TURN
  }
}
