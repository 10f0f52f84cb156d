// MRT records of BGP messages: BGP4MP and BGP4MP_ET (RFC 6396 §4.4, RFC 8050 §3). Writing; reading is in ./mrt-read.ts.
import type { Address } from '../core/ip/prefix.ts'
import type { Micros } from '../core/speaker/contract.ts'
import { setU16, setU32 } from '../core/wire/bytes.ts'

export const MRT_HEADER = 12
export const BGP4MP = 16
export const BGP4MP_ET = 17

/** What stands for an AS number that does not fit into two octets (RFC 6793 §4.2.2). */
const AS_TRANS = 23456

/** How a MESSAGE record is to be read. */
export interface MessageKind {
  /** AS numbers in the message and in the record have four octets. */
  readonly fourOctetAs: boolean
  /** NLRI carry path identifiers. */
  readonly addPath: boolean
  /** The collector sent it. */
  readonly local: boolean
}

/** Subtypes by what they say of the message. 0 and 5 are state changes and carry none. */
export const MESSAGE_SUBTYPES: ReadonlyMap<number, MessageKind> = new Map([
  [1, { fourOctetAs: false, addPath: false, local: false }],
  [4, { fourOctetAs: true, addPath: false, local: false }],
  [6, { fourOctetAs: false, addPath: false, local: true }],
  [7, { fourOctetAs: true, addPath: false, local: true }],
  [8, { fourOctetAs: false, addPath: true, local: false }],
  [9, { fourOctetAs: true, addPath: true, local: false }],
  [10, { fourOctetAs: false, addPath: true, local: true }],
  [11, { fourOctetAs: true, addPath: true, local: true }],
])

/** One BGP message of one session, as MRT tells of it. */
export interface MrtMessage extends MessageKind {
  readonly at: Micros
  readonly peerAsn: number
  readonly localAsn: number
  readonly interfaceIndex: number
  readonly peer: Address
  readonly localAddress: Address
  /** The whole BGP message, marker and all. */
  readonly bytes: Uint8Array
}

/** Octets of the record for this message, header included. */
export function recordLength(message: MrtMessage): number {
  const asn = message.fourOctetAs ? 4 : 2
  return MRT_HEADER + 4 + 2 * asn + 4 + 8 * message.peer.words.length + message.bytes.length
}

/**
 * Writes a BGP4MP_ET record. The record's address family is that of `peer`; `localAddress` is of the same.
 * @returns where the record ends
 */
export function writeRecord(message: MrtMessage, out: Uint8Array, start: number): number {
  const seconds = Math.floor(message.at / 1_000_000)
  let at = setU32(out, seconds, start)
  at = setU16(out, BGP4MP_ET, at)
  at = setU16(out, subtypeOf(message), at)
  at = setU32(out, recordLength(message) - MRT_HEADER, at)
  at = setU32(out, message.at - seconds * 1_000_000, at)
  if (message.fourOctetAs) {
    at = setU32(out, message.peerAsn, at)
    at = setU32(out, message.localAsn, at)
  } else {
    at = setU16(out, twoOctets(message.peerAsn), at)
    at = setU16(out, twoOctets(message.localAsn), at)
  }
  at = setU16(out, message.interfaceIndex, at)
  at = setU16(out, message.peer.afi, at)
  for (const word of message.peer.words) at = setU32(out, word, at)
  for (const word of message.localAddress.words) at = setU32(out, word, at)
  out.set(message.bytes, at)
  return at + message.bytes.length
}

function subtypeOf({ fourOctetAs, addPath, local }: MessageKind): number {
  if (addPath) return (fourOctetAs ? 9 : 8) + (local ? 2 : 0)
  return local ? (fourOctetAs ? 7 : 6) : fourOctetAs ? 4 : 1
}

function twoOctets(asn: number): number {
  return asn > 0xffff ? AS_TRANS : asn
}
