// RFC 7606, row by row. Each case is one UPDATE that announces 10.5.115.0/24 with good attributes, but for one.
import { describe, expect, test } from 'vitest'
import { DEFAULT_CONTEXT } from '../../../src/core/wire/codec.ts'
import type { CodecContext, Disposition, UpdateMessage } from '../../../src/core/wire/message.ts'
import { decodeUpdate } from '../../../src/core/wire/update.ts'
import { framed, hex, toHex, updateOf } from '../../support/hex.ts'

const EXTERNAL = DEFAULT_CONTEXT
const INTERNAL: CodecContext = { ...DEFAULT_CONTEXT, internal: true }
const TWO_OCTETS: CodecContext = { ...DEFAULT_CONTEXT, fourOctetAs: false }
const NLRI = '18 0a0573'
const ORIGIN = '40010100'
const AS_PATH = '400206 0201 0000fc00'
const NEXT_HOP = '400304 7f00000e'

const W = 'treat-as-withdraw'
const D = 'attribute-discard'
const R = 'session-reset'

function announcing(attributes: string, context: CodecContext): UpdateMessage {
  return decodeUpdate(updateOf({ attributes, nlri: NLRI }), context)
}

/** Good attributes, with the one of this type code left out. */
function others(type: number): string {
  return [ORIGIN, AS_PATH, NEXT_HOP].filter((_, index) => index + 1 !== type).join('')
}

/** [attribute, what is wrong, hex of the attribute, eBGP, iBGP, clause, NOTIFICATION] */
type Case = [
  type: number,
  what: string,
  attribute: string,
  ebgp: Disposition,
  ibgp: Disposition,
  clause: string,
  sent: string,
]

