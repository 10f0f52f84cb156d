// What is kept of an object: what the check reads and people want to see, nothing that changes every few seconds,
// and no secrets.
import { WATCHED_KINDS } from '../core/expected/kinds.ts'
import type { ClusterObject } from '../core/stream/events.ts'

type Json = Readonly<Record<string, unknown>>

const KINDS: ReadonlySet<string> = new Set(WATCHED_KINDS.map((kind) => kind.kind))
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration'

/**
 * The object without what is not wanted; undefined for what is no object of a watched kind (never a Secret).
 * Fields that are kept stay as they are, malformed ones too: judging them is the check's business.
 */
export function prune(value: unknown): ClusterObject | undefined {
  if (!isMap(value) || typeof value['kind'] !== 'string' || typeof value['apiVersion'] !== 'string')
    return undefined
  const { apiVersion, kind, metadata } = value
  if (!KINDS.has(kind) || !isMap(metadata) || typeof metadata['name'] !== 'string') return undefined
  if (!isWanted(kind, metadata['name'])) return undefined
  const { spec, status, data } = value
  return {
    apiVersion,
    kind,
    metadata: { ...pruneMetadata(metadata), name: metadata['name'] },
    ...defined('spec', pruneSpec(kind, spec)),
    ...defined('data', kind === 'ConfigMap' ? data : undefined),
    ...defined('status', pruneStatus(kind, status)),
  }
}

/** The content by which two versions of an object are compared: all that was kept but the version's number. */
export function contentOf(object: ClusterObject): string {
  const { resourceVersion: _version, generation: _generation, ...metadata } = object.metadata
  return JSON.stringify({ ...object, metadata })
}

function isWanted(kind: string, name: string): boolean {
  return WATCHED_KINDS.some(
    (watched) => watched.kind === kind && (watched.name === undefined || watched.name === name),
  )
}

function pruneMetadata(metadata: Json): Json {
  const { managedFields: _fields, annotations, ...rest } = metadata
  if (!isMap(annotations)) return rest
  const { [LAST_APPLIED]: _applied, ...others } = annotations
  return Object.keys(others).length === 0 ? rest : { ...rest, annotations: others }
}

function pruneSpec(kind: string, spec: unknown): unknown {
  if (!isMap(spec)) return spec
  if (kind === 'CiliumNode') return pruneIpam(spec)
  if (kind !== 'DaemonSet') return spec
  // The environment of containers may hold anything, passwords too: only the images are of interest.
  const template = isMap(spec['template']) ? spec['template'] : {}
  const pod = isMap(template['spec']) ? template['spec'] : {}
  const containers = Array.isArray(pod['containers']) ? pod['containers'].filter(isMap) : []
  return { template: { spec: { containers: containers.map(({ name, image }) => ({ name, image })) } } }
}

/** Single addresses of pods (ENI, Azure, CRD modes) come and go all the time and are never announced. */
function pruneIpam(spec: Json): Json {
  const ipam = spec['ipam']
  if (!isMap(ipam)) return spec
  const { pool: _pool, 'ipv6-pool': _pool6, pools, ...rest } = ipam
  if (!isMap(pools)) return { ...spec, ipam: { ...rest, ...defined('pools', pools) } }
  const { requested: _requested, ...kept } = pools
  return { ...spec, ipam: { ...rest, pools: kept } }
}

function pruneStatus(kind: string, status: unknown): unknown {
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
