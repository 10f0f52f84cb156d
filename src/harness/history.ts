// What happened since the router started, kept for waits that look back and for `get events`. Bounded: the record on disk
// has everything.
import { UserError } from '../core/errors/user-error.ts'
import type { Micros, News } from '../core/speaker/contract.ts'
import type { Told } from '../core/speaker/route-batch.ts'
import type { StreamEvent } from '../core/stream/events.ts'
import { familyKey } from '../core/wire/families.ts'
import type { Recent } from './recent.ts'

/** The stream's latest events, without KEEPALIVEs, and what followed from them. */
export class History {
  readonly #recent: Recent
  readonly #endOfRib = new Map<number, Map<string, number>>()
  /** Number of the first event: not 1 where a trace is gone on with. */
  #first: number | undefined
  #lastChange: Micros
  /** Event number of the last change of a session's routes, or of its state. */
  readonly #changed = new Map<number, number>()
  #lastSign = 0

  constructor(start: Micros, recent: Recent) {
    this.#lastChange = start
    this.#recent = recent
  }

  /** When a route or a session last changed. */
  get lastChange(): Micros {
    return this.#lastChange
  }

  push(event: StreamEvent, told: readonly Told[]): void {
    this.#first ??= event.seq
    for (const item of told) this.#note(item, event)
  }

  #note(item: Told, event: StreamEvent): void {
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

  /** Whether all events after `since` are held. */
  reachesBackTo(since: number): boolean {
    return since >= this.#recent.forgotten && since >= (this.#first ?? 1) - 1
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
    if (seq === 0) return 0
    for (const { at } of this.#recent.after(seq - 1)) return at
    return this.#lastChange
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
    const { forgotten } = this.#recent
    if (since < forgotten) {
      throw new UserError('RW_NOT_FOUND', `events up to ${forgotten} are no longer held in memory`, {
        remedy: 'Wait from a later instant, or read the trace.',
      })
    }
    let found = 0
    for (const { event, news } of this.#recent.after(since)) {
      if (news.length === 0) found += event.type !== 'message' && accepts({ event, news: undefined }) ? 1 : 0
      else for (const item of news) found += accepts({ event, news: item }) ? 1 : 0
      if (found >= enough) return enough
    }
    return found
  }
}

/** True for news after which quiet begins anew. */
function isChange(news: Told): boolean {
  switch (news.news) {
    case 'routes':
      return news.isChange
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
