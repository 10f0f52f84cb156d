// Clusters to make claims about: three nodes that announce their pod CIDRs, and what can become of them.
import type { OpenFields } from './speaker-messages.ts'
import { bgpCluster } from './cluster-objects.ts'
import { ObservedCluster, type ObservedSpeaker } from './observed-cluster.ts'
import { update } from './speaker-messages.ts'

export const NODES = {
  master2: { prefix: '10.5.115.0/24', address: '10.4.94.21' },
  master3: { prefix: '10.5.114.0/24', address: '10.4.94.31' },
  node01: { prefix: '10.5.112.0/24', address: '10.4.94.23' },
} as const
export type NodeName = keyof typeof NODES

export interface Rollout {
  readonly cluster: ObservedCluster
  /** Comes and announces its own prefix, or others. */
  joins(name: NodeName, fields?: OpenFields & { readonly announces?: readonly string[] }): ObservedSpeaker
}

/** Graceful restart as Cilium offers it. */
export const RESTART = { gracefulRestart: { time: 120 } } as const

/** Its objects are there and settled, and no node has come. */
export function rollout(): Rollout {
  const cluster = new ObservedCluster({ settle: '1s' })
  const entries = Object.entries(NODES).map(([name, { prefix, address }]) => [name, prefix, address] as const)
  cluster.set(...bgpCluster(...entries)).passes('1s')
  return {
    cluster,
    joins(name, { announces = [NODES[name].prefix], ...fields } = {}) {
      const { address } = NODES[name]
      cluster.passes('250ms')
      const speaker = cluster.speaker({ identifier: address, from: address, ...fields })
      return speaker.sends(update({ prefixes: announces, nextHop: address }))
    },
  }
}

/** All is well, for long enough to be judged. */
export function healthy(
  fields: OpenFields = {},
): Rollout & { readonly nodes: Record<NodeName, ObservedSpeaker> } {
  const made = rollout()
  const nodes = {
    master2: made.joins('master2', fields),
    master3: made.joins('master3', fields),
    node01: made.joins('node01', fields),
  }
  made.cluster.passes('2s')
  return { ...made, nodes }
}
