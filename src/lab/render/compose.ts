// A compose file that runs this router as a container on the network of the nodes.
import { nameOf, peeringOf, type Peering, type PeeringFlags } from './peering.ts'
import { yamlFile } from './yaml.ts'

export interface ComposeFlags extends Pick<
  PeeringFlags,
  'router' | 'port' | 'asn' | 'nodeAsn' | 'name' | 'hold'
> {
  /** Docker network that the nodes are on; it is to exist. */
  readonly network?: string
  readonly image?: string
  /** Folder on the host for trace and control socket. */
  readonly state?: string
  /** Kubeconfig on the host, as the container reaches the cluster; without it nothing is compared. */
  readonly kubeconfig?: string
  /** "uid:gid" that the router runs as; the folder for its state is to belong to it. */
  readonly user?: string
  /** True for the router of a lab, which is labelled with its name. */
  readonly lab?: boolean
  /** Folder of the record below the state; default "trace". */
  readonly trace?: string
}

export const IMAGE = 'routewitness:dev'
export const NETWORK = 'kind'
/** Label on everything that a lab makes; its value is the lab's name. */
export const LAB_LABEL = 'routewitness.lab'
/** Where the container has its state. The image sets XDG_RUNTIME_DIR to it, so commands in it find the socket. */
const STATE = '/var/lib/routewitness'
const KUBECONFIG = '/etc/routewitness/kubeconfig'

/** Name of the router's container. */
export const routerContainer = (name: string): string => `${name}-router`

/** @throws UserError RW_USAGE */
export function renderCompose(flags: ComposeFlags): string {
  const peering = peeringOf(flags)
  const network = nameOf(flags.network ?? NETWORK, '--network')
  const state = flags.state ?? './routewitness-state'
  return yamlFile({
    about:
      `The router as a container at ${peering.router.map(({ address }) => address).join(' and ')} on network ${network}.\n` +
      `  docker build -t ${flags.image ?? IMAGE} -f lab/Dockerfile .\n` +
      `  docker compose -p ${peering.name} -f compose.yaml up -d\n` +
      `  docker exec ${routerContainer(peering.name)} routewitness check`,
    value: {
      services: {
        routewitness: {
          image: flags.image ?? IMAGE,
          container_name: routerContainer(peering.name),
          ...(flags.lab === true ? { labels: { [LAB_LABEL]: peering.name } } : {}),
          command: serveArguments(peering, flags),
          ...(flags.user === undefined ? {} : { user: flags.user }),
          networks: {
            nodes: Object.fromEntries(
              peering.router.map(({ address, family }) => [`${family}_address`, address]),
            ),
          },
          volumes: [
            `${state}:${STATE}`,
            ...(flags.kubeconfig === undefined ? [] : [`${flags.kubeconfig}:${KUBECONFIG}:ro`]),
          ],
          cap_drop: ['ALL'],
          security_opt: ['no-new-privileges:true'],
          read_only: true,
          restart: 'unless-stopped',
          stop_grace_period: '10s',
          healthcheck: {
            test: ['CMD', 'routewitness', 'get', 'peers'],
            interval: '30s',
            timeout: '10s',
            start_period: '10s',
          },
        },
      },
      networks: { nodes: { external: true, name: network } },
    },
    notes: {
      'services.routewitness.networks':
        'The nodes dial these addresses. Docker gives a fixed one only on a network that was made with --subnet.',
      'services.routewitness.volumes': `Trace and control socket: routewitness check --socket ${state}/routewitness.sock`,
      'services.routewitness.cap_drop': 'The port is above 1023, so no right is needed.',
      'networks.nodes': 'Made before this file is used, by hand or by `routewitness lab up`.',
    },
  })
}

function serveArguments({ asn, nodeAsn, port, router, hold }: Peering, flags: ComposeFlags): string[] {
  return [
    'serve',
    '--asn',
    String(asn),
    '--peer-asn',
    String(nodeAsn),
    // An address of a family that the container lacks could not be listened on.
    '--listen',
    ...router.map(({ family }) => (family === 'ipv4' ? `0.0.0.0:${port}` : `[::]:${port}`)),
    ...(flags.hold === undefined ? [] : ['--hold', String(hold)]),
    ...identifier(router),
    '--trace',
    `${STATE}/${flags.trace ?? 'trace'}`,
    '--resume',
    '--http',
    'off',
    ...(flags.kubeconfig === undefined ? ['--no-cluster'] : ['--kubeconfig', KUBECONFIG]),
  ]
}

/** A BGP identifier is 32 bits: the IPv4 address, or without one any that no node has. */
const identifier = (router: Peering['router']): string[] => {
  const ipv4 = router.find(({ family }) => family === 'ipv4')
  return ['--identifier', ipv4?.address ?? '198.18.0.1']
}
