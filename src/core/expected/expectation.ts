// Cluster objects → the routes that one node should announce to each of its peers.
import type { Afi, Prefix } from '../ip/prefix.ts'
import type { OtherAdvertisement, PeerAdvertisements } from './advertisements.ts'
import { fieldOf, type Complain, type Field } from './field.ts'
import type { NodeFacts } from './node-facts.ts'
import type { Objects, Settings } from './settings.ts'
import { allocatingObject } from './source.ts'

/** A session that a node should have, and what it should announce there. Undefined fields say nothing and match anything. */
export interface ExpectedPeer {
  /** BGP instance of the CiliumBGPNodeConfig; "metallb" in MetalLB mode. */
  readonly instance: string
  readonly peer: string
  /** No configuration names our address: any session with us is meant. */
  readonly anySession?: true
  readonly localAsn: number | undefined
  /** The router's address, canonical text. */
  readonly peerAddress: string | undefined
  readonly peerAsn: number | undefined
  readonly peerPort: number | undefined
  /** Prefixes of both families; each prefix tells its own. */
  readonly prefixes: readonly Prefix[]
  readonly others: readonly OtherAdvertisement[]
  /** Name of the Secret with the TCP MD5 key of the session, where it has one. */
  readonly authSecret?: string
}

/**
 * The peers of a node with what each should get.
 * @param peerConfigs what `resolvePeerConfigs` made
 */
export function expectedPeers(
  objects: Objects,
  facts: NodeFacts,
  settings: Settings,
  peerConfigs: ReadonlyMap<string, PeerAdvertisements>,
  complain: Complain,
): readonly ExpectedPeer[] {
  if (facts.byHand) return [staticPeer(facts)]
  const config = fieldOf(objects.get('CiliumBGPNodeConfig', facts.name), complain)
  const peers: ExpectedPeer[] = []
  for (const instance of config?.at('spec', 'bgpInstances').items() ?? [])
    for (const peer of instance.at('peers').items())
      peers.push(
        readPeer(instance, peer, discoveredAddress(config!, instance, peer), facts, settings, peerConfigs),
      )
  if (settings.announcePodCidrs && facts.exists) peers.push(metallbPeer(facts, settings))
  return peers
}

function readPeer(
  instance: Field,
  peer: Field,
  discovered: string | undefined,
  facts: NodeFacts,
  settings: Settings,
  peerConfigs: ReadonlyMap<string, PeerAdvertisements>,
): ExpectedPeer {
  // Without a peerConfigRef, or with one that names nothing, the session may come up but announces nothing.
  const reference = peer.at('peerConfigRef', 'name').text()
  const advertisements = reference === undefined ? undefined : peerConfigs.get(reference)
  const podCidrs = advertisements?.podCidrs ?? []
  const peerAsn = peer.at('peerASN').integer()
  return {
    instance: instance.at('name').text() ?? '',
    peer: peer.at('name').text() ?? '',
    localAsn: instance.at('localASN').integer(),
    peerAddress: peer.at('peerAddress').address() ?? discovered,
    // 0 accepts any AS number.
    peerAsn: peerAsn === 0 ? undefined : peerAsn,
    peerPort: advertisements?.peerPort,
    ...(advertisements?.authSecret === undefined ? {} : { authSecret: advertisements.authSecret }),
    // Agents refuse PodCIDR advertisements in other IPAM modes ("Unsupported IPAM mode").
    prefixes:
      allocatingObject(settings.ipam) === undefined
        ? []
        : facts.allocated.filter((prefix) => podCidrs.includes(prefix.afi)),
    others: (advertisements?.others ?? []).filter(
      ({ type }) => type !== 'CiliumPodIPPool' || settings.ipam === 'multi-pool',
    ),
  }
}

/** With autoDiscovery the agent writes the address that it found into the status. */
function discoveredAddress(config: Field, instance: Field, peer: Field): string | undefined {
  if (peer.at('autoDiscovery').absent) return undefined
  const same = (a: Field, b: Field) => a.at('name').value === b.at('name').value
  const status = config
    .at('status', 'bgpInstances')
    .items()
    .find((item) => same(item, instance))
  return status
    ?.at('peers')
    .items()
    .find((item) => same(item, peer))
    ?.at('peerAddress')
    .address()
}

/** MetalLB mode knows one set of peers for all nodes, kept in a file: any session with us is meant. */
function metallbPeer(facts: NodeFacts, settings: Settings): ExpectedPeer {
  const families: readonly Afi[] = [1, 2]
  return {
    instance: 'metallb',
    peer: '',
    anySession: true,
    localAsn: undefined,
    peerAddress: undefined,
    peerAsn: undefined,
    peerPort: undefined,
    prefixes: facts.allocated,
    // MetalLB's aggregation length stands in a ConfigMap of its own.
    others: settings.announceServices
      ? families.map((afi) => ({ type: 'Service', afi, lengths: undefined, outsidePodCidrs: true }))
      : [],
  }
}

/** Any session of the node is meant, whatever our address in it. */
function staticPeer(facts: NodeFacts): ExpectedPeer {
  return {
    instance: 'static',
    peer: '',
    anySession: true,
    localAsn: undefined,
    peerAddress: undefined,
    peerAsn: undefined,
    peerPort: undefined,
    prefixes: facts.allocated,
    others: [],
  }
}

/** One end of a session, as far as it tells which configured peer it belongs to. */
export interface SessionEnds {
  /** Our address in the session. */
  readonly localAddress: string
  readonly localPort: number
  readonly ourAsn: number
  /** AS number of the node's OPEN. */
  readonly nodeAsn: number
}

/**
 * The configured peer of a node that is us in this session: the one whose peerAddress is our address and whose peerASN
 * is ours (or any). Of several, the one whose port is ours too.
 */
export function peerOfSession(peers: readonly ExpectedPeer[], ends: SessionEnds): ExpectedPeer | undefined {
  const possible = peers.filter(
    (peer) =>
      (peer.peerAddress === undefined ? peer.anySession === true : peer.peerAddress === ends.localAddress) &&
      (peer.peerAsn === undefined || peer.peerAsn === ends.ourAsn) &&
      (peer.localAsn === undefined || peer.localAsn === ends.nodeAsn),
  )
  return possible.find((peer) => peer.peerPort === ends.localPort) ?? possible[0]
}
