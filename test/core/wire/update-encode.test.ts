import { describe, expect, test } from 'vitest'
import { parseAddress, parsePrefix } from '../../../src/core/ip/text.ts'
import type { Attributes } from '../../../src/core/wire/attribute-set.ts'
import { attributeSetOf } from '../../../src/core/wire/attributes/set.ts'
import { mergeAs4, splitAs4 } from '../../../src/core/wire/as4.ts'
import { DEFAULT_CONTEXT } from '../../../src/core/wire/codec.ts'
import { IPV4_UNICAST, IPV6_UNICAST, type CodecContext, type Family } from '../../../src/core/wire/message.ts'
import { encodeEndOfRib, encodeUpdate, type UpdateContent } from '../../../src/core/wire/update-encode.ts'
import { packUpdates } from '../../../src/core/wire/update-pack.ts'
import { decodeUpdate } from '../../../src/core/wire/update.ts'
import { hex, toHex, updateOf } from '../../support/hex.ts'

const TWO_OCTETS: CodecContext = { ...DEFAULT_CONTEXT, fourOctetAs: false }
const ATTRIBUTES: Attributes = { origin: 0, asPath: [{ type: 2, asns: [64524] }] }
const COMMON = '40010100 400206 0201 0000fc0c'

const routes = (...prefixes: string[]) => prefixes.map((text) => ({ prefix: parsePrefix(text) }))
const via = (family: Family, nextHop: string, ...prefixes: string[]) => ({
  family,
  nextHop: { global: parseAddress(nextHop) },
  nlri: routes(...prefixes),
})

function expectBytes(
  content: UpdateContent,
  fields: Parameters<typeof updateOf>[0],
  context = DEFAULT_CONTEXT,
): void {
  expect(toHex(encodeUpdate(content, context))).toBe(toHex(updateOf(fields)))
}

describe('where routes go', () => {
  test('IPv4 unicast with an IPv4 next hop: NLRI and NEXT_HOP', () => {
    expectBytes(
      { reach: [via(IPV4_UNICAST, '10.0.0.1', '10.5.115.0/24', '0.0.0.0/0')], attributes: ATTRIBUTES },
      { attributes: `${COMMON} 400304 0a000001`, nlri: '18 0a0573 00' },
    )
  })

  test('IPv4 unicast with an IPv6 next hop: MP_REACH_NLRI (RFC 8950)', () => {
    expectBytes(
      { reach: [via(IPV4_UNICAST, 'fd00::1', '10.5.115.0/24')], attributes: ATTRIBUTES },
      { attributes: `800e19 0001 01 10 fd000000000000000000000000000001 00 18 0a0573 ${COMMON}` },
    )
  })

  test('IPv6 unicast: MP_REACH_NLRI first, also with a link-local next hop', () => {
    const nextHop = { global: parseAddress('fd00::1'), linkLocal: parseAddress('fe80::1') }
    expectBytes(
      { reach: [{ family: IPV6_UNICAST, nextHop, nlri: routes('fd10::/16') }], attributes: ATTRIBUTES },
      {
        attributes: `800e28 0002 01 20 fd000000000000000000000000000001 fe800000000000000000000000000001 00 10 fd10 ${COMMON}`,
      },
    )
  })

  test('everything in MP_REACH_NLRI and MP_UNREACH_NLRI when asked for', () => {
    const unreach = [{ family: IPV4_UNICAST, nlri: routes('10.5.116.0/24') }]
    expectBytes(
      {
        reach: [via(IPV4_UNICAST, '10.0.0.1', '10.5.115.0/24')],
        unreach,
        attributes: ATTRIBUTES,
        multiprotocol: true,
      },
      { attributes: `800e0d 0001 01 04 0a000001 00 18 0a0573 800f07 0001 01 18 0a0574 ${COMMON}` },
    )
  })

  test('withdrawals: Withdrawn Routes for IPv4 unicast, MP_UNREACH_NLRI for the rest', () => {
    expectBytes(
      {
        unreach: [
          { family: IPV4_UNICAST, nlri: routes('10.5.115.0/24') },
          { family: IPV6_UNICAST, nlri: routes('fd99::/128') },
        ],
      },
      { withdrawn: '18 0a0573', attributes: '800f14 0002 01 80 fd990000000000000000000000000000' },
    )
  })

  test('next hop bytes are sent as they are', () => {
    const odd = { family: IPV6_UNICAST, nextHopBytes: hex('7f00000e'), nlri: routes('fd10::/16') }
    expectBytes(
      { reach: [odd], attributes: ATTRIBUTES },
      { attributes: `800e0c 0002 01 04 7f00000e 00 10 fd10 ${COMMON}` },
    )
  })

  test('raw families', () => {
    const reach = [
      { family: { afi: 25, safi: 70 }, nextHopBytes: hex('7f00000e'), nlri: [], raw: hex('0201ff') },
    ]
    const unreach = [{ family: { afi: 25, safi: 70 }, nlri: [], raw: hex('0202ff') }]
    expectBytes(
      { reach, unreach },
      { attributes: '800e0c 0019 46 04 7f00000e 00 0201ff 800f06 0019 46 0202ff' },
    )
  })

  test('path identifiers stand before prefixes that have one', () => {
    const unreach = [
      { family: IPV4_UNICAST, nlri: [{ prefix: parsePrefix('10.0.0.0/8'), pathId: 4294967295 }] },
    ]
    expectBytes({ unreach }, { withdrawn: 'ffffffff 08 0a' })
  })

  test('two entries for one place are refused', () => {
    const one = via(IPV4_UNICAST, '10.0.0.1', '10.0.0.0/8')
    const six = via(IPV6_UNICAST, 'fd00::1', 'fd10::/16')
    expect(() => encodeUpdate({ reach: [one, one] }, DEFAULT_CONTEXT)).toThrow('ipv4-unicast stands twice')
    expect(() => encodeUpdate({ reach: [six, six] }, DEFAULT_CONTEXT)).toThrow('one MP_REACH_NLRI')
  })
})

