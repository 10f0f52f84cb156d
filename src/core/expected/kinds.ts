// The kinds of object that say what nodes should announce, and what the API calls them.

export interface WatchedKind {
  readonly kind: string
  /** Empty for the core group. */
  readonly group: string
  /** Newest first; an older one is used where the newer is not served. */
  readonly versions: readonly string[]
  readonly plural: string
  readonly namespaced: boolean
  /** In all namespaces, not only where Cilium is installed. */
  readonly everywhere?: true
  /** How many are asked for at once, where they are large. */
  readonly page?: number
  /** Only the object of this name is of interest. */
  readonly name?: string
}

const CILIUM = { group: 'cilium.io', namespaced: false }
const BGP = { ...CILIUM, versions: ['v2', 'v2alpha1'] }

export const WATCHED_KINDS: readonly WatchedKind[] = [
  { kind: 'Node', group: '', versions: ['v1'], plural: 'nodes', namespaced: false },
  { kind: 'CiliumNode', ...CILIUM, versions: ['v2'], plural: 'ciliumnodes' },
  {
    kind: 'ConfigMap',
    group: '',
    versions: ['v1'],
    plural: 'configmaps',
    namespaced: true,
    name: 'cilium-config',
  },
  {
    kind: 'DaemonSet',
    group: 'apps',
    versions: ['v1'],
    plural: 'daemonsets',
    namespaced: true,
    name: 'cilium',
  },
  { kind: 'CiliumBGPClusterConfig', ...BGP, plural: 'ciliumbgpclusterconfigs' },
  { kind: 'CiliumBGPPeerConfig', ...BGP, plural: 'ciliumbgppeerconfigs' },
  { kind: 'CiliumBGPAdvertisement', ...BGP, plural: 'ciliumbgpadvertisements' },
  { kind: 'CiliumBGPNodeConfig', ...BGP, plural: 'ciliumbgpnodeconfigs' },
  { kind: 'CiliumBGPNodeConfigOverride', ...BGP, plural: 'ciliumbgpnodeconfigoverrides' },
  { kind: 'Service', group: '', versions: ['v1'], plural: 'services', namespaced: true, everywhere: true },
  {
    kind: 'EndpointSlice',
    group: 'discovery.k8s.io',
    versions: ['v1'],
    plural: 'endpointslices',
    namespaced: true,
    everywhere: true,
    // Each has up to a thousand endpoints, and reading a page keeps the router from its sessions.
    page: 50,
  },
]

/** The name under which `resource` events speak of a kind, for example "ciliumnodes.cilium.io" or "nodes". */
export function resourceName(kind: WatchedKind): string {
  return kind.group === '' ? kind.plural : `${kind.plural}.${kind.group}`
}

const NAMES: ReadonlyMap<string, string> = new Map(
  WATCHED_KINDS.map((kind) => [kind.kind, resourceName(kind)]),
)

/** What prints all objects that are watched, for `--objects`. */
export const DUMP_COMMAND = `kubectl get ${WATCHED_KINDS.filter(({ name }) => name === undefined)
  .map(({ plural }) => plural)
  .join(',')} -A -o yaml; echo ---; kubectl -n kube-system get ${WATCHED_KINDS.filter(
  ({ name }) => name !== undefined,
)
  .map(({ plural, name }) => `${plural}/${name}`)
  .join(' ')} -o yaml`

/** The resource name of a watched kind. */
export function resourceOfKind(kind: string): string {
  return NAMES.get(kind) ?? kind
}
