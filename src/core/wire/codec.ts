// Bytes ⇄ BGP messages: the one entrance to this room.
import { BgpError } from '../errors/bgp-error.ts'
import { copy, u16 } from './bytes.ts'
import {
  HEADER_LENGTH,
  MAX_LENGTH,
  messageLength,
  startMessage,
  TYPE_KEEPALIVE,
  TYPE_NOTIFICATION,
  TYPE_OPEN,
  TYPE_ROUTE_REFRESH,
  TYPE_UPDATE,
} from './framing.ts'
import type { CodecContext, Message } from './message.ts'
import { decodeNotification, encodeNotification } from './notification.ts'
import { decodeOpen, encodeOpen, openProblem } from './open.ts'
import { decodeRouteRefresh, encodeRouteRefresh } from './route-refresh.ts'
import { encodeEndOfRib, encodeUpdate } from './update-encode.ts'
import { decodeUpdate } from './update.ts'

/** An external session with four-octet AS numbers, no ADD-PATH, all families accepted, 4096 octets. */
export const DEFAULT_CONTEXT: CodecContext = {
  fourOctetAs: true,
  internal: false,
  addPath: new Set(),
  families: undefined,
  maxLength: MAX_LENGTH,
}

/** Type → shortest and longest message (RFC 4271 §4, RFC 8654 §4); a ROUTE-REFRESH has its own length error. */
const LENGTHS: Readonly<Record<number, readonly [shortest: number, longest: number]>> = {
  [TYPE_OPEN]: [29, MAX_LENGTH],
  [TYPE_UPDATE]: [23, Number.POSITIVE_INFINITY],
  [TYPE_NOTIFICATION]: [21, Number.POSITIVE_INFINITY],
  [TYPE_KEEPALIVE]: [19, 19],
  [TYPE_ROUTE_REFRESH]: [19, Number.POSITIVE_INFINITY],
}

/**
 * Decodes one whole message, header included; the result shares no memory with `bytes`.
 * An UPDATE never throws: what is wrong stands in `malformed` and `disposition`.
 * @throws BgpError for a bad header, OPEN, NOTIFICATION or ROUTE-REFRESH, with the NOTIFICATION to send
 */
export function decodeMessage(bytes: Uint8Array, context: CodecContext): Message {
  const type = checkHeader(bytes, context)
  switch (type) {
    case TYPE_UPDATE:
      return decodeUpdate(bytes, context)
    case TYPE_KEEPALIVE:
      return { type: 'keepalive' }
    case TYPE_OPEN: {
      const open = decodeOpen(bytes.subarray(HEADER_LENGTH))
      const problem = openProblem(open)
      if (problem !== undefined) throw problem
      return open
    }
    case TYPE_NOTIFICATION:
      return decodeNotification(bytes.subarray(HEADER_LENGTH))
    default:
      return decodeRouteRefresh(bytes)
  }
}

/** The message type, once marker, length and type are found right (RFC 4271 §6.1). */
function checkHeader(bytes: Uint8Array, context: CodecContext): number {
  if (bytes.length < HEADER_LENGTH) throw new BgpError('BGP_ERR_LENGTH', `only ${bytes.length} octets`)
  const length = messageLength(bytes, 0, context.maxLength)
  if (typeof length !== 'number') {
    if (length.error === 1) throw new BgpError('BGP_ERR_MARKER')
    throw new BgpError('BGP_ERR_LENGTH', String(u16(bytes, 16)), copy(bytes, 16, 18))
  }
  const type = bytes[18]!
  const limits = LENGTHS[type]
  if (limits === undefined) throw new BgpError('BGP_ERR_TYPE', String(type), new Uint8Array([type]))
  if (length !== bytes.length || length < limits[0] || length > limits[1])
    throw new BgpError('BGP_ERR_LENGTH', `${length} for a message of type ${type}`, copy(bytes, 16, 18))
  return type
}

/**
 * Encodes one message, header included. A decoded UPDATE keeps its attributes' octets, in type order; what was
 * discarded as malformed is gone.
 * @throws RangeError when it does not fit into `context.maxLength` or a field into its bits
 */
export function encodeMessage(message: Message, context: CodecContext): Uint8Array {
  switch (message.type) {
    case 'open':
      return encodeOpen(message)
    case 'keepalive':
      return startMessage(TYPE_KEEPALIVE, HEADER_LENGTH)
    case 'notification':
      return encodeNotification(message)
    case 'route-refresh':
      return encodeRouteRefresh(message)
    case 'update':
      return message.endOfRib === undefined
        ? encodeUpdate(message, context)
        : encodeEndOfRib(message.endOfRib)
  }
}
