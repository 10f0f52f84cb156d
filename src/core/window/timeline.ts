// Intervals of one prefix: who announced it when, and when nobody or more than one did.
import { isHeld, type Ledger } from './ledger.ts'
import { NONE } from './route-book.ts'

/** Rows of a window: `first` is in it, `end` is not. */
export interface Range {
  readonly first: number
  readonly end: number
}

/** What a prefix was in a window. */
export interface Timeline {
  /** Routes that were there when it began. */
  readonly held: readonly number[]
  /** Rows within, in order. */
  readonly rows: readonly number[]
}

/** Whether the route is there after its last row before `first`. */
export function isHeldAt(ledger: Ledger, route: number, first: number): boolean {
  let row = ledger.book.lastRowOf(route)
  while (row !== NONE && row >= first) row = ledger.beforeOfRoute(row)
  return row === NONE ? ledger.book.wasThere(route) : isHeld(ledger.whatOf(row))
}

export function timelineOf(ledger: Ledger, prefix: number, { first, end }: Range): Timeline {
  const { book } = ledger
  const held: number[] = []
  const rows: number[] = []
  for (let route = book.lastRouteOf(prefix); route !== NONE; route = book.routeBefore(route)) {
    let row = book.lastRowOf(route)
    for (; row !== NONE && row >= first; row = ledger.beforeOfRoute(row)) if (row < end) rows.push(row)
    if (row === NONE ? book.wasThere(route) : isHeld(ledger.whatOf(row))) held.push(route)
  }
  return { held: held.reverse(), rows: rows.sort((a, b) => a - b) }
}

export interface Shared {
  readonly nodes: readonly string[]
  /** Undefined: it was so when the window began. */
  readonly from: number | undefined
  readonly to: number | undefined
}

/** When more than one node announced the prefix. */
export function sharedOf(ledger: Ledger, { held, rows }: Timeline): Shared[] {
  const found: Shared[] = []
  const counts = new Map<string, number>()
  const routes = new Set<number>()
  let open: { nodes: string[]; from: number | undefined } | undefined
  const nodeOf = (route: number): string => ledger.nodeOf(ledger.book.peerOf(route))
  const add = (route: number): void => {
    if (routes.has(route)) return
    routes.add(route)
    counts.set(nodeOf(route), (counts.get(nodeOf(route)) ?? 0) + 1)
  }
  for (const route of held) add(route)
  if (counts.size > 1) open = { nodes: [...counts.keys()].sort(), from: undefined }
  for (const [index, row] of rows.entries()) {
    const route = ledger.routeOf(row)
    const what = ledger.whatOf(row)
    if (isHeld(what)) add(route)
    else if (routes.delete(route)) {
      const left = counts.get(nodeOf(route))! - 1
      if (left === 0) counts.delete(nodeOf(route))
      else counts.set(nodeOf(route), left)
    }
    // What one event does is one change: a prefix that moves in it was never at two nodes.
    const next = rows[index + 1]
    if (next !== undefined && ledger.seqOf(next) === ledger.seqOf(row)) continue
    if (counts.size > 1) {
      open ??= { nodes: [], from: row }
      for (const node of counts.keys()) if (!open.nodes.includes(node)) open.nodes.push(node)
    } else if (open !== undefined) {
      found.push({ ...open, to: row })
      open = undefined
    }
  }
  if (open !== undefined) found.push({ ...open, to: undefined })
  return found
}

/** Prefixes that more than one node ever announced. */
export function sharedPrefixes(ledger: Ledger): number[] {
  const { book } = ledger
  const shared: number[] = []
  for (let prefix = 0; prefix < book.prefixes; prefix++) {
    const last = book.lastRouteOf(prefix)
    if (last === NONE) continue
    const node = ledger.nodeOf(book.peerOf(last))
    let route = book.routeBefore(last)
    while (route !== NONE && ledger.nodeOf(book.peerOf(route)) === node) route = book.routeBefore(route)
    if (route !== NONE) shared.push(prefix)
  }
  return shared
}
