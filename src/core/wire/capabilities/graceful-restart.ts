import { setU16 } from '../bytes.ts'
import { familyName } from '../families.ts'
import { grammar, Parser } from '../grammar.ts'
import type { CapabilityRow } from './row.ts'

interface Raw {
  readonly restarting: number
  readonly notification: number
  readonly time: number
  readonly families: readonly { readonly afi: number; readonly safi: number; readonly forwarding: number }[]
}

const value = grammar(
  new Parser()
    .bit1('restarting')
    .bit1('notification')
    .bit2('reserved')
    .bit12('time')
    .array('families', {
      type: new Parser().uint16('afi').uint8('safi').bit1('forwarding').bit7('reserved'),
      readUntil: 'eof',
    }),
  ({ restarting, notification, time, families }: Raw) => ({
    code: 64 as const,
    restarting: restarting === 1,
    notification: notification === 1,
    time,
    families: families.map(({ afi, safi, forwarding }) => ({
      family: { afi, safi },
      forwarding: forwarding === 1,
    })),
  }),
)

/** Graceful restart (64), RFC 4724 §3: R bit, N bit (RFC 8538 §2), seconds, families with their F bit. */
export const gracefulRestart: CapabilityRow<64> = {
  code: 64,
  name: 'graceful-restart',
  clause: 'RFC 4724 §3',
  malformed: 'refuse',
  decode: value,
  encode({ restarting, notification, time, families }) {
    if (time > 0xfff) throw new RangeError(`a restart time has 12 bits, so ${time} s does not fit`)
    const out = new Uint8Array(2 + families.length * 4)
    let at = setU16(out, (restarting ? 0x8000 : 0) | (notification ? 0x4000 : 0) | time, 0)
    for (const { family, forwarding } of families) {
      at = setU16(out, family.afi, at)
      out[at++] = family.safi
      out[at++] = forwarding ? 0x80 : 0
    }
    return out
  },
  format({ restarting, notification, time, families }) {
    const bits = `${restarting ? ' R' : ''}${notification ? ' N' : ''}`
    return `${time} s${bits}${families.map(({ family, forwarding }) => ` ${familyName(family)}${forwarding ? '/F' : ''}`).join('')}`
  },
}
