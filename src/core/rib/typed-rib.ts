// Adj-RIB-In in typed arrays: a route is some 40 octets that the garbage collector never looks at. What it does is what
// ./map-rib.ts does; tests compare the two.
import type { Afi } from '../ip/prefix.ts'
import type { Micros } from '../session/terms.ts'
import type { AttributeSet } from '../wire/attribute-set.ts'
import { familyKey } from '../wire/families.ts'
import type { Family, NextHop, Nlri } from '../wire/message.ts'
import { NlriWriter, type NlriField } from '../wire/nlri-field.ts'
import type {
  AdjRibIn,
  Announced,
  Held,
  Keys,
  RibSnapshot,
  Route,
  RouteSnapshot,
  StaleMark,
} from './adj-rib-in.ts'
import { DroppedRoutes } from './dropped-routes.ts'
import { LazyList } from '../memory/lazy-list.ts'
import type { PathTable } from './path-table.ts'
import { readKey, setKey } from './route-key.ts'
import { RouteTable } from './route-table.ts'

/** The routes of a family; those with path identifiers stand apart. */
interface Tables {
  readonly family: Family
  readonly afi: Afi
  plain: RouteTable | undefined
  paths: RouteTable | undefined
}

/** By the code that `RouteTable.put` gives. */
const ANNOUNCED: readonly (Announced | undefined)[] = [
  undefined,
  { change: 'new', refreshed: false },
  { change: 'changed', refreshed: false },
  { change: 'same', refreshed: false },
  undefined,
  undefined,
  { change: 'changed', refreshed: true },
  { change: 'same', refreshed: true },
]

/** What the code of an announcement says. */
export function announced(code: number): Announced {
  return ANNOUNCED[code]!
}

/** So many rows are removed at once; a table with more is dropped. */
const AT_ONCE = 2000

const NO_MARK: readonly (StaleMark | undefined)[] = [undefined]

export class TypedRib implements AdjRibIn {
  readonly #families = new Map<string, Tables>()
  /** Those of the family that was announced or withdrawn last. */
  #last: Tables | undefined
  readonly #paths: PathTable
  /** Stale marks by number; few are in use at a time. */
  #marks: (StaleMark | undefined)[] = [...NO_MARK]
  /** Of tables that are gone. */
  #formerMisses = 0
  /** Another number after each call that may have changed something. No two of the ribs with the same paths ever have the same. */
  revision = 0

  /** `paths` may be shared by many peers. */
  constructor(paths: PathTable) {
    this.#paths = paths
  }

  /** The rib that `snapshot()` described; `setOf` gives the attribute set of a number in it. */
  static restore(snapshot: RibSnapshot, paths: PathTable, setOf: (number: number) => AttributeSet): TypedRib {
    const rib = new TypedRib(paths)
    for (const { family, routes } of snapshot.families) {
      const tables = rib.#tables(family)
      for (const route of routes) {
        const { prefix, pathId, nextHop, since, event, firstEvent, stale } = route
        const table = tableFor(tables, paths, pathId)
        setKey(table, prefix.words, pathId)
        table.restore({
          length: prefix.length,
          path: paths.acquire(setOf(route.attributes), nextHop),
          mark: rib.#markNumber(stale && { since: stale.since, until: stale.until, bound: stale.bound }),
          since,
          event,
          firstEvent,
        })
      }
    }
    return rib
  }

