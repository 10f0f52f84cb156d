// How a session ends: with a NOTIFICATION and a half-close, so that the peer can read it, or silently.
import type { NotificationFields } from '../errors/bgp-error.ts'
import { DEFAULT_CONTEXT, encodeMessage } from '../wire/codec.ts'
import { toHex } from '../wire/bytes.ts'
import { CEASE, HARD_RESET, shutdownCommunication } from '../wire/notification.ts'
import type { CloseCause, NotificationText } from './cause.ts'
import type { SessionEffect } from './events.ts'
import type { Session } from './state.ts'
import { SECOND, type Micros } from './terms.ts'

/** After our FIN the peer has this long to close too; then the connection is reset. */
const LINGER_TIME: Micros = 5 * SECOND

const OPEN_ERROR = 2

/**
 * Sends a NOTIFICATION and ends. `cause` when the NOTIFICATION is not itself the reason; `how` is 'rst' when waiting
 * for the peer to read it is in vain.
 */
export function end(
  session: Session,
  notification: NotificationFields,
  now: Micros,
  cause: CloseCause = causeOf(session, notification, 'us'),
  how: 'fin' | 'rst' = 'fin',
): SessionEffect[] {
  return [
    { do: 'send', bytes: encodeMessage({ type: 'notification', ...notification }, DEFAULT_CONTEXT) },
    { do: 'report', report: { what: 'notification', direction: 'out', notification } },
    ...drop(session, how, cause, now),
  ]
}

/** The peer sent a NOTIFICATION: it is never answered (RFC 4271 §6.4). */
export function notified(session: Session, notification: NotificationFields, now: Micros): SessionEffect[] {
  return [
    { do: 'report', report: { what: 'notification', direction: 'in', notification } },
    ...drop(session, 'fin', causeOf(session, notification, 'peer'), now),
  ]
}

/** Ends without a word. `how` is undefined when the connection has gone already. */
export function drop(
  session: Session,
  how: 'fin' | 'rst' | undefined,
  cause: CloseCause,
  now: Micros,
): SessionEffect[] {
  const wasEstablished = session.state === 'established'
  const effects: SessionEffect[] = [...session.timers].map((timer) => ({ do: 'stop-timer', timer }))
  session.timers.clear()
  session.state = 'closed'
  session.closedAt = now
  session.cause = cause
  if (how !== undefined) effects.push({ do: 'close', how })
  if (how === 'fin') {
    session.timers.add('linger')
    effects.push({ do: 'start-timer', timer: 'linger', after: LINGER_TIME })
  }
  effects.push({ do: 'report', report: { what: 'closed', cause, wasEstablished } })
  return effects
}

function causeOf(session: Session, notification: NotificationFields, by: 'peer' | 'us'): CloseCause {
  const { code, subcode } = notification
  const text = notificationText(notification)
  if (code === CEASE && subcode === HARD_RESET) return { kind: 'hard-reset', by, notification: text }
  if (code === OPEN_ERROR && session.state !== 'established')
    return { kind: 'open-error', by, notification: text }
  return { kind: 'notification', by, notification: text }
}

/** A NOTIFICATION as it is recorded; `text` is the shutdown communication of RFC 9003. */
function notificationText(notification: NotificationFields): NotificationText {
  const { code, subcode, data } = notification
  const text = shutdownCommunication(notification)
  return { code, subcode, data: toHex(data), ...(text === undefined ? {} : { text }) }
}
