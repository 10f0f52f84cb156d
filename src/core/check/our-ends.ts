// Which configured peers of nodes are us, also for nodes that never connected.
import { prefixKey } from '../ip/arithmetic.ts'
import type { PrefixKey } from '../expected/allocation.ts'
import { peerOfSession, type ExpectedPeer } from '../expected/expectation.ts'
import type { Prefix } from '../ip/prefix.ts'
import type { Micros, PeerView, SessionView } from '../speaker/contract.ts'
import type { NodeState } from './cluster-book.ts'

/** A prefix that a node should announce to us. */
export interface Due {
  readonly node: string
  readonly key: PrefixKey
  readonly prefix: Prefix
  readonly since: Micros
  readonly event: number
}

/** Our own side: AS number, and the addresses at which nodes reach us, as far as known. */
export interface OurEnds {
  readonly asn: number
  readonly addresses: ReadonlySet<string>
}

/** The address of a listener, or undefined when it listens on all: "127.0.0.1:1790" → "127.0.0.1". */
export function listenerAddress(listener: string): string | undefined {
  const colon = listener.lastIndexOf(':')
  const address = (colon < 0 ? listener : listener.slice(0, colon)).replace(/^\[|\]$/g, '')
  return address === '' || address === '*' || address === '0.0.0.0' || address === '::' ? undefined : address
}

/** The configured peer of a node that is us in this session. */
export function expectedPeerOf(
  state: NodeState | undefined,
  peer: PeerView,
  session: SessionView,
  ourAsn: number,
): ExpectedPeer | undefined {
  if (state === undefined) return undefined
  const { address, port } = session.local
  return peerOfSession(state.peers, { localAddress: address, localPort: port, ourAsn, nodeAsn: peer.asn })
}

/** The peers of a node's configuration that are us: those of its sessions, and those that name one of our addresses. */
export function peersThatAreUs(
  state: NodeState,
  sessions: readonly PeerView[],
  ours: OurEnds,
): ReadonlySet<ExpectedPeer> {
  const result = new Set<ExpectedPeer>()
  for (const peer of sessions) {
    const expected = expectedPeerOf(state, peer, peer.established ?? peer.last, ours.asn)
    if (expected !== undefined) result.add(expected)
  }
  for (const peer of state.peers) {
    if (peer.peerAsn !== undefined && peer.peerAsn !== ours.asn) continue
    if (peer.peerAddress === undefined ? peer.anySession === true : ours.addresses.has(peer.peerAddress))
      result.add(peer)
  }
  if (result.size === 0 && ours.addresses.size === 0) {
    // We listen on all addresses and nobody came yet: our AS number alone tells, when it tells one peer.
    const byAsn = state.peers.filter((peer) => peer.peerAsn === ours.asn)
    if (byAsn.length === 1) result.add(byAsn[0]!)
  }
  return result
}

/** Every (node, prefix) that should be announced to us. */
export function* dueRoutes(
  nodes: ReadonlyMap<string, NodeState>,
  peersOf: (node: string) => readonly PeerView[],
  ours: OurEnds,
): Iterable<Due> {
  for (const [node, state] of nodes) yield* dueRoutesOf(node, state, peersOf(node), ours)
}

/** What this node should announce to us. */
export function* dueRoutesOf(
  node: string,
  state: NodeState,
  peers: readonly PeerView[],
  ours: OurEnds,
): Iterable<Due> {
  if (state.expected.size === 0) return
  const seen = new Set<PrefixKey>()
  for (const peer of peersThatAreUs(state, peers, ours)) {
    for (const prefix of peer.prefixes) {
      const key = prefixKey(prefix)
      const expected = state.expected.get(key)
      if (seen.has(key) || expected === undefined) continue
      seen.add(key)
      yield { node, key, prefix, since: expected.since, event: expected.event }
    }
  }
}
