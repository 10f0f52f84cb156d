// Why a node has not converged: what `wait` says while it waits.
import { prefixKey } from '../ip/arithmetic.ts'
import type { Prefix } from '../ip/prefix.ts'
import type { ExpectedPeer } from '../expected/expectation.ts'
import type { SpeakerApi } from '../speaker/api.ts'
import type { PeerView, SessionView } from '../speaker/contract.ts'
import { familyKey, familyName } from '../wire/families.ts'
import { noSessionReason } from './no-session.ts'
import type { Observer } from './observer.ts'
import { peersThatAreUs } from './our-ends.ts'
import { prefixList, timeOfDay } from './words.ts'
import type { View } from './view.ts'

/** How far a node has come that should have a session with us. */
export interface NodeProgress {
  readonly node: string
  readonly established: boolean
  /** Prefixes that it should announce to us and does not, graceful restart's leftovers not counted. */
  readonly missing: readonly Prefix[]
  /** How many prefixes it should announce to us. */
  readonly expected: number
  /** Its configuration has advertisements whose routes are not derived. */
  readonly others: boolean
  /**
   * 'pending': graceful restart was negotiated, and the End-of-RIB of a family is still to come. 'not-negotiated': none
   * will come, quiet has to do.
   */
  readonly endOfRib: 'received' | 'pending' | 'not-negotiated'
  /** Session up and all routes held. */
  readonly converged: boolean
  /** One clause each, without the node's name; empty when converged. */
  readonly reasons: readonly string[]
}

/** Every node that should have a session with us, in order of name. */
export function nodesToWaitFor(observer: Observer): readonly NodeProgress[] {
  const view = observer.checker.sight(observer.world)
  return [...observer.checker.book.nodes.keys()]
    .filter((node) => expectedPeersOf(observer, view, node).length > 0)
    .sort()
    .map((node) => progress(observer, view, node))
}

/** Says why this node is not converged. A node of which nothing is expected is. */
export function explainMissing(observer: Observer, node: string): NodeProgress {
  return progress(observer, observer.checker.sight(observer.world), node)
}

function expectedPeersOf(observer: Observer, view: View, node: string): readonly ExpectedPeer[] {
  const state = view.state(node)
  if (state === undefined) return []
  return [
    ...peersThatAreUs(state, view.peersOf(node), {
      asn: observer.world.config.asn,
      addresses: observer.checker.addresses,
    }),
  ]
}

function progress(observer: Observer, view: View, node: string): NodeProgress {
  const peers = view.peersOf(node)
  const sessions = peers.flatMap((peer) => (peer.established === undefined ? [] : [peer.established]))
  const expected = expectedPeersOf(observer, view, node)
  const due = distinct(expected.flatMap(({ prefixes }) => prefixes))
  const held = due.map((prefix) => ({ prefix, how: howHeld(observer.world.speaker, peers, prefix) }))
  const missing = held.filter(({ how }) => how !== 'fresh').map(({ prefix }) => prefix)
  const established = sessions.length > 0 || expected.length === 0
  const pending = sessions.flatMap((session) => pendingFamilies(session))
  const reasons: string[] = []
  if (!established) reasons.push(noSessionReason(view, node) ?? 'no session')
  if (missing.length > 0) reasons.push(`has not announced ${prefixList(missing)}`)
  reasons.push(...stillStale(held), ...silent(peers))
  if (pending.length > 0 && missing.length > 0) reasons.push(`no End-of-RIB for ${pending.join(', ')} yet`)
  return {
    node,
    established,
    missing,
    expected: due.length,
    others: expected.some(({ others }) => others.length > 0),
    endOfRib: sessions.some(hasGracefulRestart)
      ? pending.length > 0
        ? 'pending'
        : 'received'
      : 'not-negotiated',
    converged: established && missing.length === 0,
    reasons: established && missing.length === 0 ? [] : reasons,
  }
}

type Held = 'fresh' | 'stale' | 'not'

/** Looked up in the table of each peer of the node: however many routes there are, only what is expected is looked at. */
function howHeld(speaker: SpeakerApi, peers: readonly PeerView[], prefix: Prefix): Held {
  let held: Held = 'not'
  for (const { key, routes } of peers) {
    if (routes === 0) continue
    for (const { route } of speaker.lookup(prefix, key)) {
      if (route.stale === undefined) return 'fresh'
      held = 'stale'
    }
  }
  return held
}

function stillStale(held: readonly { readonly prefix: Prefix; readonly how: Held }[]): readonly string[] {
  const stale = held.filter(({ how }) => how === 'stale').map(({ prefix }) => prefix)
  return stale.length === 0 ? [] : [`${prefixList(stale)} held only by graceful restart`]
}

/** Cilium 1.20 withholds all routes while another of its graceful-restart peers is down (GoBGP's selection deferral). */
function silent(peers: readonly PeerView[]): readonly string[] {
  const reasons: string[] = []
  for (const { established } of peers) {
    if (established === undefined || established.updates > 0 || established.endOfRib.length > 0) continue
    const restarting = established.received?.capabilities.some(
      (capability) => capability.code === 64 && capability.restarting,
    )
    if (restarting !== true) continue
    const since =
      established.establishedAt === undefined ? '' : ` since ${timeOfDay(established.establishedAt)}`
    reasons.push(
      `Established${since} with R=1 and silent: it may wait for a graceful-restart peer that is down; a ROUTE-REFRESH from us ends that (onSilence: refresh)`,
    )
  }
  return reasons
}

function hasGracefulRestart(session: SessionView): boolean {
  const has = (open: SessionView['sent']): boolean =>
    open?.capabilities.some((capability) => capability.code === 64) ?? false
  return has(session.sent) && has(session.received)
}

function pendingFamilies(session: SessionView): readonly string[] {
  if (!hasGracefulRestart(session)) return []
  return session.families.filter((family) => !session.endOfRib.includes(familyKey(family))).map(familyName)
}

function distinct(prefixes: readonly Prefix[]): readonly Prefix[] {
  return [...new Map(prefixes.map((prefix) => [prefixKey(prefix), prefix])).values()]
}
