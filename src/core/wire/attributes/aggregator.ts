import { formatIdentifier } from '../../ip/text.ts'
import { setU16, setU32, u16, u32 } from '../bytes.ts'
import { AS_TRANS } from './as-path.ts'
import { bad, DISCARD, lengthIs, OPTIONAL, TRANSITIVE, type AttributeRow } from './row.ts'

/** AS number and IPv4 address of the speaker that formed the aggregate. */
export interface Aggregator {
  readonly asn: number
  /** Unsigned 32-bit integer. */
  readonly address: number
}

/** AGGREGATOR (type 7), RFC 4271 §5.1.7: six octets, or eight where AS numbers have four (RFC 6793). */
export const aggregator: AttributeRow<Aggregator> = {
  type: 7,
  name: 'AGGREGATOR',
  flags: OPTIONAL | TRANSITIVE,
  field: 'aggregator',
  malformed: { ...DISCARD, clause: 'RFC 7606 §7.7' },

  check(bytes, start, end, { fourOctetAs }) {
    const problem = lengthIs(fourOctetAs ? 8 : 6, start, end)
    if (problem !== undefined) return problem
    const asn = fourOctetAs ? u32(bytes, start) : u16(bytes, start)
    return asn === 0 ? bad('AS 0', 'BGP_ERR_UPDATE_OPTIONAL', 'RFC 7607 §2') : undefined
  },
  decode: (bytes, start, _end, { fourOctetAs }) =>
    fourOctetAs
      ? { asn: u32(bytes, start), address: u32(bytes, start + 4) }
      : { asn: u16(bytes, start), address: u32(bytes, start + 2) },
  encodedLength: (_value, { fourOctetAs }) => (fourOctetAs ? 8 : 6),
  encode: ({ asn, address }, out, at, { fourOctetAs }) =>
    setU32(out, address, fourOctetAs ? setU32(out, asn, at) : setU16(out, asn > 0xffff ? AS_TRANS : asn, at)),
  format: formatAggregator,
}

export function formatAggregator({ asn, address }: Aggregator): string {
  return `${asn} ${formatIdentifier(address)}`
}
