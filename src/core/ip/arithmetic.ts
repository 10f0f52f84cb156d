// Comparing, masking and keying addresses and prefixes, all on 32-bit integers. Never a BigInt as a Map key: V8
// hashes only its low 64 bits.
import type { Address, Prefix } from './prefix.ts'

/** The mask of `bits` leading ones in one 32-bit word, as an unsigned integer. `bits` may be below 0 or above 32. */
export function wordMask(bits: number): number {
  return bits <= 0 ? 0 : bits >= 32 ? 0xffff_ffff : (0xffff_ffff << (32 - bits)) >>> 0
}

/** The prefix of `length` bits that contains the address: host bits cleared. */
export function masked(address: Address, length: number): Prefix {
  const words = address.words.map((word, index) => (word & wordMask(length - 32 * index)) >>> 0)
  return { afi: address.afi, words, length }
}

/** True when the address or prefix `inner` lies within `outer`; a prefix contains itself. */
export function contains(outer: Prefix, inner: Address | Prefix): boolean {
  if (outer.afi !== inner.afi) return false
  if ('length' in inner && inner.length < outer.length) return false
  return outer.words.every(
    (word, index) => ((word ^ inner.words[index]!) & wordMask(outer.length - 32 * index)) === 0,
  )
}

/** True when the two prefixes have an address in common: one contains the other. */
export function overlaps(a: Prefix, b: Prefix): boolean {
  return a.length <= b.length ? contains(a, b) : contains(b, a)
}

/** Leading bits that two prefixes of one family have in common. */
export function commonBits(a: Prefix, b: Prefix): number {
  let bits = 0
  for (let index = 0; index < a.words.length; index++) {
    const difference = (a.words[index]! ^ b.words[index]!) >>> 0
    if (difference !== 0) return bits + Math.clz32(difference)
    bits += 32
  }
  return bits
}

/** The stable order of output: family, then address, then the shorter first. */
export function comparePrefixes(a: Prefix, b: Prefix): number {
  return a.afi - b.afi || compareWords(a.words, b.words) || a.length - b.length
}

/** Order of addresses: family, then value. */
export function compareAddresses(a: Address, b: Address): number {
  return a.afi - b.afi || compareWords(a.words, b.words)
}

export function sameAddress(a: Address, b: Address): boolean {
  return compareAddresses(a, b) === 0
}

function compareWords(a: readonly number[], b: readonly number[]): number {
  for (let index = 0; index < a.length; index++) {
    const difference = a[index]! - b[index]!
    if (difference !== 0) return difference
  }
  return 0
}

/** A Map key that is unique within a family: a number for IPv4, a nine-character string for IPv6. */
export function prefixKey(prefix: Prefix): number | string {
  const [a, b, c, d] = prefix.words
  if (prefix.afi === 1) return a! * 64 + prefix.length
  return String.fromCharCode(
    a! >>> 16,
    a! & 0xffff,
    b! >>> 16,
    b! & 0xffff,
    c! >>> 16,
    c! & 0xffff,
    d! >>> 16,
    d! & 0xffff,
    prefix.length,
  )
}

/** True for ::ffff:a.b.c.d (RFC 4291 §2.5.5.2). */
export function isMapped(address: Address): boolean {
  const [a, b, c] = address.words
  return address.afi === 2 && a === 0 && b === 0 && c === 0xffff
}

/** The IPv4 address inside ::ffff:a.b.c.d; any other address as it is. */
export function unmapped(address: Address): Address {
  return isMapped(address)
    ? { afi: 1, words: [address.words[3]!] }
    : { afi: address.afi, words: address.words }
}

/** A socket's address as text without the IPv4-mapped form: "::ffff:127.0.0.1" → "127.0.0.1". Zone ids stay. */
export function normalizeText(text: string): string {
  const match = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(text)
  return match?.[1] ?? text
}