const CASES: Case[] = [
  [1, 'ORIGIN of length 0', '400100', W, W, 'RFC 7606 §7.1', '3/5'],
  [1, 'ORIGIN of length 2', '4001020000', W, W, 'RFC 7606 §7.1', '3/5'],
  [1, 'ORIGIN 3', '40010103', W, W, 'RFC 7606 §7.1', '3/6'],
  [2, 'AS_PATH with segment type 5', '400206 0501 0000fc00', W, W, 'RFC 7606 §7.2', '3/11'],
  [2, 'AS_PATH with segment type 0', '400206 0001 0000fc00', W, W, 'RFC 7606 §7.2', '3/11'],
  [2, 'AS_PATH with an empty segment', '400202 0200', W, W, 'RFC 7606 §7.2', '3/11'],
  [2, 'AS_PATH with a segment that overruns', '400206 0202 0000fc00', W, W, 'RFC 7606 §7.2', '3/11'],
  [2, 'AS_PATH with one octet left', '400207 0201 0000fc00 02', W, W, 'RFC 7606 §7.2', '3/11'],
  [2, 'AS_PATH with AS 0', '400206 0201 00000000', W, W, 'RFC 7607 §2', '3/11'],
  [3, 'NEXT_HOP of length 0', '400300', W, W, 'RFC 7606 §7.3', '3/5'],
  [3, 'NEXT_HOP of length 16', `400310 ${'00'.repeat(16)}`, W, W, 'RFC 7606 §7.3', '3/5'],
  [4, 'MED of length 0', '800400', W, W, 'RFC 7606 §7.4', '3/5'],
  [4, 'MED of length 3', '800403 000000', W, W, 'RFC 7606 §7.4', '3/5'],
  [5, 'LOCAL_PREF of length 3', '400503 000000', D, W, 'RFC 7606 §7.5', '3/5'],
  [6, 'ATOMIC_AGGREGATE of length 1', '400601 00', D, D, 'RFC 7606 §7.6', '3/5'],
  [7, 'AGGREGATOR of length 6', 'c00706 fc00 7f00000e', D, D, 'RFC 7606 §7.7', '3/5'],
  [7, 'AGGREGATOR with AS 0', 'c00708 00000000 7f00000e', D, D, 'RFC 7607 §2', '3/9'],
  [8, 'COMMUNITIES of length 0', 'c00800', W, W, 'RFC 7606 §7.8', '3/5'],
  [8, 'COMMUNITIES of length 6', 'c00806 fc000064 fc00', W, W, 'RFC 7606 §7.8', '3/5'],
  [9, 'ORIGINATOR_ID of length 5', '800905 0000000000', D, W, 'RFC 7606 §7.9', '3/5'],
  [10, 'CLUSTER_LIST of length 0', '800a00', D, W, 'RFC 7606 §7.10', '3/5'],
  [10, 'CLUSTER_LIST of length 5', '800a05 0000000000', D, W, 'RFC 7606 §7.10', '3/5'],
  [14, 'MP_REACH_NLRI of length 4', '800e04 0002 01 00', R, R, 'RFC 7606 §5.3', '3/9'],
  [14, 'IPv6 next hop of 4 octets', '800e0a 0002 01 04 7f00000e 00 00', R, R, 'RFC 7606 §7.11', '3/9'],
  [14, 'IPv4 next hop of 5 octets', '800e0b 0001 01 05 7f00000e00 00 00', R, R, 'RFC 7606 §7.11', '3/9'],
  [
    14,
    'IPv4 next hop of 24 octets',
    `800e1d 0001 01 18 ${'00'.repeat(24)} 00`,
    R,
    R,
    'RFC 7606 §7.11',
    '3/9',
  ],
  [
    14,
    'IPv6 next hop of 24 octets',
    `800e1d 0002 01 18 ${'00'.repeat(24)} 00`,
    R,
    R,
    'RFC 7606 §7.11',
    '3/9',
  ],
  [14, 'a next hop that overruns', '800e0a 0002 01 10 7f00000e 00 00', R, R, 'RFC 7606 §7.11', '3/9'],
  [
    14,
    'MP_REACH_NLRI with prefix length 33',
    '800e0f 0001 01 04 7f00000e 00 21 0a05730000',
    R,
    R,
    'RFC 7606 §5.3',
    '3/9',
  ],
  [
    14,
    'MP_REACH_NLRI with a prefix that overruns',
    '800e0c 0001 01 04 7f00000e 00 18 0a05',
    R,
    R,
    'RFC 7606 §5.3',
    '3/9',
  ],
  [
    14,
    'MP_REACH_NLRI that is transitive',
    'c00e0d 0001 01 04 7f00000e 00 18 0a0573',
    R,
    R,
    'RFC 7606 §5.3',
    '3/9',
  ],
  [
    14,
    'MP_REACH_NLRI that is well-known',
    '000e0d 0001 01 04 7f00000e 00 18 0a0573',
    R,
    R,
    'RFC 7606 §5.3',
    '3/9',
  ],
  [15, 'MP_UNREACH_NLRI of length 2', '800f02 0002', R, R, 'RFC 7606 §5.3', '3/9'],
  [
    15,
    'MP_UNREACH_NLRI with prefix length 129',
    `800f15 0002 01 81 ${'00'.repeat(17)}`,
    R,
    R,
    'RFC 7606 §5.3',
    '3/9',
  ],
  [15, 'MP_UNREACH_NLRI that is transitive', 'c00f03 0002 01', R, R, 'RFC 7606 §5.3', '3/9'],
  [16, 'EXTENDED_COMMUNITIES of length 0', 'c01000', W, W, 'RFC 7606 §7.14', '3/5'],
  [16, 'EXTENDED_COMMUNITIES of length 9', `c01009 ${'00'.repeat(9)}`, W, W, 'RFC 7606 §7.14', '3/5'],
  [17, 'AS4_PATH between speakers of four octets', 'c01106 0201 0000fc00', D, D, 'RFC 6793 §6', '3/9'],
  [
    18,
    'AS4_AGGREGATOR between speakers of four octets',
    'c01208 0000fc00 7f00000e',
    D,
    D,
    'RFC 6793 §6',
    '3/9',
  ],
  [32, 'LARGE_COMMUNITY of length 0', 'c02000', W, W, 'RFC 8092 §6', '3/5'],
  [32, 'LARGE_COMMUNITY of length 13', `c0200d ${'00'.repeat(13)}`, W, W, 'RFC 8092 §6', '3/5'],
  [99, 'an unknown well-known attribute', '406301 00', R, R, 'RFC 4271 §6.3', '3/2'],
]

