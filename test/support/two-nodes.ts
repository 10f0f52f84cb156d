// A cluster of two nodes for rules: a owns 10.1.1.0/24, b owns 10.1.2.0/24, both peer with us at 127.0.0.1.
import type { ClusterObject } from '../../src/core/stream/events.ts'
import { bgpCluster } from './cluster-objects.ts'
import { ObservedCluster } from './observed-cluster.ts'

/** OPENs of the speakers of a and b. */
export const A = { identifier: '10.0.0.1' }
export const B = { identifier: '10.0.0.2' }

/** The cluster, with more objects or other ones in place of its own. */
export function cluster(...more: readonly ClusterObject[]): ObservedCluster {
  const own = bgpCluster(['a', '10.1.1.0/24', '10.0.0.1'], ['b', '10.1.2.0/24', '10.0.0.2'])
  return new ObservedCluster().set(...own, ...more)
}
