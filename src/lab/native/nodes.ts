// The nodes of a lab: names, addresses and CIDRs. Pure.
import type { LabPlan } from './plan.ts'

export interface LabNode {
  name: string
  /** Counts from 1 and is not used again in the same lab. */
  index: number
  /** InternalIP, and BGP identifier. */
  address: string
  /** Address that its session comes from; undefined where the speaker cannot choose it (then it is 127.0.0.1). */
  source?: string
  /** Node.spec.podCIDRs. */
  nodePodCidrs: string[]
  /** CiliumNode.spec.ipam.podCIDRs as written by the lab; undefined where the operator allocates. */
  ciliumPodCidrs?: string[]
}

/** Incident I-1: what each node owned as a Node and as a CiliumNode. */
const INCIDENT: readonly LabNode[] = [
  {
    name: 'master1',
    index: 1,
    address: '10.4.94.32',
    nodePodCidrs: ['10.5.112.0/24'],
    ciliumPodCidrs: ['10.5.113.0/24'],
  },
  {
    name: 'master2',
    index: 2,
    address: '10.4.94.21',
    nodePodCidrs: ['10.5.114.0/24'],
    ciliumPodCidrs: ['10.5.115.0/24'],
  },
  {
    name: 'master3',
    index: 3,
    address: '10.4.94.31',
    nodePodCidrs: ['10.5.113.0/24'],
    ciliumPodCidrs: ['10.5.114.0/24'],
  },
  {
    name: 'node01',
    index: 4,
    address: '10.4.94.23',
    nodePodCidrs: ['10.5.115.0/24'],
    ciliumPodCidrs: ['10.5.112.0/24'],
  },
]

/** Names of the nodes that a lab starts with. */
export const FIRST_NODES = ['master1', 'master2', 'master3', 'node01'] as const
const LAST_INDEX = 200

/** The four nodes that a lab starts with. `subnet` is the X of its 127.0.X.0/24. */
export function firstNodes(plan: LabPlan, subnet: number): LabNode[] {
  if (plan.kind === 'speakers' && plan.ipam === 'cluster-pool') return INCIDENT.map((node) => ({ ...node }))
  // With ipam=kubernetes IPAM writes nothing of its own: the incident's second column is the first one again.
  if (plan.kind === 'speakers')
    return INCIDENT.map((node) => ({ ...node, ciliumPodCidrs: node.nodePodCidrs }))
  return FIRST_NODES.map((name, at) => ciliumNode(plan, subnet, name, at + 1))
}

/** A node to be added to those that were there before, removed ones included. */
export function nextNode(plan: LabPlan, subnet: number, name: string, lastIndex: number): LabNode {
  const index = lastIndex + 1
  if (index > LAST_INDEX) throw new Error(`a lab has addresses for ${LAST_INDEX} nodes`)
  return plan.kind === 'speakers' ? incidentNode(name, index) : ciliumNode(plan, subnet, name, index)
}

/** Node.spec.podCIDRs lie outside Cilium's pool on purpose: whoever announces them reads the wrong object. */
function ciliumNode(plan: LabPlan, subnet: number, name: string, index: number): LabNode {
  const nodePodCidrs = [
    `10.244.${index - 1}.0/24`,
    ...(plan.ipv6 ? [`fd00:244:${index.toString(16)}::/64`] : []),
  ]
  return {
    name,
    index,
    address: `192.168.${subnet}.${10 + index}`,
    source: `127.0.${subnet}.${10 + index}`,
    nodePodCidrs,
    ...(plan.ipam === 'kubernetes' ? { ciliumPodCidrs: nodePodCidrs } : {}),
  }
}

function incidentNode(name: string, index: number): LabNode {
  const cidr = `10.5.${111 + index}.0/24`
  return { name, index, address: `10.4.94.${40 + index}`, nodePodCidrs: [cidr], ciliumPodCidrs: [cidr] }
}