describe.each(CASES)('attribute %i: %s', (type, _what, attribute, ebgp, ibgp, clause, sent) => {
  test(`costs ${ebgp} from an external and ${ibgp} from an internal neighbour`, () => {
    expect(announcing(others(type) + attribute, EXTERNAL).disposition).toBe(ebgp)
    expect(announcing(others(type) + attribute, INTERNAL).disposition).toBe(ibgp)
  })
  test(`quotes ${clause}, and a reset would send ${sent}`, () => {
    const { malformed } = announcing(others(type) + attribute, INTERNAL)
    const { notification, ...first } = malformed[0]!
    expect(first).toMatchObject({ attribute: type, clause })
    expect(`${notification.code}/${notification.subcode}`).toBe(sent)
    expect(toHex(notification.data)).toBe(sent === '3/11' ? '' : attribute.replaceAll(' ', ''))
  })
  test('is not in the attribute set', () => {
    const { decoded } = announcing(others(type) + attribute, EXTERNAL).attributes
    expect(decoded).toEqual({
      ...(type === 1 ? {} : { origin: 0 }),
      ...(type === 2 ? {} : { asPath: [{ type: 2, asns: [64512] }] }),
    })
  })
})

describe('Optional and Transitive bits that conflict with the type (§3 c)', () => {
  test.each([
    ['ORIGIN', 1, 'c0010100'],
    ['AS_PATH', 2, '800206 0201 0000fc00'],
    ['NEXT_HOP', 3, '000304 7f00000e'],
    ['MED', 4, 'c00404 00000000'],
    ['LOCAL_PREF', 5, 'c00504 00000000'],
    ['ATOMIC_AGGREGATE', 6, '800600'],
    ['AGGREGATOR', 7, '400708 0000fc00 7f00000e'],
    ['COMMUNITIES', 8, '800804 fc000064'],
    ['ORIGINATOR_ID', 9, 'c00904 7f00000e'],
    ['CLUSTER_LIST', 10, '400a04 7f00000e'],
    ['EXTENDED_COMMUNITIES', 16, '401008 0000000000000000'],
    ['AS4_PATH', 17, '801106 0201 0000fc00'],
    ['LARGE_COMMUNITY', 32, `80200c ${'00'.repeat(12)}`],
  ])('%s: treat-as-withdraw, 3/4', (_name, type, attribute) => {
    for (const context of [EXTERNAL, INTERNAL]) {
      const { disposition, malformed } = announcing(others(type) + attribute, context)
      expect(disposition).toBe(W)
      expect(malformed[0]).toMatchObject({
        attribute: type,
        clause: 'RFC 7606 §3 c',
        notification: { code: 3, subcode: 4 },
      })
    }
  })

  test('[row 53] the Partial bit and the lower four bits are no conflict (RFC 4271 §4.3)', () => {
    const attributes = '4f0101 00 420206 0201 0000fc00 410304 7f00000e ef0804 fc000064'
    expect(announcing(attributes, EXTERNAL).malformed).toEqual([])
  })
})

describe('what an external neighbour may not send is discarded, well formed or not', () => {
  test.each([
    ['LOCAL_PREF', '400504 00000064', 'RFC 7606 §7.5'],
    ['ORIGINATOR_ID', '800904 7f00000e', 'RFC 7606 §7.9'],
    ['CLUSTER_LIST', '800a04 7f00000e', 'RFC 7606 §7.10'],
  ])('%s', (_name, attribute, clause) => {
    const external = announcing(others(0) + attribute, EXTERNAL)
    expect(external.disposition).toBe(D)
    expect(external.malformed[0]!.clause).toBe(clause)
    expect(announcing(others(0) + attribute, INTERNAL).malformed).toEqual([])
  })

  test('[row 63] confederation segments are malformed from outside (RFC 5065 §5)', () => {
    const path = '400206 0301 0000fc00'
    expect(announcing(others(2) + path, EXTERNAL)).toMatchObject({
      disposition: W,
      malformed: [{ clause: 'RFC 5065 §5' }],
    })
    expect(announcing(others(2) + path, INTERNAL).malformed).toEqual([])
  })
})

describe('with two-octet AS numbers', () => {
  const path = '400204 0201 fc00'
  test.each([
    ['AGGREGATOR of length 8', 'c00708 0000fc00 7f00000e'],
    ['AS4_PATH of length 4', 'c01104 0201 0000'],
    ['AS4_PATH with an empty segment', 'c01108 0200 0201 0000fc00'],
    ['AS4_PATH with AS 0', 'c01106 0201 00000000'],
    ['AS4_AGGREGATOR of length 6', 'c01206 fc00 7f00000e'],
    ['AS4_AGGREGATOR with AS 0', 'c01208 00000000 7f00000e'],
  ])('%s is discarded', (_name, attribute) => {
    expect(announcing(ORIGIN + path + NEXT_HOP + attribute, TWO_OCTETS).disposition).toBe(D)
  })
  test('AS4_PATH and AS4_AGGREGATOR are kept', () => {
    const update = announcing(
      `${ORIGIN + path + NEXT_HOP} c01106 0201 00010000 c01208 00010000 7f00000e`,
      TWO_OCTETS,
    )
    expect(update.malformed).toEqual([])
    expect(Object.keys(update.attributes.decoded)).toEqual(['origin', 'asPath', 'as4Path', 'as4Aggregator'])
  })
})

