import { formatIdentifier } from '../../ip/text.ts'
import { copy, setBytes, toHex, u16, u32 } from '../bytes.ts'
import { lengthIsMultiple, OPTIONAL, TRANSITIVE, TREAT_AS_WITHDRAW, type AttributeRow } from './row.ts'

/** EXTENDED COMMUNITIES (type 16), RFC 4360: each is eight octets; unknown types are no error. */
export const extendedCommunities: AttributeRow<readonly Uint8Array[]> = {
  type: 16,
  name: 'EXTENDED_COMMUNITIES',
  flags: OPTIONAL | TRANSITIVE,
  field: 'extendedCommunities',
  malformed: { ...TREAT_AS_WITHDRAW, clause: 'RFC 7606 §7.14' },

  check: (_bytes, start, end) => lengthIsMultiple(8, start, end),
  decode(bytes, start, end) {
    const values: Uint8Array[] = []
    for (let at = start; at < end; at += 8) values.push(copy(bytes, at, at + 8))
    return values
  },
  encodedLength: (values) => values.length * 8,
  encode(values, out, at) {
    let next = at
    for (const value of values) {
      if (value.length !== 8) throw new RangeError(`an extended community has 8 octets, not ${value.length}`)
      next = setBytes(out, value, next)
    }
    return next
  },
  format: (values) => values.map(formatExtendedCommunity).join(' '),
}

/** "rt:64512:100" and "soo:…" for route targets and sites of origin, hex for all others. */
export function formatExtendedCommunity(value: Uint8Array): string {
  const kind = value[1] === 2 ? 'rt' : value[1] === 3 ? 'soo' : undefined
  const type = value[0]! & 0xbf // without the bit for non-transitive
  if (kind === undefined || type > 2) return toHex(value)
  if (type === 0) return `${kind}:${u16(value, 2)}:${u32(value, 4)}`
  return `${kind}:${type === 1 ? formatIdentifier(u32(value, 2)) : u32(value, 2)}:${u16(value, 6)}`
}
