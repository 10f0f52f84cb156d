// A promise that knows whether the test awaited it. What an asynchronous matcher returns passes through vitest's hands first,
// which calls then() on it; what comes of that call is what the test gets.

/** Told when somebody asks for the outcome. */
export class Pending<T> implements Promise<T> {
  readonly #promise: Promise<T>
  /** Calls of then() that are vitest's own. */
  readonly #hands: number
  readonly #onAwait: () => void
  readonly [Symbol.toStringTag] = 'Promise'

  /** @param quiet a rejection that nobody awaits is told otherwise */
  constructor(promise: Promise<T>, hands: number, quiet: boolean, onAwait: () => void) {
    this.#promise = promise
    this.#hands = hands
    this.#onAwait = onAwait
    this.#quiet = quiet
    if (quiet) promise.catch(() => undefined)
  }

  readonly #quiet: boolean

  // oxlint-disable-next-line unicorn/no-thenable -- being one is what it is for
  then<A = T, B = never>(
    met?: ((value: T) => A | PromiseLike<A>) | null,
    failed?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    const next = this.#promise.then(met, failed)
    if (this.#hands > 0) return new Pending(next, this.#hands - 1, this.#quiet, this.#onAwait)
    this.#onAwait()
    return next
  }

  catch<B = never>(failed?: ((reason: unknown) => B | PromiseLike<B>) | null): Promise<T | B> {
    return this.then(undefined, failed)
  }

  finally(done?: (() => void) | null): Promise<T> {
    return this.then(
      (value) => {
        done?.()
        return value
      },
      (error: unknown) => {
        done?.()
        throw error
      },
    )
  }
}
