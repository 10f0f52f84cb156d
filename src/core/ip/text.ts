// Addresses and prefixes as people write them. Reading is strict; writing follows RFC 5952.
// The only importer of ip-num: it validates text, and its objects never leave this file.
import { IPv4, IPv6 } from 'ip-num'
import type { Address, Prefix } from './prefix.ts'
import { isMapped, masked, unmapped } from './arithmetic.ts'

/** Text that is no address, prefix or identifier. */
export class AddressError extends Error {
  readonly text: string

  constructor(text: string, reason: string) {
    super(`"${text}" ${reason}`)
    this.name = 'AddressError'
    this.text = text
  }
}

/**
 * Reads an IPv4 dotted quad or an IPv6 address, also with an embedded dotted quad ("::ffff:10.0.0.1").
 * Zone ids are refused: an `Address` has no place for one.
 * @throws AddressError
 */
export function parseAddress(text: string): Address {
  return text.includes(':') ? { afi: 2, words: words6(text) } : { afi: 1, words: [word4(text, text)] }
}

/** Writes an address: dotted quad, or RFC 5952 with `::ffff:a.b.c.d` for IPv4-mapped ones (§5). */
export function formatAddress(address: Address): string {
  if (address.afi === 1) return formatIdentifier(address.words[0]!)
  if (isMapped(address)) return `::ffff:${formatAddress(unmapped(address))}`
  return formatGroups(address.words.flatMap((word) => [word >>> 16, word & 0xffff]))
}

/**
 * Reads "address/length" and clears the host bits. An address alone is a host prefix (/32 or /128).
 * @throws AddressError
 */
export function parsePrefix(text: string): Prefix {
  const slash = text.indexOf('/')
  const address = parsePart(text, slash < 0 ? text : text.slice(0, slash))
  const longest = address.afi === 1 ? 32 : 128
  if (slash < 0) return { ...address, length: longest }
  const digits = text.slice(slash + 1)
  const length = /^(0|[1-9]\d{0,2})$/.test(digits) ? Number(digits) : Number.NaN
  if (!(length <= longest)) throw new AddressError(text, `has no prefix length between 0 and ${longest}`)
  return masked(address, length)
}

/** Writes "address/length". */
export function formatPrefix(prefix: Prefix): string {
  return `${formatAddress(prefix)}/${prefix.length}`
}

/** Writes an unsigned 32-bit integer as a dotted quad: BGP identifiers, IPv4 addresses. */
export function formatIdentifier(value: number): string {
  return `${value >>> 24}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}`
}

/**
 * Reads a dotted quad as an unsigned 32-bit integer.
 * @throws AddressError
 */
export function parseIdentifier(text: string): number {
  return word4(text, text)
}

function parsePart(text: string, part: string): Address {
  try {
    return parseAddress(part)
  } catch (error) {
    if (error instanceof AddressError)
      throw new AddressError(text, error.message.slice(error.text.length + 3))
    throw error
  }
}

// ip-num takes Number('…') of each part, so "1e1" or " 1" would pass: the shape is checked here, the range there.
const DOTTED = /^\d{1,3}(\.\d{1,3}){3}$/

function word4(text: string, quad: string): number {
  if (!DOTTED.test(quad)) throw new AddressError(text, 'is not an IPv4 address (four decimal numbers)')
  try {
    return Number(IPv4.fromString(quad).getValue())
  } catch (cause) {
    throw new AddressError(text, `is not an IPv4 address: ${reason(cause)}`)
  }
}

function words6(text: string): number[] {
  if (text.includes('%')) throw new AddressError(text, 'has a zone id, which is no part of an address')
  const hex = dottedTailAsHex(text)
  if (!/^[\da-f:]+$/i.test(hex) || hex.includes(':::') || hex.split('::').length > 2)
    throw new AddressError(text, 'is not an IPv6 address')
  if (/(^|[^:]):$/.test(hex) || /^:[^:]/.test(hex))
    throw new AddressError(text, 'is not an IPv6 address: a group is empty')
  if (hex.includes('::') && hex.split(':').filter((group) => group !== '').length > 7)
    throw new AddressError(text, 'is not an IPv6 address: "::" stands for nothing')
  try {
    const value = IPv6.fromString(hex).getValue()
    return [96n, 64n, 32n, 0n].map((shift) => Number((value >> shift) & 0xffff_ffffn))
  } catch (cause) {
    throw new AddressError(text, `is not an IPv6 address: ${reason(cause)}`)
  }
}

/** ip-num does not read "::ffff:10.0.0.1": the dotted quad becomes two groups first. */
function dottedTailAsHex(text: string): string {
  const colon = text.lastIndexOf(':')
  const tail = text.slice(colon + 1)
  if (!tail.includes('.')) return text
  const word = word4(text, tail)
  return `${text.slice(0, colon + 1)}${(word >>> 16).toString(16)}:${(word & 0xffff).toString(16)}`
}

/** RFC 5952 §4: lower case, no leading zeros, "::" for the first longest run of at least two zero groups. */
function formatGroups(groups: readonly number[]): string {
  let start = -1
  let length = 1
  for (let at = 0; at < 8; at++) {
    let end = at
    while (end < 8 && groups[end] === 0) end++
    if (end - at > length) {
      start = at
      length = end - at
    }
    if (end > at) at = end
  }
  const hex = (part: readonly number[]) => part.map((group) => group.toString(16)).join(':')
  return start < 0 ? hex(groups) : `${hex(groups.slice(0, start))}::${hex(groups.slice(start + length))}`
}

function reason(cause: unknown): string {
  return cause instanceof Error ? cause.message.replace(/\.$/, '') : String(cause)
}
