// Which rows of a window are meant: by prefix or peer where one is named, else all are looked at.
import type { Meant } from './filter.ts'
import { isHeld, type Ledger } from './ledger.ts'
import { NONE } from './route-book.ts'
import { byText } from './stale-phases.ts'
import { type Range, timelineOf } from './timeline.ts'

export function isMeant({ book }: Ledger, route: number, { peers, prefixes, familyNumber }: Meant): boolean {
  if (peers?.has(book.peerOf(route)) === false) return false
  const prefix = book.prefixOf(route)
  if (prefixes?.has(prefix) === false) return false
  return familyNumber === undefined || book.familyNumberOf(prefix) === familyNumber
}

/** Shows each row in order, until it is told to stop (true). */
export function eachRow(
  ledger: Ledger,
  meant: Meant,
  range: Range,
  visit: (row: number, what: number) => boolean | void,
): void {
  const { first, end } = range
  const chosen = chosenRows(ledger, meant, range)
  if (chosen !== undefined) {
    for (const row of chosen)
      if (isMeant(ledger, ledger.routeOf(row), meant) && visit(row, ledger.whatOf(row)) === true) return
    return
  }
  const all = meant.familyNumber === undefined
  for (let row = first; row < end; row++)
    if ((all || isMeant(ledger, ledger.routeOf(row), meant)) && visit(row, ledger.whatOf(row)) === true)
      return
}

/** The last row that is accepted; NONE when there is none. */
export function lastRow(
  ledger: Ledger,
  meant: Meant,
  range: Range,
  accepts: (what: number) => boolean,
): number {
  const chosen = chosenRows(ledger, meant, range)
  const isIt = (row: number): boolean =>
    accepts(ledger.whatOf(row)) && isMeant(ledger, ledger.routeOf(row), meant)
  if (chosen !== undefined) return chosen.findLast(isIt) ?? NONE
  for (let row = range.end - 1; row >= range.first; row--) if (isIt(row)) return row
  return NONE
}

/** By route: 1 when it is there before row `first`. All rows before are gone through, a few nanoseconds each. */
export function heldBefore(ledger: Ledger, first: number): Uint8Array {
  const held = new Uint8Array(ledger.book.routes)
  for (let row = 0; row < first; row++) held[ledger.routeOf(row)] = isHeld(ledger.whatOf(row)) ? 1 : 0
  return held
}

/** Routes in the order node, prefix, peer, path identifier. */
export function inOrder(ledger: Ledger, routes: number[]): number[] {
  const { book } = ledger
  const names = ledger.peers.map((key, peer) => ({ peer, name: ledger.nodeOf(peer), key }))
  const rankOfNode: number[] = []
  const rankOfPeer: number[] = []
  const sorted = names.sort((a, b) => byText(a.name, b.name) || byText(a.key, b.key))
  for (const [rank, { peer, name }] of sorted.entries()) {
    rankOfPeer[peer] = rank
    const before = sorted[rank - 1]
    rankOfNode[peer] = before?.name === name ? rankOfNode[before.peer]! : rank
  }
  return routes.sort((a, b) => {
    const [one, other] = [book.peerOf(a), book.peerOf(b)]
    return (
      rankOfNode[one]! - rankOfNode[other]! ||
      book.comparePrefixes(book.prefixOf(a), book.prefixOf(b)) ||
      rankOfPeer[one]! - rankOfPeer[other]! ||
      (book.pathIdOf(a) ?? 0) - (book.pathIdOf(b) ?? 0)
    )
  })
}

function chosenRows(ledger: Ledger, { prefixes, peers }: Meant, range: Range): number[] | undefined {
  const rows: number[] = []
  if (prefixes !== undefined) {
    for (const prefix of prefixes) for (const row of timelineOf(ledger, prefix, range).rows) rows.push(row)
    return prefixes.size > 1 ? rows.sort((a, b) => a - b) : rows
  }
  if (peers === undefined) return undefined
  for (const peer of peers) {
    let row = ledger.lastOfPeer(peer)
    for (; row !== NONE && row >= range.first; row = ledger.beforeOfPeer(row))
      if (row < range.end) rows.push(row)
  }
  return peers.size > 1 ? rows.sort((a, b) => a - b) : rows.reverse()
}