test.each([
  [IPV4_UNICAST, ''],
  [IPV6_UNICAST, '800f03 0002 01'],
  [{ afi: 25, safi: 70 }, '800f03 0019 46'],
])('the End-of-RIB of %o', (family, attributes) => {
  expect(toHex(encodeEndOfRib(family))).toBe(toHex(updateOf({ attributes })))
})

describe('attribute sets', () => {
  test('[row 55] are sent byte for byte, Partial bit and unknown attributes included', () => {
    const attributes = '40010100 400200 e00804 fc000064 e063 01 07 c0fa 02 0102'
    const update = decodeUpdate(updateOf({ attributes }), DEFAULT_CONTEXT)
    expectBytes({ attributes: update.attributes }, { attributes })
  })

  test('are translated towards the other width of AS numbers', () => {
    const set = attributeSetOf({
      asPath: [{ type: 2, asns: [64512, 65536] }],
      aggregator: { asn: 65536, address: 1 },
    })
    expectBytes(
      { attributes: set },
      {
        attributes:
          '400206 0202 fc00 5ba0 c00706 5ba0 00000001 c0110a 0202 0000fc00 00010000 c01208 00010000 00000001',
      },
      TWO_OCTETS,
    )
    const back = decodeUpdate(encodeUpdate({ attributes: set }, TWO_OCTETS), TWO_OCTETS).attributes
    expect(toHex(encodeUpdate({ attributes: back }, DEFAULT_CONTEXT))).toBe(
      toHex(encodeUpdate({ attributes: set }, DEFAULT_CONTEXT)),
    )
  })
})

