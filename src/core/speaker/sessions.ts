// Drives the sessions' machines, and does what their reports mean for the peers above them.
import type { SessionEffect, SessionEvent, SessionReport } from '../session/events.ts'
import { step } from '../session/session.ts'
import { setU16, setU32 } from '../wire/bytes.ts'
import type { UpdateMessage } from '../wire/message.ts'
import { CEASE, shutdownCommunication } from '../wire/notification.ts'
import { openReceived } from './admission.ts'
import type { Order } from './collision.ts'
import { dialledDown, dialledUp } from './dialling.ts'
import { announcements } from './originate.ts'
import type { Peer } from './peer.ts'
import { refreshReceived, requestRefresh, sendEndOfRib } from './refresh.ts'
import { returned, sessionLost } from './stale.ts'
import { send, tell, type Entry, type Turn } from './state.ts'
import { applyUpdate } from './updates.ts'

/** Gives each session its event, in order, with all that follows from it. */
export function drive(turn: Turn, orders: readonly Order[]): void {
  for (const [entry, event] of orders) advance(turn, entry, event)
}

/** Gives one session one event, with all that follows from it. */
export function advance(turn: Turn, entry: Entry, event: SessionEvent): void {
  for (const effect of step(entry.session, event, turn.now)) perform(turn, entry, effect)
}

function perform(turn: Turn, entry: Entry, effect: SessionEffect): void {
  const session = entry.session.number
  switch (effect.do) {
    case 'report':
      return take(turn, entry, effect.report)
    case 'start-timer': {
      const key = { of: 'session', session, timer: effect.timer } as const
      turn.effects.push({ do: 'start-timer', key, after: effect.after })
      return
    }
    case 'stop-timer':
      turn.effects.push({ do: 'stop-timer', key: { of: 'session', session, timer: effect.timer } })
      return
    case 'send':
      return send(turn, entry, effect.bytes)
    case 'close':
    case 'set-max-length':
      turn.effects.push({ ...effect, session })
  }
}

function take(turn: Turn, entry: Entry, report: SessionReport): void {
  const session = entry.session.number
  const peer = entry.peer === undefined ? undefined : turn.state.peers.get(entry.peer)
  switch (report.what) {
    case 'open':
      return drive(turn, openReceived(turn, entry, report.open))
    case 'established':
      if (peer !== undefined) established(turn, entry, peer)
      return
    case 'update':
      if (peer === undefined) return
      applyUpdate(turn, peer, session, report.update)
      return limitPrefixes(turn, entry, peer, report.update)
    case 'malformed-update':
      if (peer !== undefined)
        tell(turn, { news: 'malformed-update', session, peer: peer.key, reasons: report.reasons })
      return
    case 'path-ids-unexpected':
      if (peer !== undefined)
        tell(turn, { news: 'path-ids-unexpected', session, peer: peer.key, family: report.family })
      return
    case 'route-refresh':
      if (peer !== undefined) refreshReceived(turn, entry, peer, report.message)
      return
    case 'silent':
      if (peer !== undefined) silent(turn, entry, peer)
      return
    case 'notification': {
      const { code, subcode } = report.notification
      const text = shutdownCommunication(report.notification)
      const { direction } = report
      tell(turn, {
        news: 'notification',
        session,
        peer: peer?.key,
        direction,
        code,
        subcode,
        ...(text === undefined ? {} : { text }),
      })
      return
    }
    case 'malformed-notification':
      tell(turn, { news: 'malformed-notification', session, peer: peer?.key, reason: report.reason })
      return
    case 'closed': {
      const { cause, wasEstablished } = report
      tell(turn, { news: 'session-closed', session, peer: peer?.key, cause, wasEstablished })
      if (peer?.established === session) {
        peer.established = undefined
        sessionLost(turn, peer, entry.session, cause)
      }
      return dialledDown(turn, entry, wasEstablished)
    }
  }
}

/** More routes of a family than agreed: Cease/Maximum Number of Prefixes Reached, with the family and the limit (RFC 4486 §4). */
function limitPrefixes(turn: Turn, entry: Entry, peer: Peer, { reach }: UpdateMessage): void {
  const limit = entry.session.terms?.maxPrefixes
  if (limit === undefined) return
  for (const { family } of reach) {
    if (peer.rib.size(family) - peer.rib.staleSize(family) <= limit) continue
    const data = new Uint8Array(7)
    setU32(data, limit, 3)
    data[setU16(data, family.afi, 0)] = family.safi
    return advance(turn, entry, { type: 'end', notification: { code: CEASE, subcode: 1, data } })
  }
}

function established(turn: Turn, entry: Entry, peer: Peer): void {
  const { number } = entry.session
  peer.established = number
  peer.lastEstablished = number
  peer.sessions++
  if ((entry.session.negotiated?.receive.addPath.size ?? 0) > 0) peer.pathIds = true
  tell(turn, { news: 'session-established', session: number, peer: peer.key })
  dialledUp(turn, entry)
  returned(turn, peer, entry.session)
  for (const bytes of announcements(entry.session, turn.state.wanted.of(peer.key))) send(turn, entry, bytes)
  // Also with nothing to send (RFC 4724 §4.2): GoBGP withholds its routes until it has this.
  for (const family of entry.session.negotiated?.families ?? []) sendEndOfRib(turn, entry, family)
}

function silent(turn: Turn, entry: Entry, peer: Peer): void {
  tell(turn, { news: 'silent', session: entry.session.number, peer: peer.key })
  if (entry.session.terms?.onSilence !== 'refresh') return
  for (const family of entry.session.negotiated?.families ?? []) requestRefresh(turn, entry, family)
}
