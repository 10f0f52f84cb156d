// Drives the sessions' machines, and does what their reports mean for the peers above them.
import type { SessionEffect, SessionEvent, SessionReport } from '../session/events.ts'
import { step } from '../session/session.ts'
import { shutdownCommunication } from '../wire/notification.ts'
import { openReceived, type Order } from './admission.ts'
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
      if (peer !== undefined) applyUpdate(turn, peer, session, report.update)
      return
    case 'malformed-update':
      if (peer !== undefined)
        tell(turn, { news: 'malformed-update', session, peer: peer.key, reasons: report.reasons })
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
      if (peer?.established !== session) return
      peer.established = undefined
      sessionLost(turn, peer, entry.session, cause)
    }
  }
}

function established(turn: Turn, entry: Entry, peer: Peer): void {
  const { number } = entry.session
  peer.established = number
  peer.lastEstablished = number
  peer.sessions++
  tell(turn, { news: 'session-established', session: number, peer: peer.key })
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
