// Which rows of a window are meant: by prefix or peer where one is named, else all are looked at.
import type { Meant } from './filter.ts'
import type { Ledger } from './ledger.ts'
import { NONE } from './route-book.ts'
import { type Range, timelineOf } from './timeline.ts'

export const EVERYTHING: Meant = {
  peers: undefined,
  prefixes: undefined,
  family: undefined,
  causes: undefined,
}

export function isMeant({ book }: Ledger, route: number, { peers, prefixes, family }: Meant): boolean {
  if (peers?.has(book.peerOf(route)) === false) return false
  const prefix = book.prefixOf(route)
  return prefixes?.has(prefix) !== false && (family === undefined || book.familyOf(prefix) === family)
}

/** In order. */
export function* rowsOf(ledger: Ledger, meant: Meant, range: Range): Generator<number> {
  const { first, end } = range
  const chosen = chosenRows(ledger, meant, range)
  if (chosen !== undefined) {
    for (const row of chosen) if (isMeant(ledger, ledger.routeOf(row), meant)) yield row
  } else if (meant.family === undefined) {
    for (let row = first; row < end; row++) yield row
  } else {
    for (let row = first; row < end; row++) if (isMeant(ledger, ledger.routeOf(row), meant)) yield row
  }
}

/** The last first. */
export function* rowsBackwards(ledger: Ledger, meant: Meant, range: Range): Generator<number> {
  const { first, end } = range
  const chosen = chosenRows(ledger, meant, range)?.reverse()
  if (chosen !== undefined) {
    for (const row of chosen) if (isMeant(ledger, ledger.routeOf(row), meant)) yield row
  } else {
    for (let row = end - 1; row >= first; row--) if (isMeant(ledger, ledger.routeOf(row), meant)) yield row
  }
}

function chosenRows(ledger: Ledger, { prefixes, peers }: Meant, range: Range): number[] | undefined {
  const rows: number[] = []
  if (prefixes !== undefined) {
    for (const prefix of prefixes) for (const row of timelineOf(ledger, prefix, range).rows) rows.push(row)
  } else if (peers !== undefined) {
    for (const peer of peers) {
      let row = ledger.lastOfPeer(peer)
      for (; row !== NONE && row >= range.first; row = ledger.beforeOfPeer(row))
        if (row < range.end) rows.push(row)
    }
  } else return undefined
  return rows.sort((a, b) => a - b)
}
