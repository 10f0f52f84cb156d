// Why a node that should have a session has none.
import { describeCause } from '../session/describe.ts'
import type { PeerView } from '../speaker/contract.ts'
import { openAsn } from '../wire/open.ts'
import { timeOfDay } from './words.ts'
import type { View } from './view.ts'

type Sight = Pick<View, 'peersOf' | 'strangers' | 'state' | 'refusal'>

/** A clause that names the node; undefined when a session of it is Established. */
export function whyNoSession(view: Sight, node: string): string | undefined {
  return clause(view, node, { subject: `${node} `, session: `the session of ${node}` })
}

/** The same for a line that begins with the node's name. */
export function noSessionReason(view: Sight, node: string): string | undefined {
  return clause(view, node, { subject: '', session: 'the session' })
}

function clause(
  view: Sight,
  node: string,
  { subject, session }: { readonly subject: string; readonly session: string },
): string | undefined {
  const peers = view.peersOf(node)
  if (peers.some((peer) => peer.established !== undefined)) return undefined
  const last = lastOf(peers)
  if (last === undefined)
    return `${subject}${refused(view, node) ?? `never connected${strangersHint(view.strangers)}`}`
  if (last.state !== 'closed') return `${session} is not Established yet (${last.state})`
  const when = last.closedAt === undefined ? '' : ` at ${timeOfDay(last.closedAt)}`
  const why = last.cause === undefined ? '' : `: ${describeCause(last.cause)}`
  return `${session} closed${when}${why}`
}

/** Most often a wrong AS number or range in our own configuration: worth saying where it is looked for. */
function refused(view: Sight, node: string): string | undefined {
  const facts = view.state(node)?.facts
  const session = facts && view.refusal([...facts.localAddresses, ...facts.addresses])
  if (session?.cause === undefined) return undefined
  const asn = session.received === undefined ? '' : ` with AS ${openAsn(session.received)}`
  return `connected${asn} and was refused: ${describeCause(session.cause)}`
}

function lastOf(peers: readonly PeerView[]): PeerView['last'] | undefined {
  let last: PeerView['last'] | undefined
  for (const peer of peers) if (last === undefined || peer.last.session > last.session) last = peer.last
  return last
}

/** A clause about who else is there; empty when nobody is. */
export function strangersHint(strangers: readonly PeerView[]): string {
  const up = strangers.filter((peer) => peer.established !== undefined)
  if (up.length === 0) return ''
  const names = up.slice(0, 3).map((peer) => `${peer.identifier} from ${peer.last.remote.address}`)
  return ` (unless it is a peer that no object names: ${names.join(', ')}${up.length > 3 ? ', …' : ''})`
}
