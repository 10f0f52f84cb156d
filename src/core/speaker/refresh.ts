// Route refresh in both directions (RFC 2918, RFC 7313), and End-of-RIB, which closes what we send.
import { encodeMessage } from '../wire/codec.ts'
import { gracefulRestart } from '../session/negotiate.ts'
import { familyKey, sameFamily } from '../wire/families.ts'
import type { Family, RouteRefreshMessage } from '../wire/message.ts'
import { encodeEndOfRib } from '../wire/update-encode.ts'
import { announcements } from './originate.ts'
import type { Peer } from './peer.ts'
import { withdrawn } from './stale.ts'
import { send, tell, type Entry, type Turn } from './state.ts'

const REQUEST = 0
const BEGIN_OF_REFRESH = 1
const END_OF_REFRESH = 2

/** Asks the peer for all its routes of a family; a peer that does not take such requests gets none. */
export function requestRefresh(turn: Turn, entry: Entry, family: Family): void {
  if (entry.session.negotiated?.routeRefresh === true && isNegotiated(entry, family))
    sendRefresh(turn, entry, family, REQUEST)
}

/** Sends End-of-RIB if the family is on the session. */
export function sendEndOfRib(turn: Turn, entry: Entry, family: Family): void {
  if (isNegotiated(entry, family)) send(turn, entry, encodeEndOfRib(family))
}

/** A ROUTE-REFRESH has come. Other families (RFC 2918 §4) and unknown subtypes (RFC 7313 §5) are ignored. */
export function refreshReceived(turn: Turn, entry: Entry, peer: Peer, message: RouteRefreshMessage): void {
  const { family, subtype } = message
  tell(turn, { news: 'route-refresh', session: entry.session.number, peer: peer.key, family, subtype })
  if (!isNegotiated(entry, family)) return
  const enhanced = entry.session.negotiated?.enhancedRouteRefresh === true
  if (subtype === REQUEST) answer(turn, entry, peer, family, enhanced)
  else if (enhanced && subtype === BEGIN_OF_REFRESH) begin(turn, entry, peer, family)
  else if (enhanced && subtype === END_OF_REFRESH) end(turn, peer, family)
}

/** Everything of the family, changed or not (RFC 2918 §4), between BoRR and EoRR where agreed (RFC 7313 §4). */
function answer(turn: Turn, entry: Entry, peer: Peer, family: Family, enhanced: boolean): void {
  if (enhanced) sendRefresh(turn, entry, family, BEGIN_OF_REFRESH)
  const wanted = turn.state.wanted.of(peer.key)
  const routes = wanted.filter(({ prefix }) => sameFamily({ afi: prefix.afi, safi: 1 }, family))
  for (const bytes of announcements(entry.session, routes)) send(turn, entry, bytes)
  if (enhanced) sendRefresh(turn, entry, family, END_OF_REFRESH)
  sendEndOfRib(turn, entry, family)
}

/**
 * BoRR: what the peer does not announce from here to EoRR is gone. Where the peer announced graceful restart, one before its
 * End-of-RIB is ignored, whether it restarts or not (RFC 7313 §4).
 */
function begin(turn: Turn, { session }: Entry, peer: Peer, family: Family): void {
  if (gracefulRestart(session.received) !== undefined && !session.endOfRib.includes(familyKey(family))) return
  const others = peer.refreshing.filter((each) => !sameFamily(each.family, family))
  peer.refreshing = [...others, { family, event: turn.event }]
}

function end(turn: Turn, peer: Peer, family: Family): void {
  const begun = peer.refreshing.find((each) => sameFamily(each.family, family))
  if (begun === undefined) return
  peer.refreshing = peer.refreshing.filter((each) => each !== begun)
  const removed = peer.rib.remove(family, 'all', ({ event }) => event < begun.event)
  withdrawn(turn, peer, family, removed, { kind: 'stale-flush', why: 'eorr' })
}

function sendRefresh(turn: Turn, entry: Entry, family: Family, subtype: number): void {
  const context = entry.session.negotiated?.send
  if (context !== undefined)
    send(turn, entry, encodeMessage({ type: 'route-refresh', family, subtype }, context))
}

function isNegotiated(entry: Entry, family: Family): boolean {
  return entry.session.negotiated?.families.some((other) => sameFamily(other, family)) ?? false
}
