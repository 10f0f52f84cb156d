// Incident I-1 as data: four nodes, Cilium 1.11.9 in MetalLB mode, ipam cluster-pool. The speaker of each node
// announces Node.spec.podCIDRs, and its pods live in CiliumNode.spec.ipam.podCIDRs.
import type { ClusterObject } from '../core/stream/events.ts'

export interface IncidentNode {
  readonly name: string
  /** InternalIP, and BGP identifier of the node's speaker. */
  readonly address: string
  /** Node.spec.podCIDRs: what the speaker announces. */
  readonly announces: string
  /** CiliumNode.spec.ipam.podCIDRs: where the pods are. */
  readonly pods: string
}

export interface Incident {
  readonly nodes: readonly IncidentNode[]
  /** All objects of the cluster before anything happens. */
  readonly objects: readonly ClusterObject[]
  /** Of Cilium. */
  readonly version: string
  readonly nodeAsn: number
  /** AS of the routers above the cluster. */
  readonly routerAsn: number
  /** The node that is taken out. */
  readonly leaves: string
}

const VERSION = '1.11.9'
const POOL = '10.5.112.0/21'

const NODES: readonly IncidentNode[] = [
  { name: 'master1', address: '10.4.94.32', announces: '10.5.112.0/24', pods: '10.5.113.0/24' },
  { name: 'master2', address: '10.4.94.21', announces: '10.5.114.0/24', pods: '10.5.115.0/24' },
  { name: 'master3', address: '10.4.94.31', announces: '10.5.113.0/24', pods: '10.5.114.0/24' },
  { name: 'node01', address: '10.4.94.23', announces: '10.5.115.0/24', pods: '10.5.112.0/24' },
]

export const INCIDENT: Incident = {
  nodes: NODES,
  objects: [
    ciliumConfig(),
    ciliumDaemonSet(),
    ...NODES.flatMap((node) => [nodeObject(node), ciliumNodeObject(node)]),
  ],
  version: VERSION,
  nodeAsn: 64513,
  routerAsn: 64524,
  leaves: 'node01',
}

export function nodeObject({ name, address, announces }: IncidentNode): ClusterObject {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: { 'kubernetes.io/hostname': name } },
    spec: { podCIDR: announces, podCIDRs: [announces] },
    status: {
      addresses: [
        { type: 'InternalIP', address },
        { type: 'Hostname', address: name },
      ],
    },
  }
}

export function ciliumNodeObject({ name, address, pods }: IncidentNode): ClusterObject {
  return {
    apiVersion: 'cilium.io/v2',
    kind: 'CiliumNode',
    metadata: { name, labels: { 'kubernetes.io/hostname': name } },
    spec: { addresses: [{ type: 'InternalIP', ip: address }], ipam: { podCIDRs: [pods] } },
  }
}

function ciliumConfig(): ClusterObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'cilium-config', namespace: 'kube-system' },
    data: {
      ipam: 'cluster-pool',
      'cluster-pool-ipv4-cidr': POOL,
      'cluster-pool-ipv4-mask-size': '24',
      'bgp-announce-pod-cidr': 'true',
    },
  }
}

function ciliumDaemonSet(): ClusterObject {
  const image = `quay.io/cilium/cilium:v${VERSION}`
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: 'cilium', namespace: 'kube-system' },
    spec: { template: { spec: { containers: [{ name: 'cilium-agent', image }] } } },
  }
}
