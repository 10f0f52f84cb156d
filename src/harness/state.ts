// How it is at one instant, as a value.
import type { Observer } from '../core/check/observer.ts'
import type { State } from './contract.ts'
import type { EventRow } from './event-log.ts'
import { expectedRows, nodeRows, peerRows, routeRows } from './views.ts'

/** Takes everything at once: the observer goes on. */
export function stateOf(
  observer: Observer,
  of: {
    readonly label: string
    readonly trace: string | undefined
    /** The latest events in words, up to this state's, those after number `since`. */
    readonly events: (last: number, since: number, limit: number) => readonly EventRow[]
  },
): State {
  const { label, trace, events } = of
  const { seq, at } = observer.world.lastEvent
  const peers = peerRows(observer)
  const routes = routeRows(observer)
  const nodes = nodeRows(observer)
  const expected = expectedRows(observer)
  const verdict = observer.verdict()
  return {
    label,
    trace,
    at: { seq, at },
    known: observer.world.known,
    peers: () => peers,
    routes: () => routes,
    nodes: () => nodes,
    expected: () => expected,
    verdict: () => verdict,
    events: (since = 0, limit = Number.POSITIVE_INFINITY) => events(seq, since, limit),
  }
}
