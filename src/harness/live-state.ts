// A state as it travels to another process.
import type { Verdict } from '../core/check/finding.ts'
import type { Instant } from '../core/window/contract.ts'
import type { State } from './contract.ts'
import type { EventRow } from './event-log.ts'
import { nearestRoutes } from './nearest-routes.ts'
import type { ExpectedRow, NodeRow, PeerRow, RouteRow } from './views.ts'

export interface StateJson {
  readonly label: string
  readonly trace?: string | undefined
  readonly at: Instant
  readonly known: boolean
  readonly peers: readonly PeerRow[]
  readonly routes: readonly RouteRow[]
  readonly nodes: readonly NodeRow[]
  readonly expected: readonly ExpectedRow[]
  readonly verdict: Verdict
  /** The latest. */
  readonly events: readonly EventRow[]
}

/** Events that travel with a state. */
const EVENTS = 1000

export function stateToJson(state: State): StateJson {
  return {
    label: state.label,
    trace: state.trace,
    at: state.at,
    known: state.known,
    peers: state.peers(),
    routes: state.routes(),
    nodes: state.nodes(),
    expected: state.expected(),
    verdict: state.verdict(),
    events: state.events(0, EVENTS),
  }
}

/** @param label what it is called here */
export function stateFromJson(json: StateJson, label: string): State {
  return {
    label,
    trace: json.trace,
    at: json.at,
    known: json.known,
    peers: () => json.peers,
    routes: () => json.routes,
    nearest: (wanted) => nearestRoutes(json.routes, wanted),
    nodes: () => json.nodes,
    expected: () => json.expected,
    verdict: () => json.verdict,
    events: (since = 0, limit = Infinity) => {
      const rows = json.events.filter(({ seq }) => seq > since)
      return limit >= rows.length ? rows : rows.slice(rows.length - limit)
    },
  }
}
