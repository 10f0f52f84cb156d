// A window of a ledger, and all that can be asked of it.
import { announced } from '../rib/typed-rib.ts'
import type { Micros } from '../speaker/contract.ts'
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
import { hasCause, type Meant, meantBy } from './filter.ts'
import { HELD, type Ledger, WITHDRAWN } from './ledger.ts'
import { NONE } from './route-book.ts'
import { absencesOf, isHeldAt, type Range, sharedOf, timelineOf } from './timeline.ts'

const SAME = 3

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
  /** Takes the names of nodes as they are now. */
  readonly refresh: () => void

  constructor(ledger: Ledger, { name, from, to, refresh }: LedgerWindowOptions) {
    this.ledger = ledger
    this.name = name
    this.from = from
    this.#to = to
    this.refresh = refresh ?? (() => undefined)
  }

  get to(): Instant {
    return this.#to()
  }

  announcements(filter?: WindowFilter): readonly Announcement[] {
    const found: Announcement[] = []
    for (const row of this.#rows(this.#meant(filter))) {
      const what = this.ledger.whatOf(row)
      if (what < WITHDRAWN)
        found.push({ ...this.#where(row), session: this.ledger.sessionOf(row), ...announced(what) })
    }
    return found
  }

  withdrawals(filter?: WindowFilter): readonly Withdrawal[] {
    const meant = this.#meant(filter)
    const found: Withdrawal[] = []
    for (const row of this.#rows(meant)) {
      if (this.ledger.whatOf(row) !== WITHDRAWN) continue
      const cause = this.ledger.causeOf(row)
      if (hasCause(meant.causes, cause)) found.push({ ...this.#where(row), cause })
    }
    return found
  }

  counts(filter?: WindowFilter): { readonly announcements: number; readonly withdrawals: number } {
    const meant = this.#meant(filter)
    let announcements = 0
    let withdrawals = 0
    for (const row of this.#rows(meant)) {
      const what = this.ledger.whatOf(row)
      if (what < WITHDRAWN) announcements++
      else if (what === WITHDRAWN && hasCause(meant.causes, this.ledger.causeOf(row))) withdrawals++
    }
    return { announcements, withdrawals }
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
    const { peers, family } = this.#meant(filter)
    const { from, to } = this
    const found: StaleInterval[] = []
    for (const phase of this.ledger.stale) {
      if (phase.from.seq > to.seq || (phase.to !== undefined && phase.to.seq <= from.seq)) continue
      if (peers?.has(phase.peer) === false || (family !== undefined && family !== phase.family)) continue
      const before = phase.from.seq <= from.seq
      const begin = before ? from : phase.from
      const end = phase.to !== undefined && phase.to.seq <= to.seq ? phase.to : undefined
      found.push({
        ...this.#whose(phase.peer),
        family: phase.family,
        routes: phase.routes,
        from: begin,
        began: before ? 'before' : 'within',
        to: end,
        span: (end ?? to).at - begin.at,
        why: end === undefined ? undefined : phase.why,
        removed: end === undefined ? 0 : phase.removed,
      })
    }
    return found.sort((a, b) => a.from.seq - b.from.seq)
  }

  absences(filter?: WindowFilter): readonly Absence[] {
    const meant = this.#meant(filter)
    const range = this.#range()
    const candidates = new Set<number>()
    for (const row of this.#rows(meant))
      if (this.ledger.whatOf(row) === WITHDRAWN) candidates.add(this.#prefixOf(row))
    const found: { readonly row: number; readonly absence: Absence }[] = []
    const nodes = this.#nodes(meant)
    const { to } = this
    for (const prefix of candidates) {
      for (const one of absencesOf(this.ledger, timelineOf(this.ledger, prefix, range))) {
        if (nodes?.has(one.node) === false || !hasCause(meant.causes, one.cause)) continue
        const from = this.#instant(one.from)
        const end = one.to === undefined ? undefined : this.#instant(one.to)
        const absence = {
          ...{ node: one.node, peer: this.ledger.peers[one.peer]! },
          ...this.#what(prefix),
          ...{ from, to: end, span: (end ?? to).at - from.at, cause: one.cause },
        }
        found.push({ row: one.from, absence })
      }
    }
    return found.sort((a, b) => a.row - b.row).map(({ absence }) => absence)
  }

  duplicates(filter?: WindowFilter): readonly DuplicateInterval[] {
    const meant = this.#meant(filter)
    const range = this.#range()
    const nodes = this.#nodes(meant)
    const found: DuplicateInterval[] = []
    const { from, to } = this
    for (const prefix of meant.prefixes ?? this.#sharedPrefixes()) {
      if (meant.family !== undefined && this.ledger.book.familyOf(prefix) !== meant.family) continue
      for (const one of sharedOf(this.ledger, timelineOf(this.ledger, prefix, range))) {
        if (nodes !== undefined && !one.nodes.some((node) => nodes.has(node))) continue
        const begin = one.from === undefined ? from : this.#instant(one.from)
        const end = one.to === undefined ? undefined : this.#instant(one.to)
        found.push({
          ...this.#what(prefix),
          nodes: one.nodes,
          from: begin,
          began: one.from === undefined ? 'before' : 'within',
          to: end,
          span: (end ?? to).at - begin.at,
        })
      }
    }
    return found.sort((a, b) => a.from.seq - b.from.seq)
  }

  held(filter?: WindowFilter): readonly HeldRoute[] {
    const { book } = this.ledger
    const meant = this.#meant(filter)
    const { first } = this.#range()
    const found: HeldRoute[] = []
    const look = (route: number): void => {
      const prefix = book.prefixOf(route)
      if (!isRoute(meant, book.peerOf(route), prefix)) return
      if (meant.family !== undefined && book.familyOf(prefix) !== meant.family) return
      if (!isHeldAt(this.ledger, route, first)) return
      found.push({
        ...this.#whose(book.peerOf(route)),
        ...this.#what(prefix),
        pathId: book.pathIdOf(route),
      })
    }
    if (meant.prefixes === undefined) for (let route = 0; route < book.routes; route++) look(route)
    else
      for (const prefix of meant.prefixes)
        for (let route = book.lastRouteOf(prefix); route !== NONE; route = book.routeBefore(route))
          look(route)
    return found
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
    for (const row of this.#rowsBackwards(meant)) {
      const what = this.ledger.whatOf(row)
      if (what >= HELD || what === SAME) continue
      last = this.ledger.timeOf(row)
      break
    }
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
    const { first } = this.#range()
    const peers = new Set<number>()
    const prefixes = new Set<number>()
    for (const row of this.#rows({ ...EVERYTHING })) prefixes.add(this.#prefixOf(row))
    for (let route = 0; route < ledger.book.routes; route++) {
      const prefix = ledger.book.prefixOf(route)
      const touched = prefixes.has(prefix)
      if (touched || isHeldAt(ledger, route, first)) {
        prefixes.add(prefix)
        peers.add(ledger.book.peerOf(route))
      }
    }
    for (const list of [ledger.established, ledger.closed])
      for (const { peer } of this.#within(list)) peers.add(peer)
    return {
      nodes: [...new Set([...peers].map((peer) => ledger.nodeOf(peer)))].sort(),
      prefixes: [...prefixes].map((prefix) => ledger.book.textOf(prefix)).sort(),
    }
  }

  #firstSeq(filter: WindowFilter, of: Ordered): number | undefined {
    const meant = this.#meant(filter)
    for (const row of this.#rows(meant)) {
      const what = this.ledger.whatOf(row)
      const isIt =
        of === 'announcement'
          ? what < WITHDRAWN && what !== SAME
          : what === WITHDRAWN && hasCause(meant.causes, this.ledger.causeOf(row))
      if (isIt) return this.ledger.seqOf(row)
    }
    return undefined
  }

  #meant(filter: WindowFilter | undefined): Meant {
    this.refresh()
    return meantBy(this.ledger, filter)
  }

  #range(): Range {
    const first = this.ledger.rowAfter(this.from.seq)
    return { first, end: Math.max(first, this.ledger.rowAfter(this.to.seq)) }
  }

  /** Rows in the window that are meant, in order: by prefix or peer where one is named, else all are looked at. */
  *#rows(meant: Meant): Generator<number> {
    const range = this.#range()
    const { family } = meant
    const chosen = this.#chosen(meant, range)
    if (chosen !== undefined) {
      for (const row of chosen) if (this.#isMeant(row, meant)) yield row
    } else {
      for (let row = range.first; row < range.end; row++)
        if (family === undefined || this.#isMeant(row, meant)) yield row
    }
  }

  *#rowsBackwards(meant: Meant): Generator<number> {
    const range = this.#range()
    const chosen = this.#chosen(meant, range)?.reverse()
    if (chosen !== undefined) {
      for (const row of chosen) if (this.#isMeant(row, meant)) yield row
    } else {
      for (let row = range.end - 1; row >= range.first; row--) if (this.#isMeant(row, meant)) yield row
    }
  }

  #chosen({ prefixes, peers }: Meant, range: Range): number[] | undefined {
    const rows: number[] = []
    if (prefixes !== undefined)
      for (const prefix of prefixes)
        for (const row of timelineOf(this.ledger, prefix, range).rows) rows.push(row)
    else if (peers !== undefined)
      for (const peer of peers)
        for (
          let row = this.ledger.lastOfPeer(peer);
          row !== NONE && row >= range.first;
          row = this.ledger.beforeOfPeer(row)
        ) {
          if (row < range.end) rows.push(row)
        }
    else return undefined
    return rows.sort((a, b) => a - b)
  }

  #isMeant(row: number, meant: Meant): boolean {
    const { book } = this.ledger
    const route = this.ledger.routeOf(row)
    const prefix = book.prefixOf(route)
    if (!isRoute(meant, book.peerOf(route), prefix)) return false
    return meant.family === undefined || book.familyOf(prefix) === meant.family
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

  /** Prefixes that more than one node ever announced. */
  #sharedPrefixes(): number[] {
    const { book } = this.ledger
    const shared: number[] = []
    for (let prefix = 0; prefix < book.prefixes; prefix++) {
      const last = book.lastRouteOf(prefix)
      if (last === NONE || book.routeBefore(last) === NONE) continue
      const node = this.ledger.nodeOf(book.peerOf(last))
      for (let route = book.routeBefore(last); route !== NONE; route = book.routeBefore(route))
        if (this.ledger.nodeOf(book.peerOf(route)) !== node) {
          shared.push(prefix)
          break
        }
    }
    return shared
  }

  /** Names of the nodes that are meant. */
  #nodes({ peers }: Meant): ReadonlySet<string> | undefined {
    return peers && new Set([...peers].map((peer) => this.ledger.nodeOf(peer)))
  }

  #prefixOf(row: number): number {
    return this.ledger.book.prefixOf(this.ledger.routeOf(row))
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

  #where(row: number): Omit<Withdrawal, 'cause'> {
    const { book } = this.ledger
    const route = this.ledger.routeOf(row)
    return {
      seq: this.ledger.seqOf(row),
      at: this.ledger.timeOf(row),
      ...this.#whose(book.peerOf(route)),
      ...this.#what(book.prefixOf(route)),
      pathId: book.pathIdOf(route),
    }
  }
}

const EVERYTHING: Meant = { peers: undefined, prefixes: undefined, family: undefined, causes: undefined }

function isRoute({ peers, prefixes }: Meant, peer: number, prefix: number): boolean {
  return peers?.has(peer) !== false && prefixes?.has(prefix) !== false
}

/** Established again, by another connection of the same peer. */
function isReturn(one: { peer: number; session: number }, peer: number, session: number): boolean {
  return one.peer === peer && one.session !== session
}
