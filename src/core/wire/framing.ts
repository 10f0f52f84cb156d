// Finding messages in a stream of bytes (RFC 4271 §4.1, §6.1). Pure: the buffer belongs to the caller.
import { u16 } from './bytes.ts'

export const MARKER_LENGTH = 16
export const HEADER_LENGTH = 19
/** Largest message without extended messages; OPEN and KEEPALIVE never exceed it (RFC 8654 §4). */
export const MAX_LENGTH = 4096
/** Largest message where extended messages were negotiated (RFC 8654). */
export const MAX_EXTENDED_LENGTH = 65535

export const TYPE_OPEN = 1
export const TYPE_UPDATE = 2
export const TYPE_NOTIFICATION = 3
export const TYPE_KEEPALIVE = 4
export const TYPE_ROUTE_REFRESH = 5

/**
 * Reads the header at `at`, of which at least 19 octets must be there.
 * Returns the message's length, or the subcode of the header error: 1 not synchronized, 2 bad length.
 */
export function messageLength(bytes: Uint8Array, at: number, maxLength: number): number | { error: 1 | 2 } {
  for (let index = at; index < at + MARKER_LENGTH; index++) if (bytes[index] !== 0xff) return { error: 1 }
  const length = u16(bytes, at + MARKER_LENGTH)
  return length < HEADER_LENGTH || length > maxLength ? { error: 2 } : length
}

/** Whether `bytes[from, to)`, the beginning of a header, can still become one: what is there of the marker is all ones. */
export function markerSoFar(bytes: Uint8Array, from: number, to: number): boolean {
  const end = Math.min(to, from + MARKER_LENGTH)
  for (let index = from; index < end; index++) if (bytes[index] !== 0xff) return false
  return true
}

/** A message of `length` octets with its header written; the body is still zero. */
export function startMessage(type: number, length: number): Uint8Array {
  const out = new Uint8Array(length)
  out.fill(0xff, 0, MARKER_LENGTH)
  out[16] = length >>> 8
  out[17] = length
  out[18] = type
  return out
}
