// The stale phase of a peer: begun when a session is lost, ended by End-of-RIB, a timer or the peer's next OPEN.
import { DroppedRoutes } from '../rib/dropped-routes.ts'
import type { Keys, StaleMark } from '../rib/adj-rib-in.ts'
import type { CloseCause } from '../session/cause.ts'
import { gracefulRestart } from '../session/negotiate.ts'
import type { Session } from '../session/state.ts'
import { SECOND, type Micros } from '../session/terms.ts'
import { familyKey, sameFamily } from '../wire/families.ts'
import type { Family } from '../wire/message.ts'
import { NlriField } from '../wire/nlri-field.ts'
import type { PeerTimer, WithdrawCause } from './contract.ts'
import type { Peer } from './peer.ts'
import { lostOnReturn, notificationsToo, retained } from './retention.ts'
import { RouteBatch } from './route-batch.ts'
import { tell, type Turn } from './state.ts'

type FlushReason = Extract<WithdrawCause, { kind: 'stale-flush' }>['why']

/** The Established session of a peer has ended: its routes become stale or go (RFC 4724 §4.2, RFC 8538 §4). */
export function sessionLost(turn: Turn, peer: Peer, session: Session, cause: CloseCause): void {
  const previous = gracefulRestart(session.received)
  const ours = gracefulRestart(session.sent)
  const kept = retained(previous, cause, ours)
  const closed: WithdrawCause = { kind: 'session-closed', cause }
  peer.refreshing = []
  for (const family of union(peer.rib.families(), peer.staleFamilies)) {
    if (includes(kept, family)) {
      // "To deal with possible consecutive restarts, a route previously marked as stale MUST be deleted" (RFC 4724);
      // RFC 8538 §4 takes that back where both sides set the N bit.
      if (!notificationsToo(previous, ours)) flush(turn, peer, family, 'second-close')
    } else {
      flush(turn, peer, family, cause.kind === 'hard-reset' ? 'hard-reset' : closed)
      withdrawn(turn, peer, family, peer.rib.remove(family, 'all'), closed)
    }
  }
  if (peer.rib.staleSize() === 0) stopTimer(turn, peer, 'stale')
  if (previous !== undefined && kept.length > 0)
    phaseStarted(turn, peer, kept, turn.now + previous.time * SECOND)
}

/** The peer is Established again: the restart timer stops, and its new OPEN decides what stays (RFC 4724 §4.2). */
export function returned(turn: Turn, peer: Peer, session: Session): void {
  stopTimer(turn, peer, 'restart')
  const capability = gracefulRestart(session.received)
  for (const family of peer.staleFamilies) {
    const why = lostOnReturn(family, capability, session.negotiated?.families ?? [])
    if (why !== undefined) flush(turn, peer, family, why)
  }
  if (peer.staleFamilies.length === 0) return stopTimer(turn, peer, 'stale')
  const until = turn.now + (session.terms?.gracefulRestart?.staleTime ?? 0) * SECOND
  for (const family of peer.staleFamilies) peer.rib.mark(family, (mark) => back(mark, until))
  // A stale timer that runs since an earlier return goes on: else a peer that flaps is kept for ever.
  if (peer.staleUntil === undefined) startTimer(turn, peer, 'stale', until)
}

/** End-of-RIB: what the peer did not announce again is gone (RFC 4724 §4.2). */
export function swept(turn: Turn, peer: Peer, family: Family): void {
  if (!includes(peer.staleFamilies, family)) return
  flush(turn, peer, family, 'eor')
  if (peer.staleFamilies.length === 0) stopTimer(turn, peer, 'stale')
}

/** A timer of the peer fired. One that was stopped meanwhile does nothing. */
export function expired(turn: Turn, peer: Peer, timer: PeerTimer): void {
  if (timer === 'restart') restartExpired(turn, peer)
  else staleExpired(turn, peer)
}

/** Tells of routes that went away otherwise than by an UPDATE. */
export function withdrawn(turn: Turn, peer: Peer, family: Family, removed: Keys, cause: WithdrawCause): void {
  const session = peer.lastEstablished ?? peer.last
  const source = { session, peer: peer.key, family }
  if (removed instanceof NlriField || removed instanceof DroppedRoutes) {
    if (removed.length > 0) tell(turn, new RouteBatch(session, peer.key, family, removed, cause, 1))
    return
  }
  for (const nlri of removed)
    tell(turn, { news: 'route-withdrawn', ...source, ...nlri, cause, existed: true })
}

