import { formatAddress } from '../../ip/text.ts'
import type { Address } from '../../ip/prefix.ts'
import { setU32, u32 } from '../bytes.ts'
import { lengthIs, TRANSITIVE, TREAT_AS_WITHDRAW, type AttributeRow } from './row.ts'

/** NEXT_HOP (type 3), RFC 4271 §5.1.3: the IPv4 next hop of the NLRI field. It stands in `Reach`, not in `Attributes`. */
export const nextHop: AttributeRow<Address> = {
  type: 3,
  name: 'NEXT_HOP',
  flags: TRANSITIVE,
  field: undefined,
  malformed: { ...TREAT_AS_WITHDRAW, clause: 'RFC 7606 §7.3' },

  check: (_bytes, start, end) => lengthIs(4, start, end),
  decode: (bytes, start) => ({ afi: 1, words: [u32(bytes, start)] }),
  encodedLength: () => 4,
  encode: (value, out, at) => setU32(out, value.words[0]!, at),
  format: formatAddress,
}
