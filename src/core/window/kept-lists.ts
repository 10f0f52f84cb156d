// The answers to the latest questions, so that a long list that is asked for again is there at once.

/** Rows of all lists that are kept: 100 to 250 octets each. */
const ROWS = 1_500_000
/** Rows of a list that is worth it. */
const WORTH = 1000

/** Long lists of rows that nobody can change, by what was asked; those that were not asked for longest go first. */
export class KeptLists {
  readonly #lists = new Map<string, readonly object[]>()
  #rows = 0

  /** The list of this question, a copy each time; `make` is called when it is not there. */
  get<Row extends Readonly<object>>(question: string, make: () => Row[]): Row[] {
    const kept = this.#lists.get(question) as readonly Row[] | undefined
    const list = kept ?? make()
    if (list.length < WORTH || list.length > ROWS) return list as Row[]
    this.#lists.delete(question)
    this.#lists.set(question, list)
    if (kept === undefined) this.#rows += list.length
    for (const [oldest, { length }] of this.#lists) {
      if (this.#rows <= ROWS) break
      this.#lists.delete(oldest)
      this.#rows -= length
    }
    return list.slice()
  }

  clear(): void {
    this.#lists.clear()
    this.#rows = 0
  }
}
