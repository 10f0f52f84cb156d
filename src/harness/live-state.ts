// How a router is at one instant, as a value that nothing changes any more.
import type { Verdict } from '../core/check/finding.ts'
import type { Instant } from '../core/window/contract.ts'
import type { State } from './contract.ts'
import type { EventRow } from './event-log.ts'
import type { ExpectedRow, NodeRow, PeerRow, RouteRow } from './views.ts'

/** A state as it travels. */
export interface StateJson {
  readonly label: string
  readonly trace?: string | undefined
  readonly at: Instant
  readonly peers: readonly PeerRow[]
  readonly routes: readonly RouteRow[]
  readonly nodes: readonly NodeRow[]
  readonly expected: readonly ExpectedRow[]
  readonly verdict: Verdict
  readonly events: readonly EventRow[]
}

/** Events that a state holds. */
const EVENTS = 1000

/** What a state is made of. */
interface Source {
  readonly label: string
  readonly trace: string | undefined
  /** Of the last event. */
  readonly at: Instant
  peers(): readonly PeerRow[]
  routes(): readonly RouteRow[]
  nodes(): readonly NodeRow[]
  expected(): readonly ExpectedRow[]
  verdict(): Verdict
  events(since?: number, limit?: number): readonly EventRow[]
}

/** Takes the state of now, to be sent away. */
export function stateToJson(source: Source): StateJson {
  return {
    label: source.label,
    trace: source.trace,
    at: source.at,
    peers: source.peers(),
    routes: source.routes(),
    nodes: source.nodes(),
    expected: source.expected(),
    verdict: source.verdict(),
    events: source.events(0, EVENTS),
  }
}

/** The state that `stateToJson` took. */
export function stateFromJson(json: StateJson, label = json.label): State {
  return {
    label,
    trace: json.trace,
    at: json.at,
    peers: () => json.peers,
    routes: () => json.routes,
    nodes: () => json.nodes,
    expected: () => json.expected,
    verdict: () => json.verdict,
    events: (since = 0, limit = Infinity) => {
      const rows = json.events.filter(({ seq }) => seq > since)
      return limit >= rows.length ? rows : rows.slice(rows.length - limit)
    },
  }
}
