// CiliumBGPPeerConfig → per family, what the advertisements that its label selectors pick announce.
import type { Afi } from '../ip/prefix.ts'
import { rootField, type Complain, type Field } from './field.ts'
import { readRequirements, readSelector, type Requirement } from './selector.ts'
import type { Objects } from './settings.ts'

/** An advertisement of a type whose routes are not derived here, and the routes that it could explain. */
export interface OtherAdvertisement {
  /** "Service", "CiliumPodIPPool", "Interface". */
  readonly type: string
  readonly afi: Afi
  /** Lengths of prefixes that it can announce; undefined: any. */
  readonly lengths: readonly number[] | undefined
  /** It never announces what overlaps a pod CIDR, so it explains no such route. */
  readonly outsidePodCidrs: boolean
  /** Of type Service: which addresses of which Services. */
  readonly services?: SelectedServices
}

/** The addresses that an advertisement of type Service announces. */
export interface SelectedServices {
  readonly addresses: readonly string[]
  /** Conditions on the labels of the Service; undefined: none is selected. */
  readonly labels: readonly Requirement[] | undefined
}

/** What a peer gets, before it is known which prefixes a node has. */
export interface PeerAdvertisements {
  /** Families in which pod CIDRs are advertised. */
  readonly podCidrs: readonly Afi[]
  readonly others: readonly OtherAdvertisement[]
  /** transport.peerPort, 179 when unset. */
  readonly peerPort: number
  /** Name of the Secret with its TCP MD5 key (RFC 2385), where it has one. */
  readonly authSecret?: string
}

/** Resolves every CiliumBGPPeerConfig, by name. A peer whose config is not here gets nothing. */
export function resolvePeerConfigs(
  objects: Objects,
  complain: Complain,
): ReadonlyMap<string, PeerAdvertisements> {
  const advertisements = [...objects.list('CiliumBGPAdvertisement')].map((object) =>
    readAdvertisement(rootField(object, complain)),
  )
  const resolved = new Map<string, PeerAdvertisements>()
  for (const object of objects.list('CiliumBGPPeerConfig'))
    resolved.set(object.metadata.name, resolve(rootField(object, complain), advertisements))
  return resolved
}

interface Entry {
  readonly type: string
  readonly v4Lengths: readonly number[] | undefined
  readonly v6Lengths: readonly number[] | undefined
  readonly services: SelectedServices | undefined
}

interface Advertisement {
  readonly labels: ReadonlyMap<string, string>
  readonly entries: readonly Entry[]
}

function readAdvertisement(field: Field): Advertisement {
  const entries: Entry[] = []
  for (const item of field.at('spec', 'advertisements').items()) {
    const type = item.at('advertisementType').text()
    if (type === undefined) {
      item.complain('has no advertisementType')
      continue
    }
    const service = item.at('service')
    const anyLength = type === 'CiliumPodIPPool' || !HOST_ROUTES.has(type)
    entries.push({
      type,
      v4Lengths: anyLength ? undefined : lengths(32, service.at('aggregationLengthIPv4').integer()),
      v6Lengths: anyLength ? undefined : lengths(128, service.at('aggregationLengthIPv6').integer()),
      services: type === 'Service' ? selectedServices(item) : undefined,
    })
  }
  return { labels: field.at('metadata', 'labels').texts(), entries }
}

function selectedServices(item: Field): SelectedServices {
  const addresses = item.at('service', 'addresses').items()
  return {
    addresses: addresses.flatMap((field) => field.text() ?? []),
    labels: readRequirements(item.at('selector')),
  }
}

/** Types that announce single addresses, unless they aggregate. */
const HOST_ROUTES: ReadonlySet<string> = new Set(['PodCIDR', 'Service', 'Interface'])

function lengths(host: number, aggregated: number | undefined): readonly number[] {
  return aggregated === undefined ? [host] : [host, aggregated]
}

function resolve(config: Field, advertisements: readonly Advertisement[]): PeerAdvertisements {
  const podCidrs = new Set<Afi>()
  const others: OtherAdvertisement[] = []
  for (const family of config.at('spec', 'families').items()) {
    const afi = readAfi(family)
    if (afi === undefined) continue
    const selects = readSelector(family.at('advertisements'))
    for (const { labels, entries } of advertisements) {
      if (!selects(labels)) continue
      for (const entry of entries) {
        if (entry.type === 'PodCIDR') podCidrs.add(afi)
        else
          others.push({
            type: entry.type,
            afi,
            lengths: afi === 1 ? entry.v4Lengths : entry.v6Lengths,
            outsidePodCidrs: false,
            ...(entry.services === undefined ? {} : { services: entry.services }),
          })
      }
    }
  }
  const authSecret = config.at('spec', 'authSecretRef').text()
  return {
    ...(authSecret === undefined || authSecret === '' ? {} : { authSecret }),
    podCidrs: [...podCidrs],
    others,
    peerPort: config.at('spec', 'transport', 'peerPort').integer() ?? 179,
  }
}

function readAfi(family: Field): Afi | undefined {
  const afi = family.at('afi').text()
  const safi = family.at('safi').text()
  if (safi !== undefined && safi !== 'unicast') return undefined
  if (afi === 'ipv4') return 1
  if (afi === 'ipv6') return 2
  return undefined
}