describe('[row 42] mandatory attributes (§3 d)', () => {
  test.each([
    [1, 'ORIGIN'],
    [2, 'AS_PATH'],
    [3, 'NEXT_HOP'],
  ])('type %i missing with NLRI: treat-as-withdraw, 3/3 with the type as data', (type, name) => {
    const update = announcing(others(type), EXTERNAL)
    expect(update.disposition).toBe(W)
    expect(update.malformed).toEqual([
      {
        attribute: type,
        disposition: W,
        reason: `${name} is missing`,
        clause: 'RFC 7606 §3 d',
        notification: { code: 3, subcode: 3, data: new Uint8Array([type]) },
      },
    ])
  })
  test('NEXT_HOP is not needed by MP_REACH_NLRI alone', () => {
    const attributes = `${ORIGIN + AS_PATH} 800e0d 0001 01 04 7f00000e 00 18 0a0573`
    expect(decodeUpdate(updateOf({ attributes }), EXTERNAL).malformed).toEqual([])
  })
  test('nothing is mandatory when no route is announced', () => {
    expect(decodeUpdate(updateOf({ withdrawn: NLRI }), EXTERNAL).malformed).toEqual([])
    expect(decodeUpdate(updateOf({ attributes: ORIGIN }), EXTERNAL)).toMatchObject({
      malformed: [],
      endOfRib: undefined,
    })
  })
})

describe('lengths and lists', () => {
  test('[row 34] field lengths that exceed the message: reset 3/1 (§3 b)', () => {
    for (const body of ['0001 0000', '0000 0001', 'ffff 0000', '0001 00 00', '0000 ffff 00']) {
      const update = decodeUpdate(framed(2, hex(body)), EXTERNAL)
      expect(update).toMatchObject({ disposition: R, endOfRib: undefined, reach: [], unreach: [] })
      expect(update.malformed[0]).toMatchObject({
        clause: 'RFC 7606 §3 b',
        notification: { code: 3, subcode: 1 },
      })
    }
  })
  test('[row 35] an attribute that overruns the list, or fewer octets than its header: treat-as-withdraw, NLRI by Total Attribute Length (§4)', () => {
    for (const last of ['c00808 fc000064', 'c008', 'c0', 'd00800']) {
      const update = announcing(others(0) + last, EXTERNAL)
      expect(update).toMatchObject({
        disposition: W,
        reach: [{ nlri: [{ prefix: { words: [0x0a057300], length: 24 } }] }],
      })
      expect(update.malformed[0]!.clause).toBe('RFC 7606 §4')
    }
  })
  test('MP_REACH_NLRI that overruns the list cannot be withdrawn: reset (§3 j)', () => {
    expect(announcing(`${others(0)} 800e20 0001`, EXTERNAL)).toMatchObject({ disposition: R })
  })
  test('[row 36] a second attribute of a type is discarded, the first one counts (§3 g)', () => {
    const update = announcing(`${others(0)} 800404 00000001 800404 00000002 e06301 01 e06301 02`, EXTERNAL)
    expect(update.disposition).toBe(D)
    expect(update.malformed.map(({ attribute, clause }) => [attribute, clause])).toEqual([
      [4, 'RFC 7606 §3 g'],
      [99, 'RFC 7606 §3 g'],
    ])
    expect(update.attributes.decoded).toMatchObject({ med: 1, unknown: [{ bytes: hex('01') }] })
  })
  test.each([
    ['MP_REACH_NLRI', '800e0d 0001 01 04 7f00000e 00 18 0a0574'],
    ['MP_UNREACH_NLRI', '800f07 0001 01 18 0a0574'],
  ])('[row 36] a second %s: reset 3/1 (§3 g)', (_name, attribute) => {
    const update = announcing(others(0) + attribute + attribute, EXTERNAL)
    expect(update.disposition).toBe(R)
    expect(update.malformed[0]).toMatchObject({
      clause: 'RFC 7606 §3 g',
      notification: { code: 3, subcode: 1 },
    })
  })
  test('[row 37] the strongest of several errors decides, and all are listed (§3 h)', () => {
    const discard = 'c00706 fc00 7f00000e'
    const withdraw = 'c00800'
    const reset = '406301 00'
    expect(announcing(others(0) + discard, EXTERNAL).disposition).toBe(D)
    expect(announcing(others(0) + withdraw + discard, EXTERNAL).disposition).toBe(W)
    const all = announcing(others(0) + reset + withdraw + discard, EXTERNAL)
    expect(all.disposition).toBe(R)
    expect(all.malformed.map(({ attribute }) => attribute)).toEqual([99, 8, 7])
  })
})

