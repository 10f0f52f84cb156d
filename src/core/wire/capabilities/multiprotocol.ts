import { setU16 } from '../bytes.ts'
import { familyName } from '../families.ts'
import { grammar, Parser } from '../grammar.ts'
import type { Family } from '../message.ts'
import type { CapabilityRow } from './row.ts'

const value = grammar(
  new Parser().uint16('afi').uint8('reserved').uint8('safi'),
  ({ afi, safi }: Family) => ({ afi, safi }),
)

/** Multiprotocol extensions (1), RFC 4760 §8. */
export const multiprotocol: CapabilityRow<1> = {
  code: 1,
  name: 'multiprotocol',
  clause: 'RFC 4760 §8',
  malformed: 'refuse',
  decode(bytes) {
    const family = value(bytes)
    return family && { code: 1, family }
  },
  encode({ family }) {
    const out = new Uint8Array(4)
    setU16(out, family.afi, 0)
    out[3] = family.safi
    return out
  },
  format: ({ family }) => familyName(family),
}
