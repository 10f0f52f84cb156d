// Big-endian integers in a Uint8Array. Positions are not checked: callers compare bounds once per field group.
import { Buffer } from 'node:buffer'

export const NO_BYTES = new Uint8Array(0)

export function u16(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!
}

export function u32(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0
}

/** Writes 16 bits and returns the next position. */
export function setU16(out: Uint8Array, value: number, at: number): number {
  out[at] = value >>> 8
  out[at + 1] = value
  return at + 2
}

/** Writes 32 bits and returns the next position. */
export function setU32(out: Uint8Array, value: number, at: number): number {
  out[at] = value >>> 24
  out[at + 1] = value >>> 16
  out[at + 2] = value >>> 8
  out[at + 3] = value
  return at + 4
}

/** Writes bytes and returns the next position. */
export function setBytes(out: Uint8Array, value: Uint8Array, at: number): number {
  out.set(value, at)
  return at + value.length
}

/** A copy that does not share memory: received bytes live in a buffer that is used again. */
export function copy(bytes: Uint8Array, start = 0, end: number = bytes.length): Uint8Array {
  return end > start ? new Uint8Array(bytes.subarray(start, end)) : NO_BYTES
}

/** One character for each octet: what attribute sets are interned by. */
export function toLatin1(bytes: Uint8Array, start: number, end: number): string {
  return asBuffer(bytes).toString('latin1', start, end)
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
}

export function fromLatin1(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'latin1'))
}

export function toHex(bytes: Uint8Array): string {
  return asBuffer(bytes).toString('hex')
}

/** The text when the bytes are valid UTF-8, otherwise undefined: it is never repaired. */
export function toUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

export function fromUtf8(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}
