// The configuration of a kind cluster whose nodes are to peer with this router.
import { UserError } from '../../core/errors/user-error.ts'
import { formatPrefix } from '../../core/ip/text.ts'
import { matchLabels, parseLabel } from './labels.ts'
import { DEFAULTS, nameOf, prefixOf } from './peering.ts'
import { yamlFile } from './yaml.ts'

export interface KindFlags {
  readonly name?: string
  readonly workers?: number
  readonly families?: 'ipv4' | 'ipv6' | 'dual'
  readonly podSubnet?: readonly string[]
  readonly serviceSubnet?: readonly string[]
  /** Image of the nodes, best with its digest. */
  readonly nodeImage?: string
  /** Label that every node gets, so that sessions come without `kubectl label`. */
  readonly nodeLabel?: string
}

/** kind's podSubnet becomes Node.spec.podCIDRs. Cilium's pool is another one, so that who announces the wrong object is seen. */
export const POD_SUBNETS = { ipv4: '10.244.0.0/16', ipv6: 'fd00:10:244::/56' } as const
const SERVICE_SUBNETS = { ipv4: '10.96.0.0/16', ipv6: 'fd00:10:96::/112' } as const
export const DEFAULT_WORKERS = 2

/** @throws UserError RW_USAGE */
export function renderKind(flags: KindFlags): string {
  const { workers = DEFAULT_WORKERS, families = 'ipv4' } = flags
  const label = parseLabel(flags.nodeLabel ?? DEFAULTS.nodeSelector, '--node-label')
  const node = (role: 'control-plane' | 'worker') => ({
    role,
    ...(flags.nodeImage === undefined ? {} : { image: flags.nodeImage }),
    labels: matchLabels([label]),
  })
  return yamlFile({
    about:
      'A kind cluster without a network of its own: nodes are NotReady until a CNI is installed, so do not --wait.',
    value: {
      kind: 'Cluster',
      apiVersion: 'kind.x-k8s.io/v1alpha4',
      name: nameOf(flags.name ?? DEFAULTS.name, '--name'),
      networking: {
        ipFamily: families,
        disableDefaultCNI: true,
        podSubnet: subnets(flags.podSubnet, POD_SUBNETS, families, '--pod-subnet'),
        serviceSubnet: subnets(flags.serviceSubnet, SERVICE_SUBNETS, families, '--service-subnet'),
      },
      nodes: [node('control-plane'), ...Array.from({ length: workers }, () => node('worker'))],
    },
    notes: {
      'networking.disableDefaultCNI': 'kindnet would give out pod addresses itself.',
      'networking.podSubnet':
        'Becomes Node.spec.podCIDRs. Give the CNI another pool: then a node that announces the wrong object is seen.',
      'nodes.0.labels': 'Selects the nodes that peer.',
    },
  })
}

function subnets(
  given: readonly string[] | undefined,
  defaults: { ipv4: string; ipv6: string },
  families: 'ipv4' | 'ipv6' | 'dual',
  flag: string,
): string {
  if (given === undefined)
    return families === 'dual' ? `${defaults.ipv4},${defaults.ipv6}` : defaults[families]
  const prefixes = given.map((text) => prefixOf(text, flag))
  const has = (afi: 1 | 2): number => prefixes.filter((prefix) => prefix.afi === afi).length
  const wanted = { ipv4: [1, 0], ipv6: [0, 1], dual: [1, 1] }[families]
  if (has(1) !== wanted[0] || has(2) !== wanted[1])
    throw new UserError('RW_USAGE', `${flag}: ${given.join(' ')} does not fit --families ${families}`, {
      remedy: `Give ${families === 'dual' ? 'one IPv4 and one IPv6 prefix' : `one ${families === 'ipv4' ? 'IPv4' : 'IPv6'} prefix`}.`,
    })
  return prefixes
    .sort((a, b) => a.afi - b.afi)
    .map((prefix) => formatPrefix(prefix))
    .join(',')
}
