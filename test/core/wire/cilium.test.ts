// Messages that Cilium 1.18 to 1.20 sent, taken from captures.
import { describe, expect, test } from 'vitest'
import { formatPrefix } from '../../../src/core/ip/text.ts'
import { decodeMessage, DEFAULT_CONTEXT, encodeMessage } from '../../../src/core/wire/codec.ts'
import { formatMessage, formatNextHop } from '../../../src/core/wire/format.ts'
import {
  IPV4_UNICAST,
  IPV6_UNICAST,
  type OpenMessage,
  type UpdateMessage,
} from '../../../src/core/wire/message.ts'
import { capability } from '../../../src/core/wire/open.ts'
import { hex, message, toHex } from '../../support/hex.ts'

function update(text: string): UpdateMessage {
  return decodeMessage(message(text), DEFAULT_CONTEXT) as UpdateMessage
}

describe('OPEN', () => {
  const plain =
    '0041 01 04 fc00 0009 c0a84d0e 24 0222 0200 4908066e6f6465303100 0600 010400010001 41040000fc00 0506000100010002'

  test('without graceful restart: capabilities 2, 73, 6, 1, 65, 5', () => {
    expect(decodeMessage(message(plain), DEFAULT_CONTEXT)).toEqual({
      type: 'open',
      version: 4,
      myAs: 64512,
      holdTime: 9,
      identifier: 0xc0a84d0e,
      extendedParameters: false,
      capabilities: [
        { code: 2 },
        { code: 73, host: 'node01', domain: '' },
        { code: 6 },
        { code: 1, family: IPV4_UNICAST },
        { code: 65, asn: 64512 },
        { code: 5, entries: [{ family: IPV4_UNICAST, nextHopAfi: 2 }] },
      ],
    } satisfies OpenMessage)
  })

  test('is encoded as GoBGP encodes it', () => {
    const open = decodeMessage(message(plain), DEFAULT_CONTEXT)
    expect(toHex(encodeMessage(open, DEFAULT_CONTEXT))).toBe(toHex(message(plain)))
  })

  test('with graceful restart, first and later session of a process', () => {
    const head =
      '0049 01 04 fc00 0009 c0a84d0e 2c 022a 0200 4908066e6f6465303100 0600 010400010001 41040000fc00'
    const first = `${head} 4006c03c00010180 0506000100010002`
    const later = `${head} 4006403c00010100 0506000100010002`
    const family = { family: IPV4_UNICAST }
    expect(decodeMessage(message(first), DEFAULT_CONTEXT)).toMatchObject({
      capabilities: expect.arrayContaining([
        {
          code: 64,
          restarting: true,
          notification: true,
          time: 60,
          families: [{ ...family, forwarding: true }],
        },
      ]),
    })
    expect(decodeMessage(message(later), DEFAULT_CONTEXT)).toMatchObject({
      capabilities: expect.arrayContaining([
        {
          code: 64,
          restarting: false,
          notification: true,
          time: 60,
          families: [{ ...family, forwarding: false }],
        },
      ]),
    })
  })

  test('of a dual-stack node', () => {
    const open = decodeMessage(
      message(
        '0053 01 04 fc00 0009 c0a84d0e 36 0234 0200 4908066e6f6465303100 0600 010400010001 010400020001 ' +
          '41040000fc00 400ac03c0001018000020180 0506000100010002',
      ),
      DEFAULT_CONTEXT,
    ) as OpenMessage
    expect(open.capabilities.map(({ code }) => code)).toEqual([2, 73, 6, 1, 1, 65, 64, 5])
    expect(capability(open, 64)?.families).toEqual([
      { family: IPV4_UNICAST, forwarding: true },
      { family: IPV6_UNICAST, forwarding: true },
    ])
  })
})

const ATTRIBUTES = { origin: 0, asPath: [{ type: 2, asns: [64512] }], communities: [0xfc000064] }
const COMMON = '40010100 400206 0201 0000fc00'
const COMMUNITY = 'c00804 fc000064'

