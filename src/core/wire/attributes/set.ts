// Attribute sets: interned by their bytes, decoded when somebody looks.
import type { Attributes, AttributeSet, RawAttribute } from '../attribute-set.ts'
import { copy, fromLatin1, setBytes, setU16, toLatin1 } from '../bytes.ts'
import { EXTENDED_LENGTH, locate, type DecodeContext, type EncodeContext } from './row.ts'
import { attributeRow, ATTRIBUTES } from './table.ts'

const NO_ADD_PATH: ReadonlySet<string> = new Set()
/**
 * First character of the key of a set with two-octet AS numbers. It is outside latin1: the same octets with the other
 * width mean something else and must not be the same set.
 */
export const TWO_OCTET_MARK = '\u0102'

class LazyAttributeSet implements AttributeSet {
  readonly key: string
  readonly fourOctetAs: boolean
  #decoded: Attributes | undefined

  constructor(key: string, fourOctetAs: boolean) {
    this.key = key
    this.fourOctetAs = fourOctetAs
  }

  get decoded(): Attributes {
    this.#decoded ??= readAttributes(attributeBytes(this), {
      fourOctetAs: this.fourOctetAs,
      addPath: NO_ADD_PATH,
    })
    return this.#decoded
  }
}

/** The set with this key, as `AttributeSet.key` gave it (snapshots store it). */
export function attributeSetFromKey(key: string): AttributeSet {
  return new LazyAttributeSet(key, !key.startsWith(TWO_OCTET_MARK))
}

/** The set of these attributes, for routes that did not come over the wire. */
export function attributeSetOf(attributes: Attributes, fourOctetAs = true): AttributeSet {
  const bytes = encodeAttributes(attributes, { fourOctetAs })
  return attributeSetFromBytes([toLatin1(bytes, 0, bytes.length)], fourOctetAs)
}

/** The set of attributes whose octets, as latin1, these pieces are in type order. */
export function attributeSetFromBytes(pieces: readonly string[], fourOctetAs: boolean): AttributeSet {
  const key = pieces.length === 1 ? pieces[0]! : pieces.join('')
  return new LazyAttributeSet(fourOctetAs ? key : TWO_OCTET_MARK + key, fourOctetAs)
}

/** The octets of a set: flags, type, length and value of each attribute. */
export function attributeBytes(set: AttributeSet): Uint8Array {
  return fromLatin1(set.key.startsWith(TWO_OCTET_MARK) ? set.key.slice(1) : set.key)
}

/** Decodes attributes that were found to be well formed. */
function readAttributes(bytes: Uint8Array, context: DecodeContext): Attributes {
  const decoded: Record<string, unknown> = {}
  const unknown: RawAttribute[] = []
  for (let at = 0; at < bytes.length;) {
    const found = locate(bytes, at, bytes.length)
    if (found === undefined) break
    const { type, flags, value, end } = found
    const row = attributeRow(type)
    if (row?.field !== undefined) decoded[row.field] = row.decode(bytes, value, end, context)
    else if (row === undefined) unknown.push({ type, flags, bytes: copy(bytes, value, end) })
    at = end
  }
  return unknown.length === 0 ? decoded : { ...decoded, unknown }
}

/** An attribute ready to be written. */
export interface Part {
  readonly type: number
  readonly flags: number
  readonly length: number
  write(out: Uint8Array, at: number): number
}

/** The parts of typed and unknown attributes, in type order. */
export function attributeParts(attributes: Attributes, context: EncodeContext): Part[] {
  const parts: Part[] = []
  for (const row of ATTRIBUTES) {
    const value = row.field === undefined ? undefined : attributes[row.field]
    if (value !== undefined) parts.push(partOf(row.type, value, context))
  }
  for (const { type, flags, bytes } of attributes.unknown ?? [])
    parts.push({ type, flags, length: bytes.length, write: (out, at) => setBytes(out, bytes, at) })
  return parts.sort((a, b) => a.type - b.type)
}

/** The part of one typed attribute. */
export function partOf(type: number, value: unknown, context: EncodeContext): Part {
  const row = attributeRow(type)
  if (row === undefined) throw new RangeError(`no attribute of type ${type}`)
  const length = row.encodedLength(value, context)
  return { type, flags: row.flags, length, write: (out, at) => row.encode(value, out, at, context) }
}

export function partLength(part: Part): number {
  return part.length + (isExtended(part) ? 4 : 3)
}

/** Writes flags, type, length and value; Extended Length above 255 octets, or where a raw attribute had it. */
export function writePart(part: Part, out: Uint8Array, at: number): number {
  const extended = isExtended(part)
  out[at] = extended ? part.flags | EXTENDED_LENGTH : part.flags
  out[at + 1] = part.type
  if (!extended) {
    out[at + 2] = part.length
    return part.write(out, at + 3)
  }
  return part.write(out, setU16(out, part.length, at + 2))
}

function isExtended(part: Part): boolean {
  return part.length > 255 || (part.flags & EXTENDED_LENGTH) !== 0
}

/** The octets of attributes, in type order. */
export function encodeAttributes(attributes: Attributes, context: EncodeContext): Uint8Array {
  const parts = attributeParts(attributes, context)
  const out = new Uint8Array(parts.reduce((sum, part) => sum + partLength(part), 0))
  let at = 0
  for (const part of parts) at = writePart(part, out, at)
  return out
}
