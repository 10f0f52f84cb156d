// Services and EndpointSlices → which addresses are announced for whom, and on which nodes endpoints are.
import { masked } from '../ip/arithmetic.ts'
import { parseAddress } from '../ip/text.ts'
import type { Afi, Prefix } from '../ip/prefix.ts'
import { SERVICE_NAME_LABEL } from '../stream/stored-service.ts'
import type { ClusterObject } from '../stream/events.ts'
import { rootField, type Complain, type Field } from './field.ts'

/** What CiliumBGPAdvertisement calls the kinds of address in `service.addresses`. */
export type AddressType = 'LoadBalancerIP' | 'ExternalIP' | 'ClusterIP'

/** An address of a Service, as the host route that leads to it. */
export interface ServiceAddress {
  readonly prefix: Prefix
  readonly type: AddressType
  /** The traffic policy that counts for addresses of this type is Local: only a node with an endpoint takes its traffic. */
  readonly local: boolean
}

export interface ServiceFacts {
  /** "default/web". */
  readonly name: string
  /** As `serviceLabels` has them. */
  readonly labels: ReadonlyMap<string, string>
  readonly addresses: readonly ServiceAddress[]
  /** spec.loadBalancerClass where it is another than Cilium's: who announces its LoadBalancer addresses, and how they are served, is not known. */
  readonly otherClass: string | undefined
}

/** How many endpoints of a Service a node has. */
export interface Endpoints {
  /** Condition ready, or none given: what Cilium 1.19 and later counts, as kube-proxy does. */
  readonly ready: number
  /** Not ready because its pod ends, but still serving: used only where no ready one is. */
  readonly draining: number
  /** Neither: waiting to become ready. What Cilium 1.18 counts all the same. */
  readonly notReady: number
  /** Ending, and serving no more. */
  readonly ending: number
}

export const NO_ENDPOINTS: Endpoints = { ready: 0, draining: 0, notReady: 0, ending: 0 }

export interface SliceFacts {
  /** "default/web"; undefined: it belongs to no Service. */
  readonly service: string | undefined
  /** Undefined for host names, which no datapath of Cilium takes. */
  readonly afi: Afi | undefined
  /** By name of the node; '' for those that name none. */
  readonly nodes: ReadonlyMap<string, Endpoints>
}

/** The class of Services whose LoadBalancer addresses Cilium announces, besides those without a class. */
export const CILIUM_CLASS = 'io.cilium/bgp-control-plane'

/** Whether some address of the Service has the traffic policy Local. */
export function isLocalService({ spec }: ClusterObject): boolean {
  const { externalTrafficPolicy, internalTrafficPolicy } = (
    typeof spec === 'object' && spec !== null ? spec : {}
  ) as Readonly<Record<string, unknown>>
  return externalTrafficPolicy === LOCAL || internalTrafficPolicy === LOCAL
}

const LOCAL = 'Local'

/** The labels that selectors see: with the two that Cilium adds. */
export function serviceLabels(service: Field): ReadonlyMap<string, string> {
  const metadata = service.at('metadata')
  return new Map([
    ...metadata.at('labels').texts(),
    ['io.kubernetes.service.name', metadata.at('name').text() ?? ''],
    ['io.kubernetes.service.namespace', metadata.at('namespace').text() ?? ''],
  ])
}

/** Addresses and policies of a Service, as Cilium's load balancer reads them (pkg/loadbalancer/reflectors, 1.18 to 1.20). */
export function readService(object: ClusterObject, complain: Complain): ServiceFacts {
  const field = rootField(object, complain)
  const { name, namespace = '' } = object.metadata
  const spec = field.at('spec')
  const external = spec.at('externalTrafficPolicy').text() === LOCAL
  const internal = spec.at('internalTrafficPolicy').text() === LOCAL
  const isLoadBalancer = spec.at('type').text() === 'LoadBalancer'
  const loadBalancerClass = spec.at('loadBalancerClass').text()
  return {
    name: `${namespace}/${name}`,
    labels: serviceLabels(field),
    addresses: [
      ...addresses(isLoadBalancer ? ingress(field) : [], 'LoadBalancerIP', external),
      ...addresses(spec.at('externalIPs').items(), 'ExternalIP', external),
      ...addresses(clusterIps(spec), 'ClusterIP', internal),
    ],
    otherClass: loadBalancerClass === CILIUM_CLASS ? undefined : loadBalancerClass,
  }
}

/** Addresses that are VIPs: behind others is a proxy that nobody here knows (KEP-1860). */
function ingress(field: Field): readonly Field[] {
  return field
    .at('status', 'loadBalancer', 'ingress')
    .items()
    .filter((entry) => (entry.at('ipMode').text() ?? 'VIP') === 'VIP')
    .map((entry) => entry.at('ip'))
}

function clusterIps(spec: Field): readonly Field[] {
  const list = spec.at('clusterIPs')
  return (list.absent ? [spec.at('clusterIP')] : list.items()).filter((field) => field.value !== 'None')
}

function addresses(fields: readonly Field[], type: AddressType, local: boolean): readonly ServiceAddress[] {
  return fields.flatMap((field) => {
    const text = field.address()
    if (text === undefined) return []
    const address = parseAddress(text)
    return [{ prefix: masked(address, address.words.length * 32), type, local }]
  })
}

/** Counts the endpoints of a slice by node. */
export function readSlice(object: ClusterObject, complain: Complain): SliceFacts {
  const field = rootField(object, complain)
  const service = field.at('metadata', 'labels').texts().get(SERVICE_NAME_LABEL)
  const addressType = field.at('addressType').text()
  const nodes = new Map<string, Endpoints>()
  for (const endpoint of field.at('endpoints').items()) {
    const node = endpoint.at('nodeName').text() ?? ''
    const condition = conditionOf(endpoint.at('conditions'))
    const before = nodes.get(node) ?? NO_ENDPOINTS
    nodes.set(node, { ...before, [condition]: before[condition] + 1 })
  }
  return {
    service: service === undefined ? undefined : `${object.metadata.namespace ?? ''}/${service}`,
    afi: addressType === 'IPv4' ? 1 : addressType === 'IPv6' ? 2 : undefined,
    nodes,
  }
}

/** A ready endpoint counts even when its pod ends (publishNotReadyAddresses); what is not said is the best case. */
function conditionOf(conditions: Field): keyof Endpoints {
  if (conditions.at('ready').value !== false) return 'ready'
  if (conditions.at('terminating').value !== true) return 'notReady'
  return conditions.at('serving').value === false ? 'ending' : 'draining'
}
