// What a message said, in short, for the rows of the timeline.
import { printable } from '../core/errors/printable.ts'
import { decodeMessage, DEFAULT_CONTEXT } from '../core/wire/codec.ts'
import { familyKey } from '../core/wire/families.ts'
import { formatMessage } from '../core/wire/format.ts'
import { HEADER_LENGTH, MAX_EXTENDED_LENGTH } from '../core/wire/framing.ts'
import { IPV4_UNICAST, IPV6_UNICAST, type CodecContext } from '../core/wire/message.ts'
import type { MessageEvent } from '../core/stream/events.ts'

const NAMES: Readonly<Record<number, string>> = {
  1: 'OPEN',
  2: 'UPDATE',
  3: 'NOTIFICATION',
  4: 'KEEPALIVE',
  5: 'ROUTE-REFRESH',
}
const OPEN = 1
const KEEPALIVE = 4

/** Longest text: an UPDATE of ours can announce a thousand routes. */
const LONGEST = 240

const ADD_PATH = new Set([IPV4_UNICAST, IPV6_UNICAST].map(familyKey))

/**
 * "OPEN received: AS 64513 …", "UPDATE sent: announce …". Undefined for KEEPALIVEs, and for what a peer says after its OPEN,
 * which the news of the event tell.
 */
export function messageText(event: MessageEvent): string | undefined {
  const type = event.bytes[HEADER_LENGTH - 1] ?? 0
  if (type === KEEPALIVE || (event.direction === 'in' && type !== OPEN)) return undefined
  const head = `${NAMES[type] ?? `type ${type}`} ${event.direction === 'in' ? 'received' : 'sent'}`
  const text = `${head}: ${contentOf(event, NAMES[type])}`
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text
}

function contentOf(event: MessageEvent, name: string | undefined): string {
  const context: CodecContext = {
    ...DEFAULT_CONTEXT,
    fourOctetAs: event.fourOctetAs,
    addPath: event.addPath ? ADD_PATH : new Set(),
    maxLength: MAX_EXTENDED_LENGTH,
  }
  try {
    const text = printable(formatMessage(decodeMessage(event.bytes, context)))
    return name !== undefined && text.startsWith(`${name} `) ? text.slice(name.length + 1) : text
  } catch (error) {
    return `cannot be read: ${error instanceof Error ? error.message : String(error)}`
  }
}
