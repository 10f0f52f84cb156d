// Objects that preflight looks at whole, and once: the router does not watch them, or keeps less of them (Services without their
// ports and conditions). Of a Secret no more than its name is asked for.
import { rootField } from '../../core/expected/field.ts'
import type { WatchedKind } from '../../core/expected/kinds.ts'
import type { Objects } from '../../core/expected/settings.ts'
import type { ClusterObject } from '../../core/stream/events.ts'
import { ApiClient, ApiError, type Query } from '../../kube/api-client.ts'
import { loadConfig } from '../../kube/cluster-source.ts'
import { readValues } from '../../kube/directory-source.ts'
import type { SourceFlags } from '../../harness/sources.ts'
import { rootsOf } from './chain-checks.ts'

export interface MoreObjects {
  readonly objects: readonly ClusterObject[]
  /** What could not be read, and why: "Service", or "Secret kube-system/bgp-auth". */
  readonly unread: ReadonlyMap<string, string>
  /** Of the agents' DaemonSet, by name; undefined where it could not be read. */
  readonly initContainers: readonly string[] | undefined
}

const CILIUM = { group: 'cilium.io', namespaced: false }

/** Kinds that are listed whole. */
const LISTED: readonly WatchedKind[] = [
  { kind: 'Service', group: '', versions: ['v1'], plural: 'services', namespaced: true },
  {
    kind: 'CiliumLoadBalancerIPPool',
    ...CILIUM,
    versions: ['v2', 'v2alpha1'],
    plural: 'ciliumloadbalancerippools',
  },
  { kind: 'CiliumPodIPPool', ...CILIUM, versions: ['v2', 'v2alpha1'], plural: 'ciliumpodippools' },
]
const PAGE = '500'
/** Milliseconds without a byte. */
const SILENCE = 15_000
/** The API server leaves everything out but metadata: data of a Secret never comes here. */
const METADATA = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1'
/** Where password Secrets are, unless bgpControlPlane.secretsNamespace says otherwise. */
const SECRETS_NAMESPACE = 'kube-system'

/** Password Secrets that CiliumBGPPeerConfigs name. */
export function secretsOf(
  objects: Objects,
): readonly { readonly namespace: string; readonly name: string }[] {
  const config = [...objects.list('ConfigMap')].find(({ metadata }) => metadata.name === 'cilium-config')
  const namespace =
    (config === undefined
      ? undefined
      : rootField(config, () => undefined)
          .at('data')
          .texts()
          .get('bgp-secrets-namespace')) ?? SECRETS_NAMESPACE
  const names = rootsOf(objects, 'CiliumBGPPeerConfig').flatMap(
    (peer) => peer.at('spec', 'authSecretRef').text() ?? [],
  )
  return [...new Set(names)].map((name) => ({ namespace, name }))
}

/** Reads them from where the other objects came from. What cannot be read is told, and keeps nothing else from being read. */
export function readMore(flags: SourceFlags, watched: Objects): Promise<MoreObjects> {
  return flags.objects === undefined ? fromServer(flags, watched) : fromFiles(flags.objects)
}

async function fromServer(
  { context, kubeconfig, inCluster }: SourceFlags,
  watched: Objects,
): Promise<MoreObjects> {
  const api = new ApiClient(loadConfig(given({ context, kubeconfig, inCluster })))
  const objects: ClusterObject[] = []
  const unread = new Map<string, string>()
  const attempt = async (what: string, read: () => Promise<readonly ClusterObject[]>): Promise<void> => {
    try {
      objects.push(...(await read()))
    } catch (error) {
      unread.set(what, why(error))
    }
  }
  for (const kind of LISTED) await attempt(kind.kind, () => listAll(api, kind))
  for (const { namespace, name } of secretsOf(watched))
    await attempt(`Secret ${namespace}/${name}`, () => secret(api, namespace, name))
  const set = await get(api, DAEMON_SET).catch(() => undefined)
  return { objects, unread, initContainers: initContainersOf(set) }
}

const given = <T extends object>(options: T): { [K in keyof T]?: NonNullable<T[K]> } =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as never

const why = (error: unknown): string => {
  if (error instanceof ApiError && error.status === 404) return 'the API server does not know the kind'
  return error instanceof Error ? error.message : String(error)
}

async function listAll(
  api: ApiClient,
  { kind, group, versions, plural }: WatchedKind,
): Promise<ClusterObject[]> {
  for (const [at, version] of versions.entries()) {
    const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`
    try {
      return await pages(api, `${root}/${plural}`, {
        apiVersion: group === '' ? version : `${group}/${version}`,
        kind,
      })
    } catch (error) {
      if (!(at + 1 < versions.length && error instanceof ApiError && error.status === 404)) throw error
    }
  }
  return []
}

async function pages(api: ApiClient, path: string, type: object): Promise<ClusterObject[]> {
  const found: ClusterObject[] = []
  let next: string | undefined
  do {
    const query: Query = { limit: PAGE, continue: next }
    const page = (await api.get(path, query, { signal: new AbortController().signal, silence: SILENCE })) as {
      items?: object[]
      metadata?: { continue?: string }
    }
    for (const item of page.items ?? []) found.push({ ...type, ...item } as ClusterObject)
    next = page.metadata?.continue === '' ? undefined : page.metadata?.continue
  } while (next !== undefined)
  return found
}

const get = (api: ApiClient, path: string, accept?: string): Promise<unknown> =>
  api.get(path, {}, { signal: new AbortController().signal, silence: SILENCE }, accept)

/** Read whole: what the router keeps of it names no init containers. */
const DAEMON_SET = '/apis/apps/v1/namespaces/kube-system/daemonsets/cilium'

function initContainersOf(set: unknown): readonly string[] | undefined {
  if (set === undefined) return undefined
  const containers = rootField(set as ClusterObject, () => undefined).at(
    ...['spec', 'template', 'spec', 'initContainers'],
  )
  return containers.items().flatMap((container) => container.at('name').text() ?? [])
}

async function secret(api: ApiClient, namespace: string, name: string): Promise<ClusterObject[]> {
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/secrets/${encodeURIComponent(name)}`
  try {
    await get(api, path, METADATA)
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return []
    throw error
  }
  return [{ apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace } }]
}

async function fromFiles(path: string): Promise<MoreObjects> {
  const unread = new Map<string, string>()
  const objects: ClusterObject[] = []
  let initContainers: readonly string[] | undefined
  for (const value of await readValues(path)) {
    const { kind, metadata } = (value ?? {}) as Partial<ClusterObject>
    if (typeof metadata?.name !== 'string') continue
    const { name, namespace } = metadata
    if (kind === 'Secret')
      objects.push({
        apiVersion: 'v1',
        kind,
        metadata: { name, ...(namespace && { namespace }) },
      })
    else if (kind === 'DaemonSet' && name === 'cilium') initContainers = initContainersOf(value)
    else if (LISTED.some((listed) => listed.kind === kind)) objects.push(value as ClusterObject)
  }
  for (const kind of [...LISTED.map((listed) => listed.kind), 'Secret'])
    if (!objects.some((object) => object.kind === kind)) unread.set(kind, 'there is none among the files')
  return { objects, unread, initContainers }
}