describe('two and four octets (RFC 6793 §4.2)', () => {
  const sequence = (...asns: number[]) => ({ type: 2 as const, asns })

  test('[rows 64, 67] AS4_PATH is added only when a number needs it, without confederation segments', () => {
    expect(splitAs4({ asPath: [sequence(1, 2)] })).toEqual({ asPath: [sequence(1, 2)] })
    const asPath = [{ type: 3 as const, asns: [65000] }, sequence(65536)]
    expect(splitAs4({ asPath })).toEqual({ asPath, as4Path: [sequence(65536)] })
  })

  test('[row 65] the longer AS_PATH lends its leading numbers', () => {
    const asPath = [sequence(1, 2, 23456, 23456)]
    expect(mergeAs4({ asPath, as4Path: [sequence(70000, 70001)] })).toEqual({
      asPath: [sequence(1, 2, 70000, 70001)],
    })
  })

  test('[row 65] a longer AS4_PATH is ignored', () => {
    const asPath = [sequence(23456)]
    expect(mergeAs4({ asPath, as4Path: [sequence(1, 70000)] })).toEqual({ asPath })
  })

  test('[row 65] a set counts one, confederation segments nothing', () => {
    const confederation = { type: 3 as const, asns: [65000, 65001] }
    const set = { type: 1 as const, asns: [7, 8, 9] }
    const asPath = [confederation, sequence(1), set]
    expect(mergeAs4({ asPath, as4Path: [set] })).toEqual({ asPath: [confederation, sequence(1), set] })
  })

  test('[row 66] an AGGREGATOR other than AS_TRANS makes both AS4 attributes void', () => {
    const attributes: Attributes = {
      asPath: [sequence(23456)],
      aggregator: { asn: 64512, address: 1 },
      as4Path: [sequence(70000)],
      as4Aggregator: { asn: 70000, address: 1 },
    }
    expect(mergeAs4(attributes)).toEqual({
      asPath: [sequence(23456)],
      aggregator: { asn: 64512, address: 1 },
    })
    expect(mergeAs4({ ...attributes, aggregator: { asn: 23456, address: 1 } })).toEqual({
      asPath: [sequence(70000)],
      aggregator: { asn: 70000, address: 1 },
    })
  })
})

describe('[row 58] messages are filled to the limit', () => {
  const many = Array.from({ length: 3000 }, (_, index) => ({
    prefix: { afi: 1 as const, words: [(10 << 24) | (index << 8)], length: 24 },
  }))

  test('no prefix is lost, none stands twice, only the last message has room', () => {
    const content = { reach: [{ ...via(IPV4_UNICAST, '10.0.0.1'), nlri: many }], attributes: ATTRIBUTES }
    const messages = packUpdates(content, DEFAULT_CONTEXT)
    const got = messages.flatMap((bytes) => decodeUpdate(bytes, DEFAULT_CONTEXT).reach[0]!.nlri)
    expect(got).toEqual(many)
    for (const bytes of messages) expect(bytes.length).toBeLessThanOrEqual(4096)
    for (const bytes of messages.slice(0, -1)) expect(bytes.length).toBeGreaterThan(4096 - 5)
  })

  test('in MP_REACH_NLRI too, and withdrawals come first', () => {
    const content = {
      reach: [{ ...via(IPV4_UNICAST, 'fd00::1'), nlri: many }],
      unreach: [{ family: IPV4_UNICAST, nlri: many }],
      attributes: ATTRIBUTES,
    }
    const updates = packUpdates(content, DEFAULT_CONTEXT).map((bytes) => decodeUpdate(bytes, DEFAULT_CONTEXT))
    expect(updates.flatMap(({ unreach }) => unreach.flatMap(({ nlri }) => nlri))).toEqual(many)
    expect(updates.flatMap(({ reach }) => reach.flatMap(({ nlri }) => nlri))).toEqual(many)
    expect(updates[0]!.reach).toEqual([])
    expect(updates.every(({ disposition }) => disposition === 'accept')).toBe(true)
  })

  test('no routes, no message', () => {
    expect(packUpdates({ reach: [via(IPV4_UNICAST, '10.0.0.1')] }, DEFAULT_CONTEXT)).toEqual([])
  })

  test('attributes that leave no room are refused', () => {
    const attributes = { ...ATTRIBUTES, communities: Array.from({ length: 1020 }, () => 1) }
    expect(() =>
      packUpdates({ reach: [via(IPV4_UNICAST, '10.0.0.1', '10.0.0.0/8')], attributes }, DEFAULT_CONTEXT),
    ).toThrow(RangeError)
    expect(() =>
      encodeUpdate({ attributes: { communities: Array.from({ length: 1020 }, () => 1) } }, DEFAULT_CONTEXT),
    ).toThrow('exceeds 4096')
  })

  test('[row 4] 65535 octets where extended messages were negotiated', () => {
    const content = { reach: [{ ...via(IPV4_UNICAST, '10.0.0.1'), nlri: many }], attributes: ATTRIBUTES }
    expect(packUpdates(content, { ...DEFAULT_CONTEXT, maxLength: 65535 })).toHaveLength(1)
  })
})
