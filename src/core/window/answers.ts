// A window of a ledger, and all that can be asked of it.
import { announced } from '../rib/typed-rib.ts'
import type { Micros } from '../speaker/contract.ts'
import { absencesIn } from './absences.ts'
import { firstWhere } from './columns.ts'
import type {
  Absence,
  Announcement,
  DuplicateInterval,
  EndOfRibSeen,
  Flap,
  HeldRoute,
  Instant,
  NotificationSeen,
  Order,
  Ordered,
  StaleInterval,
  Unknown,
  WindowAnswers,
  WindowFilter,
  Withdrawal,
} from './contract.ts'
import { type Meant, meantBy } from './filter.ts'
import { HELD, type Ledger, WITHDRAWN } from './ledger.ts'
import { NONE } from './route-book.ts'
import { type Codes, codes, heldBefore, inOrder, isMeant, lastRow, rowsOf } from './rows.ts'
import { byText, stalePhases } from './stale-phases.ts'
import { isHeldAt, type Range, sharedOf, sharedPrefixes, timelineOf } from './timeline.ts'
import { upAt } from './up-at.ts'

const SAME = 3

const ANNOUNCEMENTS = codes((what) => what < WITHDRAWN)
const WITHDRAWALS = codes((what) => what === WITHDRAWN)
/** Announcements that are ordered. */
const CHANGES = codes((what) => what < WITHDRAWN && what !== SAME)

export interface LedgerWindowOptions {
  readonly name: string
  readonly from: Instant
  /** Asked each time: an open window goes on. */
  readonly to: () => Instant
  /** Called before names are looked at. */
  readonly refresh?: () => void
}

export class LedgerWindow implements WindowAnswers {
  readonly name: string
  readonly from: Instant
  readonly ledger: Ledger
  readonly #to: () => Instant
  #held: Uint8Array | undefined
  /** Takes the names of nodes as they are now. */
  readonly refresh: () => void

  constructor(ledger: Ledger, { name, from, to, refresh }: LedgerWindowOptions) {
    this.ledger = ledger
    this.name = name
    // A mark is an instant, too, and has a name.
    this.from = { seq: from.seq, at: from.at }
    this.#to = to
    this.refresh = refresh ?? (() => undefined)
  }

  get to(): Instant {
    const { seq, at } = this.#to()
    return { seq, at }
  }

