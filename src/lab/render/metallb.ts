// MetalLB's BGP resources for this router.
import { UserError } from '../../core/errors/user-error.ts'
import { matchLabels } from './labels.ts'
import { peeringOf, serveLine, type Peering, type PeeringFlags } from './peering.ts'
import { yamlStream, type Manifest } from './yaml.ts'

export interface MetallbFlags extends Omit<PeeringFlags, 'multihop' | 'gracefulRestart'> {
  readonly multihop?: boolean
  readonly gracefulRestart?: boolean
  /** Namespace that MetalLB runs in. */
  readonly namespace?: string
}

/** The CRD allows no more. */
const HIGHEST_PORT = 16_384

/**
 * A BGPPeer for each address of the router, IPAddressPool and BGPAdvertisement.
 * @throws UserError RW_USAGE
 */
export function renderMetallb({
  multihop,
  gracefulRestart,
  namespace = 'metallb-system',
  ...flags
}: MetallbFlags): string {
  const peering = peeringOf(flags)
  if (peering.port > HIGHEST_PORT)
    throw new UserError(
      'RW_USAGE',
      `--port: MetalLB dials ports up to ${HIGHEST_PORT}, not ${peering.port}`,
      {
        remedy: 'Let the router listen on 1790.',
      },
    )
  if (peering.pool.length === 0)
    throw new UserError('RW_USAGE', '--pool is missing: MetalLB announces addresses of Services only', {
      remedy: 'Give the range that they are taken from, such as --pool 198.18.128.0/24.',
    })
  const names = peering.router.map(({ family }) =>
    peering.router.length === 1 ? peering.name : `${peering.name}-${family}`,
  )
  return yamlStream(
    `MetalLB: the nodes peer with the router, AS ${peering.asn}, and announce addresses of LoadBalancer Services.\n` +
      `The router's side:\n` +
      `  ${serveLine(peering)}`,
    [
      ...names.map((name, at) =>
        peer(peering, at, {
          name,
          namespace,
          multihop,
          gracefulRestart,
          keepalive: flags.keepalive,
          connectRetry: flags.connectRetry,
        }),
      ),
      {
        about: 'Addresses that Services of type LoadBalancer get.',
        value: {
          apiVersion: 'metallb.io/v1beta1',
          kind: 'IPAddressPool',
          metadata: { name: peering.name, namespace },
          spec: { addresses: [...peering.pool] },
        },
      },
      {
        about: 'What is announced, and to whom: each address of the pool by itself, to this router only.',
        value: {
          apiVersion: 'metallb.io/v1beta1',
          kind: 'BGPAdvertisement',
          metadata: { name: peering.name, namespace },
          spec: { ipAddressPools: [peering.name], peers: names },
        },
      },
    ],
  )
}

interface PeerTerms {
  readonly name: string
  readonly namespace: string
  readonly multihop: boolean | undefined
  readonly gracefulRestart: boolean | undefined
  /** Seconds, only where asked for: in native mode MetalLB refuses a BGPPeer that has them. */
  readonly keepalive: number | undefined
  readonly connectRetry: number | undefined
}

function peer(peering: Peering, at: number, terms: PeerTerms): Manifest {
  const { nodes } = peering
  const { name, namespace, multihop, gracefulRestart, keepalive, connectRetry } = terms
  return {
    about: 'Who peers, and on which terms.',
    value: {
      apiVersion: 'metallb.io/v1beta2',
      kind: 'BGPPeer',
      metadata: { name, namespace },
      spec: {
        myASN: peering.nodeAsn,
        peerASN: peering.asn,
        peerAddress: peering.router[at]!.address,
        peerPort: peering.port,
        holdTime: `${peering.hold}s`,
        ...(keepalive === undefined ? {} : { keepaliveTime: `${keepalive}s` }),
        ...(connectRetry === undefined ? {} : { connectTime: `${connectRetry}s` }),
        ...(gracefulRestart === true ? { enableGracefulRestart: true } : {}),
        ...(multihop === true ? { ebgpMultiHop: true } : {}),
        ...(nodes.length > 0 ? { nodeSelectors: [{ matchLabels: matchLabels(nodes) }] } : {}),
      },
    },
    notes: {
      'spec.holdTime': 'A silent node is noticed after the hold time; the smaller of both sides counts.',
      ...(keepalive === undefined ? {} : { 'spec.keepaliveTime': 'FRR mode only.' }),
      ...(connectRetry === undefined ? {} : { 'spec.connectTime': 'FRR mode only.' }),
      ...(gracefulRestart === true
        ? {
            'spec.enableGracefulRestart':
              'FRR mode only, with a restart time of 120 s. Cannot be changed later.',
          }
        : {}),
      ...(multihop === true ? { 'spec.ebgpMultiHop': 'FRR mode only.' } : {}),
    },
  }
}
