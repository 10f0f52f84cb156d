// When a node announced a prefix no longer.
import type { Micros } from '../speaker/contract.ts'
import type { Absence, Instant } from './contract.ts'
import { isCause, type Meant } from './filter.ts'
import { isHeld, type Ledger, WITHDRAWN } from './ledger.ts'
import { NONE } from './route-book.ts'
import { eachRow } from './rows.ts'
import { type Range, type Timeline, timelineOf } from './timeline.ts'

/** An absence that may still end, and the row that it began with. */
interface Begun {
  readonly row: number
  readonly absence: { -readonly [Key in keyof Absence]: Absence[Key] }
}

/** In the order in which they begin. @param end of the window */
export function absencesIn(ledger: Ledger, meant: Meant, range: Range, end: Micros): Absence[] {
  const { book } = ledger
  const found: Begun[] = []
  /** By route: the place of its open absence in `found`, and one more. */
  const open = new Uint32Array(book.routes)
  /** To which more than one route leads: they are looked at one by one. */
  const shared = new Set<number>()
  let none = 0
  eachRow(ledger, meant, range, (row, what) => {
    const route = ledger.routeOf(row)
    if (what === WITHDRAWN) {
      const prefix = book.prefixOf(route)
      if (book.lastRouteOf(prefix) !== route || book.routeBefore(route) !== NONE) shared.add(prefix)
      else if (isCause(meant, ledger.causeNumberOf(row)))
        open[route] = found.push({ row, absence: absenceFrom(ledger, row, end) })
    } else if (open[route] !== 0 && isHeld(what)) {
      const { absence } = found[open[route]! - 1]!
      open[route] = 0
      // Withdrawn and announced in one event: at no instant it was not there.
      if (absence.from.seq === ledger.seqOf(row)) none++
      ends(absence, instantOf(ledger, row))
    }
  })
  const nodes = meant.peers && new Set([...meant.peers].map((peer) => ledger.nodeOf(peer)))
  for (const prefix of shared) {
    for (const { from, to, cause, node } of absencesOf(ledger, timelineOf(ledger, prefix, range))) {
      if (nodes?.has(node) === false || !isCause(meant, cause)) continue
      const absence = absenceFrom(ledger, from, end)
      if (to !== undefined) ends(absence, instantOf(ledger, to))
      found.push({ row: from, absence })
    }
  }
  const absences = shared.size === 0 ? found : found.sort((a, b) => a.row - b.row)
  const real = none === 0 ? absences : absences.filter(({ absence: { from, to } }) => from.seq !== to?.seq)
  return real.map(({ absence }) => absence)
}

function absenceFrom(ledger: Ledger, row: number, end: Micros): Begun['absence'] {
  const route = ledger.routeOf(row)
  const peer = ledger.book.peerOf(route)
  const prefix = ledger.book.prefixOf(route)
  return {
    node: ledger.nodeOf(peer),
    peer: ledger.peers[peer]!,
    family: ledger.book.familyOf(prefix),
    prefix: ledger.book.textOf(prefix),
    from: instantOf(ledger, row),
    to: undefined,
    span: end - ledger.timeOf(row),
    cause: ledger.causeOf(row),
  }
}

function ends(absence: Begun['absence'], to: Instant): void {
  absence.to = to
  absence.span = to.at - absence.from.at
}

const instantOf = (ledger: Ledger, row: number): Instant => ({
  seq: ledger.seqOf(row),
  at: ledger.timeOf(row),
})

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
