// Why a node that should have a session has none.
import { describeCause } from '../session/describe.ts'
import type { PeerView, SessionView } from '../speaker/contract.ts'
import { openAsn } from '../wire/open.ts'
import { timeOfDay } from './words.ts'
import type { View } from './view.ts'

type Sight = Pick<View, 'peersOf' | 'strangers' | 'state' | 'refusal'>

/** What "never connected" can mean: a SYN that the kernel drops is seen by nobody. */
export const NEVER_CONNECTED =
  'never connected: it never dialled us, or its SYNs were dropped on the way (a firewall, a missing route, or TCP MD5 keys that differ)'

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
    return `${subject}${refused(view, node) ?? `never connected${keyHint(view, node)}${strangersHint(view.strangers)}`}`
  if (last.state !== 'closed') return `${session} is not Established yet (${last.state})`
  const when = last.closedAt === undefined ? '' : ` at ${timeOfDay(last.closedAt)}`
  const why = last.cause === undefined ? '' : `: ${describeCause(last.cause)}`
  return `${session} closed${when}${why}`
}

/** Most often a wrong AS number or range in our own configuration: worth saying where it is looked for. */
function refused(view: Sight, node: string): string | undefined {
  const facts = view.state(node)?.facts
  const session = facts && view.refusal([...facts.localAddresses, ...facts.addresses], facts.routerIds)
  if (session?.cause === undefined) return undefined
  return wasRefused(session)
}

/** "connected with AS 64513 and was refused: …", of a session that one of us did not let begin. */
export function wasRefused(session: SessionView): string {
  const asn = session.received === undefined ? '' : ` with AS ${openAsn(session.received)}`
  const why = session.cause === undefined ? '' : `: ${describeCause(session.cause)}`
  return `connected${asn} and was refused${why}`
}

/** Where keys differ, or one side has none, SYNs are dropped before anybody sees them. Ours is not known here: it is not recorded. */
function keyHint(view: Sight, node: string): string {
  const secret = view.state(node)?.peers.find(({ authSecret }) => authSecret !== undefined)?.authSecret
  return secret === undefined
    ? ''
    : `: perhaps a key mismatch: its CiliumBGPPeerConfig has the TCP MD5 key of Secret "${secret}", which the password of our peers must be, too (SYNs with a wrong signature are dropped unseen)`
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
