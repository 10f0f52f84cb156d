// What happened to routes and sessions, in columns of numbers, so that a window of millions of events answers at once.
// It takes the stream in order. A row costs 24 octets, an event that has any 16, a prefix and a route 24 each and their
// place in an index (about 20); nothing that is no change of a route or session costs anything.
import { PUT_NEW } from '../rib/route-table.ts'
import { announced } from '../rib/typed-rib.ts'
import type { Micros, News, WithdrawCause } from '../speaker/contract.ts'
import type { Told } from '../speaker/route-batch.ts'
import type { StreamEvent } from '../stream/events.ts'
import { familyName } from '../wire/families.ts'
import type { Family } from '../wire/message.ts'
import { Doubles, firstWhere, Words } from './columns.ts'
import type { Instant } from './contract.ts'
import type { Held, LiveHeld, RouteKey } from './held.ts'
import { Intake } from './intake.ts'
import { KeptLists } from './kept-lists.ts'
import type {
  ClosedSession,
  EstablishedSession,
  SeenEndOfRib,
  SeenNotification,
  Silence,
  StalePhase,
} from './noted.ts'
import { NONE, RouteBook } from './route-book.ts'

/** What a row says of its route: announced (the codes of `announced`), or one of these. */
export const WITHDRAWN = 8
/** It was there already when the record after a gap began. */
export const HELD = 9
/** It was not there any more when the record went on after a gap. */
export const GONE = 10

const WHAT = 0xff

/** Whether the route is there after a row that says this. */
export const isHeld = (what: number): boolean => what !== WITHDRAWN && what !== GONE

export interface LedgerOptions {
  /** Rows that it takes before it gives up and says so (`unknowns`). */
  readonly limit?: number
}

/** 24 octets each: 480 MB, and the events and prefixes. */
const LIMIT = 20_000_000

export class Ledger {
  readonly book = new RouteBook()
  /** The latest answers. */
  readonly lists = new KeptLists()
  readonly closed: ClosedSession[] = []
  readonly established: EstablishedSession[] = []
  /** Sessions that were Established already when the ledger, or the record after a gap, began. */
  readonly upAlready: EstablishedSession[] = []
  /** Numbers of the events after which it began, and began again. */
  readonly began: number[] = []
  readonly endOfRibs: SeenEndOfRib[] = []
  readonly notifications: SeenNotification[] = []
  readonly stale: StalePhase[] = []
  readonly unknowns: Silence[] = []
  readonly causes: WithdrawCause[] = []
  /** Keys of peers by number. */
  readonly peers: string[] = []
  /** The last word of the key. */
  readonly identifiers: string[] = []
  /** Names of their nodes, as last known. */
  readonly nodes: (string | undefined)[] = []
  readonly #limit: number
  readonly #peerNumbers = new Map<string, number>()
  readonly #causeNumbers = new Map<string, number>()
  #lastCause = NONE
  readonly #seqs = new Doubles()
  readonly #times = new Doubles()
  readonly #event = new Words()
  readonly #route = new Words()
  readonly #session = new Words()
  /** What, and from the ninth bit on the number of the cause. */
  readonly #what = new Words()
  readonly #beforeOfRoute = new Words()
  readonly #beforeOfPeer = new Words()
  readonly #lastOfPeer: number[] = []
  /** Routes held: of IPv4, then of IPv6, for each peer. */
  readonly #held: number[] = []
  readonly #open = new Map<string, StalePhase>()
  #at: Instant = { seq: 0, at: 0 }
  /** Why nothing is noted now. */
  #silence: Silence | undefined
  #stopped = false
  #full = false
  /** What it began with and was not taken in yet. */
  #intake: Intake | undefined

  constructor({ limit = LIMIT }: LedgerOptions = {}) {
    this.#limit = limit
  }

  /** The last event that it was given. After our own stop it stands still: what that did to sessions is nobody's doing. */
  get last(): Instant {
    return this.#at
  }
  get rows(): number {
    return this.#event.length
  }

  /** Whether it does not know what there is: `rebase` at the next checkpoint. */
  get isLost(): boolean {
    return this.#at.seq === 0 || (this.#silence !== undefined && !this.#full)
  }

  /** Whether it knows all that was there when it began. */
  get isWhole(): boolean {
    return this.#intake === undefined
  }

