// Calico's BGP resources for this router.
import { formatListenAddress } from '../../net/endpoint.ts'
import type { Label } from './labels.ts'
import { peeringOf, serveLine, type Peering, type PeeringFlags } from './peering.ts'
import { yamlStream, type Manifest } from './yaml.ts'

/** Calico's BIRD has timers of its own, so there are no flags for them. */
export type CalicoFlags = Omit<
  PeeringFlags,
  'hold' | 'keepalive' | 'connectRetry' | 'multihop' | 'gracefulRestart'
> & {
  /** Seconds. */
  readonly gracefulRestart?: number
}

/**
 * BGPConfiguration and a BGPPeer for each address of the router.
 * @throws UserError RW_USAGE
 */
export function renderCalico(flags: CalicoFlags): string {
  const peering = peeringOf(flags)
  return yamlStream(
    `Calico: the nodes peer with the router, AS ${peering.asn}. projectcalico.org/v3 is served by Calico's API server, ` +
      `or by the cluster itself where Calico is installed with v3 CRDs; without either use calicoctl apply.\n` +
      `The router's side. Calico has no setting for the hold time, so the router offers a short one:\n` +
      `  ${serveLine(peering)} --hold 9`,
    [configuration(peering), ...peering.router.map((_, at) => peer(peering, at))],
  )
}

function configuration({ nodeAsn, pool }: Peering): Manifest {
  return {
    about:
      'The AS of the nodes, and which Service addresses are announced. There is one of this name for the cluster: merge it with yours.',
    value: {
      apiVersion: 'projectcalico.org/v3',
      kind: 'BGPConfiguration',
      metadata: { name: 'default' },
      spec: {
        asNumber: nodeAsn,
        nodeToNodeMeshEnabled: true,
        ...(pool.length > 0 ? { serviceLoadBalancerIPs: pool.map((cidr) => ({ cidr })) } : {}),
      },
    },
    notes: {
      'spec.asNumber': 'Counts for every session of the cluster that has no AS of its own.',
      'spec.nodeToNodeMeshEnabled': 'As it is by default: the sessions between the nodes stay.',
      ...(pool.length > 0
        ? {
            'spec.serviceLoadBalancerIPs':
              'Addresses of LoadBalancer Services in these ranges are announced.',
          }
        : {}),
    },
  }
}

function peer({ name, router, port, asn, nodes, gracefulRestart }: Peering, at: number): Manifest {
  const { address, family } = router[at]!
  return {
    about: `The ${family === 'ipv4' ? 'IPv4' : 'IPv6'} session: it carries ${family === 'ipv4' ? 'IPv4' : 'IPv6'} routes only. Pod prefixes are the IPAM blocks of each node, all of them.`,
    value: {
      apiVersion: 'projectcalico.org/v3',
      kind: 'BGPPeer',
      metadata: { name: router.length === 1 ? name : `${name}-${family}` },
      spec: {
        peerIP: formatListenAddress({ host: address, port }),
        asNumber: asn,
        nodeSelector: selector(nodes),
        maxRestartTime: `${gracefulRestart}s`,
      },
    },
    notes: {
      'spec.maxRestartTime': 'Restart time of graceful restart, which is always on.',
    },
  }
}

/** Calico's own selector language. */
const selector = (nodes: readonly Label[]): string =>
  nodes.length === 0 ? 'all()' : nodes.map(({ key, value }) => `${key} == '${value}'`).join(' && ')