/** "If the session does not get re-established within the Restart Time […] delete all the stale routes." */
function restartExpired(turn: Turn, peer: Peer): void {
  if (peer.restartUntil === undefined) return
  peer.restartUntil = undefined
  for (const family of peer.staleFamilies) flush(turn, peer, family, 'restart-timer')
  stopTimer(turn, peer, 'stale')
}

/** The upper bound (RFC 8538 §4) has come for the routes that were stale at the return that started it. */
function staleExpired(turn: Turn, peer: Peer): void {
  const deadline = peer.staleUntil
  if (deadline === undefined) return
  peer.staleUntil = undefined
  let next: Micros | undefined
  for (const family of peer.staleFamilies) {
    const removed = peer.rib.remove(family, 'stale', ({ stale }) => {
      const bound = stale?.bound
      if (bound === undefined) return false
      if (bound <= deadline) return true
      next = next === undefined ? bound : Math.min(next, bound)
      return false
    })
    withdrawn(turn, peer, family, removed, { kind: 'stale-flush', why: 'stale-timer' })
    if (peer.rib.staleSize(family) === 0) phaseEnded(turn, peer, family, 'flushed', removed.length)
  }
  if (next !== undefined) startTimer(turn, peer, 'stale', next)
}

/** All routes of these families are stale from here on; those that were already keep their first instant. */
function phaseStarted(turn: Turn, peer: Peer, families: readonly Family[], until: Micros): void {
  let routes = 0
  for (const family of families) {
    peer.rib.mark(family, (mark) => lost(mark, turn.now, until))
    routes += peer.rib.staleSize(family)
  }
  peer.staleFamilies = union(peer.staleFamilies, families)
  startTimer(turn, peer, 'restart', until)
  tell(turn, { news: 'stale-started', peer: peer.key, families, routes, until })
}

function phaseEnded(turn: Turn, peer: Peer, family: Family, why: 'eor' | 'flushed', removed: number): void {
  if (!includes(peer.staleFamilies, family)) return
  peer.staleFamilies = peer.staleFamilies.filter((other) => !sameFamily(other, family))
  tell(turn, { news: 'stale-ended', peer: peer.key, family, why, removed })
}

function flush(turn: Turn, peer: Peer, family: Family, why: FlushReason | WithdrawCause): void {
  const removed = peer.rib.remove(family, 'stale')
  withdrawn(turn, peer, family, removed, typeof why === 'string' ? { kind: 'stale-flush', why } : why)
  phaseEnded(turn, peer, family, why === 'eor' ? 'eor' : 'flushed', removed.length)
}

function lost(mark: StaleMark | undefined, now: Micros, until: Micros): StaleMark {
  if (mark === undefined) return { since: now, until, bound: undefined }
  return { since: mark.since, until: Math.min(until, mark.bound ?? until), bound: mark.bound }
}

function back(mark: StaleMark | undefined, until: Micros): StaleMark | undefined {
  if (mark === undefined) return undefined
  const bound = mark.bound ?? until
  return { since: mark.since, until: bound, bound }
}

function startTimer(turn: Turn, peer: Peer, timer: PeerTimer, until: Micros): void {
  if (timer === 'restart') peer.restartUntil = until
  else peer.staleUntil = until
  const key = { of: 'peer', peer: peer.key, timer } as const
  turn.effects.push({ do: 'start-timer', key, after: Math.max(0, until - turn.now) })
}

function stopTimer(turn: Turn, peer: Peer, timer: PeerTimer): void {
  const running = timer === 'restart' ? peer.restartUntil : peer.staleUntil
  if (running === undefined) return
  if (timer === 'restart') peer.restartUntil = undefined
  else peer.staleUntil = undefined
  turn.effects.push({ do: 'stop-timer', key: { of: 'peer', peer: peer.key, timer } })
}

function includes(families: readonly Family[], family: Family): boolean {
  return families.some((other) => sameFamily(other, family))
}

function union(a: readonly Family[], b: readonly Family[]): Family[] {
  return [...new Map([...a, ...b].map((family) => [familyKey(family), family])).values()]
}
