// Cilium's BGP resources for this router: who peers, on which terms, and what is announced.
import { UserError } from '../../core/errors/user-error.ts'
import { ciliumVersion, NEWEST_CILIUM } from './cilium-version.ts'
import { matchLabels, parseLabel, type Label } from './labels.ts'
import { familiesOf, peeringOf, serveLine, type Family, type Peering, type PeeringFlags } from './peering.ts'
import { yamlStream, type Manifest } from './yaml.ts'

export interface CiliumFlags extends PeeringFlags {
  readonly ciliumVersion?: string
  readonly families?: 'ipv4' | 'ipv6' | 'dual'
  /** The label that ties PeerConfig and Advertisement together. */
  readonly advertise?: string
  /** Labels of the Services to announce, false for none; without it all. */
  readonly serviceSelector?: readonly string[]
  readonly services?: boolean
  readonly witness?: boolean
}

/** A witness's settings are fixed: slow enough to burden nobody, and without graceful restart. */
const WITNESS_TIMERS = { connectRetryTimeSeconds: 30, holdTimeSeconds: 90, keepAliveTimeSeconds: 30 }

/** One session of each node: its name among the peers, its PeerConfig, and the families that it carries. */
interface Session {
  readonly name: string
  readonly config: string
  readonly address: string
  readonly families: readonly Family[]
}

/**
 * CiliumBGPClusterConfig, CiliumBGPPeerConfig, CiliumBGPAdvertisement and, with a pool, CiliumLoadBalancerIPPool;
 * for a witness its CiliumBGPPeerConfig alone.
 * @throws UserError RW_USAGE
 */
export function renderCilium(flags: CiliumFlags): string {
  const version = ciliumVersion(flags.ciliumVersion ?? NEWEST_CILIUM)
  if (flags.witness === true) return renderWitness(flags, version.apiVersion)
  const peering = peeringOf(flags)
  const advertise = parseLabel(flags.advertise ?? `advertise=${peering.name}`, '--advertise')
  const sessions = sessionsOf(peering, flags.families ?? 'dual')
  const services = servicesOf(flags)
  return yamlStream(
    `Cilium ${version.major}.${version.minor}: the nodes peer with the router at ${at(peering)}, AS ${peering.asn}.\n` +
      `The router's side:\n  ${serveLine(peering)}`,
    [
      clusterConfig(peering, sessions, version.apiVersion),
      ...sessions.map((session) => peerConfig(session, peering, advertise, version.apiVersion)),
      advertisement(peering.name, advertise, services, version.apiVersion),
      ...(peering.pool.length > 0 ? [addressPool(peering, version.apiVersion)] : []),
    ],
  )
}

const at = ({ router, port }: Peering): string =>
  `${router.map(({ address }) => address).join(' and ')}, port ${port}`

/** With an address of each family each session carries its own; with one address it carries all that are asked for. */
function sessionsOf({ name, router }: Peering, wanted: 'ipv4' | 'ipv6' | 'dual'): Session[] {
  const families = familiesOf(wanted)
  const [only, second] = router
  if (second === undefined) return [{ name, config: name, address: only!.address, families }]
  const sessions = router
    .filter(({ family }) => families.includes(family))
    .map(({ address, family }) => ({
      name: `${name}-${family}`,
      config: `${name}-${family}`,
      address,
      families: [family],
    }))
  if (sessions.length < 2)
    throw new UserError(
      'RW_USAGE',
      `--families ${wanted} and two addresses with --router contradict each other`,
      {
        remedy: 'Give the address of that family alone.',
      },
    )
  return sessions
}

/** Labels of the Services to announce; empty for all, undefined for none. */
function servicesOf({ services, serviceSelector }: CiliumFlags): readonly Label[] | undefined {
  if (services === false) {
    if (serviceSelector !== undefined)
      throw new UserError('RW_USAGE', '--no-services and --service-selector contradict each other', {
        remedy: 'Leave one of them out.',
      })
    return undefined
  }
  return (serviceSelector ?? []).map((text) => parseLabel(text, '--service-selector'))
}

