// Routes that went the same way at once, told as one. The news of each is made when somebody reads it: recording a
// table costs no objects then.
import { DroppedRoutes } from '../rib/dropped-routes.ts'
import { announced } from '../rib/typed-rib.ts'
import { PUT_SAME } from '../rib/route-table.ts'
import type { Family } from '../wire/message.ts'
import type { NlriField } from '../wire/nlri-field.ts'
import type { Effect, News, WithdrawCause } from './contract.ts'

/** Octets of a usual prefix. */
const OCTETS = 4

/**
 * News of the routes of one field. Those of an UPDATE stand in the message's own bytes, and are to be read while these
 * are valid.
 */
export class RouteBatch implements Iterable<News> {
  readonly news = 'routes'
  readonly session: number
  readonly peer: string
  readonly family: Family
  /** Undefined when they were announced. */
  readonly cause: WithdrawCause | undefined
  /** What the table said (`TypedRib.announceField`, `withdrawField`): one code for all, or one for each. */
  readonly codes: number | Uint8Array
  readonly #routes: NlriField | DroppedRoutes

  constructor(
    session: number,
    peer: string,
    family: Family,
    routes: NlriField | DroppedRoutes,
    cause: WithdrawCause | undefined,
    codes: number | Uint8Array,
  ) {
    this.session = session
    this.peer = peer
    this.family = family
    this.#routes = routes
    this.cause = cause
    this.codes = codes
  }

  /** How many routes. */
  get length(): number {
    return this.#routes.length
  }

  get routes(): NlriField {
    return this.#routes instanceof DroppedRoutes ? this.#routes.field : this.#routes
  }

  /** How many octets the routes take, about. */
  get octets(): number {
    return this.#routes instanceof DroppedRoutes
      ? OCTETS * this.#routes.length
      : this.#routes.end - this.#routes.start
  }

  /** Whether anything is otherwise than before: not, when all were the same already or never there. */
  get isChange(): boolean {
    const nothing = this.cause === undefined ? PUT_SAME : 0
    const { codes } = this
    return typeof codes === 'number' ? codes !== nothing : codes.some((code) => code !== nothing)
  }

  *[Symbol.iterator](): Generator<News> {
    const { session, peer, family, cause, codes } = this
    let index = 0
    for (const route of this.routes) {
      const code = typeof codes === 'number' ? codes : codes[index++]!
      if (cause === undefined)
        yield { news: 'route-announced', session, peer, family, ...route, ...announced(code) }
      else yield { news: 'route-withdrawn', session, peer, family, ...route, cause, existed: code === 1 }
    }
  }
}

/** What happened, with routes in batches. */
export type Told = News | RouteBatch

/** An effect of a turn, before anybody looks at routes one by one. */
export type TurnEffect = Exclude<Effect, { do: 'tell' }> | { readonly do: 'tell'; readonly news: Told }

/** All news one by one. */
export function newsOf(told: readonly Told[]): readonly News[] {
  const news: News[] = []
  for (const one of told) {
    if (one.news === 'routes') for (const route of one) news.push(route)
    else news.push(one)
  }
  return news
}

/** The effects with routes one by one. */
export function effectsOf(effects: readonly TurnEffect[]): Effect[] {
  return effects.flatMap((effect): Effect | Effect[] => {
    if (effect.do !== 'tell') return effect
    if (effect.news.news !== 'routes') return { do: 'tell', news: effect.news }
    return Array.from(effect.news, (news) => ({ do: 'tell', news }))
  })
}
