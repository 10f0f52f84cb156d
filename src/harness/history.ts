// What happened since the router started, kept for waits that look back. Bounded: the record on disk has everything.
import { UserError } from '../core/errors/user-error.ts'
import type { Micros, News } from '../core/speaker/contract.ts'
import type { StreamEvent } from '../core/stream/events.ts'
import { familyKey } from '../core/wire/families.ts'

interface Entry {
  readonly event: StreamEvent
  readonly news: readonly News[]
}

/** The stream's latest events, without KEEPALIVEs, and what followed from them. */
export class History {
  readonly #entries: Entry[] = []
  readonly #capacity: number
  readonly #endOfRib = new Map<string, number>()
  #forgotten = 0
  #lastChange: Micros

  constructor(start: Micros, capacity = 100_000) {
    this.#lastChange = start
    this.#capacity = capacity
  }

  /** When a route or a session last changed. */
  get lastChange(): Micros {
    return this.#lastChange
  }

  push(event: StreamEvent, news: readonly News[]): void {
    if (event.type === 'message' && news.length === 0) return
    this.#entries.push({ event, news })
    for (const item of news) {
      if (isChange(item)) this.#lastChange = event.at
      if (item.news === 'end-of-rib')
        this.#endOfRib.set(`${item.session} ${familyKey(item.family)}`, event.seq)
    }
    // Dropped in blocks, because shifting one by one is quadratic.
    if (this.#entries.length <= 2 * this.#capacity) return
    const dropped = this.#entries.splice(0, this.#entries.length - this.#capacity)
    this.#forgotten = dropped.at(-1)!.event.seq
  }

  /** Number of the event that brought the last End-of-RIB of a session and family ("afi/safi"); 0 when there is none. */
  lastEndOfRib(session: number, family: string): number {
    return this.#endOfRib.get(`${session} ${family}`) ?? 0
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
