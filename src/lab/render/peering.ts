// What every manifest needs to know of the router and the sessions to it, read from flags and checked once.
import { UserError } from '../../core/errors/user-error.ts'
import type { Prefix } from '../../core/ip/prefix.ts'
import { AddressError, formatAddress, formatPrefix, parseAddress, parsePrefix } from '../../core/ip/text.ts'
import { parseLabel, type Label } from './labels.ts'

export type Family = 'ipv4' | 'ipv6'

/** The flags as given; undefined where they were not. */
export interface PeeringFlags {
  /** The router's addresses: one, or one of each family. */
  readonly router?: readonly string[] | undefined
  readonly port?: number
  readonly asn?: number
  readonly nodeAsn?: number
  readonly name?: string
  readonly nodeSelector?: readonly string[]
  readonly allNodes?: boolean
  readonly hold?: number
  readonly keepalive?: number
  readonly connectRetry?: number
  /** Seconds; false for none. */
  readonly gracefulRestart?: number | boolean
  readonly multihop?: number
  readonly pool?: readonly string[]
}

/** One session of each node, to one address of the router. */
export interface RouterAddress {
  readonly address: string
  readonly family: Family
}

export interface Peering {
  /** Name of the objects that are rendered. */
  readonly name: string
  readonly router: readonly RouterAddress[]
  readonly port: number
  /** AS of the router. */
  readonly asn: number
  /** AS of the nodes. */
  readonly nodeAsn: number
  /** Nodes that peer; empty for all. */
  readonly nodes: readonly Label[]
  /** Seconds. */
  readonly hold: number
  readonly keepalive: number
  readonly connectRetry: number
  /** Restart time in seconds; undefined without graceful restart. */
  readonly gracefulRestart: number | undefined
  /** Hops at most between node and router; undefined: directly connected. */
  readonly multihop: number | undefined
  /** Ranges for addresses of LoadBalancer Services. */
  readonly pool: readonly string[]
}

/** What `serve` takes when it is told nothing else, and the lab's AS numbers. */
export const DEFAULTS = {
  name: 'routewitness',
  port: 1790,
  asn: 64512,
  nodeAsn: 64513,
  nodeSelector: 'routewitness=true',
  hold: 9,
  keepalive: 3,
  connectRetry: 1,
  gracefulRestart: 120,
} as const

/** @throws UserError RW_USAGE that names the flag which is wrong */
export function peeringOf(flags: PeeringFlags): Peering {
  const hold = flags.hold ?? DEFAULTS.hold
  // By default a third, as everywhere; a hold time of 3 s leaves 1 s.
  const keepalive =
    flags.keepalive ?? (flags.hold === undefined ? DEFAULTS.keepalive : Math.floor(flags.hold / 3))
  if (keepalive > hold)
    throw new UserError('RW_USAGE', `--keepalive: ${keepalive} s is longer than the hold time of ${hold} s`, {
      remedy: 'A third of the hold time is usual.',
    })
  if (flags.allNodes === true && flags.nodeSelector !== undefined)
    throw new UserError('RW_USAGE', '--all-nodes and --node-selector contradict each other', {
      remedy: 'Leave one of them out.',
    })
  const { gracefulRestart = true } = flags
  return {
    name: nameOf(flags.name ?? DEFAULTS.name, '--name'),
    router: routerOf(flags.router),
    port: flags.port ?? DEFAULTS.port,
    asn: flags.asn ?? DEFAULTS.asn,
    nodeAsn: flags.nodeAsn ?? DEFAULTS.nodeAsn,
    nodes:
      flags.allNodes === true
        ? []
        : (flags.nodeSelector ?? [DEFAULTS.nodeSelector]).map((text) => parseLabel(text, '--node-selector')),
    hold,
    keepalive,
    connectRetry: flags.connectRetry ?? DEFAULTS.connectRetry,
    gracefulRestart:
      gracefulRestart === true
        ? DEFAULTS.gracefulRestart
        : gracefulRestart === false
          ? undefined
          : gracefulRestart,
    multihop: flags.multihop,
    pool: (flags.pool ?? []).map((text) => formatPrefix(prefixOf(text, '--pool'))),
  }
}

/**
 * A name that Kubernetes, kind, Docker and compose all take: letters, digits and dashes, 40 at most.
 * @throws UserError RW_USAGE
 */
export function nameOf(text: string, flag: string): string {
  if (/^[a-z]([-a-z0-9]{0,38}[a-z0-9])?$/.test(text)) return text
  throw new UserError('RW_USAGE', `${flag}: '${text}' is no name for an object`, {
    remedy: 'Use lower-case letters, digits and dashes, a letter first, 40 characters at most.',
  })
}

/**
 * Addresses of the router: at most one of each family.
 * @throws UserError RW_USAGE
 */
export function routerOf(texts: readonly string[] | undefined, flag = '--router'): RouterAddress[] {
  if (texts === undefined || texts.length === 0)
    throw new UserError('RW_USAGE', `${flag} is missing: nodes need an address to peer with`, {
      remedy: `Give the router's address as the nodes reach it, such as ${flag} 198.18.0.1; one of each family for two sessions.`,
    })
  const found = texts.map((text) => routerAddress(text, flag))
  const [first, second] = found
  if (found.length > 2 || first?.family === second?.family)
    throw new UserError('RW_USAGE', `${flag}: ${texts.join(' ')} are two addresses of one family`, {
      remedy: 'Give one IPv4 address, one IPv6 address, or one of each.',
    })
  return found.sort((a, b) => (a.family < b.family ? -1 : 1))
}

function routerAddress(text: string, flag: string): RouterAddress {
  let address
  try {
    address = parseAddress(text)
  } catch (error) {
    if (!(error instanceof AddressError)) throw error
    throw new UserError('RW_USAGE', `${flag}: ${error.message}`, {
      remedy: 'Give an address: names are not taken by BGP speakers, and the port goes into --port.',
    })
  }
  const top = address.words[0]! >>> 24
  const everyOrNone = address.words.every((word) => word === 0)
  if (everyOrNone || (address.afi === 1 ? top >= 224 : top === 0xff))
    throw new UserError('RW_USAGE', `${flag}: no router has the address ${text}`, {
      remedy: 'Give the address at which the nodes reach the router.',
    })
  return { address: formatAddress(address), family: address.afi === 1 ? 'ipv4' : 'ipv6' }
}

/** @throws UserError RW_USAGE when it is no prefix */
export function prefixOf(text: string, flag: string): Prefix {
  try {
    if (text.includes('/')) return parsePrefix(text)
  } catch (error) {
    if (!(error instanceof AddressError)) throw error
    throw new UserError('RW_USAGE', `${flag}: ${error.message}`, { remedy: 'Write it as 198.18.128.0/24.' })
  }
  throw new UserError('RW_USAGE', `${flag}: '${text}' has no prefix length`, {
    remedy: 'Write it as 198.18.128.0/24.',
  })
}

/** "ipv4", "ipv6" or "dual" as families in their usual order. */
export function familiesOf(text: 'ipv4' | 'ipv6' | 'dual'): readonly Family[] {
  return text === 'dual' ? ['ipv4', 'ipv6'] : [text]
}

/** The command that is the router's side of it. */
export function serveLine({ asn, nodeAsn, port, router }: Peering): string {
  const listen = router.map(({ family }) => (family === 'ipv4' ? `0.0.0.0:${port}` : `'[::]:${port}'`))
  const away = port === DEFAULTS.port ? '' : ` --listen ${listen.join(' ')}`
  return `routewitness serve --asn ${asn} --peer-asn ${nodeAsn}${away}`
}
