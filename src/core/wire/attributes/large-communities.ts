import { setU32, u32 } from '../bytes.ts'
import { lengthIsMultiple, OPTIONAL, TRANSITIVE, TREAT_AS_WITHDRAW, type AttributeRow } from './row.ts'

type LargeCommunity = readonly [number, number, number]

/** LARGE_COMMUNITY (type 32), RFC 8092: global administrator and two local parts, each unsigned 32-bit. */
export const largeCommunities: AttributeRow<readonly LargeCommunity[]> = {
  type: 32,
  name: 'LARGE_COMMUNITY',
  flags: OPTIONAL | TRANSITIVE,
  field: 'largeCommunities',
  malformed: { ...TREAT_AS_WITHDRAW, clause: 'RFC 8092 §6' },

  check: (_bytes, start, end) => lengthIsMultiple(12, start, end),
  decode(bytes, start, end) {
    const values: LargeCommunity[] = []
    for (let at = start; at < end; at += 12)
      values.push([u32(bytes, at), u32(bytes, at + 4), u32(bytes, at + 8)])
    return values
  },
  encodedLength: (values) => values.length * 12,
  encode(values, out, at) {
    let next = at
    for (const value of values) for (const part of value) next = setU32(out, part, next)
    return next
  },
  format: (values) => values.map((value) => value.join(':')).join(' '),
}
