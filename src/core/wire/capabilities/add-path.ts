import { setU16 } from '../bytes.ts'
import { familyName } from '../families.ts'
import { grammar, Parser } from '../grammar.ts'
import type { CapabilityRow } from './row.ts'

interface RawEntry {
  readonly afi: number
  readonly safi: number
  readonly direction: number
}

const DIRECTIONS = ['', 'receive', 'send', 'both'] as const

const value = grammar(
  new Parser().array('entries', {
    type: new Parser().uint16('afi').uint8('safi').uint8('direction'),
    readUntil: 'eof',
  }),
  ({ entries }: { entries: RawEntry[] }) =>
    entries.map(({ afi, safi, direction }) => {
      if (direction < 1 || direction > 3) throw new RangeError(`Send/Receive is ${direction}`)
      return { family: { afi, safi }, direction }
    }),
)

/** ADD-PATH (69), RFC 7911 §4. With another Send/Receive value than 1, 2 or 3 it is ignored, as that section says. */
export const addPath: CapabilityRow<69> = {
  code: 69,
  name: 'add-path',
  clause: 'RFC 7911 §4',
  malformed: 'ignore',
  decode(bytes) {
    const entries = value(bytes)
    return entries && { code: 69, entries }
  },
  encode({ entries }) {
    const out = new Uint8Array(entries.length * 4)
    let at = 0
    for (const { family, direction } of entries) {
      at = setU16(out, family.afi, at)
      out[at++] = family.safi
      out[at++] = direction
    }
    return out
  },
  format: ({ entries }) =>
    entries
      .map(({ family, direction }) => `${familyName(family)} ${DIRECTIONS[direction] ?? direction}`)
      .join(', '),
}