  size(family?: Family): number {
    let size = 0
    for (const table of this.#each(family)) size += table.size
    return size
  }

  staleSize(family?: Family): number {
    let size = 0
    for (const table of this.#each(family)) size += table.stale
    return size
  }

  /** Counts how often `routes`, read bit by bit, lost its place, and may have missed some. */
  get misses(): number {
    let misses = this.#formerMisses
    for (const table of this.#each(undefined)) misses += table.misses
    return misses
  }

  families(): Family[] {
    return [...this.#families.values()]
      .filter(({ plain, paths }) => (plain?.size ?? 0) + (paths?.size ?? 0) > 0)
      .map(({ family }) => family)
  }

  *routes(): IterableIterator<Route> {
    for (const tables of this.#families.values()) {
      for (const table of [tables.plain, tables.paths]) {
        if (table === undefined) continue
        for (const row of table.each()) yield this.#view(tables, table, row)
      }
    }
  }

  get(family: Family, nlri: Nlri): Route | undefined {
    const tables = this.#families.get(familyKey(family))
    const table = nlri.pathId === undefined ? tables?.plain : tables?.paths
    if (tables === undefined || table === undefined) return undefined
    setKey(table, nlri.prefix.words, nlri.pathId)
    const row = table.find(nlri.prefix.length)
    return row < 0 ? undefined : this.#view(tables, table, row)
  }

  announce(
    family: Family,
    { prefix, pathId }: Nlri,
    attributes: AttributeSet,
    nextHop: NextHop | undefined,
    now: Micros,
    event: number,
  ): Announced {
    this.revision = ++this.#paths.revision
    const table = tableFor(this.#tables(family), this.#paths, pathId)
    const path = this.#paths.acquire(attributes, nextHop)
    setKey(table, prefix.words, pathId)
    const code = table.put(prefix.length, path, now, event)
    if (table.formerPath >= 0) this.#paths.release(table.formerPath)
    return announced(code)
  }

  withdraw(family: Family, { prefix, pathId }: Nlri): boolean {
    this.revision = ++this.#paths.revision
    const tables = this.#families.get(familyKey(family))
    const table = pathId === undefined ? tables?.plain : tables?.paths
    if (table === undefined) return false
    setKey(table, prefix.words, pathId)
    if (!table.take(prefix.length)) return false
    this.#paths.release(table.formerPath)
    return true
  }

  /**
   * Announces all prefixes of a field with one path, which the caller holds.
   * @returns what happened to them: one code where it was the same for all, else one for each
   */
  announceField(
    family: Family,
    field: NlriField,
    path: number,
    now: Micros,
    event: number,
  ): number | Uint8Array {
    this.revision = ++this.#paths.revision
    const tables = this.#tables(family)
    const table = tableFor(tables, this.#paths, field.addPath ? 0 : undefined)
    const paths = this.#paths
    const { bytes, end, afi, addPath } = field
    let codes: Uint8Array | undefined
    let common = 0
    let count = 0
    paths.retain(path, field.length)
    for (let at = field.start; at < end; count++) {
      const length = readKey(table.key, bytes, at, afi, addPath)
      at += (addPath ? 5 : 1) + ((length + 7) >>> 3)
      const code = table.put(length, path, now, event)
      if (table.formerPath >= 0) paths.release(table.formerPath)
      if (count === 0) common = code
      else if (code !== common && codes === undefined) {
        codes = new Uint8Array(field.length)
        codes.fill(common, 0, count)
      }
      if (codes !== undefined) codes[count] = code
    }
    return codes ?? common
  }

  /** Withdraws all prefixes of a field. @returns 1 for those that were there and 0 for others, as `announceField` does */
  withdrawField(family: Family, field: NlriField): number | Uint8Array {
    this.revision = ++this.#paths.revision
    const tables = this.#known(family)
    const table = field.addPath ? tables?.paths : tables?.plain
    if (table === undefined) return 0
    const paths = this.#paths
    const { bytes, end, afi, addPath } = field
    let codes: Uint8Array | undefined
    let common = 0
    let count = 0
    for (let at = field.start; at < end; count++) {
      const length = readKey(table.key, bytes, at, afi, addPath)
      at += (addPath ? 5 : 1) + ((length + 7) >>> 3)
      const code = table.take(length) ? 1 : 0
      if (code === 1) paths.release(table.formerPath)
      if (count === 0) common = code
      else if (code !== common && codes === undefined) {
        codes = new Uint8Array(field.length)
        codes.fill(common, 0, count)
      }
      if (codes !== undefined) codes[count] = code
    }
    return codes ?? common
  }

  remove(family: Family, which: 'all' | 'stale', doomed?: (route: Held) => boolean): Keys {
    this.revision = ++this.#paths.revision
    const tables = this.#families.get(familyKey(family))
    if (tables === undefined) return []
    const plain =
      this.#drop(tables, 'plain', which, doomed) ??
      (tables.plain && this.#removeFrom(tables.plain, tables.afi, false, which, doomed))
    const paths =
      this.#drop(tables, 'paths', which, doomed) ??
      (tables.paths && this.#removeFrom(tables.paths, tables.afi, true, which, doomed))
    if (plain === undefined || plain.length === 0) return paths ?? []
    return paths === undefined || paths.length === 0 ? plain : [...plain, ...paths]
  }

  mark(family: Family, mark: (mark: StaleMark | undefined) => StaleMark | undefined): void {
    this.revision = ++this.#paths.revision
    const after = (before: number): number => this.#markNumber(mark(this.#marks[before]))
    for (const table of this.#each(family)) table.changeMarks(after)
    if (this.staleSize() === 0) this.#marks = [...NO_MARK]
  }

  snapshot(numberOf: (attributes: AttributeSet) => number, lazy = false): RibSnapshot {
    const numbers = new Map<number, number>()
    const attributesOf = (path: number): number => {
      let number = numbers.get(path)
      if (number === undefined) numbers.set(path, (number = numberOf(this.#paths.attributes(path))))
      return number
    }
    return {
      families: [...this.#families.values()].map((tables) => {
        const routes = new LazyList(() => this.#snapshots(tables, attributesOf))
        return { family: tables.family, routes: lazy ? routes : [...routes] }
      }),
    }
  }

  *#snapshots(tables: Tables, attributesOf: (path: number) => number): Generator<RouteSnapshot> {
    if (tables.plain !== undefined) yield* this.#snapshotsOf(tables, tables.plain, attributesOf)
    if (tables.paths !== undefined) yield* this.#snapshotsOf(tables, tables.paths, attributesOf)
  }

  *#snapshotsOf(
    tables: Tables,
    table: RouteTable,
    attributesOf: (path: number) => number,
  ): Generator<RouteSnapshot> {
    for (const row of table.each()) {
      const { length, path, mark, since, event, firstEvent } = table.read(row)
      const { prefix, pathId } = keyOf(tables, table, length)
      yield {
        prefix,
        pathId,
        attributes: attributesOf(path),
        nextHop: this.#paths.nextHop(path),
        since,
        event,
        firstEvent,
        stale: this.#marks[mark],
      }
    }
  }

  /** A large table of which nothing stays is put aside as it is; undefined when it is another one. */
  #drop(
    tables: Tables,
    kind: 'plain' | 'paths',
    which: 'all' | 'stale',
    doomed: ((route: Held) => boolean) | undefined,
  ): DroppedRoutes | undefined {
    const table = tables[kind]
    if (table === undefined || table.rows <= AT_ONCE || doomed !== undefined) return undefined
    if (which === 'stale' && table.stale !== table.size) return undefined
    tables[kind] = undefined
    table.stay()
    this.#formerMisses += table.misses
    const dropped = new DroppedRoutes(table, this.#paths, tables.afi, kind === 'paths')
    this.#paths.unfinished.push(dropped)
    return dropped
  }

  #removeFrom(
    table: RouteTable,
    afi: Afi,
    addPath: boolean,
    which: 'all' | 'stale',
    doomed: ((route: Held) => boolean) | undefined,
  ): Keys {
    const keys = new NlriWriter()
    if (which === 'stale' && table.stale === 0) return []
    const all = doomed === undefined && (which === 'all' || table.stale === table.size)
    for (let row = 0; row < table.rows; row++) {
      if (!table.has(row)) continue
      const mark = table.mark(row)
      if (which === 'stale' && mark === 0) continue
      if (doomed !== undefined && !doomed({ stale: this.#marks[mark], event: table.event(row) })) continue
      const length = table.remove(row, all)
      keys.add(table.key, length, addPath)
      this.#paths.release(table.formerPath)
    }
    table.removed()
    return keys.field(afi, addPath)
  }

  #view(tables: Tables, table: RouteTable, row: number): Route {
    const { length, path, mark, since, event, firstEvent } = table.read(row)
    const { prefix, pathId } = keyOf(tables, table, length)
    const stale = this.#marks[mark]
    return {
      family: tables.family,
      prefix,
      pathId,
      attributes: this.#paths.attributes(path),
      nextHop: this.#paths.nextHop(path),
      since,
      event,
      firstEvent,
      stale: stale && { since: stale.since, until: stale.until },
    }
  }

  #markNumber(mark: StaleMark | undefined): number {
    if (mark === undefined) return 0
    const known = this.#marks.findIndex(
      (other) => other?.since === mark.since && other.until === mark.until && other.bound === mark.bound,
    )
    return known > 0 ? known : this.#marks.push(mark) - 1
  }

  *#each(family: Family | undefined): Generator<RouteTable> {
    const chosen = family === undefined ? this.#families.values() : [this.#families.get(familyKey(family))]
    for (const tables of chosen) {
      if (tables?.plain !== undefined) yield tables.plain
      if (tables?.paths !== undefined) yield tables.paths
    }
  }

  /** Undefined where nothing of the family was ever announced. Making a key of a family costs as much as storing a route. */
  #known(family: Family): Tables | undefined {
    if (this.#last?.family !== family) this.#last = this.#families.get(familyKey(family))
    return this.#last
  }

  #tables(family: Family): Tables {
    let tables = this.#known(family)
    if (tables === undefined) {
      tables = { family, afi: family.afi === 1 ? 1 : 2, plain: undefined, paths: undefined }
      this.#families.set(familyKey(family), tables)
    }
    return tables
  }
}

function tableFor(tables: Tables, paths: PathTable, pathId: number | undefined): RouteTable {
  const words = tables.afi === 1 ? 1 : 4
  if (pathId === undefined) return (tables.plain ??= newTable(words, paths))
  return (tables.paths ??= newTable(words + 1, paths))
}

/** Its rows are moved together bit by bit: with a large table that takes longer than a turn may. */
function newTable(words: number, { pool, unfinished }: PathTable): RouteTable {
  return new RouteTable(words, pool, (table) =>
    unfinished.push({
      get isSwept() {
        return !table.isSparse
      },
      sweep: (rows) => table.compact(rows),
    }),
  )
}

function keyOf(
  tables: Tables,
  table: RouteTable,
  length: number,
): { prefix: Nlri['prefix']; pathId: number | undefined } {
  const all = Array.from(table.key, (word) => word >>> 0)
  const pathId = table === tables.paths ? all.shift() : undefined
  return { prefix: { afi: tables.afi, words: all, length }, pathId }
}
