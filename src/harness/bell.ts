// Tells whoever waits that something happened.

/** Milliseconds. Lets a burst of events wake a waiter once. */
export const COALESCE_MS = 20

export class Bell {
  readonly #waiting = new Set<() => void>()

  ring(): void {
    if (this.#waiting.size === 0) return
    const woken = [...this.#waiting]
    this.#waiting.clear()
    for (const wake of woken) wake()
  }

  /**
   * Resolves once it rang, a little later, so that a burst wakes a waiter once; with the signal at once. Nothing of it stays
   * behind: streams that go on for days ask again after every event.
   */
  next(signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      let timer: NodeJS.Timeout | undefined
      const wake = (): void => {
        timer = setTimeout(done, COALESCE_MS)
      }
      const done = (): void => {
        clearTimeout(timer)
        this.#waiting.delete(wake)
        signal?.removeEventListener('abort', done)
        resolve()
      }
      if (signal?.aborted === true) return done()
      this.#waiting.add(wake)
      signal?.addEventListener('abort', done, { once: true })
    })
  }
}
