// Why a node that should have a session has none.
import { describeCause } from '../session/describe.ts'
import type { PeerView } from '../speaker/contract.ts'
import { timeOfDay } from './words.ts'
import type { View } from './view.ts'

/** Undefined when a session of the node is Established. */
export function whyNoSession(view: Pick<View, 'peersOf' | 'strangers'>, node: string): string | undefined {
  const peers = view.peersOf(node)
  if (peers.some((peer) => peer.established !== undefined)) return undefined
  const last = lastOf(peers)
  if (last === undefined) return `${node} never connected${strangersHint(view.strangers)}`
  if (last.state !== 'closed') return `the session of ${node} is not Established yet (${last.state})`
  const when = last.closedAt === undefined ? '' : ` at ${timeOfDay(last.closedAt)}`
  const why = last.cause === undefined ? '' : `: ${describeCause(last.cause)}`
  return `the session of ${node} closed${when}${why}`
}

function lastOf(peers: readonly PeerView[]): PeerView['last'] | undefined {
  let last: PeerView['last'] | undefined
  for (const peer of peers) if (last === undefined || peer.last.session > last.session) last = peer.last
  return last
}

function strangersHint(strangers: readonly PeerView[]): string {
  const up = strangers.filter((peer) => peer.established !== undefined)
  if (up.length === 0) return ''
  const names = up.slice(0, 3).map((peer) => `${peer.identifier} from ${peer.last.remote.address}`)
  return ` (unless it is a peer that no object names: ${names.join(', ')}${up.length > 3 ? ', …' : ''})`
}
