// Why a node that should have a session has none.
import { describeCause } from '../session/describe.ts'
import type { PeerView } from '../speaker/contract.ts'
import { timeOfDay } from './words.ts'
import type { View } from './view.ts'

/** A clause that names the node; undefined when a session of it is Established. */
export function whyNoSession(view: Pick<View, 'peersOf' | 'strangers'>, node: string): string | undefined {
  return clause(view, node, { subject: `${node} `, session: `the session of ${node}` })
}

/** The same for a line that begins with the node's name. */
export function noSessionReason(view: Pick<View, 'peersOf' | 'strangers'>, node: string): string | undefined {
  return clause(view, node, { subject: '', session: 'the session' })
}

function clause(
  view: Pick<View, 'peersOf' | 'strangers'>,
  node: string,
  { subject, session }: { readonly subject: string; readonly session: string },
): string | undefined {
  const peers = view.peersOf(node)
  if (peers.some((peer) => peer.established !== undefined)) return undefined
  const last = lastOf(peers)
  if (last === undefined) return `${subject}never connected${strangersHint(view.strangers)}`
  if (last.state !== 'closed') return `${session} is not Established yet (${last.state})`
  const when = last.closedAt === undefined ? '' : ` at ${timeOfDay(last.closedAt)}`
  const why = last.cause === undefined ? '' : `: ${describeCause(last.cause)}`
  return `${session} closed${when}${why}`
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
