// Prefixes as they stand in the Withdrawn Routes and NLRI fields and in MP_REACH_NLRI and MP_UNREACH_NLRI
// (RFC 4271 §4.3, RFC 4760 §5), with path identifiers where ADD-PATH was negotiated (RFC 7911 §3).
import { wordMask } from '../ip/arithmetic.ts'
import type { Afi, Prefix } from '../ip/prefix.ts'
import { setU32, u32 } from './bytes.ts'
import type { Nlri } from './message.ts'

/** What is syntactically wrong with a field of prefixes (RFC 7606 §5.3), or undefined. */
export function nlriProblem(
  bytes: Uint8Array,
  start: number,
  end: number,
  afi: Afi,
  addPath: boolean,
): string | undefined {
  const longest = afi === 1 ? 32 : 128
  for (let at = start; at < end;) {
    if (addPath) at += 4
    if (at >= end) return 'a path identifier without a prefix'
    const length = bytes[at]!
    if (length > longest) return `prefix length ${length} is greater than ${longest}`
    at += 1 + ((length + 7) >>> 3)
    if (at > end) return `a prefix of length ${length} overruns the field`
  }
  return undefined
}

/** Reads a field without problems. Bits beyond a prefix's length are cleared (RFC 4271 §4.3: they are irrelevant). */
export function readNlri(bytes: Uint8Array, start: number, end: number, afi: Afi, addPath: boolean): Nlri[] {
  const nlri: Nlri[] = []
  for (let at = start; at < end;) {
    const pathId = addPath ? u32(bytes, at) : undefined
    if (addPath) at += 4
    const length = bytes[at]!
    const prefix = afi === 1 ? readPrefix4(bytes, at + 1, length) : readPrefix6(bytes, at + 1, length)
    nlri.push(pathId === undefined ? { prefix } : { prefix, pathId })
    at += 1 + ((length + 7) >>> 3)
  }
  return nlri
}

function readPrefix4(bytes: Uint8Array, at: number, length: number): Prefix {
  let word = 0
  if (length > 0) word = bytes[at]! << 24
  if (length > 8) word |= bytes[at + 1]! << 16
  if (length > 16) word |= bytes[at + 2]! << 8
  if (length > 24) word |= bytes[at + 3]!
  return { afi: 1, words: [(word & wordMask(length)) >>> 0], length }
}

function readPrefix6(bytes: Uint8Array, at: number, length: number): Prefix {
  const words = [0, 0, 0, 0]
  const octets = (length + 7) >>> 3
  for (let index = 0; index < octets; index++)
    words[index >>> 2]! |= bytes[at + index]! << (24 - 8 * (index & 3))
  for (let index = 0; index < 4; index++) words[index] = (words[index]! & wordMask(length - 32 * index)) >>> 0
  return { afi: 2, words, length }
}

/** Octets that `writeNlri` needs. */
export function nlriLength(nlri: readonly Nlri[]): number {
  let length = 0
  for (const route of nlri)
    length += 1 + ((route.prefix.length + 7) >>> 3) + (route.pathId === undefined ? 0 : 4)
  return length
}

/** Writes prefixes, each after its path identifier if it has one, and returns the next position. */
export function writeNlri(nlri: readonly Nlri[], out: Uint8Array, at: number): number {
  let next = at
  for (const { prefix, pathId } of nlri) {
    if (pathId !== undefined) next = setU32(out, pathId, next)
    out[next++] = prefix.length
    const octets = (prefix.length + 7) >>> 3
    for (let index = 0; index < octets; index++)
      out[next++] = prefix.words[index >>> 2]! >>> (24 - 8 * (index & 3))
  }
  return next
}
