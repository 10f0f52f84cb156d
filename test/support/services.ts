// Services and EndpointSlices, with only what a test cares about.
import type { ClusterObject } from '../../src/core/stream/events.ts'
import type { ObservedCluster } from './observed-cluster.ts'

type Fields = Readonly<Record<string, unknown>>

export interface ServiceFields {
  readonly namespace?: string
  readonly labels?: Readonly<Record<string, string>>
  /** status.loadBalancer.ingress[].ip. */
  readonly vips?: readonly string[]
  readonly spec?: Fields
}

/** A LoadBalancer Service with externalTrafficPolicy Local. */
export function service(
  name: string,
  { namespace = 'default', labels = {}, vips = ['192.0.2.10'], spec = {} }: ServiceFields = {},
): ClusterObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace, labels },
    spec: { type: 'LoadBalancer', externalTrafficPolicy: 'Local', ...spec },
    status: { loadBalancer: { ingress: vips.map((ip) => ({ ip })) } },
  }
}

/** "a" is ready on node a; "a?" waits; "a-" ends and still serves; "a!" ends; "" is ready and names no node. */
export type EndpointText = string

const MARKS: Readonly<Record<string, Fields>> = {
  '?': { ready: false, serving: false, terminating: false },
  '-': { ready: false, serving: true, terminating: true },
  '!': { ready: false, serving: false, terminating: true },
}

export function slice(
  serviceName: string,
  endpoints: readonly EndpointText[],
  {
    name = `${serviceName}-ipv4`,
    namespace = 'default',
    addressType = 'IPv4',
  }: { readonly name?: string; readonly namespace?: string; readonly addressType?: string } = {},
): ClusterObject {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name, namespace, labels: { 'kubernetes.io/service-name': serviceName } },
    addressType,
    endpoints: endpoints.map((text) => {
      const conditions = MARKS[text.at(-1) ?? ''] ?? { ready: true, serving: true, terminating: false }
      const nodeName = text.replace(/[?!-]$/, '')
      return { addresses: ['10.1.1.7'], conditions, ...(nodeName === '' ? {} : { nodeName }) }
    }),
  }
}

/** Advertises LoadBalancerIPs of all Services, and what else is said. */
export const ALL_SERVICES = {
  advertisementType: 'Service',
  service: { addresses: ['LoadBalancerIP'] },
  selector: {},
}

/** Says that Services and EndpointSlices were read. */
export function servicesRead(cluster: ObservedCluster): ObservedCluster {
  for (const resource of ['services', 'endpointslices.discovery.k8s.io'])
    cluster.event({ type: 'resource', resource, state: 'synced' })
  return cluster
}
