// JSON lines: one connection event or message a line; a message has its bytes as hex, and, for those who read without
// a decoder, as text and as JSON beside them.
import { type BgpError, isBgpError } from '../../core/errors/bgp-error.ts'
import { UserError, whatHappened } from '../../core/errors/user-error.ts'
import { formatAddress, parseAddress } from '../../core/ip/text.ts'
import {
  bytes,
  count,
  flag,
  type JsonObject,
  isObject,
  object,
  oneOf,
  parsed,
} from '../../core/stream/json-fields.ts'
import { formatMicros, parseMicros } from '../../core/stream/time.ts'
import { decodeMessage } from '../../core/wire/codec.ts'
import { formatMessage } from '../../core/wire/format.ts'
import { messageToJson } from '../../core/wire/message-json.ts'
import { contextOf, Negotiation } from './negotiation.ts'
import type { OctetReader } from './octets.ts'
import { connectionKey, type Connection, type End, type Notes, type WireEvent } from './wire-event.ts'

/** Writes events as lines. It keeps what the OPENs of each connection settled, to decode the rest by it. */
export class JsonLines {
  readonly #negotiations = new Map<string, Negotiation>()

  line(event: WireEvent): Buffer {
    return Buffer.from(`${JSON.stringify(this.#json(event))}\n`)
  }

  #json(event: WireEvent): JsonObject {
    const { at, type, session } = event
    const head = { at: formatMicros(at), type, session }
    const ends = { peer: endToJson(event.peer), local: endToJson(event.local) }
    switch (event.type) {
      case 'session-opened':
        return { ...head, ...ends }
      case 'session-closed':
        this.#negotiations.delete(connectionKey(event))
        return { ...head, how: event.how, ...ends }
      case 'unframed':
        return { ...head, ...ends, hex: hexOf(event.bytes) }
      case 'message': {
        const { direction, peerAsn, localAsn, fourOctetAs, addPath } = event
        return {
          ...head,
          direction,
          peer: { ...ends.peer, asn: peerAsn },
          local: { ...ends.local, asn: localAsn },
          fourOctetAs,
          addPath,
          hex: hexOf(event.bytes),
          ...this.#meaning(event),
        }
      }
    }
  }

  #meaning(event: WireEvent & { readonly type: 'message' }): JsonObject {
    const key = connectionKey(event)
    let negotiation = this.#negotiations.get(key)
    if (negotiation === undefined) this.#negotiations.set(key, (negotiation = new Negotiation()))
    negotiation.observe(event.direction, event.bytes)
    try {
      const message = decodeMessage(event.bytes, contextOf(event, negotiation))
      return { text: formatMessage(message), decoded: messageToJson(message) }
    } catch (error) {
      if (!isBgpError(error)) throw error
      return errorToJson(error)
    }
  }
}

/** What stands in the place of a message that must be answered with a NOTIFICATION. */
export function errorToJson(error: BgpError): { readonly text: string; readonly decoded: JsonObject } {
  const { code, subcode, data } = error.notification
  return {
    text: `${error.message} (${error.clause})`,
    decoded: { error: error.code, notification: { code, subcode, data: hexOf(data) } },
  }
}

/**
 * The events of lines that `JsonLines` wrote. A last line without its end is left out and noted.
 * @throws UserError RW_TRACE with the number of a line that is no event
 */
export async function* readJsonLines(input: OctetReader, notes: Notes): AsyncGenerator<WireEvent> {
  for (let number = 1; ; number++) {
    const line = await input.line()
    if (line === undefined) return
    if (line.text.trim() === '') continue
    try {
      yield eventOf(JSON.parse(line.text))
    } catch (error) {
      if (!line.whole)
        return notes.add('octets at the end that are no whole line', Buffer.byteLength(line.text))
      throw new UserError('RW_TRACE', `${input.name} line ${number}: ${whatHappened(error)}`, {
        remedy: 'Give lines that `convert --to jsonl` wrote.',
        cause: error,
      })
    }
  }
}

function eventOf(json: unknown): WireEvent {
  if (!isObject(json)) throw new Error('no JSON object')
  const type = oneOf(json, 'type', ['session-opened', 'message', 'unframed', 'session-closed'])
  const at = parsed(json, 'at', instant)
  const [peer, local] = [object(json, 'peer'), object(json, 'local')]
  const connection: Connection = { session: count(json, 'session'), peer: endOf(peer), local: endOf(local) }
  switch (type) {
    case 'session-opened':
      return { type, at, ...connection }
    case 'session-closed':
      return { type, at, ...connection, how: oneOf(json, 'how', ['fin', 'rst', 'error', 'closed-by-us']) }
    case 'unframed':
      return { type, at, ...connection, bytes: bytes(json, 'hex') }
    case 'message':
      return {
        type,
        at,
        ...connection,
        direction: oneOf(json, 'direction', ['in', 'out']),
        bytes: bytes(json, 'hex'),
        fourOctetAs: flag(json, 'fourOctetAs'),
        addPath: flag(json, 'addPath'),
        peerAsn: count(peer, 'asn'),
        localAsn: count(local, 'asn'),
      }
  }
}

function endToJson({ address, port }: End): JsonObject {
  return { address: formatAddress(address), ...(port === undefined ? {} : { port }) }
}

function endOf(json: JsonObject): End {
  const address = parsed(json, 'address', parseAddress)
  return json['port'] === undefined ? { address } : { address, port: count(json, 'port') }
}

function instant(text: string): number {
  const at = parseMicros(text)
  if (at === undefined) throw new Error('no RFC 3339 instant in UTC')
  return at
}

function hexOf(octets: Uint8Array): string {
  return Buffer.from(octets.buffer, octets.byteOffset, octets.length).toString('hex')
}
