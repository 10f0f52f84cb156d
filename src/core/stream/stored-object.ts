// What is kept of an object of the cluster: what the check reads and people want to see, nothing that changes every
// few seconds, and nothing that may hold a secret.
import type { ClusterObject } from './events.ts'
import { storedEndpointSlice, storedService } from './stored-service.ts'

type Json = Readonly<Record<string, unknown>>

/**
 * The keys of cilium-config that are kept. A list of what may stay, because anybody may put anything into a ConfigMap:
 * what the check reads (core/expected/settings.ts), and what says in which mode IPAM, routing and BGP run.
 */
export const CONFIG_KEYS = [
  'ipam',
  'bgp-announce-pod-cidr',
  'bgp-announce-lb-ip',
  'enable-bgp-control-plane',
  'bgp-router-id-allocation-mode',
  'bgp-router-id-allocation-ip-pool',
  'bgp-secrets-namespace',
  'cluster-name',
  'cluster-pool-ipv4-cidr',
  'cluster-pool-ipv4-mask-size',
  'cluster-pool-ipv6-cidr',
  'cluster-pool-ipv6-mask-size',
  'enable-ipv4',
  'enable-ipv6',
  'ipv4-native-routing-cidr',
  'ipv6-native-routing-cidr',
  'routing-mode',
  'tunnel',
] as const
export type ConfigKey = (typeof CONFIG_KEYS)[number]

/**
 * The object as it may be stored, with nothing but `apiVersion`, `kind`, `metadata`, `spec`, `data` and `status`, each
 * pruned. Fields that are kept stay as they are, malformed ones too: judging them is the check's business. Annotations
 * go, all of them: kubectl writes the object there as it was applied, and others what they like. Of a Secret only the
 * name stays; of an EndpointSlice the endpoints. Doing it again changes nothing.
 */
export function storedObject(object: ClusterObject): ClusterObject {
  const { apiVersion, kind, metadata, spec, data, status } = object
  const { name, namespace, uid } = metadata
  if (kind === 'Secret')
    return {
      apiVersion,
      kind,
      metadata: {
        name,
        ...(namespace !== undefined && { namespace }),
        ...(uid !== undefined && { uid }),
      },
    }
  if (kind === 'Service') return storedService(object)
  if (kind === 'EndpointSlice') return storedEndpointSlice(object)
  const { managedFields: _fields, annotations: _annotations, ...kept } = metadata
  return {
    apiVersion,
    kind,
    metadata: kept,
    ...defined('spec', specOf(kind, spec)),
    ...defined('data', kind === 'ConfigMap' ? dataOf(data) : undefined),
    ...defined('status', statusOf(kind, status)),
  }
}

function dataOf(data: unknown): unknown {
  if (!isMap(data)) return undefined
  return Object.fromEntries(CONFIG_KEYS.flatMap((key) => (key in data ? [[key, data[key]]] : [])))
}

function specOf(kind: string, spec: unknown): unknown {
  if (!isMap(spec)) return spec
  if (kind === 'CiliumNode') return withoutAddresses(spec)
  if (kind !== 'DaemonSet') return spec
  // The environment of containers may hold anything, passwords too: only the images are of interest.
  const template = isMap(spec['template']) ? spec['template'] : {}
  const pod = isMap(template['spec']) ? template['spec'] : {}
  const containers = list(pod['containers'])
  return { template: { spec: { containers: containers.map(({ name, image }) => ({ name, image })) } } }
}

/** Single addresses of pods (ENI, Azure, CRD modes) come and go all the time and are never announced. */
function withoutAddresses(spec: Json): Json {
  const ipam = spec['ipam']
  if (!isMap(ipam)) return spec
  const { pool: _pool, 'ipv6-pool': _pool6, pools, ...rest } = ipam
  if (!isMap(pools)) return { ...spec, ipam: { ...rest, ...defined('pools', pools) } }
  const { requested: _requested, ...kept } = pools
  return { ...spec, ipam: { ...rest, pools: kept } }
}

function statusOf(kind: string, status: unknown): unknown {
  if (!isMap(status)) return undefined
  switch (kind) {
    case 'Node':
      return status['addresses'] === undefined ? undefined : { addresses: status['addresses'] }
    case 'CiliumBGPNodeConfig':
      // Counters and uptimes change every 5 s; the addresses that autoDiscovery found do not.
      return {
        bgpInstances: list(status['bgpInstances']).map((instance) => ({
          name: instance['name'],
          peers: list(instance['peers']).map(({ name, peerAddress, peerASN }) => ({
            name,
            peerAddress,
            peerASN,
          })),
        })),
      }
    case 'CiliumBGPClusterConfig':
    case 'CiliumBGPPeerConfig':
      return {
        conditions: list(status['conditions']).map(({ type, status, reason, message }) => ({
          type,
          status,
          reason,
          message,
        })),
      }
    default:
      return undefined
  }
}

function list(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.filter(isMap) : []
}

function defined(name: string, value: unknown): Json {
  return value === undefined || value === null ? {} : { [name]: value }
}

function isMap(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