function clusterConfig(peering: Peering, sessions: readonly Session[], apiVersion: string): Manifest {
  const { name, nodes } = peering
  const labels = nodes.map(({ key, value }) => `${key}=${value}`).join(' ')
  return {
    about: 'Who peers: each selected node dials the router.',
    value: {
      apiVersion,
      kind: 'CiliumBGPClusterConfig',
      metadata: { name },
      spec: {
        ...(nodes.length > 0 ? { nodeSelector: { matchLabels: matchLabels(nodes) } } : {}),
        bgpInstances: [
          {
            name,
            localASN: peering.nodeAsn,
            peers: sessions.map((session) => peerEntry(session, peering)),
          },
        ],
      },
    },
    notes: {
      ...(nodes.length > 0
        ? {
            'spec.nodeSelector': `kubectl label node NODE ${labels}. A node may be selected by one CiliumBGPClusterConfig only.`,
          }
        : { 'spec.bgpInstances': 'All nodes. A node may be selected by one CiliumBGPClusterConfig only.' }),
      'spec.bgpInstances.0.peers.0.peerConfigRef': 'Without it a session comes up and announces nothing.',
    },
  }
}

function peerEntry(session: Session, { asn }: Pick<Peering, 'asn'>): object {
  return {
    name: session.name,
    peerAddress: session.address,
    peerASN: asn,
    peerConfigRef: { name: session.config },
  }
}

function peerConfig(session: Session, peering: Peering, advertise: Label, apiVersion: string): Manifest {
  const { gracefulRestart, multihop } = peering
  const mapped = session.families.length === 2 && !session.address.includes(':')
  return {
    about: 'On which terms: port, timers, families.',
    value: {
      apiVersion,
      kind: 'CiliumBGPPeerConfig',
      metadata: { name: session.config },
      spec: {
        transport: { peerPort: peering.port },
        timers: {
          connectRetryTimeSeconds: peering.connectRetry,
          holdTimeSeconds: peering.hold,
          keepAliveTimeSeconds: peering.keepalive,
        },
        ...(gracefulRestart === undefined
          ? {}
          : { gracefulRestart: { enabled: true, restartTimeSeconds: gracefulRestart } }),
        ...(multihop === undefined ? {} : { ebgpMultihop: multihop }),
        families: familyEntries(session.families, advertise),
      },
    },
    notes: {
      'spec.timers': 'A silent node is noticed after the hold time; the smaller of both sides counts.',
      ...(gracefulRestart === undefined
        ? {}
        : {
            'spec.gracefulRestart':
              'The router keeps the routes of a node whose agent restarts for this long. On 1.20 a peer with graceful restart that is down makes the agent withhold routes from all others for 360 s after a restart.',
          }),
      ...(multihop === undefined ? {} : { 'spec.ebgpMultihop': 'Hops between node and router at most.' }),
      'spec.families': mapped
        ? 'IPv6 goes over the IPv4 session, with IPv4-mapped next hops. An IPv6 address of the router gives it a session of its own.'
        : 'What is announced: the CiliumBGPAdvertisements with this label. Without a match: nothing.',
    },
  }
}

const familyEntries = (families: readonly Family[], advertise: Label): object[] =>
  families.map((afi) => ({
    afi,
    safi: 'unicast',
    advertisements: { matchLabels: matchLabels([advertise]) },
  }))

