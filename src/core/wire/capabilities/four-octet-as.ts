import { setU32 } from '../bytes.ts'
import { grammar, Parser } from '../grammar.ts'
import type { CapabilityRow } from './row.ts'

const value = grammar(new Parser().uint32('asn'), ({ asn }: { asn: number }) => ({ code: 65 as const, asn }))

/** Four-octet AS number (65), RFC 6793 §3. */
export const fourOctetAs: CapabilityRow<65> = {
  code: 65,
  name: 'four-octet-as',
  clause: 'RFC 6793 §3',
  malformed: 'refuse',
  decode: value,
  encode({ asn }) {
    const out = new Uint8Array(4)
    setU32(out, asn, 0)
    return out
  },
  format: ({ asn }) => String(asn),
}
