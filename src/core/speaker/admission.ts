// Who may peer, who a peer is, and what happens when it has two connections.
import type { NotificationFields } from '../errors/bgp-error.ts'
import { contains, unmapped } from '../ip/arithmetic.ts'
import type { Address } from '../ip/prefix.ts'
import { AddressError, formatIdentifier, parseAddress } from '../ip/text.ts'
import { TypedRib } from '../rib/typed-rib.ts'
import type { CloseCause } from '../session/cause.ts'
import type { SessionEvent } from '../session/events.ts'
import { gracefulRestart } from '../session/negotiate.ts'
import { newSession } from '../session/state.ts'
import { openAsn } from '../wire/open.ts'
import type { OpenMessage } from '../wire/message.ts'
import type { PeerRange, SpeakerInput } from './contract.ts'
import { withoutZone } from './originate.ts'
import { newPeer, peerKey, type Peer } from './peer.ts'
import { forget, tell, type Entry, type SpeakerState, type Turn } from './state.ts'

type Opened = Extract<SpeakerInput, { type: 'connection-opened' }>

/** What a session is to be told. */
export type Order = readonly [Entry, SessionEvent]

/** Cease subcodes (RFC 4486). */
export const CEASE_SHUTDOWN = cease(2)
const CEASE_REJECTED = cease(5)
const CEASE_COLLISION = cease(7)

/** A connection has been accepted: its session begins, or is refused with Cease/Connection Rejected. */
export function connectionOpened(turn: Turn, input: Opened): Order[] {
  const { state } = turn
  if (state.sessions.has(input.session)) return []
  forget(state)
  const range = matching(state.config.peers, input.remote.address)
  const { session: number, listener, local, remote } = input
  const { asn, identifier } = state.config
  const session = newSession({
    number,
    us: { asn, identifier },
    terms: range === undefined ? undefined : state.config.peers[range],
    listener,
    local,
    remote,
    openedAt: turn.now,
  })
  const entry: Entry = { session, range, peer: undefined }
  state.sessions.set(number, entry)
  const refusal = refusalOf(state, input, range)
  if (refusal === undefined) return [[entry, { type: 'opened' }]]
  return [[entry, { type: 'end', notification: CEASE_REJECTED, cause: refusal }]]
}

/**
 * An acceptable OPEN has come: binds the session to its peer and settles which connection stays. Only connections that
 * the peer opened meet here. One that is not Established yet gives way to the newer one. An Established one gives way
 * when graceful restart was negotiated for a family (RFC 4724 §4.2, §5: closed silently, its routes kept); otherwise the
 * new one is refused (RFC 4271 §6.8), and the old one gets a KEEPALIVE: should the peer's host have crashed, its answer
 * is an RST, and the next attempt succeeds long before the hold timer would end it.
 */
export function openReceived(turn: Turn, entry: Entry, open: OpenMessage): Order[] {
  const { state } = turn
  const peer = bind(turn, entry, open)
  const established = peer.established === undefined ? undefined : state.sessions.get(peer.established)
  const previous = state.sessions.get(peer.last)
  peer.last = entry.session.number
  if (established !== undefined) {
    if (!restartsGracefully(established)) {
      return [
        [entry, { type: 'end', notification: CEASE_COLLISION }],
        [established, { type: 'probe' }],
      ]
    }
    return [
      [established, { type: 'drop', how: 'fin', cause: { kind: 'replaced' } }],
      [entry, { type: 'admit' }],
    ]
  }
  const rival = previous !== entry && previous?.session.state === 'open-confirm' ? previous : undefined
  const orders: Order[] = [[entry, { type: 'admit' }]]
  if (rival !== undefined) orders.unshift([rival, { type: 'end', notification: CEASE_COLLISION }])
  return orders
}

function refusalOf(state: SpeakerState, input: Opened, range: number | undefined): CloseCause | undefined {
  if (state.stopped) return { kind: 'stopped' }
  if (input.refused !== undefined) return { kind: 'limit', limit: input.refused }
  return range === undefined ? { kind: 'unknown-peer' } : undefined
}

function bind(turn: Turn, entry: Entry, open: OpenMessage): Peer {
  const { state } = turn
  const { number, listener, remote } = entry.session
  const asn = openAsn(open)
  const key = peerKey(listener, asn, open.identifier)
  let peer = state.peers.get(key)
  const firstTime = peer === undefined
  const before = firstTime ? formerOf(state, listener, asn, remote.address) : undefined
  if (peer === undefined) {
    const identity = { listener, asn, identifier: open.identifier, address: remote.address, last: number }
    peer = newPeer(identity, new TypedRib(state.paths))
    state.peers.set(key, peer)
  }
  peer.address = remote.address
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
  return peer
}

/**
 * The peer that came from this address with this AS before, under another identifier. One with a live session is no
 * former peer: several nodes may stand behind one address.
 */
function formerOf(state: SpeakerState, listener: string, asn: number, address: string): Peer | undefined {
  let former: Peer | undefined
  for (const peer of state.peers.values()) {
    if (peer.listener !== listener || peer.asn !== asn || peer.address !== address) continue
    if (state.sessions.get(peer.last)?.session.state !== 'closed' || peer.established !== undefined) continue
    if (former === undefined || peer.last > former.last) former = peer
  }
  return former
}

function restartsGracefully({ session }: Entry): boolean {
  const theirs = gracefulRestart(session.received)
  return theirs !== undefined && theirs.families.length > 0 && gracefulRestart(session.sent) !== undefined
}

function matching(ranges: readonly PeerRange[], text: string): number | undefined {
  const address = addressOf(text)
  if (address === undefined) return undefined
  const index = ranges.findIndex(({ from }) => contains(from, address))
  return index < 0 ? undefined : index
}

function addressOf(text: string): Address | undefined {
  try {
    return unmapped(parseAddress(withoutZone(text)))
  } catch (error) {
    if (error instanceof AddressError) return undefined
    throw error
  }
}

function cease(subcode: number): NotificationFields {
  return { code: 6, subcode, data: new Uint8Array(0) }
}
