// What can be seen of a router or a trace, as plain rows: the same for tables, JSON and the API.
import { noSessionReason } from '../core/check/no-session.ts'
import type { Observer } from '../core/check/observer.ts'
import { formatAddress, formatPrefix } from '../core/ip/text.ts'
import { peersThatAreUs } from '../core/check/our-ends.ts'
import { BY_HAND } from '../core/check/words.ts'
import { allocatingObject } from '../core/expected/source.ts'
import { comparePrefixes } from '../core/ip/arithmetic.ts'
import { describeCause } from '../core/session/describe.ts'
import type { Prefix } from '../core/ip/prefix.ts'
import type { SpeakerApi } from '../core/speaker/api.ts'
import type { Micros, PeerView, Route, SessionState } from '../core/speaker/contract.ts'
import { familyKey, familyName } from '../core/wire/families.ts'
import { formatAsPath, formatCommunities } from '../core/wire/format.ts'

export interface PeerRow {
  readonly node: string | undefined
  readonly peer: string
  readonly asn: number
  readonly identifier: string
  readonly address: string
  readonly state: SessionState
  /** Since when it is in this state. */
  readonly since: Micros
  readonly routes: number
  readonly stale: number
  readonly holdTime: number | undefined
  /** Families whose End-of-RIB came in the present session. */
  readonly endOfRib: readonly string[]
  readonly session: number
  /** Who opened the connection: the peer ('in') or we ('out'). */
  readonly direction: 'in' | 'out'
  readonly established: number
  /** Why the last session ended, when none is up. */
  readonly lastClose: string | undefined
}

export interface RouteRow {
  readonly node: string | undefined
  readonly family: string
  readonly prefix: string
  /** Where the session has ADD-PATH (RFC 7911). */
  readonly pathId: number | undefined
  readonly nextHop: string
  readonly asPath: string
  readonly communities: string
  readonly since: Micros
  readonly event: number
  readonly staleUntil: Micros | undefined
  readonly peer: string
}

export interface NodeRow {
  readonly node: string
  readonly podCidrs: readonly string[]
  /** Node.spec.podCIDRs. */
  readonly nodePodCidrs: readonly string[]
  readonly state: string
  readonly peers: readonly string[]
  readonly expected: number
  readonly announced: number
  /** Whether the objects give it a session with us. */
  readonly due: boolean
  /** Why no session of it is Established; undefined while one is. */
  readonly why: string | undefined
}

export interface ExpectedRow {
  readonly node: string
  readonly instance: string
  readonly neighbor: string
  readonly family: string
  readonly prefix: string
  /** The object and field that allocates it. */
  readonly source: string
  readonly announced: boolean
}

export const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

export function peerRows(observer: Observer): PeerRow[] {
  const rows = [...observer.world.speaker.peers()].map((peer): PeerRow => {
    const session = peer.established ?? peer.last
    return {
      node: observer.checker.nodeOf(peer.key),
      peer: peer.key,
      asn: peer.asn,
      identifier: peer.identifier,
      address: session.remote.address,
      state: session.state,
      since: session.closedAt ?? session.establishedAt ?? session.openedAt,
      routes: peer.routes,
      stale: peer.staleRoutes,
      holdTime: session.holdTime,
      endOfRib: session.endOfRib.map((key) => {
        const [afi = 0, safi = 0] = key.split('/').map(Number)
        return familyName({ afi, safi })
      }),
      session: session.session,
      direction: session.direction,
      established: peer.sessions,
      lastClose:
        peer.established === undefined && session.cause !== undefined
          ? describeCause(session.cause)
          : undefined,
    }
  })
  return rows.sort((a, b) => byText(a.node ?? a.identifier, b.node ?? b.identifier) || byText(a.peer, b.peer))
}

function nextHopText(route: Route): string {
  return route.nextHop === undefined ? '' : formatAddress(route.nextHop.global)
}

export function routeRow(route: Route, node: string | undefined, peer: string): RouteRow {
  const { asPath, communities } = route.attributes.decoded
  return {
    node,
    family: familyName(route.family),
    prefix: formatPrefix(route.prefix),
    pathId: route.pathId,
    nextHop: nextHopText(route),
    asPath: formatAsPath(asPath ?? []),
    communities: formatCommunities(communities ?? []),
    since: route.since,
    event: route.event,
    staleUntil: route.stale?.until,
    peer,
  }
}

