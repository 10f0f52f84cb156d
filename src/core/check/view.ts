// What rules look at: the routes and the expectations of one instant, sorted by prefix and node.
import { prefixKey } from '../ip/arithmetic.ts'
import type { Prefix } from '../ip/prefix.ts'
import type { PrefixKey } from '../expected/allocation.ts'
import type { ExpectedPeer } from '../expected/expectation.ts'
import type { Settings } from '../expected/settings.ts'
import { formatIdentifier } from '../ip/text.ts'
import { isRefusal } from '../session/cause.ts'
import type { SpeakerApi } from '../speaker/api.ts'
import type { Micros, PeerView, Route, SessionView, WithdrawCause } from '../speaker/contract.ts'
import { isUnicast } from '../wire/families.ts'
import type { ClusterBook, FormerOwner, NodeState } from './cluster-book.ts'
import { dueRoutes, expectedPeerOf, type Due, type OurEnds } from './our-ends.ts'
import type { PeerLabel } from './peer-labels.ts'
import type { VipUse } from './vip-book.ts'

/** A route of one peer of a node. */
export interface Sighting {
  readonly peer: PeerView
  readonly session: SessionView
  readonly route: Route
  /** The configured peer that this session is; undefined when the node's configuration has none for us. */
  readonly expected: ExpectedPeer | undefined
}

/** A prefix that a node announces. */
export interface Claim {
  /** Node name, or the peer's identifier where no object names the node. */
  readonly node: string
  readonly identified: boolean
  /** The evidence about who the peer is contradicts itself. */
  readonly conflicted: boolean
  readonly key: PrefixKey
  readonly prefix: Prefix
  readonly sightings: readonly Sighting[]
}

/** What everybody announces, by prefix and by node. */
export interface Claims {
  /** All of them in order of prefix. */
  sorted(): readonly Claim[]
  announcers(key: PrefixKey): readonly Claim[]
  claimsOf(node: string): readonly Claim[]
}

/** The last announcer of a prefix that nobody announces any more. */
export interface Withdrawn {
  readonly node: string
  readonly at: Micros
  readonly event: number
  readonly cause: WithdrawCause
}

export interface View {
  readonly at: Micros
  readonly settings: Settings
  readonly claims: readonly Claim[]
  readonly due: readonly Due[]
  /** Peers that ever were, in no particular order. */
  readonly peers: readonly PeerView[]
  /** Peers that no object names. */
  readonly strangers: readonly PeerView[]
  /** The last session that we or they refused, from one of these addresses or with one of these BGP identifiers. */
  refusal(addresses: readonly string[], identifiers?: readonly string[]): SessionView | undefined
  state(node: string): NodeState | undefined
  owners(key: PrefixKey): ReadonlySet<string>
  announcers(key: PrefixKey): readonly Claim[]
  claimsOf(node: string): readonly Claim[]
  peersOf(node: string): readonly PeerView[]
  former(key: PrefixKey): FormerOwner | undefined
  overlapping(prefix: Prefix): { readonly prefix: Prefix; readonly nodes: ReadonlySet<string> } | undefined
  withdrawn(key: PrefixKey): Withdrawn | undefined
  /** The Services that have this address; none while Services or their endpoints cannot be read. */
  vip(key: PrefixKey): readonly VipUse[]
}

export interface ViewSources {
  readonly at: Micros
  readonly speaker: SpeakerApi
  readonly book: ClusterBook
  readonly ours: OurEnds
  /** False leaves out what routes there are. */
  readonly withRoutes: boolean
  /** False leaves out Services: they, or their endpoints, cannot be read. */
  readonly withServices: boolean
  label(peer: string): PeerLabel
  withdrawn(key: PrefixKey): Withdrawn | undefined
}

interface MutableClaim extends Claim {
  readonly sightings: Sighting[]
}

/** What claims are read from. */
export type ClaimSources = Pick<ViewSources, 'speaker' | 'book' | 'ours' | 'label'>

