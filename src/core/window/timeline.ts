// Intervals of one prefix: who announced it when, and when nobody or more than one did.
import type { WithdrawCause } from '../speaker/contract.ts'
import { isHeld, type Ledger, WITHDRAWN } from './ledger.ts'
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
  /** There is but one route to the prefix, so that nobody else has it. */
  readonly only: boolean
}

/** Whether the route is there after its last row before `first`. */
export function isHeldAt(ledger: Ledger, route: number, first: number): boolean {
  let row = ledger.book.lastRowOf(route)
  while (row !== NONE && row >= first) row = ledger.beforeOfRoute(row)
  return row !== NONE && isHeld(ledger.whatOf(row))
}

export function timelineOf(ledger: Ledger, prefix: number, { first, end }: Range): Timeline {
  const { book } = ledger
  const held: number[] = []
  const rows: number[] = []
  for (let route = book.lastRouteOf(prefix); route !== NONE; route = book.routeBefore(route)) {
    let row = book.lastRowOf(route)
    for (; row !== NONE && row >= first; row = ledger.beforeOfRoute(row)) if (row < end) rows.push(row)
    if (row !== NONE && isHeld(ledger.whatOf(row))) held.push(route)
  }
  const last = book.lastRouteOf(prefix)
  const only = last !== NONE && book.routeBefore(last) === NONE
  return { held: held.reverse(), rows: only ? rows.reverse() : rows.sort((a, b) => a - b), only }
}

export interface AbsenceOfNode {
  readonly node: string
  readonly peer: number
  /** The rows that begin and end it. */
  readonly from: number
  readonly to: number | undefined
  readonly cause: WithdrawCause
}

/** When a node announced the prefix no longer, over none of its sessions. */
export function absencesOf(ledger: Ledger, timeline: Timeline): AbsenceOfNode[] {
  const { held, rows } = timeline
  if (timeline.only) return absencesOfOnly(ledger, rows)
  const absences: AbsenceOfNode[] = []
  const routes = new Map<string, Set<number>>()
  const open = new Map<string, Omit<AbsenceOfNode, 'to'>>()
  const ofNode = (route: number): [string, Set<number>] => {
    const node = ledger.nodeOf(ledger.book.peerOf(route))
    const set = routes.get(node) ?? new Set<number>()
    routes.set(node, set)
    return [node, set]
  }
  for (const route of held) ofNode(route)[1].add(route)
  for (const row of rows) {
    const route = ledger.routeOf(row)
    const what = ledger.whatOf(row)
    const [node, set] = ofNode(route)
    if (isHeld(what)) {
      set.add(route)
      const absence = open.get(node)
      open.delete(node)
      // Withdrawn and announced in one event: at no instant it was not there.
      if (absence !== undefined && ledger.seqOf(absence.from) !== ledger.seqOf(row))
        absences.push({ ...absence, to: row })
      continue
    }
    set.delete(route)
    if (set.size > 0 || open.has(node)) continue
    if (what === WITHDRAWN)
      open.set(node, { node, peer: ledger.book.peerOf(route), from: row, cause: ledger.causeOf(row) })
  }
  for (const absence of open.values()) absences.push({ ...absence, to: undefined })
  return absences
}

/** The same for a prefix with one route, as most have: nothing is to be counted. */
function absencesOfOnly(ledger: Ledger, rows: readonly number[]): AbsenceOfNode[] {
  const absences: AbsenceOfNode[] = []
  let open: number = NONE
  const add = (from: number, to: number | undefined): void => {
    const peer = ledger.book.peerOf(ledger.routeOf(from))
    absences.push({ node: ledger.nodeOf(peer), peer, from, to, cause: ledger.causeOf(from) })
  }
  for (const row of rows) {
    const what = ledger.whatOf(row)
    if (what === WITHDRAWN) open = row
    else if (open !== NONE) {
      if (ledger.seqOf(open) !== ledger.seqOf(row)) add(open, row)
      open = NONE
    }
  }
  if (open !== NONE) add(open, undefined)
  return absences
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
