// How it is at one instant, as a value.
import type { Observer } from '../core/check/observer.ts'
import type { State } from './contract.ts'
import type { EventRow } from './event-log.ts'
import { nearestNow, nearestRoutes } from './nearest-routes.ts'
import { expectedRows, nodeRows, peerRows, routeRows, type RouteRow } from './views.ts'

interface Of {
  readonly label: string
  readonly trace: string | undefined
  /** The latest events in words, up to this state's, those after number `since`. */
  readonly events: (last: number, since: number, limit: number) => readonly EventRow[]
  /** Where most rows of routes are made already. */
  readonly routes?: (observer: Observer) => readonly RouteRow[]
}

/** Takes everything at once: the observer goes on. */
export function stateOf(observer: Observer, of: Of): State {
  const state = lookOf(observer, of)
  state.peers()
  state.routes()
  state.nodes()
  state.expected()
  state.verdict()
  return state
}

/**
 * The same for who asks at once, and then only what is asked for is made: rows of a large table take far longer than a
 * verdict about it. What was not asked for before the next event throws.
 */
export function lookOf(
  observer: Observer,
  { label, trace, events, routes: readRoutes = routeRows }: Of,
): State {
  const { seq, at } = observer.world.lastEvent
  const isOver = (): boolean => observer.world.lastEvent.seq !== seq
  const once = <T>(make: (observer: Observer) => T): (() => T) => {
    let made: { readonly value: T } | undefined
    return () => {
      if (made === undefined && isOver())
        throw new Error('a look at a running router is over with the next event: take its state()')
      made ??= { value: make(observer) }
      return made.value
    }
  }
  const routes = once<readonly RouteRow[]>(readRoutes)
  return {
    label,
    trace,
    at: { seq, at },
    known: observer.world.known,
    peers: once(peerRows),
    routes,
    nearest: (wanted) =>
      (isOver() ? undefined : nearestNow(observer, wanted)) ?? nearestRoutes(routes(), wanted),
    nodes: once(nodeRows),
    expected: once(expectedRows),
    verdict: once(() => observer.verdict()),
    events: (since = 0, limit = Number.POSITIVE_INFINITY) => events(seq, since, limit),
  }
}
