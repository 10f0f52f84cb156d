// Reading MRT: grammars for the headers, inside a wrapper that checks what binary-parser does not (a field that is
// cut short, octets left over) and copies the result into a plain object.
// The package's own entry has no types for ESM; this file of it has.
import { Parser } from 'binary-parser/dist/binary_parser.js'
import type { Address } from '../core/ip/prefix.ts'
import { BGP4MP, BGP4MP_ET, MESSAGE_SUBTYPES, MRT_HEADER, type MrtMessage } from './mrt.ts'

/** The common header, RFC 6396 §2. `length` counts the octets after the twelve of the header. */
export interface MrtHeader {
  readonly seconds: number
  readonly type: number
  readonly subtype: number
  readonly length: number
}

/** Octets that cannot be an MRT record of a BGP message. */
export class MrtError extends Error {
  constructor(problem: string) {
    super(problem)
    this.name = 'MrtError'
  }
}

/** Whether a record of that header holds a BGP message. */
export function isMessageRecord(header: MrtHeader): boolean {
  return (header.type === BGP4MP || header.type === BGP4MP_ET) && MESSAGE_SUBTYPES.has(header.subtype)
}

/** Far above any message that a session may carry (65,535 octets), and what we may send raw. */
const MAX_LENGTH = 16 * 1024 * 1024

interface Body {
  readonly microseconds?: number
  readonly peerAsn: number
  readonly localAsn: number
  readonly interfaceIndex: number
  readonly afi: 1 | 2
  readonly peer: Buffer
  readonly local: Buffer
  readonly headerEnd: number
}

/** Reads MRT records. Its grammars are compiled once, when it is made. */
export class MrtDecoder {
  readonly #header = new Parser()
    .endianness('big')
    .uint32('seconds')
    .uint16('type')
    .uint16('subtype')
    .uint32('length')
  readonly #bodies = {
    plain: { two: bodyGrammar('uint16', false), four: bodyGrammar('uint32', false) },
    extended: { two: bodyGrammar('uint16', true), four: bodyGrammar('uint32', true) },
  }

  /**
   * The header of the record at `start`, of which there must be twelve octets.
   * @throws MrtError when the length is beyond reason
   */
  header(bytes: Buffer, start: number): MrtHeader {
    const { seconds, type, subtype, length } = this.#header.parse(
      bytes.subarray(start, start + MRT_HEADER),
    ) as MrtHeader
    if (length > MAX_LENGTH) throw new MrtError(`a record of ${length} octets`)
    return { seconds, type, subtype, length }
  }

  /**
   * The BGP message in a record of which `body` is everything after the twelve octets of the header. Its bytes are those of `body`, not a copy.
   * @returns undefined for a record of any other kind
   * @throws MrtError when the fields do not fit into the record
   */
  message(header: MrtHeader, body: Buffer): MrtMessage | undefined {
    const kind = MESSAGE_SUBTYPES.get(header.subtype)
    if ((header.type !== BGP4MP && header.type !== BGP4MP_ET) || kind === undefined) return undefined
    const grammars = header.type === BGP4MP_ET ? this.#bodies.extended : this.#bodies.plain
    const fields = parseBody(kind.fourOctetAs ? grammars.four : grammars.two, body)
    const octets = fields.afi === 1 ? 4 : 16
    if (fields.peer.length !== octets || fields.local.length !== octets) {
      throw new MrtError('a record that ends inside an address')
    }
    const { fourOctetAs, addPath, local } = kind
    return {
      fourOctetAs,
      addPath,
      local,
      at: header.seconds * 1_000_000 + (fields.microseconds ?? 0),
      peerAsn: fields.peerAsn,
      localAsn: fields.localAsn,
      interfaceIndex: fields.interfaceIndex,
      peer: addressOf(fields.afi, fields.peer),
      localAddress: addressOf(fields.afi, fields.local),
      bytes: new Uint8Array(body.buffer, body.byteOffset + fields.headerEnd, body.length - fields.headerEnd),
    }
  }
}

/** Microseconds (extended timestamp only), peer AS, local AS, interface index, AFI and both addresses: RFC 6396 §4.4.2 and 4.4.3. */
function bodyGrammar(asn: 'uint16' | 'uint32', extended: boolean): Parser {
  const octets = function (this: { readonly afi: number }): number {
    return this.afi === 1 ? 4 : 16
  }
  const start = new Parser().endianness('big')
  const timed = extended
    ? start.uint32('microseconds', { assert: (value) => Number(value) < 1_000_000 })
    : start
  const numbered = timed[asn]('peerAsn')[asn]('localAsn')
  return numbered
    .uint16('interfaceIndex')
    .uint16('afi', { assert: (value) => value === 1 || value === 2 })
    .buffer('peer', { length: octets })
    .buffer('local', { length: octets })
    .saveOffset('headerEnd')
}

function parseBody(grammar: Parser, body: Buffer): Body {
  try {
    return grammar.parse(body) as Body
  } catch (error) {
    throw new MrtError(
      `a record that is no BGP4MP message (${error instanceof Error ? error.message : String(error)})`,
    )
  }
}

function addressOf(afi: 1 | 2, bytes: Buffer): Address {
  const words: number[] = []
  for (let at = 0; at < bytes.length; at += 4) words.push(bytes.readUInt32BE(at))
  return { afi, words }
}
