// Adj-RIB-In in plain Maps: simple, and the model that any faster table is compared with.
import { prefixKey, sameAddress } from '../ip/arithmetic.ts'
import type { Address, Prefix } from '../ip/prefix.ts'
import type { Micros } from '../session/terms.ts'
import type { AttributeSet } from '../wire/attribute-set.ts'
import { familyKey } from '../wire/families.ts'
import type { Family, NextHop, Nlri } from '../wire/message.ts'
import type { AdjRibIn, Announced, Held, RibSnapshot, Route, StaleMark } from './adj-rib-in.ts'
import type { AttributeTable } from './attribute-table.ts'

interface Entry {
  readonly prefix: Prefix
  readonly pathId: number | undefined
  attributes: number
  nextHop: NextHop | undefined
  readonly since: Micros
  event: number
  readonly firstEvent: number
  stale: StaleMark | undefined
}

interface Table {
  readonly family: Family
  readonly entries: Map<number | string, Entry>
  stale: number
}

const NEW: Announced = { change: 'new', refreshed: false }

export class MapRib implements AdjRibIn {
  readonly #tables = new Map<string, Table>()
  readonly #attributes: AttributeTable

  /** `attributes` may be shared by many peers. */
  constructor(attributes: AttributeTable) {
    this.#attributes = attributes
  }

  /** The rib that `snapshot()` described; `setOf` gives the attribute set of a number in it. */
  static restore(
    snapshot: RibSnapshot,
    attributes: AttributeTable,
    setOf: (number: number) => AttributeSet,
  ): MapRib {
    const rib = new MapRib(attributes)
    for (const { family, routes } of snapshot.families) {
      const table = rib.#table(family)
      for (const route of routes) {
        const { prefix, pathId, nextHop, since, event, firstEvent, stale } = route
        const number = attributes.acquire(setOf(route.attributes))
        table.entries.set(keyOf(prefix, pathId), {
          prefix,
          pathId,
          attributes: number,
          nextHop,
          since,
          event,
          firstEvent,
          stale: stale && { since: stale.since, until: stale.until, bound: stale.bound },
        })
        if (stale !== undefined) table.stale++
      }
    }
    return rib
  }

  size(family?: Family): number {
    if (family !== undefined) return this.#tables.get(familyKey(family))?.entries.size ?? 0
    let size = 0
    for (const table of this.#tables.values()) size += table.entries.size
    return size
  }

  staleSize(family?: Family): number {
    if (family !== undefined) return this.#tables.get(familyKey(family))?.stale ?? 0
    let size = 0
    for (const table of this.#tables.values()) size += table.stale
    return size
  }

  families(): Family[] {
    return [...this.#tables.values()].filter((table) => table.entries.size > 0).map((table) => table.family)
  }

  *routes(): IterableIterator<Route> {
    for (const table of this.#tables.values())
      for (const entry of table.entries.values()) yield this.#view(table.family, entry)
  }

  get(family: Family, nlri: Nlri): Route | undefined {
    const entry = this.#tables.get(familyKey(family))?.entries.get(keyOf(nlri.prefix, nlri.pathId))
    return entry && this.#view(family, entry)
  }

  announce(
    family: Family,
    nlri: Nlri,
    attributes: AttributeSet,
    nextHop: NextHop | undefined,
    now: Micros,
    event: number,
  ): Announced {
    const table = this.#table(family)
    const key = keyOf(nlri.prefix, nlri.pathId)
    const number = this.#attributes.acquire(attributes)
    const entry = table.entries.get(key)
    if (entry === undefined) {
      table.entries.set(key, {
        prefix: nlri.prefix,
        pathId: nlri.pathId,
        attributes: number,
        nextHop,
        since: now,
        event,
        firstEvent: event,
        stale: undefined,
      })
      return NEW
    }
    const refreshed = entry.stale !== undefined
    const same = entry.attributes === number && sameNextHop(entry.nextHop, nextHop)
    this.#attributes.release(entry.attributes)
    entry.attributes = number
    entry.nextHop = nextHop
    entry.event = event
    entry.stale = undefined
    if (refreshed) table.stale--
    return { change: same ? 'same' : 'changed', refreshed }
  }

  withdraw(family: Family, nlri: Nlri): boolean {
    const table = this.#tables.get(familyKey(family))
    const key = keyOf(nlri.prefix, nlri.pathId)
    const entry = table?.entries.get(key)
    if (table === undefined || entry === undefined) return false
    this.#drop(table, key, entry)
    return true
  }

  remove(family: Family, which: 'all' | 'stale', doomed: (route: Held) => boolean = () => true): Nlri[] {
    const table = this.#tables.get(familyKey(family))
    if (table === undefined || (which === 'stale' && table.stale === 0)) return []
    const removed: Nlri[] = []
    for (const [key, entry] of table.entries) {
      if ((which === 'stale' && entry.stale === undefined) || !doomed(entry)) continue
      this.#drop(table, key, entry)
      removed.push(nlriOf(entry))
    }
    return removed
  }

  mark(family: Family, mark: (mark: StaleMark | undefined) => StaleMark | undefined): void {
    const table = this.#tables.get(familyKey(family))
    if (table === undefined) return
    for (const entry of table.entries.values()) {
      if (entry.stale !== undefined) table.stale--
      entry.stale = mark(entry.stale)
      if (entry.stale !== undefined) table.stale++
    }
  }

  snapshot(numberOf: (attributes: AttributeSet) => number): RibSnapshot {
    return {
      families: [...this.#tables.values()].map(({ family, entries }) => ({
        family,
        routes: [...entries.values()].map((entry) => ({
          ...entry,
          attributes: numberOf(this.#attributes.get(entry.attributes)),
        })),
      })),
    }
  }

  #table(family: Family): Table {
    const key = familyKey(family)
    let table = this.#tables.get(key)
    if (table === undefined) {
      table = { family, entries: new Map(), stale: 0 }
      this.#tables.set(key, table)
    }
    return table
  }

  #drop(table: Table, key: number | string, entry: Entry): void {
    table.entries.delete(key)
    if (entry.stale !== undefined) table.stale--
    this.#attributes.release(entry.attributes)
  }

  #view(family: Family, entry: Entry): Route {
    return {
      family,
      prefix: entry.prefix,
      pathId: entry.pathId,
      attributes: this.#attributes.get(entry.attributes),
      nextHop: entry.nextHop,
      since: entry.since,
      event: entry.event,
      firstEvent: entry.firstEvent,
      stale: entry.stale && { since: entry.stale.since, until: entry.stale.until },
    }
  }
}

function keyOf(prefix: Prefix, pathId: number | undefined): number | string {
  const key = prefixKey(prefix)
  return pathId === undefined ? key : `${key} ${pathId}`
}

function nlriOf(entry: Entry): Nlri {
  return entry.pathId === undefined
    ? { prefix: entry.prefix }
    : { prefix: entry.prefix, pathId: entry.pathId }
}

function sameNextHop(a: NextHop | undefined, b: NextHop | undefined): boolean {
  if (a === undefined || b === undefined) return a === b
  return same(a.global, b.global) && same(a.linkLocal, b.linkLocal)
}

function same(a: Address | undefined, b: Address | undefined): boolean {
  return a === undefined || b === undefined ? a === b : sameAddress(a, b)
}
