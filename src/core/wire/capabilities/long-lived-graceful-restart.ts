import { setU16 } from '../bytes.ts'
import { familyName } from '../families.ts'
import { grammar, Parser } from '../grammar.ts'
import type { CapabilityRow } from './row.ts'

interface Raw {
  readonly families: readonly {
    readonly afi: number
    readonly safi: number
    readonly forwarding: number
    readonly high: number
    readonly low: number
  }[]
}

const value = grammar(
  new Parser().array('families', {
    type: new Parser()
      .uint16('afi')
      .uint8('safi')
      .bit1('forwarding')
      .bit7('reserved')
      .uint8('high')
      .uint16('low'),
    readUntil: 'eof',
  }),
  ({ families }: Raw) => ({
    code: 71 as const,
    families: families.map(({ afi, safi, forwarding, high, low }) => ({
      family: { afi, safi },
      forwarding: forwarding === 1,
      time: (high << 16) | low,
    })),
  }),
)

/** Long-lived graceful restart (71), RFC 9494 §3.1: families with their F bit and 24 bits of seconds. */
export const longLivedGracefulRestart: CapabilityRow<71> = {
  code: 71,
  name: 'long-lived-graceful-restart',
  clause: 'RFC 9494 §3.1',
  malformed: 'refuse',
  decode: value,
  encode({ families }) {
    const out = new Uint8Array(families.length * 7)
    let at = 0
    for (const { family, forwarding, time } of families) {
      if (time > 0xff_ffff)
        throw new RangeError(`a long-lived stale time has 24 bits, so ${time} s does not fit`)
      at = setU16(out, family.afi, at)
      out[at++] = family.safi
      out[at++] = forwarding ? 0x80 : 0
      out[at++] = time >>> 16
      at = setU16(out, time & 0xffff, at)
    }
    return out
  },
  format: ({ families }) =>
    families
      .map(({ family, forwarding, time }) => `${familyName(family)}${forwarding ? '/F' : ''} ${time} s`)
      .join(', '),
}
