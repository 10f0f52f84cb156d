// A promise that knows whether the test awaited it. What an asynchronous matcher returns passes through vitest's hands first,
// which calls then() on it; what comes of that call is what the test gets.

export interface PendingHooks {
  /** A rejection that nobody awaits is told otherwise. */
  readonly quiet: boolean
  /** The test asked for the outcome. */
  readonly awaited: () => void
  /** What vitest made of a failure comes from nowhere in the test: gives it the place of the claim. */
  readonly mend: (error: unknown) => unknown
}

/** Told when somebody asks for the outcome. */
export class Pending<T> implements Promise<T> {
  readonly #promise: Promise<T>
  /** Calls of then() that are vitest's own. */
  readonly #hands: number
  readonly #hooks: PendingHooks
  readonly [Symbol.toStringTag] = 'Promise'

  constructor(promise: Promise<T>, hands: number, hooks: PendingHooks) {
    this.#promise = promise
    this.#hands = hands
    this.#hooks = hooks
    if (hooks.quiet) promise.catch(() => undefined)
  }

  // oxlint-disable-next-line unicorn/no-thenable -- being one is what it is for
  then<A = T, B = never>(
    met?: ((value: T) => A | PromiseLike<A>) | null,
    failed?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    const next = this.#promise.then(met, failed)
    if (this.#hands === 0) {
      this.#hooks.awaited()
      return next
    }
    const mended = next.catch((error: unknown): never => {
      throw this.#hooks.mend(error)
    })
    return new Pending(mended, this.#hands - 1, this.#hooks)
  }

  catch<B = never>(failed?: ((reason: unknown) => B | PromiseLike<B>) | null): Promise<T | B> {
    return this.then(undefined, failed)
  }

  finally(done?: (() => void) | null): Promise<T> {
    this.#hooks.awaited()
    return this.#promise.finally(done)
  }
}
