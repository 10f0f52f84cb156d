// Keys of a `RouteTable`: the path identifier, where the table has them, and the words of the address.
import { wordMask } from '../ip/arithmetic.ts'
import type { Afi } from '../ip/prefix.ts'
import { u32 } from '../wire/bytes.ts'
import type { RouteTable } from './route-table.ts'

/** Sets the key to look for. */
export function setKey(table: RouteTable, words: readonly number[], pathId: number | undefined): void {
  const { key } = table
  let at = 0
  if (pathId !== undefined) key[at++] = pathId
  for (const word of words) key[at++] = word
}

/** Reads one prefix of a field into a key and gives its length. Bits beyond it are cleared (RFC 4271 §4.3). */
export function readKey(key: Int32Array, bytes: Uint8Array, at: number, afi: Afi, addPath: boolean): number {
  let from = at
  let to = 0
  if (addPath) {
    key[to++] = u32(bytes, from)
    from += 4
  }
  const length = bytes[from++]!
  if (afi === 1) {
    let word = 0
    if (length > 24)
      word = (bytes[from]! << 24) | (bytes[from + 1]! << 16) | (bytes[from + 2]! << 8) | bytes[from + 3]!
    else if (length > 16) word = (bytes[from]! << 24) | (bytes[from + 1]! << 16) | (bytes[from + 2]! << 8)
    else if (length > 8) word = (bytes[from]! << 24) | (bytes[from + 1]! << 16)
    else if (length > 0) word = bytes[from]! << 24
    key[to] = word & wordMask(length)
    return length
  }
  for (let index = 0; index < 4; index++) {
    const bits = length - 32 * index
    let word = 0
    for (let octet = 0; octet < 4 && bits > 8 * octet; octet++)
      word |= bytes[from + 4 * index + octet]! << (24 - 8 * octet)
    key[to + index] = word & wordMask(bits)
  }
  return length
}