describe('[row 39] an attribute error without announced routes (§5.2)', () => {
  test('resets the session when it is stronger than discard', () => {
    const update = decodeUpdate(updateOf({ attributes: `${ORIGIN} 800400`, withdrawn: NLRI }), EXTERNAL)
    expect(update.disposition).toBe(R)
    expect(update.malformed.map(({ clause }) => clause)).toEqual(['RFC 7606 §7.4', 'RFC 7606 §5.2'])
    expect(update.malformed[1]!.notification).toEqual({ code: 3, subcode: 5, data: hex('800400') })
  })
  test('does not when it is a discard', () => {
    expect(decodeUpdate(updateOf({ attributes: '400601 00' }), EXTERNAL).disposition).toBe(D)
  })
})

describe('fields of prefixes (§3 i and j, §5.3)', () => {
  test.each(['21 0a05730000', '18 0a05', '20', 'ff'])('NLRI %s: reset 3/10', (nlri) => {
    const update = decodeUpdate(updateOf({ attributes: others(0), nlri }), EXTERNAL)
    expect(update.disposition).toBe(R)
    expect(update.malformed[0]).toMatchObject({
      clause: 'RFC 7606 §3 j',
      notification: { code: 3, subcode: 10 },
    })
  })
  test.each(['21 0a05730000', '18 0a05', '20', 'ff'])('Withdrawn Routes %s: reset 3/10', (withdrawn) => {
    const update = decodeUpdate(updateOf({ withdrawn }), EXTERNAL)
    expect(update.disposition).toBe(R)
    expect(update.malformed[0]).toMatchObject({
      clause: 'RFC 7606 §3 i',
      notification: { code: 3, subcode: 10 },
    })
  })
  test('[row 41] host bits behind the length are cleared, not errors', () => {
    const update = decodeUpdate(updateOf({ withdrawn: '09 0aff 00 17 0a0573' }), EXTERNAL)
    expect(update.malformed).toEqual([])
    expect(update.unreach[0]!.nlri.map(({ prefix }) => [prefix.words[0], prefix.length])).toEqual([
      [0x0a800000, 9],
      [0, 0],
      [0x0a057200, 23],
    ])
  })
})

describe('[row 40] a family that was not negotiated is ignored, right or wrong (§5.3)', () => {
  const onlyIpv6: CodecContext = { ...EXTERNAL, families: new Set(['2/1']) }
  const onlyIpv4: CodecContext = { ...EXTERNAL, families: new Set(['1/1']) }

  test('in the legacy fields', () => {
    const update = decodeUpdate(updateOf({ withdrawn: 'ff', attributes: others(0), nlri: 'ff' }), onlyIpv6)
    expect(update).toMatchObject({ disposition: 'accept', reach: [], unreach: [] })
  })
  test.each([
    '800e0a 0002 01 04 7f00000e 00 00',
    '800e05 0019 46 00 00',
    '800f04 0002 01 ff',
    'c00f03 0002 01',
  ])('in %s', (attribute) => {
    const update = announcing(others(0) + attribute, onlyIpv4)
    expect(update.malformed).toEqual([])
    expect(update.reach.map(({ family }) => family)).toEqual([{ afi: 1, safi: 1 }])
  })
  test('also its End-of-RIB', () => {
    expect(decodeUpdate(updateOf({}), onlyIpv6).endOfRib).toBeUndefined()
    expect(decodeUpdate(updateOf({ attributes: '800f03 0002 01' }), onlyIpv4).endOfRib).toBeUndefined()
  })
})
