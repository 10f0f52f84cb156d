// When a node announced a prefix no longer.
import type { Micros } from '../speaker/contract.ts'
import type { Absence } from './contract.ts'
import { isCause, type Meant } from './filter.ts'
import { isHeld, type Ledger, WITHDRAWN } from './ledger.ts'
import { NONE } from './route-book.ts'
import { codes, rowsOf } from './rows.ts'
import { type Range, type Timeline, timelineOf } from './timeline.ts'

const MEANT = codes((what) => isHeld(what) || what === WITHDRAWN)

/** In the order in which they begin. @param end of the window */
export function absencesIn(ledger: Ledger, meant: Meant, range: Range, end: Micros): Absence[] {
  const { book } = ledger
  ledger.takeIn(Number.POSITIVE_INFINITY)
  /** Rows that begin and end them; NONE for one that lasts. */
  const begins: number[] = []
  const ends: number[] = []
  /** By route: the place of its open absence, and one more. */
  const open = new Uint32Array(book.routes)
  /** To which more than one route leads: they are looked at one by one. */
  const shared = new Set<number>()
  for (const row of rowsOf(ledger, meant, range, MEANT)) {
    const route = ledger.routeOf(row)
    if (ledger.whatOf(row) === WITHDRAWN) {
      const prefix = book.prefixOf(route)
      if (book.lastRouteOf(prefix) !== route || book.routeBefore(route) !== NONE) shared.add(prefix)
      else {
        open[route] = begins.push(row)
        ends.push(NONE)
      }
    } else if (open[route] !== 0) {
      ends[open[route]! - 1] = row
      open[route] = 0
    }
  }
  const nodes = meant.peers && new Set([...meant.peers].map((peer) => ledger.nodeOf(peer)))
  for (const prefix of shared) {
    for (const { from, to, cause, node } of absencesOf(ledger, timelineOf(ledger, prefix, range))) {
      if (nodes?.has(node) === false || !isCause(meant, cause)) continue
      begins.push(from)
      ends.push(to ?? NONE)
    }
  }
  const found: Absence[] = []
  const order = shared.size === 0 ? undefined : inOrder(begins)
  for (let index = 0; index < begins.length; index++) {
    const place = order === undefined ? index : order[index]!
    const absence = absenceOf(ledger, begins[place]!, ends[place]!, end)
    if (absence !== undefined) found.push(absence)
  }
  return found
}

/** Places in the order of what stands there. */
function inOrder(rows: readonly number[]): number[] {
  return rows.map((_, place) => place).sort((a, b) => rows[a]! - rows[b]!)
}

/** Undefined when it was withdrawn and announced in one event: at no instant it was not there. */
function absenceOf(ledger: Ledger, row: number, back: number, end: Micros): Absence | undefined {
  const { book } = ledger
  const from = Object.freeze({ seq: ledger.seqOf(row), at: ledger.timeOf(row) })
  const to = back === NONE ? undefined : Object.freeze({ seq: ledger.seqOf(back), at: ledger.timeOf(back) })
  if (from.seq === to?.seq) return undefined
  const route = ledger.routeOf(row)
  const peer = book.peerOf(route)
  const prefix = book.prefixOf(route)
  return Object.freeze({
    node: ledger.nodeOf(peer),
    peer: ledger.peers[peer]!,
    family: book.familyOf(prefix),
    prefix: book.textOf(prefix),
    from,
    to,
    span: (to?.at ?? end) - from.at,
    cause: ledger.causeOf(row),
  })
}

interface AbsenceOfNode {
  readonly node: string
  /** The rows that begin and end it. */
  readonly from: number
  readonly to: number | undefined
  /** Number of the cause. */
  readonly cause: number
}

/** When a node announced the prefix no longer, over none of its sessions. */
function absencesOf(ledger: Ledger, { held, rows }: Timeline): AbsenceOfNode[] {
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
    if (what === WITHDRAWN) open.set(node, { node, from: row, cause: ledger.causeNumberOf(row) })
  }
  for (const absence of open.values()) absences.push({ ...absence, to: undefined })
  return absences
}
