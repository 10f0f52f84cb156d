// Which rows of a window are meant: by prefix or peer where one is named, else all are looked at.
import type { Meant } from './filter.ts'
import { GONE, isHeld, type Ledger, WITHDRAWN } from './ledger.ts'
import { NONE } from './route-book.ts'
import { byText } from './stale-phases.ts'
import { type Range, timelineOf } from './timeline.ts'

export function isMeant({ book }: Ledger, route: number, { peers, prefixes, familyNumber }: Meant): boolean {
  if (peers?.has(book.peerOf(route)) === false) return false
  const prefix = book.prefixOf(route)
  if (prefixes?.has(prefix) === false) return false
  return familyNumber === undefined || book.familyNumberOf(prefix) === familyNumber
}

/** What is asked for, by what a row says: true for each code that is meant. */
export type Codes = readonly boolean[]

export const codes = (isMeantCode: (what: number) => boolean): Codes =>
  Array.from({ length: GONE + 1 }, (_, what) => isMeantCode(what))

/** The rows that say one of these, in order; withdrawals by their cause, too. */
export function rowsOf(ledger: Ledger, meant: Meant, range: Range, wanted: Codes): Uint32Array {
  const { first, end } = range
  const { causes } = meant
  const chosen = chosenRows(ledger, meant, range)
  const all = chosen === undefined && meant.familyNumber === undefined
  const count = chosen?.length ?? end - first
  const found = new Uint32Array(count)
  let length = 0
  for (let index = 0; index < count; index++) {
    const row = chosen === undefined ? first + index : chosen[index]!
    const what = ledger.whatOf(row)
    if (!wanted[what]! || (!all && !isMeant(ledger, ledger.routeOf(row), meant))) continue
    if (what === WITHDRAWN && causes !== undefined && !causes[ledger.causeNumberOf(row)]!) continue
    found[length++] = row
  }
  return found.subarray(0, length)
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
  ledger.takeIn(Number.POSITIVE_INFINITY)
  const { book } = ledger
  const held = new Uint8Array(book.routes)
  for (let route = 0; route < held.length; route++) held[route] = book.wasThere(route) ? 1 : 0
  for (let row = 0; row < first; row++) held[ledger.routeOf(row)] = isHeld(ledger.whatOf(row)) ? 1 : 0
  return held
}

/** Routes in the order node, prefix, peer, path identifier. */
export function inOrder(ledger: Ledger, routes: readonly number[]): number[] {
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
  // Node and the first 32 bits of the prefix as one number decide nearly always.
  const places = routes.map((route) => {
    const prefix = book.prefixOf(route)
    const node = rankOfNode[book.peerOf(route)]!
    return { route, rank: (2 * node + book.afiOf(prefix) - 1) * 2 ** 32 + book.firstWordOf(prefix) }
  })
  places.sort(
    ({ route: a, rank: one }, { route: b, rank: other }) =>
      one - other ||
      book.comparePrefixes(book.prefixOf(a), book.prefixOf(b)) ||
      rankOfPeer[book.peerOf(a)]! - rankOfPeer[book.peerOf(b)]! ||
      (book.pathIdOf(a) ?? 0) - (book.pathIdOf(b) ?? 0),
  )
  return places.map(({ route }) => route)
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
