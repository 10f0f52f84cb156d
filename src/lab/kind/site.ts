// Names, addresses and files of one kind lab, from its options.
import { join } from 'node:path'
import { UserError } from '../../core/errors/user-error.ts'
import type { Prefix } from '../../core/ip/prefix.ts'
import { formatAddress, formatPrefix } from '../../core/ip/text.ts'
import { DEFAULT_WORKERS } from '../render/kind.ts'
import { IMAGE, NETWORK } from '../render/compose.ts'
import { DEFAULTS, nameOf, prefixOf } from '../render/peering.ts'
import { CILIUM_DEFAULT, ciliumRelease, NODE_IMAGE } from './versions.ts'

export type Families = 'ipv4' | 'ipv6' | 'dual'

export interface LabFlags {
  readonly name?: string
  readonly cilium?: string
  readonly workers?: number
  readonly families?: Families
  readonly asn?: number
  readonly nodeAsn?: number
  readonly network?: string
  /** IPv4 range of the network: nodes take the lower half, the router its last address. */
  readonly subnet?: string
  readonly image?: string
  readonly nodeImage?: string
}

/** All that has to stay the same while a lab lives. */
export interface LabPlan {
  readonly name: string
  readonly cilium: string
  readonly workers: number
  readonly families: Families
  readonly asn: number
  readonly nodeAsn: number
  readonly network: string
  readonly subnet: string
  readonly image: string
  readonly nodeImage: string
}

/** Documentation and benchmark ranges: nobody's. */
const SUBNET = '198.18.64.0/20'
export const SUBNET_V6 = 'fd00:198:18:64::/64'
const ROUTER_V6 = 'fd00:198:18:64::1790'
/** Cilium's pool: another one than kind's podSubnet. */
export const POOL = {
  ipv4: { cidr: '10.5.0.0/16', mask: 24 },
  ipv6: { cidr: 'fd00:10:5::/104', mask: 120 },
} as const
/** Addresses of LoadBalancer Services. */
export const SERVICE_POOL = { ipv4: '198.18.80.0/24', ipv6: 'fd00:198:18:80::/112' } as const

/** @throws UserError RW_USAGE */
export function planOf(flags: LabFlags): LabPlan {
  return {
    name: nameOf(flags.name ?? DEFAULTS.name, '--name'),
    cilium: ciliumRelease(flags.cilium ?? CILIUM_DEFAULT),
    workers: flags.workers ?? DEFAULT_WORKERS,
    families: flags.families ?? 'ipv4',
    asn: flags.asn ?? DEFAULTS.asn,
    nodeAsn: flags.nodeAsn ?? DEFAULTS.nodeAsn,
    network: nameOf(flags.network ?? NETWORK, '--network'),
    subnet: formatPrefix(subnetOf(flags.subnet ?? SUBNET)),
    image: flags.image ?? IMAGE,
    nodeImage: flags.nodeImage ?? NODE_IMAGE,
  }
}

function subnetOf(text: string): Prefix {
  const prefix = prefixOf(text, '--subnet')
  if (prefix.afi === 1 && prefix.length >= 8 && prefix.length <= 26) return prefix
  throw new UserError('RW_USAGE', `--subnet: ${text} is no IPv4 range of a /8 to a /26`, {
    remedy: `Give a range that nothing else uses, such as ${SUBNET}.`,
  })
}

/** Where nodes get their addresses, and where the router is: outside of that, so that Docker gives it to nobody else. */
export function addressesOf(plan: LabPlan): {
  readonly nodes: string
  readonly router: readonly string[]
} {
  const { words, length } = subnetOf(plan.subnet)
  const last = words[0]! + 2 ** (32 - length) - 2
  const ipv4 = formatAddress({ afi: 1, words: [last] })
  return {
    nodes: formatPrefix({ afi: 1, words, length: length + 1 }),
    router: { ipv4: [ipv4], ipv6: [ROUTER_V6], dual: [ipv4, ROUTER_V6] }[plan.families],
  }
}

/** Both families that a plan has, out of a value for each. */
export const ofFamilies = <T>({ families }: LabPlan, { ipv4, ipv6 }: { ipv4: T; ipv6: T }): T[] =>
  ({ ipv4: [ipv4], ipv6: [ipv6], dual: [ipv4, ipv6] })[families]

/** The files of a lab, all below one folder. */
export interface LabFiles {
  readonly directory: string
  readonly state: string
  readonly lock: string
  readonly kindConfig: string
  readonly values: string
  readonly resources: string
  readonly workload: string
  readonly compose: string
  readonly kubeconfig: string
  /** Mounted into the router's container. */
  readonly routerState: string
  readonly routerKubeconfig: string
}

export function filesOf(directory: string): LabFiles {
  const file = (name: string): string => join(directory, name)
  return {
    directory,
    state: file('lab.json'),
    lock: `${directory}.lock`,
    kindConfig: file('kind.yaml'),
    values: file('values.yaml'),
    resources: file('bgp.yaml'),
    workload: file('echo.yaml'),
    compose: file('compose.yaml'),
    kubeconfig: file('kubeconfig'),
    routerState: file('router'),
    routerKubeconfig: file('router-kubeconfig'),
  }
}

/** Where labs and preloaded images lie: $XDG_STATE_HOME/routewitness/kind, by default ~/.local/state. */
export function labsDirectory(environment: NodeJS.ProcessEnv, home: string): string {
  const given = environment['XDG_STATE_HOME']
  const base = given !== undefined && given !== '' ? given : join(home, '.local', 'state')
  return join(base, 'routewitness', 'kind')
}
