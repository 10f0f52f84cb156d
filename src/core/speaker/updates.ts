// What an UPDATE does to the peer's Adj-RIB-In.
import { prefixKey } from '../ip/arithmetic.ts'
import { sameFamily } from '../wire/families.ts'
import type { Family, Nlri, Reach, UpdateMessage } from '../wire/message.ts'
import type { WithdrawCause } from './contract.ts'
import type { Peer } from './peer.ts'
import { swept } from './stale.ts'
import { tell, type Turn } from './state.ts'

/** Applies an UPDATE that does not reset the session (RFC 4271 §3.1, RFC 7606 §2, RFC 4724 §4.2 for End-of-RIB). */
export function applyUpdate(turn: Turn, peer: Peer, session: number, update: UpdateMessage): void {
  const { endOfRib, reach, unreach } = update
  if (endOfRib !== undefined) {
    tell(turn, { news: 'end-of-rib', session, peer: peer.key, family: endOfRib })
    swept(turn, peer, endOfRib)
    return
  }
  if (update.disposition === 'treat-as-withdraw') {
    // What the peer took back itself, in the same message, went by its own word.
    for (const { family, nlri } of unreach)
      withdraw(turn, peer, session, family, notAnnounced(family, nlri, reach), { kind: 'wire' })
    for (const { family, nlri } of reach) withdraw(turn, peer, session, family, nlri, { kind: 'malformed' })
    return
  }
  for (const { family, nlri } of unreach)
    withdraw(turn, peer, session, family, notAnnounced(family, nlri, reach), { kind: 'wire' })
  for (const { family, nextHop, nlri } of reach) {
    if (looksLikePathIds(nlri)) tell(turn, { news: 'path-ids-unexpected', session, peer: peer.key, family })
    for (const route of nlri) {
      const done = peer.rib.announce(family, route, update.attributes, nextHop, turn.now, turn.event)
      tell(turn, { news: 'route-announced', session, peer: peer.key, family, ...route, ...done })
    }
  }
}

function withdraw(
  turn: Turn,
  peer: Peer,
  session: number,
  family: Family,
  nlri: readonly Nlri[],
  cause: WithdrawCause,
): void {
  for (const route of nlri) {
    const existed = peer.rib.withdraw(family, route)
    tell(turn, { news: 'route-withdrawn', session, peer: peer.key, family, ...route, cause, existed })
  }
}

/** A path identifier below 2^16 reads as two default routes or more; nobody announces one twice in a field. */
function looksLikePathIds([first, second]: readonly Nlri[]): boolean {
  return first?.prefix.length === 0 && second?.prefix.length === 0 && first.pathId === undefined
}

/** A prefix both withdrawn and announced is announced (RFC 4271 §4.3). */
function notAnnounced(family: Family, withdrawn: readonly Nlri[], reach: readonly Reach[]): readonly Nlri[] {
  const announced = new Set<string>()
  for (const entry of reach) {
    if (!sameFamily(entry.family, family)) continue
    for (const route of entry.nlri) announced.add(keyOf(route))
  }
  return announced.size === 0 ? withdrawn : withdrawn.filter((route) => !announced.has(keyOf(route)))
}

function keyOf({ prefix, pathId }: Nlri): string {
  return `${prefixKey(prefix)} ${pathId ?? ''}`
}
