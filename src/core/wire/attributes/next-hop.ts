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

/**
 * False for 0.0.0.0, multicast and 255.255.255.255. NEXT_HOP must be "a valid IP host address" (RFC 4271 §6.3) where the
 * NLRI field uses it; what else is no host depends on networks that we do not know.
 */
export function isHost(word: number): boolean {
  return word !== 0 && word >>> 28 !== 0xe && word !== 0xffffffff
}
