// What is kept of Services and EndpointSlices. A cluster has many of them, and they change all the time: it is just what
// says which address a Service has, and on which nodes its endpoints are in which condition.
import type { ClusterObject } from './events.ts'

type Json = Readonly<Record<string, unknown>>

/** The label of an EndpointSlice that names its Service, in the same namespace. */
export const SERVICE_NAME_LABEL = 'kubernetes.io/service-name'

const IDENTITY = ['namespace', 'uid', 'resourceVersion']
const CONDITIONS = ['ready', 'serving', 'terminating']
/** What nearly all endpoints are, once for all of them. */
const READY: Json = Object.freeze({ ready: true, serving: true, terminating: false })
const SERVICE_SPEC = [
  'type',
  'clusterIP',
  'clusterIPs',
  'externalIPs',
  'externalTrafficPolicy',
  'internalTrafficPolicy',
  'loadBalancerClass',
]

/** A Service without ports, selector and conditions; labels stay, advertisements select by them. */
export function storedService({ apiVersion, kind, metadata, spec, status }: ClusterObject): ClusterObject {
  const ingress =
    isMap(status) && isMap(status['loadBalancer']) ? status['loadBalancer']['ingress'] : undefined
  return {
    apiVersion,
    kind,
    metadata: { name: metadata.name, ...picked(metadata, [...IDENTITY, 'labels']) },
    ...(isMap(spec) ? { spec: picked(spec, SERVICE_SPEC) } : {}),
    ...(ingress === undefined || ingress === null
      ? {}
      : { status: { loadBalancer: { ingress: each(ingress, (one) => picked(one, ['ip', 'ipMode'])) } } }),
  }
}

/**
 * An EndpointSlice without addresses, ports, pods and hints: a pod that takes the place of another on the same node
 * changes nothing.
 */
export function storedEndpointSlice(slice: ClusterObject): ClusterObject {
  const { apiVersion, kind, metadata, addressType, endpoints } = slice
  const labels = isMap(metadata.labels) ? picked(metadata.labels, [SERVICE_NAME_LABEL]) : undefined
  return {
    apiVersion,
    kind,
    metadata: {
      name: metadata.name,
      ...picked(metadata, IDENTITY),
      ...(labels === undefined ? {} : { labels: labels as Readonly<Record<string, string>> }),
    },
    ...(addressType === undefined ? {} : { addressType }),
    ...(endpoints === undefined || endpoints === null ? {} : { endpoints: each(endpoints, endpointOf) }),
  }
}

function endpointOf({ nodeName, conditions }: Json): Json {
  const kept = isMap(conditions) ? conditionsOf(conditions) : conditions
  if (nodeName !== undefined && kept !== undefined) return { nodeName, conditions: kept }
  return {
    ...(nodeName === undefined ? {} : { nodeName }),
    ...(kept === undefined ? {} : { conditions: kept }),
  }
}

function conditionsOf(conditions: Json): Json {
  const { ready, serving, terminating } = conditions
  return ready === true && serving === true && terminating === false ? READY : picked(conditions, CONDITIONS)
}

/** The maps of a list, changed; what is no list stays as it is. */
function each(value: unknown, change: (one: Json) => Json): unknown {
  return Array.isArray(value) ? value.map((one: unknown) => (isMap(one) ? change(one) : one)) : value
}

function picked(map: Json, names: readonly string[]): Json {
  return Object.fromEntries(names.flatMap((name) => (name in map ? [[name, map[name]]] : [])))
}

function isMap(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