/** What these peers announce: one claim for each node and prefix, in the order of the peers. */
export function claimsOfPeers(peers: Iterable<PeerView>, sources: ClaimSources): readonly Claim[] {
  const claims: MutableClaim[] = []
  const byNode = new Map<string, Map<PrefixKey, MutableClaim>>()
  for (const peer of peers) {
    if (peer.routes === 0) continue
    const label = sources.label(peer.key)
    const node = label.node ?? peer.identifier
    const session = peer.established ?? peer.last
    const expected = expectedPeerOf(sources.book.nodes.get(node), peer, session, sources.ours.asn)
    let known = byNode.get(node)
    if (known === undefined) byNode.set(node, (known = new Map<PrefixKey, MutableClaim>()))
    for (const route of sources.speaker.routes(peer.key)) {
      if (!isUnicast(route.family)) continue
      const key = prefixKey(route.prefix)
      const sighting: Sighting = { peer, session, route, expected }
      const before = known.get(key)
      if (before !== undefined) {
        before.sightings.push(sighting)
        continue
      }
      const identified = label.node !== undefined
      const conflicted = label.conflict !== undefined
      const { prefix } = route
      const claim: MutableClaim = { node, identified, conflicted, key, prefix, sightings: [sighting] }
      known.set(key, claim)
      claims.push(claim)
    }
  }
  return claims
}

/** Reads all routes once: O(routes + expected). */
export function makeView(sources: ViewSources): View {
  const { book, speaker, ours } = sources
  const byPrefix = new Map<PrefixKey, Claim[]>()
  const byNode = new Map<string, Claim[]>()
  const peersByNode = new Map<string, PeerView[]>()
  const peers = [...speaker.peers()]
  const strangers: PeerView[] = []
  for (const peer of peers) {
    const { node } = sources.label(peer.key)
    if (node === undefined) strangers.push(peer)
    push(peersByNode, node ?? peer.identifier, peer)
  }
  for (const claim of sources.withRoutes ? claimsOfPeers(peers, sources) : []) {
    push(byPrefix, claim.key, claim)
    push(byNode, claim.node, claim)
  }
  let refusals: ReadonlyMap<string, SessionView> | undefined
  const none: readonly never[] = []
  return {
    at: sources.at,
    settings: book.settings,
    claims: [...byPrefix.values()].flat(),
    due: [...dueRoutes(book.nodes, (node) => peersByNode.get(node) ?? none, ours)],
    peers,
    strangers,
    refusal: (addresses, identifiers) => refusal((refusals ??= refusalsOf(speaker)), addresses, identifiers),
    state: (node) => book.nodes.get(node),
    owners: (key) => book.table.owners(key),
    announcers: (key) => byPrefix.get(key) ?? none,
    claimsOf: (node) => byNode.get(node) ?? none,
    peersOf: (node) => peersByNode.get(node) ?? none,
    former: (key) => book.former.get(key),
    overlapping: (prefix) => book.table.overlapping(prefix),
    withdrawn: (key) => sources.withdrawn(key),
    vip: (key) => (sources.withServices ? book.vips.at(key) : none),
  }
}

function push<K, T>(map: Map<K, T[]>, key: K, value: T): void {
  const list = map.get(key)
  if (list === undefined) map.set(key, [value])
  else list.push(value)
}

/** The last session that we or they refused, by the address that it came from and by the identifier that it said. */
export function refusalsOf(speaker: SpeakerApi): ReadonlyMap<string, SessionView> {
  const last = new Map<string, SessionView>()
  for (const session of speaker.sessions()) {
    if (session.cause === undefined || !isRefusal(session.cause)) continue
    const { received, remote } = session
    const keys = [remote.address]
    if (received !== undefined) keys.push(identifierKey(formatIdentifier(received.identifier)))
    for (const key of keys) if (session.session > (last.get(key)?.session ?? 0)) last.set(key, session)
  }
  return last
}

const identifierKey = (identifier: string): string => `identifier ${identifier}`

/** The last of those from one of these addresses, or with one of these identifiers. */
export function refusal(
  refusals: ReadonlyMap<string, SessionView>,
  addresses: readonly string[],
  identifiers: readonly string[] = [],
): SessionView | undefined {
  let last: SessionView | undefined
  for (const key of [...addresses, ...identifiers.map(identifierKey)]) {
    const session = refusals.get(key)
    if (session !== undefined && session.session > (last?.session ?? 0)) last = session
  }
  return last
}