  /** Whether it has given up, and takes no row any more. */
  get isFull(): boolean {
    return this.#full
  }

  /** Takes an event and what followed from it. Read at once: the bytes of the event may change afterwards. */
  push(event: StreamEvent, told: readonly Told[]): void {
    if (event.type === 'started') return this.#started(event)
    if (this.#stopped) return
    if (event.type === 'gap') return this.#gap(event)
    if (event.type === 'checkpoint') return
    if (event.type === 'command' && event.command === 'stop') {
      this.#stopped = true
      return this.#takeInBefore(told)
    }
    this.#at = { seq: event.seq, at: event.at }
    for (const one of told) this.#take(one, this.#at)
  }

  /**
   * What there is at an instant, where the record begins or goes on: routes that are new or missing compared with what is
   * known are neither announced nor withdrawn.
   */
  rebase(at: Instant, held: Held): void {
    if (this.#silence !== undefined && !this.#full) {
      this.#silence.to = at
      this.#silence = undefined
    }
    if (this.#full) return
    this.#at = at
    this.#stopped = false
    const isFirst = this.began.length === 0 && this.unknowns.length === 0
    this.began.push(at.seq)
    const known = this.book.routes
    const now = new Set<number>()
    const phases = new Set<string>()
    for (const { key, staleFamilies, established } of held.peers()) {
      const peer = this.peer(key)
      if (established !== undefined) this.upAlready.push({ ...at, peer, session: established.session })
      for (const one of held.routes(key)) {
        const route = this.#routeOf(peer, one.family, one)
        if (route < known) now.add(route)
        if (isFirst) this.hold(route)
        else if (!this.#isThere(route)) this.#add(at, route, 0, HELD)
      }
      for (const family of staleFamilies) {
        phases.add(`${peer} ${familyName(family)}`)
        this.#phaseBegins(at, peer, family)
      }
    }
    for (let route = 0; route < known; route++)
      if (!now.has(route) && this.#isThere(route)) this.#add(at, route, 0, GONE)
    for (const [key, phase] of this.#open) {
      if (phases.has(key)) continue
      phase.to = at
      this.#open.delete(key)
    }
  }

  /**
   * As `rebase`, for a new ledger that is shown every event from now on: which routes there are is found out bit by bit
   * (`takeIn`), and by what happens to them: whoever withdraws a route, or announces it anew, had it.
   */
  begin(at: Instant, held: () => LiveHeld): void {
    this.#at = at
    this.began.push(at.seq)
    const peers = new Map<string, number>()
    for (const { key, staleFamilies, established } of held().peers()) {
      const peer = this.peer(key)
      peers.set(key, peer)
      if (established !== undefined) this.upAlready.push({ ...at, peer, session: established.session })
      for (const afi of [1, 2] as const) this.#held[2 * peer + afi - 1] = held().size(key, afi)
      for (const family of staleFamilies) this.#phaseBegins(at, peer, family)
    }
    this.#intake = new Intake(held, peers)
  }

  /**
   * Goes on with the routes that were there when it began, at most so many. Not while an event is under way.
   * @returns whether all are known
   */
  takeIn(routes: number): boolean {
    const isDone = this.#intake?.take(routes, (peer, key) => void this.#touch(peer, key.family, key, true))
    if (isDone === true) this.#intake = undefined
    return this.#intake === undefined
  }

  /** A route was there before anything that is noted. */
  hold(route: number): void {
    if (this.#isThere(route)) return
    this.#count(route, this.book.peerOf(route), true)
    this.book.setThere(route)
  }

  /** Adds a row that another ledger had. */
  note(at: Instant, route: number, session: number, what: number, cause?: WithdrawCause): void {
    this.#at = at
    this.#add(at, route, session, cause === undefined ? what : what | (this.#cause(cause) << 8))
  }

  /** Takes the names of nodes as they are now; a peer without one keeps its last. */
  name(nodeOf: (peer: string) => string | undefined): void {
    for (const [peer, key] of this.peers.entries()) {
      const node = nodeOf(key) ?? this.nodes[peer]
      if (node === this.nodes[peer]) continue
      this.nodes[peer] = node
      this.lists.clear()
    }
  }

  /** The node of a peer, or its identifier where no object names the node. */
  nodeOf(peer: number): string {
    return this.nodes[peer] ?? this.identifiers[peer]!
  }

  /** The number of a peer. */
  peer(key: string): number {
    let number = this.#peerNumbers.get(key)
    if (number === undefined) {
      number = this.peers.push(key) - 1
      this.#peerNumbers.set(key, number)
      this.identifiers.push(key.slice(key.lastIndexOf(' ') + 1))
      this.nodes.push(undefined)
      this.#lastOfPeer.push(NONE)
      this.#held.push(0, 0)
    }
    return number
  }

  /** The first row after event `seq`. */
  rowAfter(seq: number): number {
    const event = firstWhere(this.#seqs.length, (index) => this.#seqs.get(index) > seq)
    return firstWhere(this.rows, (row) => this.#event.get(row) >= event)
  }
  seqOf(row: number): number {
    return this.#seqs.get(this.#event.get(row))
  }
  timeOf(row: number): Micros {
    return this.#times.get(this.#event.get(row))
  }
  routeOf(row: number): number {
    return this.#route.get(row)
  }
  sessionOf(row: number): number {
    return this.#session.get(row)
  }
  whatOf(row: number): number {
    return this.#what.get(row) & WHAT
  }
  /** Of a withdrawal. */
  causeOf(row: number): WithdrawCause {
    return this.causes[this.causeNumberOf(row)]!
  }
  causeNumberOf(row: number): number {
    return this.#what.get(row) >>> 8
  }
  /** The row of the same route before this one; NONE when it is the first. */
  beforeOfRoute(row: number): number {
    return this.#beforeOfRoute.get(row)
  }
  /** The row of the same peer before this one; NONE when it is the first. */
  beforeOfPeer(row: number): number {
    return this.#beforeOfPeer.get(row)
  }
  lastOfPeer(peer: number): number {
    return this.#lastOfPeer[peer]!
  }

  #take(told: Told, at: Instant): void {
    switch (told.news) {
      case 'routes': {
        const { codes, cause, session } = told
        const peer = this.peer(told.peer)
        const withdrawn = cause === undefined ? 0 : WITHDRAWN | (this.#cause(cause) << 8)
        let index = 0
        for (const key of told.routes) {
          const code = typeof codes === 'number' ? codes : codes[index++]!
          if (cause !== undefined && code === 0) continue
          const route = this.#touch(peer, told.family, key, cause !== undefined || code !== PUT_NEW)
          this.#add(at, route, session, cause === undefined ? code : withdrawn)
        }
        return
      }
      case 'route-announced': {
        const route = this.#touch(this.peer(told.peer), told.family, told, told.change !== 'new')
        return this.#add(at, route, told.session, codeOf(told))
      }
      case 'route-withdrawn': {
        if (!told.existed) return
        const route = this.#touch(this.peer(told.peer), told.family, told, true)
        return this.#add(at, route, told.session, WITHDRAWN | (this.#cause(told.cause) << 8))
      }
      case 'session-established':
        this.established.push({ ...at, peer: this.peer(told.peer), session: told.session })
        return
      case 'session-closed': {
        const { session, cause, wasEstablished, peer } = told
        if (wasEstablished && peer !== undefined)
          this.closed.push({ ...at, peer: this.peer(peer), session, cause })
        return
      }
      case 'end-of-rib': {
        const { session, family } = told
        this.endOfRibs.push({ ...at, peer: this.peer(told.peer), session, family: familyName(family) })
        return
      }
      case 'notification': {
        const { session, direction, code, subcode, text } = told
        const peer = told.peer === undefined ? undefined : this.peer(told.peer)
        this.notifications.push({ ...at, peer, session, direction, code, subcode, text })
        return
      }
      case 'stale-started':
        for (const family of told.families) this.#phaseBegins(at, this.peer(told.peer), family)
        return
      case 'stale-ended': {
        const phase = this.#open.get(`${this.peer(told.peer)} ${familyName(told.family)}`)
        if (phase === undefined) return
        phase.to = at
        phase.why = told.why
        phase.removed = told.removed
        this.#open.delete(`${phase.peer} ${phase.family}`)
        return
      }
      default:
    }
  }

  #routeOf(peer: number, { safi }: Family, { prefix, pathId }: Omit<RouteKey, 'family'>): number {
    return this.book.route(peer, this.book.prefix(safi, prefix, true), pathId)
  }

  /** The number of a route. While not all is taken in, the first one to speak of it says whether it was there. */
  #touch(peer: number, family: Family, key: Omit<RouteKey, 'family'>, wasThere: boolean): number {
    const known = this.book.routes
    const route = this.#routeOf(peer, family, key)
    if (wasThere && route === known && this.#intake !== undefined) this.book.setThere(route)
    return route
  }

  /** Takes in all that was there before an event of which nothing is noted. */
  #takeInBefore(told: readonly Told[]): void {
    if (this.#intake === undefined) return
    for (const one of told) if (one.news.startsWith('route')) this.#take(one, this.#at)
    this.takeIn(Number.POSITIVE_INFINITY)
  }

  #isThere(route: number): boolean {
    const row = this.book.lastRowOf(route)
    return row === NONE ? this.book.wasThere(route) : isHeld(this.whatOf(row))
  }

  #add({ seq, at }: Instant, route: number, session: number, what: number): void {
    if (this.#stopped) return
    if (this.rows >= this.#limit) return this.#fill({ seq, at })
    if (this.#seqs.length === 0 || this.#seqs.get(this.#seqs.length - 1) !== seq) {
      this.#seqs.push(seq)
      this.#times.push(at)
    }
    const peer = this.book.peerOf(route)
    this.#count(route, peer, isHeld(what & WHAT))
    const row = this.#event.push(this.#seqs.length - 1)
    this.#route.push(route)
    this.#session.push(session)
    this.#what.push(what)
    this.#beforeOfRoute.push(this.book.lastRowOf(route))
    this.#beforeOfPeer.push(this.#lastOfPeer[peer]!)
    this.book.setLastRow(route, row)
    this.#lastOfPeer[peer] = row
  }

  #count(route: number, peer: number, held: boolean): void {
    if (held === this.#isThere(route)) return
    this.#held[2 * peer + this.book.afiOf(this.book.prefixOf(route)) - 1]! += held ? 1 : -1
  }

  /** A peer that is lost once more before it was done goes on being stale. */
  #phaseBegins(from: Instant, peer: number, family: Family): void {
    const name = familyName(family)
    const key = `${peer} ${name}`
    const routes = this.#held[2 * peer + family.afi - 1] ?? 0
    if (this.#open.has(key)) return
    const phase = { peer, family: name, routes, from, to: undefined, why: undefined, removed: 0 }
    this.#open.set(key, phase)
    this.stale.push(phase)
  }

  #cause(cause: WithdrawCause): number {
    if (this.causes[this.#lastCause] === cause) return this.#lastCause
    const key = JSON.stringify(cause)
    let number = this.#causeNumbers.get(key)
    if (number === undefined) {
      number = this.causes.push(cause) - 1
      this.#causeNumbers.set(key, number)
    }
    return (this.#lastCause = number)
  }

  /** Whatever was there before went with the router that saw it. */
  #started({ seq, at }: Instant): void {
    const before = this.#at
    if (before.seq > 0 && this.#silence === undefined)
      this.#silent({ from: before, to: undefined, events: 0, reason: 'the router was not running' })
    this.rebase({ seq, at }, { peers: () => [], routes: () => [] })
  }

  #gap({ events, reason, at, seq }: Extract<StreamEvent, { type: 'gap' }>): void {
    const from = this.#at.seq === 0 ? { seq: seq - events, at } : this.#at
    if (this.#silence === undefined) return this.#silent({ from, to: undefined, events, reason })
    this.#silence.events += events
  }

  #fill({ seq, at }: Instant): void {
    if (this.#full) return
    this.#full = true
    const reason = `more than ${this.#limit} changes of routes, which is more than is kept in memory`
    // Of this event itself something is left out already.
    this.#silent({ from: { seq: seq - 1, at }, to: undefined, events: 0, reason })
  }

  #silent(silence: Silence): void {
    this.#silence = silence
    this.unknowns.push(silence)
  }
}

/** The codes of `announced`, from what it made of them. */
function codeOf({ change, refreshed }: Extract<News, { news: 'route-announced' }>): number {
  for (let code = 1; code < WITHDRAWN; code++) {
    const one = announced(code)
    if (one?.change === change && one.refreshed === refreshed) return code
  }
  throw new Error(`no code for ${change}`)
}
