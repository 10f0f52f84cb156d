// Bytes as tests write them.
import { Buffer } from 'node:buffer'

/** The bytes of hex digits; spaces are for the reader. */
export function hex(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text.replaceAll(/\s/g, ''), 'hex'))
}

/** A whole message: marker, then the hex digits of length, type and body. */
export function message(text: string): Uint8Array {
  return hex(`${'ff'.repeat(16)}${text}`)
}

/** A whole message of this type around a body, with the right length. */
export function framed(type: number, body: Uint8Array): Uint8Array {
  const out = new Uint8Array(19 + body.length).fill(0xff, 0, 16)
  out.set([out.length >>> 8, out.length & 0xff, type], 16)
  out.set(body, 19)
  return out
}

/** An UPDATE of three fields given in hex. */
export function updateOf(fields: { withdrawn?: string; attributes?: string; nlri?: string }): Uint8Array {
  const withdrawn = hex(fields.withdrawn ?? '')
  const attributes = hex(fields.attributes ?? '')
  const length = (bytes: Uint8Array) => [bytes.length >>> 8, bytes.length & 0xff]
  const body = [
    ...length(withdrawn),
    ...withdrawn,
    ...length(attributes),
    ...attributes,
    ...hex(fields.nlri ?? ''),
  ]
  return framed(2, new Uint8Array(body))
}

export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
