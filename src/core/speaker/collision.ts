// Which of a peer's connections stays when there are two (RFC 4271 §6.8, RFC 6286 §2.3, RFC 4724 §5).
import type { NotificationFields } from '../errors/bgp-error.ts'
import type { SessionEvent } from '../session/events.ts'
import { gracefulRestart } from '../session/negotiate.ts'
import type { Peer } from './peer.ts'
import type { Entry, SpeakerState } from './state.ts'

/** What a session is to be told. */
export type Order = readonly [Entry, SessionEvent]

/** Cease/Connection Collision Resolution (RFC 4486). */
const COLLISION: SessionEvent = {
  type: 'end',
  notification: { code: 6, subcode: 7, data: new Uint8Array(0) } satisfies NotificationFields,
}

/**
 * Settles what an acceptable OPEN on `entry` means for the peer's other connections, and for `entry` itself.
 * - One in Established stays, unless the peer opened `entry` later and graceful restart was negotiated for a family: then
 *   the peer has restarted, and the old one is closed silently, its routes kept (RFC 4724 §4.2, §5). A refused peer's old
 *   connection gets a KEEPALIVE: should its host have crashed, the answer is an RST, and its next attempt succeeds long
 *   before the hold timer would end it.
 * - Of two that different sides opened, that of the side with the higher identifier stays (§6.8): one in OpenConfirm is
 *   looked at, and one in OpenSent when `known`, that is when the peer's identifier was known before this OPEN.
 * - Of two that the peer opened, the newer one stays: it has given up the other.
 */
export function settle(state: SpeakerState, peer: Peer, entry: Entry, known: boolean): Order[] {
  const established = peer.established === undefined ? undefined : state.sessions.get(peer.established)
  if (established !== undefined) return besideEstablished(entry, established)
  const rivals = rivalsOf(state, peer, entry, known)
  if (rivals.some((rival) => isOpposite(rival, entry)) && survivor(state, peer) !== entry.session.direction)
    return [[entry, COLLISION]]
  return [...rivals.map((rival) => [rival, COLLISION] as const), [entry, { type: 'admit' }]]
}

function besideEstablished(entry: Entry, established: Entry): Order[] {
  if (replaces(entry, established)) {
    return [
      [established, { type: 'drop', how: 'fin', cause: { kind: 'replaced' } }],
      [entry, { type: 'admit' }],
    ]
  }
  return [
    [entry, COLLISION],
    [established, { type: 'probe' }],
  ]
}

/** A connection that we opened, or that was under way before the other one was Established, says nothing of a restart. */
function replaces({ session }: Entry, established: Entry): boolean {
  if (session.direction === 'out') return false
  const theirs = gracefulRestart(established.session.received)
  if (theirs === undefined || theirs.families.length === 0) return false
  if (gracefulRestart(established.session.sent) === undefined) return false
  if (established.session.direction === 'in') return true
  return session.openedAt > (established.session.establishedAt ?? 0)
}

function rivalsOf(state: SpeakerState, peer: Peer, entry: Entry, known: boolean): Entry[] {
  const pending = peer.pending === undefined ? undefined : state.sessions.get(peer.pending)
  const rivals =
    pending !== undefined && pending !== entry && pending.session.state === 'open-confirm' ? [pending] : []
  if (!known || entry.range === undefined || !state.dials.has(entry.range)) return rivals
  for (const other of state.sessions.values()) {
    if (other.range !== entry.range || other.session.state !== 'open-sent' || other.peer !== undefined)
      continue
    if (isOpposite(other, entry) && other.session.sent !== undefined) rivals.push(other)
  }
  return rivals
}

function isOpposite(one: Entry, other: Entry): boolean {
  return one.session.direction !== other.session.direction
}

/** Whose connection stays: that of the higher identifier, compared as unsigned; of the higher AS where they are equal. */
function survivor({ config }: SpeakerState, peer: Peer): 'in' | 'out' {
  const [ours, theirs] =
    config.identifier === peer.identifier ? [config.asn, peer.asn] : [config.identifier, peer.identifier]
  return ours > theirs ? 'out' : 'in'
}
