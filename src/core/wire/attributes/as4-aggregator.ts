import { setU32, u32 } from '../bytes.ts'
import { formatAggregator, type Aggregator } from './aggregator.ts'
import { bad, DISCARD, lengthIs, OPTIONAL, TRANSITIVE, type AttributeRow } from './row.ts'

/** AS4_AGGREGATOR (type 18), RFC 6793 §3. Discarded between speakers that both know four-octet AS numbers (§6). */
export const as4Aggregator: AttributeRow<Aggregator> = {
  type: 18,
  name: 'AS4_AGGREGATOR',
  flags: OPTIONAL | TRANSITIVE,
  field: 'as4Aggregator',
  malformed: { ...DISCARD, clause: 'RFC 6793 §6' },

  check(bytes, start, end, { fourOctetAs }) {
    if (fourOctetAs) return bad('both speakers know four-octet AS numbers', 'BGP_ERR_UPDATE_OPTIONAL')
    const problem = lengthIs(8, start, end)
    if (problem !== undefined) return problem
    return u32(bytes, start) === 0 ? bad('AS 0', 'BGP_ERR_UPDATE_OPTIONAL', 'RFC 7607 §2') : undefined
  },
  decode: (bytes, start) => ({ asn: u32(bytes, start), address: u32(bytes, start + 4) }),
  encodedLength: () => 8,
  encode: ({ asn, address }, out, at) => setU32(out, address, setU32(out, asn, at)),
  format: formatAggregator,
}
