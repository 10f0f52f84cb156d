// What a verdict had to do without.
import { resourceOfKind } from '../expected/kinds.ts'
import type { Settings } from '../expected/settings.ts'
import type { ResourceState } from '../stream/events.ts'

const BGP_KINDS = ['CiliumBGPNodeConfig', 'CiliumBGPPeerConfig', 'CiliumBGPAdvertisement']
const NEEDED_KINDS = ['CiliumNode', 'Node', 'ConfigMap', 'DaemonSet']

const STATES: Readonly<Record<Exclude<ResourceState, 'synced'>, string>> = {
  absent: 'there are none, or the API does not serve them',
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
    if (state === 'absent' || state === 'forbidden' || state === 'failed')
      return `${resource}: ${STATES[state]}`
  }
  return undefined
}

/** One line each, in a fixed order. */
export function caveatsOf(
  resources: ReadonlyMap<string, ResourceState>,
  settings: Settings,
  nodes: number,
): readonly string[] {
  const caveats: string[] = []
  const kinds = settings.announcePodCidrs ? NEEDED_KINDS : [...NEEDED_KINDS, ...BGP_KINDS]
  for (const kind of kinds) {
    const resource = resourceOfKind(kind)
    const state = resources.get(resource)
    if (state !== undefined && state !== 'synced') caveats.push(`${resource}: ${STATES[state]}`)
  }
  if (nodes > 0 && settings.ipam === undefined)
    caveats.push('the IPAM mode is not known (no ConfigMap cilium-config): judged as cluster-pool')
  return caveats
}
