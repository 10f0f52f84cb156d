// Who may peer, and who a peer is.
import type { NotificationFields } from '../errors/bgp-error.ts'
import { formatIdentifier } from '../ip/text.ts'
import { TypedRib } from '../rib/typed-rib.ts'
import type { CloseCause } from '../session/cause.ts'
import { newSession } from '../session/state.ts'
import { openAsn } from '../wire/open.ts'
import type { OpenMessage } from '../wire/message.ts'
import type { SpeakerInput } from './contract.ts'
import { settle, type Order } from './collision.ts'
import { dialSucceeded } from './dialling.ts'
import { newPeer, peerKey, type Peer } from './peer.ts'
import { matching, termsOf } from './ranges.ts'
import { forget, tell, type Entry, type SpeakerState, type Turn } from './state.ts'

type Opened = Extract<SpeakerInput, { type: 'connection-opened' }>

/** Cease/Connection Rejected (RFC 4486). */
const CEASE_REJECTED: NotificationFields = { code: 6, subcode: 5, data: new Uint8Array(0) }

/** A connection is there, accepted or dialled: its session begins, or is refused with Cease/Connection Rejected. */
export function connectionOpened(turn: Turn, input: Opened): Order[] {
  const { state } = turn
  if (state.sessions.has(input.session)) return []
  forget(turn)
  const range = input.dial?.range ?? matching(state.config.peers, input.remote.address)
  const { session: number, listener, local, remote } = input
  const { asn, identifier } = state.config
  const session = newSession({
    number,
    us: { asn, identifier },
    // Whom we dial is one entry; who dials us may be any entry around its address.
    terms:
      input.dial === undefined ? termsOf(state.config.peers, range) : state.config.peers[input.dial.range],
    direction: input.dial === undefined ? 'in' : 'out',
    listener,
    local,
    remote,
    openedAt: turn.now,
  })
  const entry: Entry = { session, range, peer: undefined }
  state.sessions.set(number, entry)
  if (input.dial !== undefined && !dialSucceeded(turn, input.dial, number))
    return [[entry, { type: 'drop', how: 'rst', cause: { kind: state.stopped ? 'stopped' : 'replaced' } }]]
  const refusal = refusalOf(state, input, range)
  if (refusal === undefined) return [[entry, { type: 'opened' }]]
  return [[entry, { type: 'end', notification: CEASE_REJECTED, cause: refusal }]]
}

/** An acceptable OPEN has come: binds the session to its peer and settles which of the peer's connections stays. */
export function openReceived(turn: Turn, entry: Entry, open: OpenMessage): Order[] {
  const { state } = turn
  const { peer, firstTime } = bind(turn, entry, open)
  const orders = settle(state, peer, entry, !firstTime)
  peer.last = entry.session.number
  if (orders.some(([other, event]) => other === entry && event.type === 'admit'))
    peer.pending = entry.session.number
  return orders
}

function refusalOf(state: SpeakerState, input: Opened, range: number | undefined): CloseCause | undefined {
  if (state.stopped) return { kind: 'stopped' }
  if (input.refused !== undefined) return { kind: 'limit', limit: input.refused }
  if (range === undefined) return { kind: 'unknown-peer' }
  return input.dial === undefined && state.config.peers[range]?.dial?.accept === false
    ? { kind: 'dial-only' }
    : undefined
}

function bind(turn: Turn, entry: Entry, open: OpenMessage): { peer: Peer; firstTime: boolean } {
  const { state } = turn
  const { number, listener, remote } = entry.session
  const asn = openAsn(open)
  let peer = knownPeer(state, entry, asn, open.identifier)
  const firstTime = peer === undefined
  const before = firstTime ? formerOf(state, listener, asn, remote.address) : undefined
  if (peer === undefined) {
    const identity = { listener, asn, identifier: open.identifier, address: remote.address, last: number }
    peer = newPeer(identity, new TypedRib(state.paths))
    state.peers.set(peer.key, peer)
    state.peersAt.add(peer)
  } else state.peersAt.move(peer, remote.address)
  const { key } = peer
  entry.peer = key
  tell(turn, { news: 'peer-bound', session: number, peer: key, firstTime })
  if (before !== undefined) {
    tell(turn, {
      news: 'identifier-changed',
      session: number,
      peer: key,
      before: formatIdentifier(before.identifier),
    })
  }
  return { peer, firstTime }
}

/** A peer that is dialled is one, whichever of our addresses its connections came to. */
function knownPeer(state: SpeakerState, entry: Entry, asn: number, identifier: number): Peer | undefined {
  const { listener, remote } = entry.session
  const peer = state.peers.get(peerKey(listener, asn, identifier))
  if (peer !== undefined || entry.range === undefined || !state.dials.has(entry.range)) return peer
  for (const other of state.peers.values())
    if (other.asn === asn && other.identifier === identifier && other.address === remote.address) return other
  return undefined
}

/**
 * The peer that came from this address with this AS before, under another identifier. One with a live session is no
 * former peer: several nodes may stand behind one address.
 */
function formerOf(state: SpeakerState, listener: string, asn: number, address: string): Peer | undefined {
  let former: Peer | undefined
  for (const peer of state.peersAt.of(address)) {
    if (peer.listener !== listener || peer.asn !== asn) continue
    if (state.sessions.get(peer.last)?.session.state !== 'closed' || peer.established !== undefined) continue
    if (former === undefined || peer.last > former.last) former = peer
  }
  return former
}