/** The order of the routes of a node: family, prefix, path identifier. */
export function compareRoutes(a: Route, b: Route): number {
  return (
    (a.family === b.family ? 0 : byText(familyKey(a.family), familyKey(b.family))) ||
    comparePrefixes(a.prefix, b.prefix) ||
    (a.pathId ?? 0) - (b.pathId ?? 0)
  )
}

/** Rows of all Adj-RIB-Ins, or those of some peers, in the order node, family, prefix. */
export function routeRows(
  observer: Observer,
  peers: readonly string[] = [...observer.world.speaker.peerKeys()],
): RouteRow[] {
  const rows: { row: RouteRow; route: Route }[] = []
  for (const peer of peers) {
    const node = observer.checker.nodeOf(peer)
    for (const route of observer.world.speaker.routes(peer))
      rows.push({ route, row: routeRow(route, node, peer) })
  }
  rows.sort(
    (a, b) => byText(a.row.node ?? a.row.peer, b.row.node ?? b.row.peer) || compareRoutes(a.route, b.route),
  )
  return rows.map(({ row }) => row)
}

/** Rows of all nodes that objects or sessions name. */
export function nodeRows(observer: Observer): NodeRow[] {
  const peersOf = new Map<string, PeerView[]>()
  for (const peer of observer.world.speaker.peers()) {
    const node = observer.checker.nodeOf(peer.key)
    if (node !== undefined) peersOf.set(node, [...(peersOf.get(node) ?? []), peer])
  }
  const expected = new Map<string, number>()
  for (const { node } of expectedRows(observer)) expected.set(node, (expected.get(node) ?? 0) + 1)
  const states = observer.checker.book.nodes
  const view = observer.checker.sight(observer.world)
  const ours = { asn: observer.world.config.asn, addresses: observer.checker.addresses }
  const names = new Set([...states.keys(), ...peersOf.keys()])
  return [...names].sort(byText).map((node): NodeRow => {
    const facts = states.get(node)?.facts
    const peers = peersOf.get(node) ?? []
    const up = peers.find((peer) => peer.established !== undefined)
    return {
      node,
      podCidrs: (facts?.ciliumPodCidrs ?? []).map(formatPrefix),
      nodePodCidrs: (facts?.nodePodCidrs ?? []).map(formatPrefix),
      state: up !== undefined ? 'established' : peers.length > 0 ? 'down' : 'none',
      peers: peers.map((peer) => peer.key),
      expected: expected.get(node) ?? 0,
      announced: peers.reduce((sum, peer) => sum + peer.routes, 0),
      due: states.has(node) && peersThatAreUs(states.get(node)!, view.peersOf(node), ours).size > 0,
      why: noSessionReason(view, node),
    }
  })
}

/** By the index; with path identifiers (RFC 7911) by looking at all routes of the peer. */
function hasRoute(speaker: SpeakerApi, peer: string, prefix: Prefix): boolean {
  for (const _ of speaker.lookup(prefix, peer)) return true
  return false
}

/** Rows of what every node should announce to us. */
export function expectedRows(observer: Observer): ExpectedRow[] {
  const { checker, world } = observer
  const view = checker.sight(world)
  const object = allocatingObject(view.settings.ipam)
  const source = object === 'Node' ? 'Node.spec.podCIDRs' : 'CiliumNode.spec.ipam.podCIDRs'
  const rows: ExpectedRow[] = []
  for (const node of [...checker.book.nodes.keys()].sort(byText)) {
    const state = checker.book.nodes.get(node)!
    const ours = peersThatAreUs(state, view.peersOf(node), {
      asn: world.config.asn,
      addresses: checker.addresses,
    })
    const announcers = view.peersOf(node).map(({ key }) => key)
    for (const peer of ours) {
      for (const prefix of [...peer.prefixes].sort(comparePrefixes)) {
        rows.push({
          node,
          instance: peer.instance,
          neighbor: peer.peer,
          family: familyName({ afi: prefix.afi, safi: 1 }),
          prefix: formatPrefix(prefix),
          source: state.facts.byHand ? BY_HAND : source,
          announced: announcers.some((key) => hasRoute(world.speaker, key, prefix)),
        })
      }
    }
  }
  return rows
}
