// What the objects say about one node: its pod CIDRs in either object, its addresses and its names.
import { comparePrefixes, prefixKey } from '../ip/arithmetic.ts'
import type { Prefix } from '../ip/prefix.ts'
import { fieldOf, type Complain, type Field } from './field.ts'
import type { Objects } from './settings.ts'
import { allocatingObject } from './source.ts'

export interface NodeFacts {
  readonly name: string
  /** A Node or a CiliumNode of this name exists. */
  readonly exists: boolean
  /** It was given by hand (`fromStatic`): no object of a cluster says any of this. */
  readonly byHand?: true
  /** What IPAM allocates to the node: pods have addresses out of these. */
  readonly allocated: readonly Prefix[]
  /** Node.spec.podCIDRs, what kube-controller-manager wrote. */
  readonly nodePodCidrs: readonly Prefix[]
  /** CiliumNode.spec.ipam.podCIDRs. */
  readonly ciliumPodCidrs: readonly Prefix[]
  /** Addresses of CiliumNode and Node, canonical text. */
  readonly addresses: readonly string[]
  /** Addresses that its BGP configuration makes sessions start from. */
  readonly localAddresses: readonly string[]
  /** BGP identifiers that its BGP configuration sets. */
  readonly routerIds: readonly string[]
  /** AS number by which its peers are known; only nodes given by hand have one. */
  readonly asn?: number | undefined
  /** Lower case: the node's name and its host names. */
  readonly hostNames: readonly string[]
}

/** Reads everything about the node `name`. `ipam` is the cluster's IPAM mode, undefined when unknown. */
export function readNodeFacts(
  objects: Objects,
  name: string,
  ipam: string | undefined,
  complain: Complain,
): NodeFacts {
  const node = fieldOf(objects.get('Node', name), complain)
  const ciliumNode = fieldOf(objects.get('CiliumNode', name), complain)
  const config = fieldOf(objects.get('CiliumBGPNodeConfig', name), complain)
  const override = fieldOf(objects.get('CiliumBGPNodeConfigOverride', name), complain)
  const nodePodCidrs = podCidrsOfNode(node)
  const ciliumPodCidrs = prefixes(ciliumNode?.at('spec', 'ipam', 'podCIDRs').items() ?? [])
  const instances = [config, override].flatMap((field) => field?.at('spec', 'bgpInstances').items() ?? [])
  const statusAddresses = node?.at('status', 'addresses').items() ?? []
  const hostName = node?.at('metadata', 'labels').texts().get('kubernetes.io/hostname')
  return {
    name,
    exists: node !== undefined || ciliumNode !== undefined,
    allocated: allocated(ipam, node === undefined, nodePodCidrs, ciliumPodCidrs, () =>
      poolPrefixes(ciliumNode),
    ),
    nodePodCidrs,
    ciliumPodCidrs,
    addresses: distinct([
      ...(ciliumNode?.at('spec', 'addresses').items() ?? []).map((entry) => entry.at('ip').address()),
      ...statusAddresses.filter(isIp).map((entry) => entry.at('address').address()),
    ]),
    localAddresses: distinct(
      instances
        .flatMap((instance) => instance.at('peers').items())
        .map((peer) => peer.at('localAddress').address()),
    ),
    routerIds: distinct(instances.map((instance) => instance.at('routerID').address())),
    hostNames: distinct([
      name,
      hostName,
      ...statusAddresses.filter((entry) => !isIp(entry)).map((entry) => entry.at('address').text()),
    ]).map((host) => host.toLowerCase()),
  }
}

function allocated(
  ipam: string | undefined,
  noNode: boolean,
  nodePodCidrs: readonly Prefix[],
  ciliumPodCidrs: readonly Prefix[],
  pools: () => readonly Prefix[],
): readonly Prefix[] {
  switch (allocatingObject(ipam)) {
    case 'Node':
      // The agent copies Node's CIDRs to CiliumNode: good enough where Nodes cannot be seen.
      return noNode ? ciliumPodCidrs : nodePodCidrs
    case 'CiliumNode':
      return ciliumPodCidrs
    case undefined:
      return ipam === 'multi-pool' ? pools() : []
  }
}

function podCidrsOfNode(node: Field | undefined): readonly Prefix[] {
  if (node === undefined) return []
  const list = node.at('spec', 'podCIDRs')
  return prefixes(list.absent ? [node.at('spec', 'podCIDR')] : list.items())
}

function poolPrefixes(ciliumNode: Field | undefined): readonly Prefix[] {
  const pools = ciliumNode?.at('spec', 'ipam', 'pools', 'allocated').items() ?? []
  return prefixes(pools.flatMap((pool) => pool.at('cidrs').items()))
}

function prefixes(fields: readonly Field[]): readonly Prefix[] {
  const unique = new Map<number | string, Prefix>()
  for (const field of fields) {
    const prefix = field.prefix()
    if (prefix !== undefined) unique.set(prefixKey(prefix), prefix)
  }
  return [...unique.values()].sort(comparePrefixes)
}

function isIp(address: Field): boolean {
  const type = address.at('type').text()
  return type === 'InternalIP' || type === 'ExternalIP'
}

function distinct(texts: Iterable<string | undefined>): readonly string[] {
  return [...new Set([...texts].filter((text) => text !== undefined && text !== ''))] as string[]
}
