// Whether a node that announces an address of a Service has an endpoint for what comes there (D-19).
import { holdAll } from '../expected/selector.ts'
import { NO_ENDPOINTS, type AddressType, type Endpoints } from '../expected/services.ts'
import type { Micros } from '../speaker/contract.ts'
import type { Claim, View } from './view.ts'
import type { VipUse } from './vip-book.ts'
import { firstOf } from './words.ts'

/**
 * `served`: the node has a ready endpoint, and an advertisement selects the Service: all is well. `unserved`: every Service
 * with this address has the traffic policy Local, and none has a ready endpoint on the node. `unknown`: nobody can say.
 */
export type VipVerdict =
  | { readonly is: 'served' }
  | { readonly is: 'unserved'; readonly uses: readonly UnservedUse[] }
  | { readonly is: 'unknown'; readonly why: string }

/** A Service without a ready endpoint on the node that announces its address. */
export interface UnservedUse {
  readonly use: VipUse
  /** What it has there instead. */
  readonly here: Endpoints
}

/** The field of a Service that says who takes traffic to addresses of this type. */
export const POLICY_FIELD: Readonly<Record<AddressType, string>> = {
  LoadBalancerIP: 'externalTrafficPolicy',
  ExternalIP: 'externalTrafficPolicy',
  ClusterIP: 'internalTrafficPolicy',
}

/** Types of advertisement that announce no address of a Service but one that they are told of by the Service. */
const BY_SERVICE: ReadonlySet<string> = new Set(['PodCIDR', 'CiliumPodIPPool', 'Service'])

/** Undefined when the prefix is no address of a Service, or when Services or their endpoints cannot be read. */
export function judgeVip(claim: Claim, view: Pick<View, 'vip' | 'owners'>): VipVerdict | undefined {
  const uses = view.vip(claim.key)
  if (uses.length === 0 || !claim.identified || view.owners(claim.key).size > 0) return undefined
  const judged = uses.map((use) => judgeUse(use, claim))
  if (judged.some((verdict) => verdict.is === 'served')) return { is: 'served' }
  const unknown = judged.find((verdict) => verdict.is === 'unknown')
  if (unknown !== undefined) return unknown
  const other = claim.sightings
    .flatMap(({ expected }) => expected?.others ?? [])
    .find(({ type, afi }) => afi === claim.prefix.afi && !BY_SERVICE.has(type))
  if (other !== undefined)
    return { is: 'unknown', why: `an advertisement of type ${other.type} could explain it` }
  return {
    is: 'unserved',
    uses: judged.flatMap((verdict) => (verdict.is === 'unserved' ? verdict.uses : [])),
  }
}

/**
 * Since when all is as it is: the node's own route, the address with its policy, and that neither the node has a ready endpoint
 * nor one names no node.
 */
export function unservedSince(claim: Claim, uses: readonly UnservedUse[]): Micros {
  const { node, prefix } = claim
  const went = ({ service }: VipUse): number[] =>
    [service.emptied(prefix.afi, node), service.emptied(1, ''), service.emptied(2, '')].map(
      (instant) => instant?.at ?? 0,
    )
  return Math.max(firstOf(claim).route.since, ...uses.flatMap(({ use }) => [use.since, ...went(use)]))
}

function judgeUse(use: VipUse, claim: Claim): VipVerdict {
  const { service, type, local } = use
  const { name, otherClass } = service.facts
  const of = `it is the ${type} of Service ${name}`
  if (type === 'LoadBalancerIP' && otherClass !== undefined)
    return { is: 'unknown', why: `${of}, whose loadBalancerClass is ${otherClass} and not Cilium's` }
  if (!local)
    return {
      is: 'unknown',
      why: `${of}, whose ${POLICY_FIELD[type]} is Cluster: any node may announce it`,
    }
  const endpoints = service.endpoints(claim.prefix.afi)
  const here = endpoints.get(claim.node) ?? NO_ENDPOINTS
  if (here.ready > 0)
    return isAdvertised(use, claim)
      ? { is: 'served' }
      : { is: 'unknown', why: `${of}, which no advertisement selects for this peer` }
  // Cilium gives its Ingresses and Gateways one of IPv4, whatever the families of the Service.
  if (([1, 2] as const).some((afi) => (service.endpoints(afi).get('')?.ready ?? 0) > 0))
    return { is: 'unknown', why: `${of}, some of whose ready endpoints name no node` }
  return { is: 'unserved', uses: [{ use, here }] }
}

/** An advertisement of every peer that got it selects the Service and this type of address. In MetalLB mode it is selected elsewhere. */
export function isAdvertised({ service, type }: VipUse, { sightings, prefix }: Claim): boolean {
  return sightings.every(({ expected }) =>
    (expected?.others ?? []).some(({ type: kind, afi, services }) => {
      if (kind !== 'Service' || afi !== prefix.afi) return false
      if (services === undefined) return true
      const { addresses, labels } = services
      return addresses.includes(type) && labels !== undefined && holdAll(labels, service.facts.labels)
    }),
  )
}
