// Why a route that is waited for is not there.
import { prefixKey } from '../ip/arithmetic.ts'
import type { Prefix } from '../ip/prefix.ts'
import { formatPrefix } from '../ip/text.ts'
import { nearest } from '../errors/nearest.ts'
import type { PeerView } from '../speaker/contract.ts'
import { familyKey } from '../wire/families.ts'
import { noSessionReason } from './no-session.ts'
import type { Observer } from './observer.ts'
import { peersThatAreUs } from './our-ends.ts'
import type { View } from './view.ts'

/** Nearest prefixes are looked for among so many routes at most. */
const LOOKED_AT = 10_000

/** The likely reason for which `node` does not announce the prefix, one clause without the node's name. */
export function whyNodeLacksRoute(observer: Observer, prefix: Prefix, node: string): string {
  const view = observer.checker.sight(observer.world)
  const noSession = noSessionReason(view, node)
  if (noSession !== undefined) return noSession
  const text = formatPrefix(prefix)
  const others = announcersOf(observer, prefix).filter((other) => other !== node)
  const reasons = [
    `${text} is not announced by it`,
    ...(others.length === 0 ? [] : [`it is announced by ${others.join(' and ')}`]),
    ...allocation(observer, view, prefix, node),
    ...endOfRib(view.peersOf(node), prefix),
    ...nearRoutes(observer, view.peersOf(node), text),
  ]
  return reasons.join('; ')
}

/** The likely reason for which nobody announces it, with the node that should where there is one. */
export function whyNobodyHasRoute(
  observer: Observer,
  prefix: Prefix,
): { readonly node: string | undefined; readonly why: string } {
  const [owner] = [...observer.checker.book.table.owners(prefixKey(prefix))].sort()
  if (owner !== undefined) return { node: owner, why: whyNodeLacksRoute(observer, prefix, owner) }
  const text = formatPrefix(prefix)
  const { book } = observer.checker
  const overlapping = book.table.overlapping(prefix)
  const reasons = [
    `${text} is not announced`,
    ...(book.nodes.size === 0 ? [] : ['nobody owns it']),
    ...(overlapping === undefined
      ? []
      : [
          `${formatPrefix(overlapping.prefix)} of ${[...overlapping.nodes].sort().join(' and ')} overlaps it`,
        ]),
    ...nearRoutes(observer, [...observer.world.speaker.peers()], text),
  ]
  return { node: undefined, why: reasons.join('; ') }
}

/** Names of the nodes that announce the prefix now, or identifiers where no object names the node. */
function announcersOf(observer: Observer, prefix: Prefix): readonly string[] {
  const { speaker } = observer.world
  const names = new Set<string>()
  for (const { peer } of speaker.lookup(prefix))
    names.add(observer.checker.nodeOf(peer) ?? speaker.peer(peer)?.identifier ?? peer)
  return [...names].sort()
}

function allocation(observer: Observer, view: View, prefix: Prefix, node: string): readonly string[] {
  const state = view.state(node)
  if (state === undefined) return []
  const key = prefixKey(prefix)
  const owners = view.owners(key)
  if (!owners.has(node))
    return [owners.size === 0 ? 'nobody owns it' : `${[...owners].sort().join(' and ')} owns it`]
  const ours = peersThatAreUs(state, view.peersOf(node), {
    asn: observer.world.config.asn,
    addresses: observer.checker.addresses,
  })
  if (ours.size === 0) return ['it owns it, but its configuration has no peer with our address and AS number']
  const isSelected = [...ours].some(({ prefixes }) => prefixes.some((other) => prefixKey(other) === key))
  return isSelected
    ? ['it owns it and should announce it']
    : ['it owns it, but no advertisement of type PodCIDR selects it for us']
}

function endOfRib(peers: readonly PeerView[], prefix: Prefix): readonly string[] {
  const family = familyKey({ afi: prefix.afi, safi: 1 })
  const sessions = peers.flatMap(({ established }) => (established === undefined ? [] : [established]))
  if (sessions.some(({ families }) => families.some((each) => familyKey(each) === family))) {
    const isDone = sessions.some((session) => session.endOfRib.includes(family))
    return isDone ? ['its End-of-RIB has come: it has said all'] : ['no End-of-RIB has come']
  }
  return ['its session does not carry this family']
}

/** Prefixes that are announced and look much like it: a slip of the pen, most often. */
function nearRoutes(observer: Observer, peers: readonly PeerView[], text: string): readonly string[] {
  const texts: string[] = []
  for (const { key } of peers)
    for (const route of observer.world.speaker.routes(key)) {
      if (texts.length >= LOOKED_AT) break
      texts.push(formatPrefix(route.prefix))
    }
  const near = nearest(text, texts).filter((other) => other !== text)
  return near.length === 0 ? [] : [`near to it: ${near.join(', ')}`]
}
