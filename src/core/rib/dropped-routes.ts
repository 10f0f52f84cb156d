// The routes of a table that went away all at once. Their keys are read and their paths let go bit by bit, so that the
// end of a session with a million routes is no pause; whoever asks for the keys has them at once.
import type { Afi } from '../ip/prefix.ts'
import type { Nlri } from '../wire/message.ts'
import { NlriWriter, type NlriField } from '../wire/nlri-field.ts'
import type { RouteTable } from './route-table.ts'

/** Where paths are counted: a `PathTable`. */
interface Paths {
  release(number: number): void
}

export class DroppedRoutes implements Iterable<Nlri> {
  /** How many. */
  readonly length: number
  readonly #paths: Paths
  readonly #afi: Afi
  readonly #addPath: boolean
  readonly #keys = new NlriWriter()
  /** Undefined when all was read. */
  #table: RouteTable | undefined
  #row = 0
  #field: NlriField | undefined

  /** @param table no longer anybody else's */
  constructor(table: RouteTable, paths: Paths, afi: Afi, addPath: boolean) {
    this.length = table.size
    this.#table = table
    this.#paths = paths
    this.#afi = afi
    this.#addPath = addPath
  }

  get isSwept(): boolean {
    return this.#table === undefined
  }

  /** Goes on by at most so many rows of the table; returns how many they were. */
  sweep(rows: number): number {
    const table = this.#table
    if (table === undefined) return 0
    const from = this.#row
    const to = Math.min(table.rows, from + rows)
    for (let row = from; row < to; row++) {
      if (!table.has(row)) continue
      const length = table.remove(row, true)
      this.#keys.add(table.key, length, this.#addPath)
      this.#paths.release(table.formerPath)
    }
    this.#row = to
    if (to === table.rows) {
      table.discard()
      this.#table = undefined
    }
    return to - from
  }

  /** The keys, in order of announcement. */
  get field(): NlriField {
    this.sweep(Infinity)
    this.#field ??= this.#keys.field(this.#afi, this.#addPath)
    return this.#field
  }

  [Symbol.iterator](): Iterator<Nlri> {
    return this.field[Symbol.iterator]()
  }
}
