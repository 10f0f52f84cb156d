// What a message does to a connection, by state (RFC 4271 §8.2.2, RFC 6608).
import { BgpError, isBgpError, type NotificationFields } from '../errors/bgp-error.ts'
import { decodeMessage, DEFAULT_CONTEXT } from '../wire/codec.ts'
import {
  HEADER_LENGTH,
  TYPE_KEEPALIVE,
  TYPE_NOTIFICATION,
  TYPE_OPEN,
  TYPE_ROUTE_REFRESH,
  TYPE_UPDATE,
} from '../wire/framing.ts'
import { familyKey } from '../wire/families.ts'
import type { Family, Message, OpenMessage, UpdateMessage } from '../wire/message.ts'
import { capability } from '../wire/open.ts'
import { end, notified } from './ending.ts'
import type { SessionEffect } from './events.ts'
import { gracefulRestart, objectionTo } from './negotiate.ts'
import { heard, start, stop, type Session } from './state.ts'
import { SECOND, type Micros } from './terms.ts'

/** An R=1 peer that says nothing for this long after Established is called silent. */
const SILENCE_TIME: Micros = 10 * SECOND

const TYPE_OF: Readonly<Record<Message['type'], number>> = {
  open: TYPE_OPEN,
  update: TYPE_UPDATE,
  notification: TYPE_NOTIFICATION,
  keepalive: TYPE_KEEPALIVE,
  'route-refresh': TYPE_ROUTE_REFRESH,
}

const UNEXPECTED = {
  'open-sent': 'BGP_ERR_FSM_OPEN_SENT',
  'open-confirm': 'BGP_ERR_FSM_OPEN_CONFIRM',
  established: 'BGP_ERR_FSM_ESTABLISHED',
} as const

/** Takes one whole message. */
export function receive(session: Session, bytes: Uint8Array, now: Micros): SessionEffect[] {
  let message: Message
  try {
    message = decodeMessage(bytes, session.negotiated?.receive ?? DEFAULT_CONTEXT)
  } catch (error) {
    if (!isBgpError(error)) throw error
    if (bytes[18] === TYPE_NOTIFICATION)
      return [{ do: 'report', report: { what: 'malformed-notification', reason: error.message } }]
    if (error.code === 'BGP_ERR_REFRESH_LENGTH' && isUnknownRefresh(session, bytes)) return []
    return end(session, answerTo(error, session, bytes), now)
  }
  if (message.type === 'notification') return notified(session, message, now)
  switch (session.state) {
    case 'open-sent':
      if (message.type === 'open') return receiveOpen(session, message, bytes, now)
      break
    case 'open-confirm':
      if (message.type === 'keepalive') return establish(session, now)
      break
    case 'established':
      if (message.type === 'keepalive') return heard(session)
      if (message.type === 'update') return receiveUpdate(session, message, bytes, now)
      if (message.type === 'route-refresh')
        return [{ do: 'report', report: { what: 'route-refresh', message } }]
      break
    case 'closed':
      return []
  }
  const data = Uint8Array.of(TYPE_OF[message.type])
  return end(session, new BgpError(UNEXPECTED[session.state], message.type, data).notification, now)
}

/** Takes bytes that are no message: the marker or the length is wrong (RFC 4271 §6.1). */
export function unframed(session: Session, bytes: Uint8Array, subcode: 1 | 2, now: Micros): SessionEffect[] {
  const error =
    subcode === 1
      ? new BgpError('BGP_ERR_MARKER')
      : new BgpError('BGP_ERR_LENGTH', undefined, new Uint8Array(bytes.subarray(16, 18)))
  return end(session, error.notification, now)
}

function receiveOpen(session: Session, open: OpenMessage, bytes: Uint8Array, now: Micros): SessionEffect[] {
  if (session.terms === undefined) return []
  session.received = open
  session.receivedBytes = new Uint8Array(bytes)
  const objection = objectionTo(open, session.us, session.terms)
  if (objection !== undefined) return end(session, objection.notification, now)
  return [{ do: 'report', report: { what: 'open', open } }]
}

/** OpenConfirm → Established. */
function establish(session: Session, now: Micros): SessionEffect[] {
  session.state = 'established'
  session.establishedAt = now
  const effects = heard(session)
  if (gracefulRestart(session.received)?.restarting === true)
    effects.push(start(session, 'silence', SILENCE_TIME))
  effects.push({ do: 'report', report: { what: 'established' } })
  return effects
}

function receiveUpdate(
  session: Session,
  update: UpdateMessage,
  bytes: Uint8Array,
  now: Micros,
): SessionEffect[] {
  const effects = heard(session)
  effects.push(...stop(session, 'silence'))
  if (update.endOfRib === undefined) session.updates++
  else noteEndOfRib(session, familyKey(update.endOfRib))
  if (update.malformed.length > 0) {
    const reasons = update.malformed.map(({ reason, clause }) => `${reason} (${clause})`)
    effects.push({ do: 'report', report: { what: 'malformed-update', reasons } })
  }
  if (update.disposition === 'session-reset') {
    const family = familyWithPathIds(session, bytes)
    if (family !== undefined) effects.push({ do: 'report', report: { what: 'path-ids-unexpected', family } })
    const worst = update.malformed.find(({ disposition }) => disposition === 'session-reset')
    const notification = worst?.notification ?? new BgpError('BGP_ERR_UPDATE_ATTRIBUTE_LIST').notification
    return [...effects, ...end(session, notification, now)]
  }
  effects.push({ do: 'report', report: { what: 'update', update } })
  return effects
}

/** The family of an UPDATE that makes no sense as it stands, and much with path identifiers, which nobody negotiated. */
function familyWithPathIds(session: Session, bytes: Uint8Array): Family | undefined {
  const context = session.negotiated?.receive
  if (context?.families === undefined || context.addPath.size > 0) return undefined
  const other = decodeMessage(bytes, { ...context, addPath: context.families })
  return other.type === 'update' && other.disposition === 'accept' ? other.reach[0]?.family : undefined
}

function noteEndOfRib(session: Session, family: string): void {
  if (!session.endOfRib.includes(family)) session.endOfRib.push(family)
}

/** 7/1 is for peers that announced enhanced route refresh (RFC 7313 §5); for others the length is a header error. */
function answerTo(error: BgpError, session: Session, bytes: Uint8Array): NotificationFields {
  if (error.code !== 'BGP_ERR_REFRESH_LENGTH' || announcedEnhancedRefresh(session)) return error.notification
  return new BgpError('BGP_ERR_LENGTH', undefined, new Uint8Array(bytes.subarray(16, 18))).notification
}

/** A subtype that RFC 7313 does not know is ignored, whatever its length (§5). */
function isUnknownRefresh(session: Session, bytes: Uint8Array): boolean {
  const subtype = bytes[HEADER_LENGTH + 2]
  return subtype !== undefined && subtype > 2 && announcedEnhancedRefresh(session)
}

function announcedEnhancedRefresh({ received }: Session): boolean {
  return received !== undefined && capability(received, 70) !== undefined
}
