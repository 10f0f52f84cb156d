// Every typed capability in literal hex, both ways.
import { describe, expect, test } from 'vitest'
import {
  CAPABILITIES,
  decodeCapability,
  encodeCapability,
  formatCapability,
} from '../../../src/core/wire/capabilities/table.ts'
import { IPV4_UNICAST, IPV6_UNICAST, type Capability } from '../../../src/core/wire/message.ts'
import { hex, toHex } from '../../support/hex.ts'

const VECTORS: [code: number, value: string, capability: Capability, text: string][] = [
  [1, '0001 00 01', { code: 1, family: IPV4_UNICAST }, 'multiprotocol ipv4-unicast'],
  [1, '0019 00 46', { code: 1, family: { afi: 25, safi: 70 } }, 'multiprotocol 25/70'],
  [2, '', { code: 2 }, 'route-refresh'],
  [
    5,
    '0001 0001 0002 0001 0080 0002',
    {
      code: 5,
      entries: [
        { family: IPV4_UNICAST, nextHopAfi: 2 },
        { family: { afi: 1, safi: 128 }, nextHopAfi: 2 },
      ],
    },
    'extended-next-hop ipv4-unicast over AFI 2, 1/128 over AFI 2',
  ],
  [6, '', { code: 6 }, 'extended-message'],
  [
    64,
    'c03c 0001 01 80 0002 01 00',
    {
      code: 64,
      restarting: true,
      notification: true,
      time: 60,
      families: [
        { family: IPV4_UNICAST, forwarding: true },
        { family: IPV6_UNICAST, forwarding: false },
      ],
    },
    'graceful-restart 60 s R N ipv4-unicast/F ipv6-unicast',
  ],
  [
    64,
    '4078',
    { code: 64, restarting: false, notification: true, time: 120, families: [] },
    'graceful-restart 120 s N',
  ],
  [
    64,
    '0fff',
    { code: 64, restarting: false, notification: false, time: 4095, families: [] },
    'graceful-restart 4095 s',
  ],
  [65, 'fffffffe', { code: 65, asn: 4294967294 }, 'four-octet-as 4294967294'],
  [
    69,
    '0001 01 01 0002 01 03',
    {
      code: 69,
      entries: [
        { family: IPV4_UNICAST, direction: 1 },
        { family: IPV6_UNICAST, direction: 3 },
      ],
    },
    'add-path ipv4-unicast receive, ipv6-unicast both',
  ],
  [70, '', { code: 70 }, 'enhanced-route-refresh'],
  [
    71,
    '0001 01 80 ffffff 0002 01 00 000001',
    {
      code: 71,
      families: [
        { family: IPV4_UNICAST, forwarding: true, time: 16777215 },
        { family: IPV6_UNICAST, forwarding: false, time: 1 },
      ],
    },
    'long-lived-graceful-restart ipv4-unicast/F 16777215 s, ipv6-unicast 1 s',
  ],
  [73, '06 6e6f64653031 00', { code: 73, host: 'node01', domain: '' }, 'fqdn node01'],
  [73, '03 c3a461 03 6c616e', { code: 73, host: 'äa', domain: 'lan' }, 'fqdn äa.lan'],
  [75, '05 476f424750', { code: 75, version: 'GoBGP' }, 'software-version GoBGP'],
  [67, '00ff', { code: 'raw', rawCode: 67, bytes: hex('00ff') }, 'capability 67 00ff'],
  [128, '', { code: 'raw', rawCode: 128, bytes: hex('') }, 'capability 128'],
]

describe.each(VECTORS)('capability %i, %s', (code, value, capability, text) => {
  test('is decoded', () => expect(decodeCapability(code, hex(value))).toEqual(capability))
  test('is encoded', () => {
    const encoded = encodeCapability(capability)
    expect({ code: encoded.code, value: toHex(encoded.value) }).toEqual({
      code,
      value: value.replaceAll(' ', ''),
    })
  })
  test('is printed', () => expect(formatCapability(capability)).toBe(text))
})

describe('malformed capabilities', () => {
  test.each([
    [1, '0001 00'],
    [1, '0001 00 01 00'],
    [1, ''],
    [5, '0001 0001 00'],
    [64, '40'],
    [64, '4078 0001 01'],
    [65, '0000fc'],
    [65, '0000fc0000'],
    [71, '0001 01 80 ffff'],
  ])('%i with %s refuses the OPEN with 2/0', (code, value) => {
    expect(() => decodeCapability(code, hex(value))).toThrow(
      expect.objectContaining({
        code: 'BGP_ERR_OPEN_MALFORMED',
        notification: { code: 2, subcode: 0, data: new Uint8Array(0) },
      }),
    )
  })

  test.each([
    [2, '00', 'a value where there is none'],
    [6, '00', 'a value where there is none'],
    [70, '00', 'a value where there is none'],
    [69, '0001 01', 'a length that is no multiple of 4'],
    [69, '0001 01 04', 'Send/Receive 4 (RFC 7911 §4)'],
    [69, '0001 01 00', 'Send/Receive 0 (RFC 7911 §4)'],
    [73, '07 6e6f64653031 00', 'a name that overruns'],
    [73, '06 6e6f64653031', 'no domain'],
    [73, '06 6e6f64653031 00 00', 'octets left over'],
    [73, '01 ff 00', 'a name that is not UTF-8'],
    [75, '06 476f424750', 'a version that overruns'],
    [75, '', 'no length'],
  ])('%i with %s (%s) is ignored and kept as bytes', (code, value) => {
    expect(decodeCapability(code, hex(value))).toEqual({ code: 'raw', rawCode: code, bytes: hex(value) })
  })
})

test('reserved bits are ignored', () => {
  expect(decodeCapability(1, hex('0001 ff 01'))).toEqual({ code: 1, family: IPV4_UNICAST })
  expect(decodeCapability(64, hex('3078 0001 01 7f'))).toEqual({
    code: 64,
    restarting: false,
    notification: false,
    time: 120,
    families: [{ family: IPV4_UNICAST, forwarding: false }],
  })
})

test('times that do not fit their bits are refused when encoding', () => {
  const restart: Capability = { code: 64, restarting: false, notification: false, time: 4096, families: [] }
  expect(() => encodeCapability(restart)).toThrow(RangeError)
  const longLived: Capability = {
    code: 71,
    families: [{ family: IPV4_UNICAST, forwarding: false, time: 2 ** 24 }],
  }
  expect(() => encodeCapability(longLived)).toThrow(RangeError)
})

test('every row stands under its own code and has a clause', () => {
  for (const [code, row] of Object.entries(CAPABILITIES)) {
    expect(String(row.code)).toBe(code)
    expect(row.clause).not.toBe('')
  }
})
