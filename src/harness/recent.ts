// The latest events of a running router and what followed from them, held in little memory: an UPDATE stays bytes until
// somebody looks. The record on disk has everything.
import type { Micros, News } from '../core/speaker/contract.ts'
import { PagePool } from '../core/memory/page-pool.ts'
import { newsOf, RouteBatch, type Told } from '../core/speaker/route-batch.ts'
import type { MessageEvent, StreamEvent } from '../core/stream/events.ts'
import { IPV4_UNICAST, IPV6_UNICAST } from '../core/wire/message.ts'
import { NlriField } from '../core/wire/nlri-field.ts'
import { eventRows, type EventRow, type Names } from './event-log.ts'

/** An event that is remembered, and what followed from it. Rows and news of routes are made when they are asked for. */
export class Remembered {
  readonly event: StreamEvent
  readonly #told: readonly Told[]
  readonly #names: Names

  constructor(event: StreamEvent, told: readonly Told[], names: Names) {
    this.event = event
    this.#told = told
    this.#names = names
  }

  get seq(): number {
    return this.event.seq
  }

  get at(): Micros {
    return this.event.at
  }

  get news(): readonly News[] {
    return newsOf(this.#told)
  }

  /** In words. */
  get rows(): readonly EventRow[] {
    return eventRows(this.event, this.news, this.#names)
  }

  /** Name of the node, or key of the peer, that every row is about; undefined when they say so themselves. */
  get node(): string | undefined {
    const batch = this.#told.find((one) => one.news === 'routes')
    return batch === undefined ? undefined : (this.#names.nodeOf(batch.peer) ?? batch.peer)
  }
}

const PAGE = 64 * 1024
/** About how many octets an event, a row and a piece of news take as objects. */
const EVENT_COST = 300
const NEWS_COST = 250
/** Octets before the message: see `#write`. */
const HEAD = 32
const BATCH = 10
/** In place of a code: the codes of the routes follow. */
const CODES = 255
const KEEPALIVE = 4

interface Page {
  /** Objects, and where in `bytes` other events stand. */
  readonly items: (Remembered | number)[]
  bytes: Uint8Array
  view: DataView
  used: number
  /** Octets that it takes, about. */
  cost: number
  lastSeq: number
}

export class Recent {
  readonly #limit: number
  readonly #pages: Page[] = []
  readonly #names: Names
  /** Of the sessions whose UPDATEs are remembered. */
  readonly #peers: string[] = []
  readonly #peerOf = new Map<number, number>()
  /** The page that was dropped last, for the next one: where objects are remembered instead, none is needed. */
  readonly #pool = new PagePool(PAGE, 1)
  #cost = 0
  #forgotten = 0

  /**
   * @param names asked when rows are read: nodes get their names from the cluster, at any time
   * @param limit octets, about
   */
  constructor(names: Names, limit = 16 * 1024 * 1024) {
    this.#names = names
    this.#limit = limit
  }

  /** Number of the last event that is no longer remembered; 0 when there is none. */
  get forgotten(): number {
    return this.#forgotten
  }

  /** KEEPALIVEs are left out. The bytes of the event are copied. */
  push(event: StreamEvent, told: readonly Told[]): void {
    if (event.type === 'message') {
      if (event.bytes[18] === KEEPALIVE && told.length === 0) return
      if (inMessage(event, told)) return this.#write(event, told)
    }
    const own = event.type === 'message' ? { ...event, bytes: event.bytes.slice() } : event
    const item = new Remembered(own, told, this.#names)
    let cost = EVENT_COST + (event.type === 'message' ? event.bytes.length : 0)
    for (const one of told) cost += one.news === 'routes' ? one.octets : NEWS_COST
    const page = this.#room(cost)
    page.items.push(item)
    page.lastSeq = event.seq
  }

  /** Events after the number, in order. */
  *after(seq: number): Generator<Remembered> {
    for (const page of this.#pages) {
      if (page.lastSeq <= seq) continue
      for (const item of page.items) {
        const at = typeof item === 'number' ? page.view.getFloat64(item) : item.seq
        if (at > seq) yield typeof item === 'number' ? this.#read(page, item) : item
      }
    }
  }

  /** Events, the last first. */
  *backwards(): Generator<Remembered> {
    for (let place = this.#pages.length - 1; place >= 0; place--) {
      const page = this.#pages[place]!
      for (let at = page.items.length - 1; at >= 0; at--) {
        const item = page.items[at]!
        yield typeof item === 'number' ? this.#read(page, item) : item
      }
    }
  }

  /** A page with room for this much more. */
  #room(cost: number, octets = 0): Page {
    let page = this.#pages.at(-1)
    if (page === undefined || page.cost + cost > PAGE || page.used + octets > page.bytes.length) {
      // A page of another size would be kept for a message that never comes again.
      const memory = octets > 0 && octets <= PAGE ? this.#pool.take(PAGE, false) : new ArrayBuffer(octets)
      const bytes = new Uint8Array(memory)
      page = { items: [], bytes, view: new DataView(bytes.buffer), used: 0, cost: 0, lastSeq: 0 }
      this.#pages.push(page)
    }
    page.cost += cost
    this.#cost += cost
    while (this.#cost > this.#limit && this.#pages.length > 1) {
      const dropped = this.#pages.shift()!
      this.#cost -= dropped.cost
      this.#forgotten = dropped.lastSeq
      // Who is reading it sees its end.
      dropped.items.length = 0
      this.#pool.give(dropped.bytes.buffer)
    }
    return page
  }

  #write(event: MessageEvent, told: readonly RouteBatch[]): void {
    const { bytes } = event
    let length = HEAD + bytes.length
    for (const { codes } of told) length += BATCH + (typeof codes === 'number' ? 0 : codes.length)
    const page = this.#room(length + 8, length)
    const { view, bytes: out } = page
    const at = page.used
    view.setFloat64(at, event.seq)
    view.setFloat64(at + 8, event.at)
    view.setUint32(at + 16, event.session)
    view.setUint32(at + 20, event.peerAsn)
    view.setUint16(at + 24, bytes.length)
    out[at + 26] = (event.fourOctetAs ? 1 : 0) | (event.addPath ? 2 : 0) | (event.direction === 'out' ? 4 : 0)
    out[at + 27] = told.length
    view.setUint32(at + 28, told.length === 0 ? 0 : this.#peer(event.session, told[0]!.peer))
    out.set(bytes, at + HEAD)
    let next = at + HEAD + bytes.length
    for (const { routes, cause, codes } of told) {
      const offset = bytes.byteOffset - routes.bytes.byteOffset
      view.setUint16(next, routes.start - offset)
      view.setUint16(next + 2, routes.end - offset)
      view.setUint16(next + 4, routes.length)
      out[next + 6] = cause === undefined ? 0 : 1
      out[next + 7] = routes.afi
      out[next + 8] = routes.addPath ? 1 : 0
      out[next + 9] = typeof codes === 'number' ? codes : CODES
      next += BATCH
      if (typeof codes !== 'number') {
        out.set(codes, next)
        next += codes.length
      }
    }
    page.used = next
    page.items.push(at)
    page.lastSeq = event.seq
  }

  #read({ view, bytes: page }: Page, at: number): Remembered {
    const session = view.getUint32(at + 16)
    const start = at + HEAD
    // The page is used again when it is old; whoever has the event may keep it.
    const bytes = page.slice(start, start + view.getUint16(at + 24))
    const event: MessageEvent = {
      type: 'message',
      seq: view.getFloat64(at),
      at: view.getFloat64(at + 8),
      session,
      direction: (page[at + 26]! & 4) === 0 ? 'in' : 'out',
      bytes,
      fourOctetAs: (page[at + 26]! & 1) !== 0,
      addPath: (page[at + 26]! & 2) !== 0,
      peerAsn: view.getUint32(at + 20),
    }
    const told: RouteBatch[] = []
    let next = start + bytes.length
    for (let count = page[at + 27]!; count > 0; count--) {
      const length = view.getUint16(next + 4)
      const afi = page[next + 7] === 1 ? 1 : 2
      const field = new NlriField(
        bytes,
        view.getUint16(next),
        view.getUint16(next + 2),
        afi,
        page[next + 8] === 1,
        length,
      )
      const cause = page[next + 6] === 0 ? undefined : ({ kind: 'wire' } as const)
      const family = afi === 1 ? IPV4_UNICAST : IPV6_UNICAST
      let codes: number | Uint8Array = page[next + 9]!
      next += BATCH
      if (codes === CODES) {
        codes = page.slice(next, next + length)
        next += length
      }
      const peer = this.#peers[view.getUint32(at + 28)]!
      told.push(new RouteBatch(session, peer, family, field, cause, codes))
    }
    return new Remembered(event, told, this.#names)
  }

  #peer(session: number, peer: string): number {
    const known = this.#peerOf.get(session)
    if (known !== undefined) return known
    const number = this.#peers.push(peer) - 1
    this.#peerOf.set(session, number)
    return number
  }
}

/** Whether nothing was told but of routes that stand in the message. */
function inMessage(event: MessageEvent, told: readonly Told[]): told is readonly RouteBatch[] {
  for (const one of told) {
    if (one.news !== 'routes' || (one.cause !== undefined && one.cause.kind !== 'wire')) return false
    if (one.routes.bytes.buffer !== event.bytes.buffer) return false
  }
  return true
}
