// Every typed attribute in literal hex, both ways: the hex is written by hand after the RFC's figure.
import { describe, expect, test } from 'vitest'
import type { Attributes } from '../../../src/core/wire/attribute-set.ts'
import {
  attributeBytes,
  attributeSetFromKey,
  attributeSetOf,
  encodeAttributes,
} from '../../../src/core/wire/attributes/set.ts'
import { ATTRIBUTES } from '../../../src/core/wire/attributes/table.ts'
import { DEFAULT_CONTEXT } from '../../../src/core/wire/codec.ts'
import { formatAttributes } from '../../../src/core/wire/format.ts'
import type { CodecContext } from '../../../src/core/wire/message.ts'
import { decodeUpdate } from '../../../src/core/wire/update.ts'
import { hex, toHex, updateOf } from '../../support/hex.ts'

const INTERNAL: CodecContext = { ...DEFAULT_CONTEXT, internal: true }
const TWO_OCTETS: CodecContext = { ...INTERNAL, fourOctetAs: false }

const VECTORS: [name: string, bytes: string, attributes: Attributes, text: string][] = [
  ['ORIGIN', '400101 02', { origin: 2 }, 'ORIGIN INCOMPLETE'],
  ['empty AS_PATH', '400200', { asPath: [] }, 'AS_PATH'],
  [
    'AS_PATH with a sequence and a set',
    '400214 0202 0000fc00 fffffffe 0102 00000001 00000002',
    {
      asPath: [
        { type: 2, asns: [64512, 4294967294] },
        { type: 1, asns: [1, 2] },
      ],
    },
    'AS_PATH 64512 4294967294 {1,2}',
  ],
  [
    'AS_PATH with confederation segments',
    '400210 0302 0000fde8 0000fde9 0401 0000fdea',
    {
      asPath: [
        { type: 3, asns: [65000, 65001] },
        { type: 4, asns: [65002] },
      ],
    },
    'AS_PATH (65000 65001) [65002]',
  ],
  ['MULTI_EXIT_DISC', '800404 ffffffff', { med: 4294967295 }, 'MULTI_EXIT_DISC 4294967295'],
  ['LOCAL_PREF', '400504 00000064', { localPref: 100 }, 'LOCAL_PREF 100'],
  ['ATOMIC_AGGREGATE', '400600', { atomicAggregate: true }, 'ATOMIC_AGGREGATE yes'],
  [
    'AGGREGATOR',
    'c00708 00010000 c0000201',
    { aggregator: { asn: 65536, address: 0xc0000201 } },
    'AGGREGATOR 65536 192.0.2.1',
  ],
  [
    'COMMUNITIES',
    'c0080c fc000064 ffffff01 00000000',
    { communities: [0xfc000064, 0xffffff01, 0] },
    'COMMUNITIES 64512:100 no-export 0:0',
  ],
  ['ORIGINATOR_ID', '800904 c0a84d0e', { originatorId: 0xc0a84d0e }, 'ORIGINATOR_ID 192.168.77.14'],
  [
    'CLUSTER_LIST',
    '800a08 01010101 ff020202',
    { clusterList: [0x01010101, 0xff020202] },
    'CLUSTER_LIST 1.1.1.1 255.2.2.2',
  ],
  [
    'EXTENDED_COMMUNITIES',
    'c01020 0002fc0000000064 4103c00002010005 4202000100000007 030c000000000008',
    {
      extendedCommunities: [
        '0002fc0000000064',
        '4103c00002010005',
        '4202000100000007',
        '030c000000000008',
      ].map(hex),
    },
    'EXTENDED_COMMUNITIES rt:64512:100 soo:192.0.2.1:5 rt:65536:7 030c000000000008',
  ],
  [
    'LARGE_COMMUNITY',
    'c02018 0000fc00 00000001 00000002 ffffffff 00000000 ffffffff',
    {
      largeCommunities: [
        [64512, 1, 2],
        [4294967295, 0, 4294967295],
      ],
    },
    'LARGE_COMMUNITY 64512:1:2 4294967295:0:4294967295',
  ],
  [
    'IPV6_EXTENDED_COMMUNITIES',
    'c01914 0002 20010db8000000000000000000000001 0064',
    { ipv6ExtendedCommunities: [hex('000220010db80000000000000000000000010064')] },
    'IPV6_EXTENDED_COMMUNITIES 000220010db80000000000000000000000010064',
  ],
  ['ONLY_TO_CUSTOMER', 'c02304 0000fde8', { onlyToCustomer: 65000 }, 'ONLY_TO_CUSTOMER 65000'],
  [
    'an unknown attribute',
    'e06303 0102ff',
    { unknown: [{ type: 99, flags: 0xe0, bytes: hex('0102ff') }] },
    'attribute 99 0x0102ff',
  ],
  [
    'an unknown attribute with Extended Length and low flag bits',
    '9f630001 07',
    { unknown: [{ type: 99, flags: 0x9f, bytes: hex('07') }] },
    'attribute 99 0x07',
  ],
]

describe.each(VECTORS)('%s', (_name, bytes, attributes, text) => {
  test('is decoded', () => {
    const update = decodeUpdate(updateOf({ attributes: bytes }), INTERNAL)
    expect(update.malformed).toEqual([])
    expect(update.attributes.decoded).toEqual(attributes)
  })
  test('is encoded', () => {
    expect(toHex(encodeAttributes(attributes, INTERNAL))).toBe(bytes.replaceAll(' ', ''))
  })
  test('is printed', () => {
    expect(formatAttributes(attributes)).toBe(text)
  })
})

