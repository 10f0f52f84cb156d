// NOTIFICATION (RFC 4271 §4.5), its names, and the text that a Cease may carry (RFC 9003).
import { BgpError } from '../errors/bgp-error.ts'
import { copy, fromUtf8, NO_BYTES, setBytes, toUtf8 } from './bytes.ts'
import { HEADER_LENGTH, startMessage, TYPE_NOTIFICATION } from './framing.ts'
import { grammarWithRest, Parser } from './grammar.ts'
import type { NotificationMessage } from './message.ts'

export const CEASE = 6
export const ADMINISTRATIVE_SHUTDOWN = 2
export const ADMINISTRATIVE_RESET = 4
export const HARD_RESET = 9
/** Octets of a shutdown communication (RFC 9003 §2), and what a peer takes that knows only RFC 8203. */
const LONGEST_TEXT = 255
export const CAUTIOUS_TEXT = 128

const body = grammarWithRest(
  new Parser().uint8('code').uint8('subcode'),
  ({ code, subcode }: { code: number; subcode: number }, rest): NotificationMessage => ({
    type: 'notification',
    code,
    subcode,
    data: copy(rest),
  }),
)

/** IANA's names: error code, then its subcodes by number. */
const NAMES: Readonly<Record<number, readonly [string, Readonly<Record<number, string>>]>> = {
  1: [
    'Message Header Error',
    { 1: 'Connection Not Synchronized', 2: 'Bad Message Length', 3: 'Bad Message Type' },
  ],
  2: [
    'OPEN Message Error',
    {
      1: 'Unsupported Version Number',
      2: 'Bad Peer AS',
      3: 'Bad BGP Identifier',
      4: 'Unsupported Optional Parameter',
      6: 'Unacceptable Hold Time',
      7: 'Unsupported Capability',
      11: 'Role Mismatch',
    },
  ],
  3: [
    'UPDATE Message Error',
    {
      1: 'Malformed Attribute List',
      2: 'Unrecognized Well-known Attribute',
      3: 'Missing Well-known Attribute',
      4: 'Attribute Flags Error',
      5: 'Attribute Length Error',
      6: 'Invalid ORIGIN Attribute',
      8: 'Invalid NEXT_HOP Attribute',
      9: 'Optional Attribute Error',
      10: 'Invalid Network Field',
      11: 'Malformed AS_PATH',
    },
  ],
  4: ['Hold Timer Expired', {}],
  5: [
    'Finite State Machine Error',
    {
      1: 'Unexpected Message in OpenSent State',
      2: 'Unexpected Message in OpenConfirm State',
      3: 'Unexpected Message in Established State',
    },
  ],
  6: [
    'Cease',
    {
      1: 'Maximum Number of Prefixes Reached',
      2: 'Administrative Shutdown',
      3: 'Peer De-configured',
      4: 'Administrative Reset',
      5: 'Connection Rejected',
      6: 'Other Configuration Change',
      7: 'Connection Collision Resolution',
      8: 'Out of Resources',
      9: 'Hard Reset',
      10: 'BFD Down',
    },
  ],
  7: ['ROUTE-REFRESH Message Error', { 1: 'Invalid Message Length' }],
  8: ['Send Hold Timer Expired', {}],
}

/**
 * Decodes the body of a NOTIFICATION, without the header.
 * @throws BgpError 1/2
 */
export function decodeNotification(bytes: Uint8Array): NotificationMessage {
  const message = body(bytes)
  if (message === undefined) throw new BgpError('BGP_ERR_LENGTH', 'NOTIFICATION')
  return message
}

/** Encodes a NOTIFICATION, header included. */
export function encodeNotification({ code, subcode, data }: Omit<NotificationMessage, 'type'>): Uint8Array {
  const out = startMessage(TYPE_NOTIFICATION, HEADER_LENGTH + 2 + data.length)
  out[HEADER_LENGTH] = code
  out[HEADER_LENGTH + 1] = subcode
  setBytes(out, data, HEADER_LENGTH + 2)
  return out
}

/** "Cease/Peer De-configured"; numbers where there is no name, and the code alone where the subcode is 0. */
export function describeNotification(code: number, subcode: number): string {
  const entry = NAMES[code]
  const name = entry?.[0] ?? `code ${code}`
  return subcode === 0 ? name : `${name}/${entry?.[1][subcode] ?? subcode}`
}

/**
 * The text of an Administrative Shutdown or Reset (RFC 9003 §2), also inside a Hard Reset (RFC 8538 §3), as FRR sends
 * it. Undefined when there is none, when its length exceeds the data, and when it is not valid UTF-8, which must not
 * be interpreted.
 */
export function shutdownCommunication(notification: Omit<NotificationMessage, 'type'>): string | undefined {
  const { code, subcode, data } = hardResetReason(notification) ?? notification
  if (code !== CEASE || (subcode !== ADMINISTRATIVE_SHUTDOWN && subcode !== ADMINISTRATIVE_RESET))
    return undefined
  const length = data[0] ?? 0
  if (length === 0 || 1 + length > data.length) return undefined
  return toUtf8(data.subarray(1, 1 + length))
}

/** The data field of a shutdown communication, cut between two characters: to 255 octets unless `longest` says less. */
export function shutdownData(text: string, longest: number = LONGEST_TEXT): Uint8Array {
  let bytes = NO_BYTES
  for (const character of text) {
    const next = fromUtf8(character)
    if (bytes.length + next.length > longest) break
    bytes = new Uint8Array([...bytes, ...next])
  }
  return new Uint8Array([bytes.length, ...bytes])
}

/** The NOTIFICATION that a Hard Reset stands for (RFC 8538 §3); undefined when it carries none, as GoBGP's. */
export function hardResetReason({
  code,
  subcode,
  data,
}: Omit<NotificationMessage, 'type'>): NotificationMessage | undefined {
  return code === CEASE && subcode === HARD_RESET ? body(data) : undefined
}