  announcements(filter?: WindowFilter): readonly Announcement[] {
    return this.#list('announcements', filter, (meant, range) => {
      const { ledger } = this
      const { book } = ledger
      const found: Announcement[] = []
      for (const row of rowsOf(ledger, meant, range, ANNOUNCEMENTS)) {
        const route = ledger.routeOf(row)
        const peer = book.peerOf(route)
        const prefix = book.prefixOf(route)
        const { change, refreshed } = announced(ledger.whatOf(row))
        // Written out: there may be a million of them.
        found.push(
          Object.freeze({
            seq: ledger.seqOf(row),
            at: ledger.timeOf(row),
            node: ledger.nodeOf(peer),
            peer: ledger.peers[peer]!,
            family: book.familyOf(prefix),
            prefix: book.textOf(prefix),
            pathId: book.pathIdOf(route),
            session: ledger.sessionOf(row),
            change,
            refreshed,
          }),
        )
      }
      return found
    })
  }

  withdrawals(filter?: WindowFilter): readonly Withdrawal[] {
    return this.#list('withdrawals', filter, (meant, range) => {
      const { ledger } = this
      const { book } = ledger
      const found: Withdrawal[] = []
      for (const row of rowsOf(ledger, meant, range, WITHDRAWALS)) {
        const route = ledger.routeOf(row)
        const peer = book.peerOf(route)
        const prefix = book.prefixOf(route)
        found.push(
          Object.freeze({
            seq: ledger.seqOf(row),
            at: ledger.timeOf(row),
            node: ledger.nodeOf(peer),
            peer: ledger.peers[peer]!,
            family: book.familyOf(prefix),
            prefix: book.textOf(prefix),
            pathId: book.pathIdOf(route),
            cause: ledger.causeOf(row),
          }),
        )
      }
      return found
    })
  }

  counts(filter?: WindowFilter): { readonly announcements: number; readonly withdrawals: number } {
    const meant = this.#meant(filter)
    const count = (wanted: Codes): number => rowsOf(this.ledger, meant, this.#range(), wanted).length
    return { announcements: count(ANNOUNCEMENTS), withdrawals: count(WITHDRAWALS) }
  }

  flaps(filter?: WindowFilter): readonly Flap[] {
    const { established, closed } = this.ledger
    const end = this.to.seq
    return this.#within(closed, filter).map(({ seq, at, peer, session, cause }) => {
      let index = firstWhere(established.length, (place) => established[place]!.seq >= seq)
      while (index < established.length && !isReturn(established[index]!, peer, session)) index++
      const next = established[index]
      const back = next === undefined || next.seq > end ? undefined : { seq: next.seq, at: next.at }
      return { ...this.#whose(peer), seq, at, session, cause, back }
    })
  }

  established(filter?: WindowFilter): ReturnType<WindowAnswers['established']> {
    return this.#within(this.ledger.established, filter).map(({ peer, ...rest }) => ({
      ...rest,
      ...this.#whose(peer),
    }))
  }

  notifications(filter?: WindowFilter): readonly NotificationSeen[] {
    return this.#within(this.ledger.notifications, filter).map(({ peer, ...rest }) => ({
      ...rest,
      ...(peer === undefined ? { node: undefined, peer } : this.#whose(peer)),
    }))
  }

  endOfRibs(filter?: WindowFilter): readonly EndOfRibSeen[] {
    return this.#within(this.ledger.endOfRibs, filter).map(({ peer, ...rest }) => ({
      ...rest,
      ...this.#whose(peer),
    }))
  }

  staleIntervals(filter?: WindowFilter): readonly StaleInterval[] {
    const { from, to } = this
    return stalePhases(this.ledger, this.#meant(filter), { from, to, held: () => this.#heldRoutes() })
  }

  absences(filter?: WindowFilter): readonly Absence[] {
    return this.#list('absences', filter, (meant, range) => absencesIn(this.ledger, meant, range, this.to.at))
  }

  duplicates(filter?: WindowFilter): readonly DuplicateInterval[] {
    this.#takeIn()
    return this.#list('duplicates', filter, (meant, range) => this.#duplicates(meant, range))
  }

  #duplicates(meant: Meant, range: Range): DuplicateInterval[] {
    const nodes = this.#nodes(meant)
    const found: DuplicateInterval[] = []
    const { from, to } = this
    for (const prefix of meant.prefixes ?? sharedPrefixes(this.ledger)) {
      if (meant.family !== undefined && this.ledger.book.familyOf(prefix) !== meant.family) continue
      for (const one of sharedOf(this.ledger, timelineOf(this.ledger, prefix, range))) {
        if (nodes !== undefined && !one.nodes.some((node) => nodes.has(node))) continue
        const begin = one.from === undefined ? from : this.#instant(one.from)
        const end = one.to === undefined ? undefined : this.#instant(one.to)
        found.push(
          Object.freeze({
            ...this.#what(prefix),
            nodes: one.nodes,
            from: begin,
            began: one.from === undefined ? 'before' : 'within',
            to: end,
            span: (end ?? to).at - begin.at,
          }),
        )
      }
    }
    return found.sort(
      (a, b) => a.from.seq - b.from.seq || byText(a.family, b.family) || byText(a.prefix, b.prefix),
    )
  }

  held(filter?: WindowFilter): readonly HeldRoute[] {
    this.#takeIn()
    return this.#list('held', filter, (meant, range) => this.#heldOf(meant, range))
  }

  #heldOf(meant: Meant, { first }: Range): HeldRoute[] {
    const { ledger } = this
    const { book } = ledger
    const routes: number[] = []
    if (meant.prefixes === undefined) {
      const held = this.#heldRoutes()
      for (let route = 0; route < held.length; route++)
        if (held[route] === 1 && isMeant(ledger, route, meant)) routes.push(route)
    } else {
      for (const prefix of meant.prefixes)
        for (let route = book.lastRouteOf(prefix); route !== NONE; route = book.routeBefore(route))
          if (isMeant(ledger, route, meant) && isHeldAt(ledger, route, first)) routes.push(route)
    }
    return inOrder(ledger, routes).map((route) => {
      const peer = book.peerOf(route)
      const prefix = book.prefixOf(route)
      return Object.freeze({
        node: ledger.nodeOf(peer),
        peer: ledger.peers[peer]!,
        family: book.familyOf(prefix),
        prefix: book.textOf(prefix),
        pathId: book.pathIdOf(route),
      })
    })
  }

  unknowns(): readonly Unknown[] {
    const { from, to } = this
    return this.ledger.unknowns
      .filter((one) => one.from.seq < to.seq && (one.to === undefined || one.to.seq > from.seq))
      .map((one) => ({ ...one, to: one.to !== undefined && one.to.seq <= to.seq ? one.to : undefined }))
  }

  convergence(filter?: WindowFilter): Micros | undefined {
    const meant = this.#meant(filter)
    let last: Micros | undefined
    const row = lastRow(this.ledger, meant, this.#range(), (what) => what < HELD && what !== SAME)
    if (row !== NONE) last = this.ledger.timeOf(row)
    if (meant.prefixes === undefined && meant.family === undefined)
      for (const list of [this.ledger.established, this.ledger.closed]) {
        const at = this.#within(list, filter).at(-1)?.at
        if (at !== undefined && (last === undefined || at > last)) last = at
      }
    return last === undefined ? undefined : last - this.from.at
  }

  order(
    first: WindowFilter,
    second: WindowFilter,
    of: Ordered | readonly [Ordered, Ordered] = 'announcement',
  ): Order {
    const [firstOf, secondOf] = typeof of === 'string' ? [of, of] : of
    const a = this.#firstSeq(first, firstOf)
    const b = this.#firstSeq(second, secondOf)
    if (a === undefined) return 'first-missing'
    if (b === undefined) return 'second-missing'
    return a < b ? 'before' : a > b ? 'after' : 'same'
  }

  names(): { readonly nodes: readonly string[]; readonly prefixes: readonly string[] } {
    this.refresh()
    const { ledger } = this
    const range = this.#range()
    const held = this.#heldRoutes()
    // By number: whether the window has anything about it.
    const routes = new Uint8Array(ledger.book.routes)
    for (let row = range.first; row < range.end; row++) routes[ledger.routeOf(row)] = 1
    const peers = new Set<number>()
    const prefixes = new Set<number>()
    for (let route = 0; route < routes.length; route++) {
      if (routes[route] === 0 && held[route] !== 1) continue
      peers.add(ledger.book.peerOf(route))
      prefixes.add(ledger.book.prefixOf(route))
    }
    for (const list of [ledger.established, ledger.closed])
      for (const { peer } of this.#within(list)) peers.add(peer)
    for (const { peer } of upAt(ledger, this.from.seq)) peers.add(peer)
    return {
      nodes: [...new Set([...peers].map((peer) => ledger.nodeOf(peer)))].sort(),
      prefixes: [...prefixes].map((prefix) => ledger.book.textOf(prefix)).sort(),
    }
  }

  #firstSeq(filter: WindowFilter, of: Ordered): number | undefined {
    const meant = this.#meant(filter)
    const wanted = of === 'announcement' ? CHANGES : WITHDRAWALS
    const row = rowsOf(this.ledger, meant, this.#range(), wanted)[0]
    return row === undefined ? undefined : this.ledger.seqOf(row)
  }

  /** Makes a list, unless it is kept from the last time: the rows that there are and the end of what lasts decide it. */
  #list<Row extends object>(
    question: string,
    filter: WindowFilter | undefined,
    make: (meant: Meant, range: Range) => Row[],
  ): Row[] {
    const meant = this.#meant(filter)
    const range = this.#range()
    const key = JSON.stringify([question, range, this.from, this.to, filter])
    return this.ledger.lists.get(key, () => make(meant, range))
  }

  /**
   * Asking is when it can wait no longer: what was there when the ledger began is then taken in at once. Before the filter is
   * read: a prefix has no number until then.
   */
  #takeIn(): void {
    this.ledger.takeIn(Number.POSITIVE_INFINITY)
  }

  #meant(filter: WindowFilter | undefined): Meant {
    this.refresh()
    return meantBy(this.ledger, filter)
  }

  #range(): Range {
    const first = this.ledger.rowAfter(this.from.seq)
    return { first, end: Math.max(first, this.ledger.rowAfter(this.to.seq)) }
  }

  /** Which routes were there when it began. Its beginning does not change, so it is found out once. */
  #heldRoutes(): Uint8Array {
    return (this.#held ??= heldBefore(this.ledger, this.#range().first))
  }

  /** What sessions did in the window. */
  #within<T extends Instant & { readonly peer: number | undefined; readonly family?: string }>(
    list: readonly T[],
    filter?: WindowFilter,
  ): T[] {
    const { peers, family } = this.#meant(filter)
    const { from, to } = this
    const first = firstWhere(list.length, (index) => list[index]!.seq > from.seq)
    const end = firstWhere(list.length, (index) => list[index]!.seq > to.seq)
    return list
      .slice(first, end)
      .filter(
        (one) =>
          (peers === undefined || (one.peer !== undefined && peers.has(one.peer))) &&
          (family === undefined || one.family === undefined || one.family === family),
      )
  }

  /** Names of the nodes that are meant. */
  #nodes({ peers }: Meant): ReadonlySet<string> | undefined {
    return peers && new Set([...peers].map((peer) => this.ledger.nodeOf(peer)))
  }

  #instant(row: number): Instant {
    return { seq: this.ledger.seqOf(row), at: this.ledger.timeOf(row) }
  }

  #whose(peer: number): { readonly node: string; readonly peer: string } {
    return { node: this.ledger.nodeOf(peer), peer: this.ledger.peers[peer]! }
  }

  #what(prefix: number): { readonly family: string; readonly prefix: string } {
    return { family: this.ledger.book.familyOf(prefix), prefix: this.ledger.book.textOf(prefix) }
  }
}

/** Established again, by another connection of the same peer. */
function isReturn(one: { peer: number; session: number }, peer: number, session: number): boolean {
  return one.peer === peer && one.session !== session
}
