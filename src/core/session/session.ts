// One connection as a pure machine (RFC 4271 §8), whoever opened it. Each session has its own; after its end nothing
// that still happens on its connection has any effect but on the connection itself.
import { BgpError } from '../errors/bgp-error.ts'
import { DEFAULT_CONTEXT, encodeMessage } from '../wire/codec.ts'
import type { CloseCause, Disconnect } from './cause.ts'
import { drop, end } from './ending.ts'
import type { SessionEffect, SessionEvent } from './events.ts'
import { keepaliveInterval, negotiate, openFor } from './negotiate.ts'
import { receive, unframed } from './receive.ts'
import { isOver, start, stop, type Session } from './state.ts'
import { SECOND, type Micros, type SessionTimer } from './terms.ts'

/** OpenSent waits this long for the OPEN (RFC 4271 §8.2.2: "a large value", 4 minutes suggested). */
const OPEN_TIME: Micros = 240 * SECOND

/** A peer that reads nothing for this long, or for twice the hold time if that is longer, is given up (RFC 9687). */
const SEND_HOLD_TIME: Micros = 480 * SECOND

/** Advances one connection and returns what is to be done. Never throws on what a peer sent, never reads a clock. */
export function step(session: Session, event: SessionEvent, now: Micros): SessionEffect[] {
  if (event.type === 'disconnected') return disconnected(session, event.how, event.message, now)
  if (event.type === 'timer') return expire(session, event.timer, now)
  if (isOver(session)) return []
  switch (event.type) {
    case 'opened':
      return opened(session)
    case 'message':
      return receive(session, event.bytes, now)
    case 'unframed':
      return unframed(session, event.bytes, event.subcode, now)
    case 'admit':
      return admit(session)
    case 'blocked':
      return blocked(session, event.blocked)
    case 'probe':
      return session.state === 'established' ? [keepalive()] : []
    case 'end':
      return end(session, event.notification, now, event.cause)
    case 'drop':
      return drop(session, event.how, event.cause, now)
  }
}

function opened(session: Session): SessionEffect[] {
  if (session.terms === undefined || session.sent !== undefined) return []
  session.sent = openFor(session.us, session.terms)
  return [
    { do: 'send', bytes: encodeMessage(session.sent, DEFAULT_CONTEXT) },
    start(session, 'open', OPEN_TIME),
  ]
}

/** OpenSent → OpenConfirm: our KEEPALIVE accepts the peer's OPEN. */
function admit(session: Session): SessionEffect[] {
  const { sent, received } = session
  if (session.state !== 'open-sent' || sent === undefined || received === undefined) return []
  const negotiated = negotiate(sent, received)
  session.negotiated = negotiated
  session.state = 'open-confirm'
  const effects = [...stop(session, 'open'), keepalive()]
  if (negotiated.holdTime > 0) {
    effects.push(start(session, 'hold', negotiated.holdTime * SECOND))
    effects.push(start(session, 'keepalive', keepaliveInterval(negotiated.holdTime, session.number)))
  }
  const { maxLength } = negotiated.receive
  if (maxLength !== DEFAULT_CONTEXT.maxLength) effects.push({ do: 'set-max-length', length: maxLength })
  return effects
}

function expire(session: Session, timer: SessionTimer, now: Micros): SessionEffect[] {
  if (!session.timers.has(timer)) return []
  if (timer === 'keepalive') {
    return [
      keepalive(),
      start(session, timer, keepaliveInterval(session.negotiated?.holdTime ?? 0, session.number)),
    ]
  }
  session.timers.delete(timer)
  switch (timer) {
    case 'open':
    case 'hold':
      return end(session, new BgpError('BGP_ERR_HOLD_TIMER').notification, now, { kind: 'hold-expired' })
    case 'linger':
      return [{ do: 'close', how: 'rst' }]
    case 'send-hold':
      return end(
        session,
        new BgpError('BGP_ERR_SEND_HOLD_TIMER').notification,
        now,
        { kind: 'send-hold-expired' },
        'rst',
      )
    case 'silence':
      return [{ do: 'report', report: { what: 'silent' } }]
  }
}

/** The send-hold timer runs while nothing of what we send gets through: a peer may send KEEPALIVEs and read nothing. */
function blocked(session: Session, isBlocked: boolean): SessionEffect[] {
  if (!isBlocked) return stop(session, 'send-hold')
  if (session.timers.has('send-hold')) return []
  const holdTime = session.negotiated?.holdTime ?? 0
  return [start(session, 'send-hold', Math.max(SEND_HOLD_TIME, 2 * holdTime * SECOND))]
}

function disconnected(
  session: Session,
  how: Disconnect,
  message: string | undefined,
  now: Micros,
): SessionEffect[] {
  if (!session.connected) return []
  session.connected = false
  if (isOver(session)) return stop(session, 'linger')
  return drop(session, undefined, causeOfDisconnect(how, message), now)
}

function causeOfDisconnect(how: Disconnect, message: string | undefined): CloseCause {
  switch (how) {
    case 'fin':
    case 'rst':
      return { kind: how }
    case 'closed-by-us':
      return { kind: 'fin', by: 'us' }
    case 'error':
      return { kind: 'error', message: message ?? 'the connection failed' }
  }
}

/** The same for every session. Encoding it anew costs more than sending it. */
const KEEPALIVE: SessionEffect = { do: 'send', bytes: encodeMessage({ type: 'keepalive' }, DEFAULT_CONTEXT) }

function keepalive(): SessionEffect {
  return KEEPALIVE
}
