// What a verdict had to do without.
import { DUMP_COMMAND, resourceOfKind } from '../expected/kinds.ts'
import type { Settings } from '../expected/settings.ts'
import { allocatingObject } from '../expected/source.ts'
import type { ResourceState } from '../stream/events.ts'
import type { ClusterBook } from './cluster-book.ts'

const BGP_KINDS = ['CiliumBGPNodeConfig', 'CiliumBGPPeerConfig', 'CiliumBGPAdvertisement']
const NEEDED_KINDS = ['CiliumNode', 'Node', 'ConfigMap', 'DaemonSet']

const STATES: Readonly<Record<Exclude<ResourceState, 'synced'>, string>> = {
  absent: 'the API does not serve them',
  'not-given': 'not in the dump',
  forbidden: 'reading them is forbidden',
  stale: 'the API does not answer: what is known may be old',
  failed: 'reading them failed',
}

/**
 * The resource without which nobody knows what nodes should announce, with its state; undefined when there is none
 * such. In MetalLB mode no object is needed for it.
 */
export function unreadableConfiguration(
  resources: ReadonlyMap<string, ResourceState>,
  settings: Settings,
): string | undefined {
  if (settings.announcePodCidrs) return undefined
  for (const kind of BGP_KINDS) {
    const resource = resourceOfKind(kind)
    const state = resources.get(resource)
    if (state === 'absent' || state === 'not-given' || state === 'forbidden' || state === 'failed')
      return `${resource}: ${STATES[state]}`
  }
  const allocates = allocatingObject(settings.ipam)
  const nodes = allocates === undefined ? undefined : resourceOfKind(allocates)
  return nodes !== undefined && resources.get(nodes) === 'not-given'
    ? `${nodes}: ${STATES['not-given']}`
    : undefined
}

const SERVICES = resourceOfKind('Service')
const ENDPOINT_SLICES = resourceOfKind('EndpointSlice')

/** Whether it is known which Service has which address, and where its endpoints are. */
export function servicesAreRead(resources: ReadonlyMap<string, ResourceState>): boolean {
  const isRead = (resource: string): boolean => {
    const state = resources.get(resource)
    return state === 'synced' || state === 'stale'
  }
  return isRead(SERVICES) && isRead(ENDPOINT_SLICES)
}

/** Said where it matters only: addresses of Services are announced, and some could be judged. */
function aboutServices(
  resources: ReadonlyMap<string, ResourceState>,
  { advertisesServices, vips, clusterNodes }: ClusterBook,
): readonly string[] {
  if (!advertisesServices || clusterNodes === 0) return []
  const without = [SERVICES, ENDPOINT_SLICES].filter((resource) => resources.get(resource) !== 'synced')
  if (without.length === 0) return []
  // Without a Service that has the policy Local there is nothing to judge.
  if (!without.includes(SERVICES) && vips.localServices === 0) return []
  const stateOf = (resource: string): string => {
    const state = resources.get(resource)
    return state === undefined || state === 'synced' ? 'not in this record' : STATES[state]
  }
  if (servicesAreRead(resources)) return without.map((resource) => `${resource}: ${stateOf(resource)}`)
  const states = new Set(without.map(stateOf))
  const [first] = states
  const what =
    states.size === 1
      ? `${without.join(' and ')}: ${first}`
      : without.map((resource) => `${resource}: ${stateOf(resource)}`).join('; ')
  return [
    `${what}; so it is not judged whether nodes that announce addresses of Services with traffic policy Local have endpoints (no-endpoint): ` +
      (without.some((resource) => resources.get(resource) === 'forbidden')
        ? 'give the account get, list and watch on services and endpointslices in all namespaces, as lab/in-cluster/routewitness.yaml does'
        : 'it takes services and endpointslices of all namespaces (kubectl get -A)'),
  ]
}

/** One line each, in a fixed order. */
export function caveatsOf(
  resources: ReadonlyMap<string, ResourceState>,
  book: ClusterBook,
): readonly string[] {
  const { settings, clusterNodes: nodes } = book
  const caveats: string[] = []
  const kinds = settings.announcePodCidrs ? NEEDED_KINDS : [...NEEDED_KINDS, ...BGP_KINDS]
  const notGiven: string[] = []
  for (const kind of kinds) {
    const resource = resourceOfKind(kind)
    const state = resources.get(resource)
    if (state === 'not-given') notGiven.push(resource)
    else if (state !== undefined && state !== 'synced') caveats.push(`${resource}: ${STATES[state]}`)
  }
  if (notGiven.length > 0) {
    const so =
      unreadableConfiguration(resources, settings) === undefined
        ? ''
        : `; so it is not judged whether nodes announce what they should: a whole dump is what \`${DUMP_COMMAND}\` prints`
    caveats.push(`not in the dump: ${notGiven.join(', ')}${so}`)
  }
  if (nodes > 0 && settings.ipam === undefined)
    caveats.push('the IPAM mode is not known (no ConfigMap cilium-config): judged as cluster-pool')
  caveats.push(...aboutServices(resources, book))
  return caveats
}
