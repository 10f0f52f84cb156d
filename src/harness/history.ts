// What happened since the router started, kept for waits that look back and for `get events`. Bounded: the record on disk
// has everything.
import { UserError } from '../core/errors/user-error.ts'
import type { Micros, News } from '../core/speaker/contract.ts'
import type { StreamEvent } from '../core/stream/events.ts'
import { familyKey } from '../core/wire/families.ts'
import { HEADER_LENGTH } from '../core/wire/framing.ts'
import { messageText } from './message-text.ts'
import { eventRows, type EventRow, type Names } from './event-log.ts'

interface Entry {
  /** Of a message only the header is kept. */
  readonly event: StreamEvent
  readonly news: readonly News[]
  /** What the message said. */
  readonly said: string | undefined
}

/** The stream's latest events, without KEEPALIVEs, and what followed from them. */
export class History {
  readonly #entries: Entry[] = []
  readonly #capacity: number
  readonly #endOfRib = new Map<number, Map<string, number>>()
  /** Events and news in `#entries`: one UPDATE can bring a thousand. */
  #held = 0
  #forgotten = 0
  /** Number of the first event: not 1 where a trace is gone on with. */
  #first: number | undefined
  #lastChange: Micros
  /** Event number of the last change of a session's routes, or of its state. */
  readonly #changed = new Map<number, number>()
  #lastSign = 0

  /** @param capacity events and news to keep; up to twice as many are held before the oldest go */
  constructor(start: Micros, capacity = 100_000) {
    this.#lastChange = start
    this.#capacity = capacity
  }

  /** When a route or a session last changed. */
  get lastChange(): Micros {
    return this.#lastChange
  }

  push(event: StreamEvent, news: readonly News[]): void {
    this.#first ??= event.seq
    for (const item of news) this.#note(item, event)
    if (event.type === 'message' && news.length === 0 && event.bytes[HEADER_LENGTH - 1] === KEEPALIVE) return
    const kept = event.type === 'message' ? { ...event, bytes: event.bytes.slice(0, HEADER_LENGTH) } : event
    const said = event.type === 'message' ? messageText(event) : undefined
    this.#entries.push({ event: kept, news, said })
    this.#held += 1 + news.length
    if (this.#held > 2 * this.#capacity) this.#drop()
  }

  #note(item: News, event: StreamEvent): void {
    if (isChange(item)) {
      this.#lastChange = event.at
      this.#lastSign = event.seq
      if ('session' in item) this.#changed.set(item.session, event.seq)
    }
    if (item.news === 'session-closed') {
      this.#endOfRib.delete(item.session)
      this.#changed.delete(item.session)
    }
    if (item.news !== 'end-of-rib') return
    this.#lastSign = event.seq
    const families = this.#endOfRib.get(item.session) ?? new Map<string, number>()
    this.#endOfRib.set(item.session, families.set(familyKey(item.family), event.seq))
  }

  /** Dropped in blocks, because shifting one by one is quadratic. The newest entry stays, however large. */
  #drop(): void {
    let count = 0
    for (const entry of this.#entries.slice(0, -1)) {
      if (this.#held <= this.#capacity) break
      this.#held -= 1 + entry.news.length
      this.#forgotten = entry.event.seq
      count += 1
    }
    this.#entries.splice(0, count)
  }

  /** The timeline of the events after `since`, its last `limit` rows. Names are those of now. */
  rows(names: Names, since = 0, limit = Infinity): EventRow[] {
    const blocks: EventRow[][] = []
    let count = 0
    const first = this.#firstAfter(since)
    for (let at = this.#entries.length - 1; at >= first && count < limit; at--) {
      const { event, news, said } = this.#entries[at]!
      const rows = eventRows(event, news, names, said)
      blocks.push(rows)
      count += rows.length
    }
    const all = blocks.reverse().flat()
    return count > limit ? all.slice(count - limit) : all
  }

  /** Whether all events after `since` are held. */
  reachesBackTo(since: number): boolean {
    return since >= this.#forgotten && since >= (this.#first ?? 1) - 1
  }

  /** The last row about a node, or about the peer of this identifier, for explanations. */
  lastOf(node: string, names: Names): EventRow | undefined {
    for (let at = this.#entries.length - 1; at >= 0; at--) {
      const { event, news, said } = this.#entries[at]!
      // That a route is missing is what is being explained.
      if (event.type === 'finding') continue
      const row = eventRows(event, news, names, said).findLast(
        (candidate) => candidate.node === node || candidate.peer?.endsWith(` ${node}`) === true,
      )
      if (row !== undefined) return row
    }
    return undefined
  }

  /** Number of the event that brought the last End-of-RIB of a session and family ("afi/safi"); 0 when there is none. */
  lastEndOfRib(session: number, family: string): number {
    return this.#endOfRib.get(session)?.get(family) ?? 0
  }

  /** Number of the last event that changed a route or a session, or brought an End-of-RIB; 0 when there was none. */
  get lastSign(): number {
    return this.#lastSign
  }

  /** Number of the last event that changed this session or a route of it; 0 when there was none. */
  lastChangeOf(session: number): number {
    return this.#changed.get(session) ?? 0
  }

  /** Time of the event `seq`, or of the first one kept after it; 0 for 0. */
  timeOf(seq: number): Micros {
    return seq === 0 ? 0 : (this.#entries[this.#firstAfter(seq - 1)]?.event.at ?? this.#lastChange)
  }

  /**
   * How many happenings after event `since` the predicate accepts, counting up to `enough`. An event without news is one
   * happening. Throws RW_NOT_FOUND when that far back is no longer kept.
   */
  count(
    since: number,
    accepts: (happening: { event: StreamEvent; news: News | undefined }) => boolean,
    enough: number,
  ): number {
    if (since < this.#forgotten) {
      throw new UserError('RW_NOT_FOUND', `events up to ${this.#forgotten} are no longer held in memory`, {
        remedy: 'Wait from a later instant, or read the trace.',
      })
    }
    let found = 0
    for (let at = this.#firstAfter(since); at < this.#entries.length && found < enough; at++) {
      const { event, news } = this.#entries[at]!
      if (news.length === 0) found += accepts({ event, news: undefined }) ? 1 : 0
      else for (const item of news) found += accepts({ event, news: item }) ? 1 : 0
    }
    return found
  }

  /** Index of the first entry after event `seq`, by halving. */
  #firstAfter(seq: number): number {
    let low = 0
    let high = this.#entries.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#entries[middle]!.event.seq > seq) high = middle
      else low = middle + 1
    }
    return low
  }
}

/** Message type 4, RFC 4271 §4.1. */
const KEEPALIVE = 4

/** True for news after which quiet begins anew. */
function isChange(news: News): boolean {
  switch (news.news) {
    case 'route-announced':
      return news.change !== 'same' || news.refreshed
    case 'route-withdrawn':
      return news.existed
    case 'session-established':
      return true
    case 'session-closed':
      return news.wasEstablished
    default:
      return false
  }
}
