// What there was at an earlier instant: what there is now, less what has happened since. The first thing that happened to a
// route says whether it was there before.
import type { News } from '../speaker/contract.ts'
import { familyName } from '../wire/families.ts'
import type { Family } from '../wire/message.ts'
import type { Held } from './held.ts'
import { RouteBook } from './route-book.ts'

type RouteNews = Extract<News, { news: 'route-announced' | 'route-withdrawn' }>
type HeldRoute = Pick<RouteNews, 'family' | 'prefix' | 'pathId'>

/** What is known of a peer at the earlier instant. */
interface Then {
  readonly routes: HeldRoute[]
  /** By name, families of which something was told, and whether their routes were stale. */
  readonly stale: Map<string, { readonly family: Family; readonly was: boolean }>
  session: number | undefined
}

/**
 * Takes the news after an instant, all of them in order, and gives what there was at it. One thing cannot be told from
 * them: of a peer that was back, not done yet, and then lost again, stale routes count from the second loss on.
 */
export class Rewind {
  readonly #book = new RouteBook()
  readonly #numbers = new Map<string, number>()
  readonly #peers = new Map<string, Then>()
  /** Sessions that became Established. */
  readonly #came = new Set<number>()

  take(news: News): void {
    switch (news.news) {
      case 'route-announced':
        return this.#touched(news, news.change !== 'new')
      case 'route-withdrawn':
        return this.#touched(news, news.existed)
      case 'session-established':
        this.#came.add(news.session)
        return
      case 'session-closed':
        if (news.wasEstablished && news.peer !== undefined && !this.#came.has(news.session))
          this.#then(news.peer).session = news.session
        return
      case 'stale-started':
        for (const family of news.families) this.#stale(news.peer, family, false)
        return
      case 'stale-ended':
        return this.#stale(news.peer, news.family, true)
      default:
    }
  }

  /** What there was. `now` is what there is after the last news that it took; it is read at once. */
  held(now: Held): Held {
    const peers = new Map<string, { staleFamilies: Family[]; established: { session: number } | undefined }>()
    const routes = new Map<string, HeldRoute[]>()
    for (const { key, staleFamilies, established } of now.peers()) {
      const then = this.#then(key)
      const up = established !== undefined && !this.#came.has(established.session)
      then.session ??= up ? established.session : undefined
      for (const family of staleFamilies) this.#stale(key, family, true)
      const untouched: HeldRoute[] = []
      for (const { family, prefix, pathId } of now.routes(key))
        if (this.#isNew(key, family, prefix, pathId))
          untouched.push({ family, prefix, ...(pathId === undefined ? {} : { pathId }) })
      routes.set(key, [...then.routes, ...untouched])
    }
    for (const [key, then] of this.#peers) {
      const staleFamilies = [...then.stale.values()].flatMap(({ family, was }) => (was ? [family] : []))
      const established = then.session === undefined ? undefined : { session: then.session }
      peers.set(key, { staleFamilies, established })
      if (!routes.has(key)) routes.set(key, then.routes)
    }
    return {
      peers: () => [...peers].map(([key, peer]) => ({ key, ...peer })),
      routes: (peer) =>
        (routes.get(peer) ?? []).map(({ family, prefix, pathId }) => ({ family, prefix, pathId })),
    }
  }

  #then(key: string): Then {
    let then = this.#peers.get(key)
    if (then === undefined) {
      then = { routes: [], stale: new Map(), session: undefined }
      this.#peers.set(key, then)
      this.#numbers.set(key, this.#numbers.size)
    }
    return then
  }

  #touched({ peer, family, prefix, pathId }: RouteNews, wasThere: boolean): void {
    const { routes } = this.#then(peer)
    if (this.#isNew(peer, family, prefix, pathId) && wasThere)
      routes.push({ family, prefix, ...(pathId === undefined ? {} : { pathId }) })
  }

  /** Whether nothing was told of the route so far. */
  #isNew(peer: string, { safi }: Family, prefix: RouteNews['prefix'], pathId: number | undefined): boolean {
    const before = this.#book.routes
    this.#book.route(this.#numbers.get(peer)!, this.#book.prefix(safi, prefix, true), pathId)
    return this.#book.routes > before
  }

  #stale(peer: string, family: Family, was: boolean): void {
    const { stale } = this.#then(peer)
    const name = familyName(family)
    if (!stale.has(name)) stale.set(name, { family, was })
  }
}
