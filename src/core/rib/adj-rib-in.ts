// Adj-RIB-In (RFC 4271 §3.2): what one peer announced. It outlives the peer's sessions.
import type { Prefix } from '../ip/prefix.ts'
import type { Micros } from '../session/terms.ts'
import type { AttributeSet } from '../wire/attribute-set.ts'
import type { Family, NextHop, Nlri } from '../wire/message.ts'

/** A route in an Adj-RIB-In. */
export interface Route {
  readonly family: Family
  readonly prefix: Prefix
  readonly pathId: number | undefined
  readonly attributes: AttributeSet
  readonly nextHop: NextHop | undefined
  /** Since when the peer announces it without a break (a change of attributes is no break). */
  readonly since: Micros
  /** Number of the stream event that last announced it. */
  readonly event: number
  /** Number of the stream event that announced it first without a break. */
  readonly firstEvent: number
  /** Kept by graceful restart since then, at most until then. */
  readonly stale: { readonly since: Micros; readonly until: Micros } | undefined
}

/** What an announcement did. 'same': the route was there with the same attributes and next hop. */
export interface Announced {
  readonly change: 'new' | 'changed' | 'same'
  /** The route was stale until now. */
  readonly refreshed: boolean
}

/** A stale mark. `bound` is the upper bound that the first return of the peer set (RFC 8538 §4). */
export interface StaleMark {
  readonly since: Micros
  readonly until: Micros
  readonly bound: Micros | undefined
}

/** What `remove` decides by. */
export interface Held {
  readonly stale: StaleMark | undefined
  /** Number of the stream event that last announced the route. */
  readonly event: number
}

/** A route and its mark as plain data; `attributes` is the number of the set in the snapshot's attribute table. */
export interface RouteSnapshot {
  readonly prefix: Prefix
  readonly pathId: number | undefined
  readonly attributes: number
  readonly nextHop: NextHop | undefined
  readonly since: Micros
  readonly event: number
  readonly firstEvent: number
  readonly stale: StaleMark | undefined
}

export interface RibSnapshot {
  readonly families: readonly { readonly family: Family; readonly routes: Iterable<RouteSnapshot> }[]
}

/** Keys of routes: a list, or what stands for one. */
export type Keys = Iterable<Nlri> & { readonly length: number }

/** The routes of one peer, by family, prefix and path identifier. */
export interface AdjRibIn {
  /** Number of routes, stale ones included; of one family when it is given. */
  size(family?: Family): number
  /** Number of stale routes; of one family when it is given. */
  staleSize(family?: Family): number
  /** Families that have routes. */
  families(): Family[]
  routes(): IterableIterator<Route>
  get(family: Family, nlri: Nlri): Route | undefined
  /** Adds or replaces a route and takes its stale mark away. */
  announce(
    family: Family,
    nlri: Nlri,
    attributes: AttributeSet,
    nextHop: NextHop | undefined,
    now: Micros,
    event: number,
  ): Announced
  /** Removes a route; false when there was none. */
  withdraw(family: Family, nlri: Nlri): boolean
  /** Removes the routes of a family, all or stale ones only, that `doomed` picks, and returns their keys. */
  remove(family: Family, which: 'all' | 'stale', doomed?: (route: Held) => boolean): Keys
  /** Gives every route of a family a new mark, made from the one it has; the same mark is asked for once or often. */
  mark(family: Family, mark: (mark: StaleMark | undefined) => StaleMark | undefined): void
  /** @param lazy the routes are read when somebody reads them, and are those of then */
  snapshot(numberOf: (attributes: AttributeSet) => number, lazy?: boolean): RibSnapshot
}