describe('UPDATE', () => {
  test.each<[what: string, bytes: string, family: object, prefix: string, nextHop: string, field: string]>([
    [
      'IPv6 on an IPv4 session has an IPv4-mapped next hop',
      `0053 02 0000 003c ${COMMON} ${COMMUNITY} 800e25 0002 01 10 00000000000000000000ffff7f00000e 00 78 fd1000000000000000000000000003`,
      IPV6_UNICAST,
      'fd10::300/120',
      '::ffff:127.0.0.14',
      '00000000000000000000ffff7f00000e',
    ],
    [
      'IPv6 on an IPv6 session',
      `0053 02 0000 003c ${COMMON} ${COMMUNITY} 800e25 0002 01 10 fd000000000000000000000000000014 00 78 fd1000000000000000000000000003`,
      IPV6_UNICAST,
      'fd10::300/120',
      'fd00::14',
      'fd000000000000000000000000000014',
    ],
    [
      'IPv4 on an IPv6 session has an IPv6 next hop, whatever was negotiated',
      `0047 02 0000 0030 ${COMMON} ${COMMUNITY} 800e19 0001 01 10 fd000000000000000000000000000014 00 18 0a0573`,
      IPV4_UNICAST,
      '10.5.115.0/24',
      'fd00::14',
      'fd000000000000000000000000000014',
    ],
    [
      'IPv4 on an IPv4 session',
      `0036 02 0000 001b ${COMMON} 400304 7f00000e ${COMMUNITY} 18 0a0573`,
      IPV4_UNICAST,
      '10.5.115.0/24',
      '127.0.0.14',
      '7f00000e',
    ],
  ])('%s', (_what, bytes, family, prefix, nextHop, field) => {
    const decoded = update(bytes)
    expect(decoded.disposition).toBe('accept')
    expect(decoded.attributes.decoded).toEqual(ATTRIBUTES)
    expect(decoded.unreach).toEqual([])
    const [reach, ...more] = decoded.reach
    expect(more).toEqual([])
    expect(reach!.family).toEqual(family)
    expect(reach!.nlri.map((one) => formatPrefix(one.prefix))).toEqual([prefix])
    expect(formatNextHop(reach!.nextHop)).toBe(nextHop)
    expect(reach!.nextHopBytes).toEqual(hex(field))
  })

  test('two LoadBalancer addresses packed in one UPDATE', () => {
    const decoded = update(
      `003c 02 0000 001b ${COMMON} 400304 7f00000e c00804 fc0000c8 200a630001 200a630000`,
    )
    expect(formatMessage(decoded)).toContain(
      'announce ipv4-unicast 10.99.0.1/32 10.99.0.0/32 next hop 127.0.0.14',
    )
  })

  test('all four have the same attribute set', () => {
    const key = update(`0036 02 0000 001b ${COMMON} 400304 7f00000e ${COMMUNITY} 18 0a0573`).attributes.key
    const mp = `0047 02 0000 0030 ${COMMON} ${COMMUNITY} 800e19 0001 01 10 fd000000000000000000000000000014 00 18 0a0573`
    expect(update(mp).attributes.key).toBe(key)
  })

  test('our encoding differs only in the place of MP_REACH_NLRI, which comes first (RFC 7606 §5.1)', () => {
    const reach = '800e25 0002 01 10 00000000000000000000ffff7f00000e 00 78 fd1000000000000000000000000003'
    const decoded = update(`0053 02 0000 003c ${COMMON} ${COMMUNITY} ${reach}`)
    const ours = message(`0053 02 0000 003c ${reach} ${COMMON} ${COMMUNITY}`)
    expect(toHex(encodeMessage(decoded, DEFAULT_CONTEXT))).toBe(toHex(ours))
  })

  test.each([
    [
      'withdrawal of IPv4 on an IPv6 session, in the classic field',
      '001c 02 0005 20 0a630000 0000',
      'UPDATE withdraw ipv4-unicast 10.99.0.0/32',
    ],
    [
      'withdrawal of IPv6',
      '002e 02 0000 0017 800f14 0002 01 80 fd990000000000000000000000000000',
      'UPDATE withdraw ipv6-unicast fd99::/128',
    ],
    ['End-of-RIB of IPv6', '001d 02 0000 0006 800f03 0002 01', 'UPDATE End-of-RIB ipv6-unicast'],
    ['End-of-RIB of IPv4', '0017 02 0000 0000', 'UPDATE End-of-RIB ipv4-unicast'],
  ])('%s', (_what, bytes, text) => {
    expect(formatMessage(update(bytes))).toBe(text)
    expect(toHex(encodeMessage(update(bytes), DEFAULT_CONTEXT))).toBe(toHex(message(bytes)))
  })
})

describe('NOTIFICATION', () => {
  test.each([
    ['agent stopped without graceful restart', '0015 03 0603', 'NOTIFICATION 6/3 Cease/Peer De-configured'],
    ['node unselected with the N bit negotiated', '0015 03 0609', 'NOTIFICATION 6/9 Cease/Hard Reset'],
    [
      'hold time changed',
      '0030 03 0604 1a 5065657220636f6e66696775726174696f6e206368616e676564',
      'NOTIFICATION 6/4 Cease/Administrative Reset "Peer configuration changed"',
    ],
    ['hold timer expired', '0015 03 0400', 'NOTIFICATION 4/0 Hold Timer Expired'],
  ])('%s', (_what, bytes, text) => {
    expect(formatMessage(decodeMessage(message(bytes), DEFAULT_CONTEXT))).toBe(text)
  })
})
