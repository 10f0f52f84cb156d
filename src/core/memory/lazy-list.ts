// A list that is made while it is read, so that nobody needs a million objects at once.

/** What it holds is read anew each time, and is that of the moment. As JSON it is an array. */
export class LazyList<T> implements Iterable<T> {
  readonly #items: () => Iterable<T>

  constructor(items: () => Iterable<T>) {
    this.#items = items
  }

  [Symbol.iterator](): Iterator<T> {
    return this.#items()[Symbol.iterator]()
  }

  toJSON(): T[] {
    return [...this]
  }
}
