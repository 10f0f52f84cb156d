// Objects of a Cilium cluster, with only what a test cares about.
import type { ClusterObject } from '../../src/core/stream/events.ts'

export function node(name: string, podCIDRs: readonly string[] = [], address?: string): ClusterObject {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name },
    spec: { podCIDRs },
    status: { addresses: address === undefined ? [] : [{ type: 'InternalIP', address }] },
  }
}

export function ciliumNode(name: string, podCIDRs: readonly string[] = [], address?: string): ClusterObject {
  const addresses = address === undefined ? [] : [{ type: 'InternalIP', ip: address }]
  return {
    apiVersion: 'cilium.io/v2',
    kind: 'CiliumNode',
    metadata: { name },
    spec: { addresses, ipam: { podCIDRs } },
  }
}

export function ciliumConfig(data: Readonly<Record<string, string>>): ClusterObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'cilium-config', namespace: 'kube-system' },
    data,
  }
}

export function cilium(image: string): ClusterObject {
  const containers = [{ name: 'cilium-agent', image }]
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: 'cilium', namespace: 'kube-system' },
    spec: { template: { spec: { containers } } },
  }
}

export interface PeerFields {
  readonly name?: string
  readonly peerAddress?: string
  readonly peerASN?: number
  readonly localAddress?: string
  /** Name of the CiliumBGPPeerConfig; null leaves the reference out. */
  readonly config?: string | null
}

export function nodeConfig(
  name: string,
  {
    peers = [{}],
    localASN = 64512,
    routerID,
  }: { peers?: readonly PeerFields[]; localASN?: number; routerID?: string } = {},
): ClusterObject {
  return {
    apiVersion: 'cilium.io/v2',
    kind: 'CiliumBGPNodeConfig',
    metadata: { name },
    spec: {
      bgpInstances: [
        {
          name: 'main',
          localASN,
          ...(routerID === undefined ? {} : { routerID }),
          peers: peers.map(
            ({ name = 'tor', peerAddress = '127.0.0.1', peerASN = 65000, localAddress, config = 'tor' }) => ({
              name,
              peerAddress,
              peerASN,
              ...(localAddress === undefined ? {} : { localAddress }),
              ...(config === null ? {} : { peerConfigRef: { name: config } }),
            }),
          ),
        },
      ],
    },
  }
}

/** Selects advertisements with the label advertise=bgp unless told otherwise. */
export function peerConfig(
  name = 'tor',
  {
    families = ['ipv4'],
    selector = { matchLabels: { advertise: 'bgp' } },
    peerPort = 1790,
  }: { families?: readonly string[]; selector?: unknown; peerPort?: number } = {},
): ClusterObject {
  return {
    apiVersion: 'cilium.io/v2',
    kind: 'CiliumBGPPeerConfig',
    metadata: { name },
    spec: {
      transport: { peerPort },
      families: families.map((afi) => ({ afi, safi: 'unicast', advertisements: selector })),
    },
  }
}

export function advertisement(
  name: string,
  types: readonly (string | Readonly<Record<string, unknown>>)[],
  labels: Readonly<Record<string, string>> = { advertise: 'bgp' },
): ClusterObject {
  return {
    apiVersion: 'cilium.io/v2',
    kind: 'CiliumBGPAdvertisement',
    metadata: { name, labels },
    spec: {
      advertisements: types.map((type) => (typeof type === 'string' ? { advertisementType: type } : type)),
    },
  }
}

/** A cluster-pool cluster whose PodCIDRs are advertised; each node is [name, podCIDR, address]. */
export function bgpCluster(
  ...nodes: readonly (readonly [name: string, podCIDR: string, address: string])[]
): ClusterObject[] {
  return [
    ciliumConfig({ ipam: 'cluster-pool' }),
    cilium('quay.io/cilium/cilium:v1.20.2'),
    peerConfig(),
    advertisement('pod-cidr', ['PodCIDR']),
    ...nodes.flatMap(([name, podCIDR, address]) => [ciliumNode(name, [podCIDR], address), nodeConfig(name)]),
  ]
}

/** Objects as the expectation reads them. */
export function objectsOf(...objects: readonly ClusterObject[]): {
  get(kind: string, name: string, namespace?: string): ClusterObject | undefined
  list(kind: string): readonly ClusterObject[]
} {
  return {
    get: (kind, name, namespace) =>
      objects.find(
        (one) => one.kind === kind && one.metadata.name === name && one.metadata.namespace === namespace,
      ),
    list: (kind) => objects.filter((one) => one.kind === kind),
  }
}
