import { setU16 } from '../bytes.ts'
import { familyName } from '../families.ts'
import { grammar, Parser } from '../grammar.ts'
import type { CapabilityRow } from './row.ts'

interface RawEntry {
  readonly afi: number
  readonly safi: number
  readonly nextHopAfi: number
}

const value = grammar(
  new Parser().array('entries', {
    type: new Parser().uint16('afi').uint16('safi').uint16('nextHopAfi'),
    readUntil: 'eof',
  }),
  ({ entries }: { entries: RawEntry[] }) =>
    entries.map(({ afi, safi, nextHopAfi }) => ({ family: { afi, safi }, nextHopAfi })),
)

/** Extended next hop encoding (5), RFC 8950 §4. The SAFI has two octets here. */
export const extendedNextHop: CapabilityRow<5> = {
  code: 5,
  name: 'extended-next-hop',
  clause: 'RFC 8950 §4',
  malformed: 'refuse',
  decode(bytes) {
    const entries = value(bytes)
    return entries && { code: 5, entries }
  },
  encode({ entries }) {
    const out = new Uint8Array(entries.length * 6)
    let at = 0
    for (const { family, nextHopAfi } of entries)
      at = setU16(out, nextHopAfi, setU16(out, family.safi, setU16(out, family.afi, at)))
    return out
  },
  format: ({ entries }) =>
    entries.map(({ family, nextHopAfi }) => `${familyName(family)} over AFI ${nextHopAfi}`).join(', '),
}
