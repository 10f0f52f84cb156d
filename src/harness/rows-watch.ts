// Rows of a watch: all of them first, then which were added, changed, and gone.
import type { RowKind, RowKinds } from './rows.ts'
import { findingKey } from './findings-watch.ts'

/** What became of a row. */
export type RowOp = 'added' | 'changed' | 'gone'
export type ChangedRow<Row> = Row & { readonly op: RowOp }

type Watched = Exclude<RowKind, 'events'>

/** What makes two rows the same one at different instants. */
const KEYS: { readonly [Kind in Watched]: (row: RowKinds[Kind]) => string } = {
  peers: (row) => row.peer,
  routes: (row) => `${row.peer} ${row.prefix}`,
  nodes: (row) => row.node,
  expected: (row) => `${row.node} ${row.instance} ${row.neighbor} ${row.prefix}`,
  findings: findingKey,
}

interface Shown<Kind extends Watched> {
  readonly row: RowKinds[Kind]
  readonly text: string
}

/** Remembers the rows that were shown. */
export class RowsWatch<Kind extends Watched> {
  readonly #keyOf: (row: RowKinds[Kind]) => string
  /** Those of the look before that were not seen in this one, and those that were. */
  #before = new Map<string, Shown<Kind>>()
  #shown = new Map<string, Shown<Kind>>()

  constructor(kind: Kind) {
    this.#keyOf = KEYS[kind]
  }

  /** What is different now: added and changed rows in their order, then those that are gone as they last were. */
  changes(rows: readonly RowKinds[Kind][]): ChangedRow<RowKinds[Kind]>[] {
    return [...this.see(rows), ...this.end()]
  }

  /** The same bit by bit: of some rows those that are added or changed. Call `end` after the last ones. */
  see(rows: readonly RowKinds[Kind][]): ChangedRow<RowKinds[Kind]>[] {
    const changes: ChangedRow<RowKinds[Kind]>[] = []
    for (const row of rows) {
      const text = JSON.stringify(row)
      const key = this.#free(this.#keyOf(row))
      this.#shown.set(key, { row, text })
      const old = this.#before.get(key)
      this.#before.delete(key)
      if (old?.text !== text) changes.push({ op: old === undefined ? 'added' : 'changed', ...row })
    }
    return changes
  }

  /** Those that were not seen again: they are gone. */
  *end(): Generator<ChangedRow<RowKinds[Kind]>, void, undefined> {
    const gone = this.#before
    this.#before = this.#shown
    this.#shown = new Map()
    for (const { row } of gone.values()) yield { op: 'gone', ...row }
  }

  /** Two rows can have one key: paths of ADD-PATH, twice the same peer in a configuration. */
  #free(key: string): string {
    let free = key
    for (let count = 2; this.#shown.has(free); count++) free = `${key} ${count}`
    return free
  }
}
