import { copy, setBytes, toHex } from '../bytes.ts'
import { lengthIsMultiple, OPTIONAL, TRANSITIVE, TREAT_AS_WITHDRAW, type AttributeRow } from './row.ts'

const LENGTH = 20

/** IPv6 Address Specific EXTENDED COMMUNITIES (type 25), RFC 5701: each is twenty octets; unknown types are no error. */
export const ipv6ExtendedCommunities: AttributeRow<readonly Uint8Array[]> = {
  type: 25,
  name: 'IPV6_EXTENDED_COMMUNITIES',
  flags: OPTIONAL | TRANSITIVE,
  field: 'ipv6ExtendedCommunities',
  malformed: { ...TREAT_AS_WITHDRAW, clause: 'RFC 7606 §7.15' },

  check: (_bytes, start, end) => lengthIsMultiple(LENGTH, start, end),
  decode(bytes, start, end) {
    const values: Uint8Array[] = []
    for (let at = start; at < end; at += LENGTH) values.push(copy(bytes, at, at + LENGTH))
    return values
  },
  encodedLength: (values) => values.length * LENGTH,
  encode(values, out, at) {
    let next = at
    for (const value of values) {
      if (value.length !== LENGTH)
        throw new RangeError(`an IPv6 extended community has ${LENGTH} octets, not ${value.length}`)
      next = setBytes(out, value, next)
    }
    return next
  },
  format: (values) => values.map(toHex).join(' '),
}