function advertisement(
  name: string,
  advertise: Label,
  services: readonly Label[] | undefined,
  apiVersion: string,
): Manifest {
  const service = {
    advertisementType: 'Service',
    service: { addresses: ['LoadBalancerIP'] },
    selector:
      services === undefined || services.length === 0
        ? { matchExpressions: [{ key: 'routewitness/never', operator: 'NotIn', values: ['set'] }] }
        : { matchLabels: matchLabels(services) },
  }
  return {
    about: 'What is announced.',
    value: {
      apiVersion,
      kind: 'CiliumBGPAdvertisement',
      metadata: { name, labels: matchLabels([advertise]) },
      spec: {
        advertisements: [{ advertisementType: 'PodCIDR' }, ...(services === undefined ? [] : [service])],
      },
    },
    notes: {
      'metadata.labels': 'The families of the CiliumBGPPeerConfig look for it.',
      'spec.advertisements.0': 'CiliumNode.spec.ipam.podCIDRs; IPAM modes kubernetes and cluster-pool.',
      ...(services === undefined
        ? {}
        : {
            'spec.advertisements.1':
              services.length === 0
                ? 'Addresses of every LoadBalancer Service. No selector would mean none, so this one matches all.'
                : 'Addresses of LoadBalancer Services with these labels.',
          }),
    },
  }
}

function addressPool({ name, pool }: Peering, apiVersion: string): Manifest {
  return {
    about: "Addresses for LoadBalancer Services: the operator's LB-IPAM gives them out.",
    value: {
      apiVersion,
      kind: 'CiliumLoadBalancerIPPool',
      metadata: { name },
      spec: { blocks: pool.map((cidr) => ({ cidr })) },
    },
  }
}

function renderWitness(flags: CiliumFlags, apiVersion: string): string {
  const fixed = Object.entries({
    '--hold': flags.hold,
    '--keepalive': flags.keepalive,
    '--connect-retry': flags.connectRetry,
    '--graceful-restart': typeof flags.gracefulRestart === 'number' ? flags.gracefulRestart : undefined,
    '--pool': flags.pool,
    '--service-selector': flags.serviceSelector,
    '--node-selector': flags.nodeSelector,
    '--all-nodes': flags.allNodes,
  }).filter(([, value]) => value !== undefined)
  if (fixed.length > 0)
    throw new UserError(
      'RW_USAGE',
      `${fixed[0]![0]} does not go with --witness: a witness's settings are fixed`,
      {
        remedy: 'Leave it out; nodes and advertisements are those of your own configuration.',
      },
    )
  if (flags.advertise === undefined)
    throw new UserError('RW_USAGE', '--advertise is missing: a witness gets what the real routers get', {
      remedy:
        'Give the label by which their CiliumBGPPeerConfig selects advertisements, such as --advertise advertise=bgp.',
    })
  const { allNodes: _, ...rest } = flags
  const peering = peeringOf({ ...rest, gracefulRestart: false })
  const advertise = parseLabel(flags.advertise, '--advertise')
  const sessions = sessionsOf(peering, flags.families ?? 'dual')
  const entries = sessions
    .map((session) => {
      const { name, address, config } = session
      return `    - { name: ${name}, peerAddress: '${address}', peerASN: ${peering.asn}, peerConfigRef: { name: ${config} } }`
    })
    .join('\n')
  return yamlStream(
    `A witness beside the real routers: it takes sessions and announces nothing.\n` +
      `Add it to the peers of your own CiliumBGPClusterConfig; a second one for the same nodes would be a conflict:\n` +
      `${entries}\n` +
      `The router's side:\n  ${serveLine(peering)} --graceful-restart off`,
    sessions.map((session) => ({
      about: 'On which terms: settings that cannot harm the other sessions.',
      value: {
        apiVersion,
        kind: 'CiliumBGPPeerConfig',
        metadata: { name: session.config },
        spec: {
          transport: { peerPort: peering.port },
          timers: WITNESS_TIMERS,
          gracefulRestart: { enabled: false },
          ...(peering.multihop === undefined ? {} : { ebgpMultihop: peering.multihop }),
          families: familyEntries(session.families, advertise),
        },
      },
      notes: {
        'spec.timers': 'A witness that is away is dialled twice a minute.',
        'spec.gracefulRestart':
          'Never for a witness: on 1.20 a peer with graceful restart that is down makes an agent withhold its routes from the live routers for 360 s after a restart.',
        'spec.families': 'The same advertisements as the real routers get.',
      },
    })),
  )
}
