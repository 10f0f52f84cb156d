// Stale marks of the rows of a table. A row says in which slot it is, and a slot which mark its rows have: so that a
// million routes become stale, or fresh, in the time that a few slots take.

/** Numbers of slots are below 2^23: a row has no room for more. */
export class MarkSlots {
  /** Rows that have a mark. */
  stale = 0
  /** The slot of rows that are announced now. They have no mark. */
  fresh = 0
  /** By slot: the number of the mark, 0 for none, and how many rows there are. */
  #marks = [0]
  #rows = [0]

  /** The number of the mark that rows in the slot have; 0 for none. */
  mark(slot: number): number {
    return this.#marks[slot]!
  }

  /** One row more is in the slot. */
  enter(slot: number): void {
    this.#rows[slot]!++
    if (this.#marks[slot] !== 0) this.stale++
  }

  /** One row less is in the slot. */
  leave(slot: number): void {
    this.#rows[slot]!--
    if (this.#marks[slot] !== 0) this.stale--
  }

  /** Gives all rows the mark that `change` makes of the one they have. */
  change(change: (mark: number) => number): void {
    this.stale = 0
    for (const [slot, rows] of this.#rows.entries()) {
      const mark = rows === 0 ? 0 : change(this.#marks[slot]!)
      this.#marks[slot] = mark
      if (mark !== 0) this.stale += rows
    }
    if (this.#marks[this.fresh] !== 0) this.fresh = this.slotOf(0)
  }

  /** A slot for rows that have this mark. */
  slotOf(mark: number): number {
    const known = this.#marks.indexOf(mark)
    if (known >= 0) return known
    const unused = this.#rows.findIndex((rows, slot) => rows === 0 && slot !== this.fresh)
    if (unused < 0) this.#rows.push(0)
    const slot = unused < 0 ? this.#rows.length - 1 : unused
    this.#marks[slot] = mark
    return slot
  }

  /** No row is left. */
  clear(): void {
    this.stale = this.fresh = 0
    this.#marks = [0]
    this.#rows = [0]
  }
}
