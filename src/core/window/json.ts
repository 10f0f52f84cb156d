// A window as plain JSON, to be carried to another process: the part of the ledger that it needs. Lists of numbers stand for
// rows, so that a million of them are tens of megabytes and not hundreds.
import { UserError } from '../errors/user-error.ts'
import { parsePrefix } from '../ip/text.ts'
import type { WithdrawCause } from '../speaker/contract.ts'
import { LedgerWindow } from './answers.ts'
import type { Instant, Unknown } from './contract.ts'
import { Ledger, WITHDRAWN } from './ledger.ts'
import type {
  ClosedSession,
  EstablishedSession,
  SeenEndOfRib,
  SeenNotification,
  StalePhase,
} from './noted.ts'
import { heldBefore } from './rows.ts'
import { upAt } from './up-at.ts'

const VERSION = 1

/** What `ledgerToJson` gives. Numbers in lists point into the lists of peers, prefixes, routes, events and causes. */
export interface LedgerJson {
  readonly version: typeof VERSION
  readonly name: string
  readonly from: Instant
  readonly to: Instant
  /** Key, and the name of the node where one is known. */
  readonly peers: readonly (readonly [string, string | null])[]
  readonly prefixes: readonly string[]
  readonly causes: readonly WithdrawCause[]
  /** For each route: peer, prefix, path identifier or -1, 1 when it was there at the beginning. */
  readonly routes: readonly number[]
  /** For each event: number, microseconds. */
  readonly events: readonly number[]
  /** For each row: event, route, session, what happened, cause or -1. */
  readonly rows: readonly number[]
  readonly established: readonly EstablishedSession[]
  /** Sessions that were Established when it began. */
  readonly up: readonly EstablishedSession[]
  readonly closed: readonly ClosedSession[]
  readonly endOfRibs: readonly SeenEndOfRib[]
  readonly notifications: readonly SeenNotification[]
  readonly stale: readonly StalePhase[]
  readonly unknowns: readonly Unknown[]
}

/** The window with names as they are known now. An open one is taken as it is now. */
export function ledgerToJson(window: LedgerWindow): LedgerJson {
  const { ledger, name, from } = window
  const { book } = ledger
  const to = window.to
  window.refresh()
  const first = ledger.rowAfter(from.seq)
  const end = Math.max(first, ledger.rowAfter(to.seq))
  const prefixes = new Numbering()
  const places = new Numbering()
  const causes = new Numbering()
  const routes: number[] = []
  const held = heldBefore(ledger, first)
  const placeOf = (route: number): number => {
    const known = places.size
    const place = places.of(route)
    if (place === known) {
      const pathId = book.pathIdOf(route) ?? -1
      routes.push(book.peerOf(route), prefixes.of(book.prefixOf(route)), pathId, held[route] ?? 0)
    }
    return place
  }
  for (let route = 0; route < held.length; route++) if (held[route] === 1) placeOf(route)
  const events: number[] = []
  const rows: number[] = []
  for (let row = first; row < end; row++) {
    const seq = ledger.seqOf(row)
    if (events.at(-2) !== seq) events.push(seq, ledger.timeOf(row))
    const what = ledger.whatOf(row)
    const cause = what === WITHDRAWN ? causes.of(ledger.causeNumberOf(row)) : -1
    rows.push(events.length / 2 - 1, placeOf(ledger.routeOf(row)), ledger.sessionOf(row), what, cause)
  }
  const within = <T extends Instant>(list: readonly T[]): readonly T[] =>
    list.filter(({ seq }) => seq > from.seq && seq <= to.seq)
  const touches = (one: { readonly from: Instant; readonly to: Instant | undefined }): boolean =>
    one.from.seq <= to.seq && (one.to === undefined || one.to.seq > from.seq)
  return {
    ...{ version: VERSION, name, from, to },
    peers: ledger.peers.map((key, peer) => [key, ledger.nodes[peer] ?? null]),
    prefixes: prefixes.list.map((prefix) => book.textOf(prefix)),
    causes: causes.list.map((cause) => ledger.causes[cause]!),
    ...{ routes, events, rows },
    established: within(ledger.established),
    up: upAt(ledger, from.seq),
    closed: within(ledger.closed),
    endOfRibs: within(ledger.endOfRibs),
    notifications: within(ledger.notifications),
    stale: ledger.stale.filter(touches),
    unknowns: ledger.unknowns.filter(touches),
  }
}

/** The window that `ledgerToJson` was given: it answers the same. Throws RW_USAGE for the JSON of another version. */
export function ledgerFromJson(json: LedgerJson): LedgerWindow {
  if (json.version !== VERSION)
    throw new UserError('RW_USAGE', `a window of format ${String(json.version)} cannot be read`, {
      remedy: 'Use the same version of routewitness on both sides.',
    })
  const { name, from, to } = json
  const ledger = new Ledger({ limit: Number.POSITIVE_INFINITY })
  for (const [key] of json.peers) ledger.peer(key)
  const names = new Map(json.peers)
  ledger.name((peer) => names.get(peer) ?? undefined)
  const prefixes = json.prefixes.map((text) => ledger.book.prefix(1, parsePrefix(text), true))
  const routes: number[] = []
  for (let at = 0; at < json.routes.length; at += 4) {
    const [peer = 0, prefix = 0, pathId = -1, held = 0] = json.routes.slice(at, at + 4)
    const route = ledger.book.route(peer, prefixes[prefix]!, pathId < 0 ? undefined : pathId)
    routes.push(route)
    if (held === 1) ledger.hold(route)
  }
  for (let at = 0; at < json.rows.length; at += 5) {
    const [event = 0, route = 0, session = 0, what = 0, cause = -1] = json.rows.slice(at, at + 5)
    const instant = { seq: json.events[2 * event]!, at: json.events[2 * event + 1]! }
    ledger.note(instant, routes[route]!, session, what, json.causes[cause])
  }
  ledger.established.push(...json.established)
  ledger.upAlready.push(...json.up)
  ledger.closed.push(...json.closed)
  ledger.endOfRibs.push(...json.endOfRibs)
  ledger.notifications.push(...json.notifications)
  // What JSON leaves out is undefined.
  ledger.stale.push(...json.stale.map((phase) => ({ ...phase })))
  ledger.unknowns.push(...json.unknowns.map((one) => ({ ...one })))
  return new LedgerWindow(ledger, { name, from, to: () => to })
}

/** New numbers from 0 on, in the order in which the old ones come. */
class Numbering {
  readonly list: number[] = []
  readonly #places = new Map<number, number>()

  get size(): number {
    return this.list.length
  }

  of(number: number): number {
    let place = this.#places.get(number)
    if (place === undefined) {
      place = this.list.push(number) - 1
      this.#places.set(number, place)
    }
    return place
  }
}
