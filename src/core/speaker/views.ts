// What can be seen of sessions and peers from outside.
import { formatIdentifier } from '../ip/text.ts'
import { familyKey } from '../wire/families.ts'
import type { DialView, PeerView, SessionView } from './contract.ts'
import type { Peer } from './peer.ts'
import type { Entry, SpeakerState } from './state.ts'

export function sessionView({ session, peer }: Entry): SessionView {
  const { negotiated } = session
  return {
    session: session.number,
    peer,
    state: session.state,
    direction: session.direction,
    listener: session.listener,
    local: session.local,
    remote: session.remote,
    openedAt: session.openedAt,
    establishedAt: session.establishedAt,
    closedAt: session.closedAt,
    cause: session.cause,
    sent: session.sent,
    received: session.received,
    holdTime: negotiated?.holdTime,
    fourOctetAs: negotiated?.receive.fourOctetAs ?? true,
    families: negotiated?.families ?? [],
    addPath: negotiated?.families.filter((family) => negotiated.receive.addPath.has(familyKey(family))) ?? [],
    endOfRib: [...session.endOfRib],
    updates: session.updates,
  }
}

export function* dialViews({ config, dials }: SpeakerState): IterableIterator<DialView> {
  for (const [range, { state, attempt, problem }] of dials) {
    const { address, port } = config.peers[range]!.dial!
    yield { range, address, port, state, attempt, problem }
  }
}

export function peerView(state: SpeakerState, peer: Peer): PeerView {
  const established = peer.established === undefined ? undefined : state.sessions.get(peer.established)
  const last = state.sessions.get(peer.last)
  if (last === undefined) throw new Error(`the last session of ${peer.key} was forgotten`)
  return {
    key: peer.key,
    listener: peer.listener,
    asn: peer.asn,
    identifier: formatIdentifier(peer.identifier),
    established: established && sessionView(established),
    last: sessionView(last),
    routes: peer.rib.size(),
    staleRoutes: peer.rib.staleSize(),
    staleFamilies: peer.staleFamilies,
    sessions: peer.sessions,
  }
}