describe('with two-octet AS numbers', () => {
  test.each<[name: string, bytes: string, attributes: Attributes]>([
    ['AS_PATH', '400206 0202 fc00 5ba0', { asPath: [{ type: 2, asns: [64512, 23456] }] }],
    ['AGGREGATOR', 'c00706 5ba0 c0000201', { aggregator: { asn: 23456, address: 0xc0000201 } }],
    ['AS4_PATH', 'c0110a 0202 0000fc00 00010000', { as4Path: [{ type: 2, asns: [64512, 65536] }] }],
    ['AS4_AGGREGATOR', 'c01208 00010000 c0000201', { as4Aggregator: { asn: 65536, address: 0xc0000201 } }],
  ])('%s round-trips', (_name, bytes, attributes) => {
    const update = decodeUpdate(updateOf({ attributes: bytes }), TWO_OCTETS)
    expect(update.malformed).toEqual([])
    expect(update.attributes.decoded).toEqual(attributes)
    expect(toHex(encodeAttributes(attributes, TWO_OCTETS))).toBe(bytes.replaceAll(' ', ''))
  })

  test('[row 67] confederation segments in AS4_PATH are dropped (RFC 6793 §6)', () => {
    const attributes = 'c0110c 0301 0000fde8 0201 00010000'
    expect(decodeUpdate(updateOf({ attributes }), TWO_OCTETS).attributes.decoded.as4Path).toEqual([
      { type: 2, asns: [65536] },
    ])
  })
})

describe('lengths', () => {
  test('[row 52] above 255 octets an attribute has Extended Length', () => {
    const communities = Array.from({ length: 64 }, (_, index) => index)
    expect(toHex(encodeAttributes({ communities }, INTERNAL)).slice(0, 16)).toBe('d008010000000000')
    expect(toHex(encodeAttributes({ communities: communities.slice(1) }, INTERNAL)).slice(0, 6)).toBe(
      'c008fc',
    )
  })

  test('[row 52] Extended Length on a short attribute is legal', () => {
    const update = decodeUpdate(updateOf({ attributes: '50010001 00' }), INTERNAL)
    expect(update.malformed).toEqual([])
    expect(update.attributes.decoded).toEqual({ origin: 0 })
  })

  test('[row 62] a sequence of more than 255 AS numbers becomes two segments', () => {
    const asns = Array.from({ length: 256 }, (_, index) => index + 1)
    const bytes = encodeAttributes({ asPath: [{ type: 2, asns }] }, INTERNAL)
    expect(toHex(bytes.subarray(0, 6))).toBe('5002040402ff')
    expect(toHex(bytes.subarray(-6))).toBe('020100000100')
  })
})

describe('an attribute set', () => {
  const attributes = '40010100 400206 0201 0000fc00 c00804 fc000064 e06301 07'

  test("has the attributes' octets as its key, without NEXT_HOP, MP_REACH_NLRI and MP_UNREACH_NLRI", () => {
    const routes = '400304 7f00000e 800e0d 0001 01 04 7f00000e 00 18 0a0573 800f07 0001 01 18 0a0574'
    const update = decodeUpdate(updateOf({ attributes: attributes + routes, nlri: '18 0a0573' }), INTERNAL)
    expect(update.malformed).toEqual([])
    expect(toHex(attributeBytes(update.attributes))).toBe(attributes.replaceAll(' ', ''))
    expect(update.attributes.key).toBe(attributeSetOf(update.attributes.decoded).key)
  })

  test('is the same whatever order the sender chose', () => {
    const one = decodeUpdate(updateOf({ attributes: '40010100 400200 800404 00000001' }), INTERNAL)
    const other = decodeUpdate(updateOf({ attributes: '800404 00000001 40010100 400200' }), INTERNAL)
    expect(other.attributes.key).toBe(one.attributes.key)
  })

  test('differs when AS numbers have another width, though the octets are the same', () => {
    const bytes = updateOf({ attributes: '400206 0201 0000fc00' })
    const two = decodeUpdate(updateOf({ attributes: '400206 0202 fc00 fc01' }), TWO_OCTETS).attributes
    expect(two.key).not.toBe(decodeUpdate(bytes, INTERNAL).attributes.key)
    expect(toHex(attributeBytes(two))).toBe('4002060202fc00fc01')
    expect(attributeSetFromKey(two.key).decoded).toEqual({ asPath: [{ type: 2, asns: [64512, 64513] }] })
  })

  test('comes back from its key', () => {
    const set = attributeSetOf({ origin: 0, med: 255, communities: [0xfc000064] })
    expect(attributeSetFromKey(set.key)).toEqual(set)
    expect(attributeSetFromKey(set.key).decoded).toEqual({ origin: 0, med: 255, communities: [0xfc000064] })
  })
})

test('the table is in type order, and rows of internal attributes say so', () => {
  const types = ATTRIBUTES.map(({ type }) => type)
  expect(types).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 14, 15, 16, 17, 18, 25, 32, 35])
  for (const { malformed } of ATTRIBUTES) expect(malformed.clause).toMatch(/^RFC \d+ §/)
})
