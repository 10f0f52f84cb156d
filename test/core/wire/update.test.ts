import { describe, expect, test } from 'vitest'
import { formatPrefix } from '../../../src/core/ip/text.ts'
import { DEFAULT_CONTEXT } from '../../../src/core/wire/codec.ts'
import { formatNextHop } from '../../../src/core/wire/format.ts'
import { IPV4_UNICAST, IPV6_UNICAST, type CodecContext, type Nlri } from '../../../src/core/wire/message.ts'
import { decodeUpdate } from '../../../src/core/wire/update.ts'
import { hex, updateOf } from '../../support/hex.ts'

const ATTRIBUTES = '40010100 400200 400304 7f00000e'
const ADD_PATH: CodecContext = { ...DEFAULT_CONTEXT, addPath: new Set(['1/1', '2/1']) }

const texts = (nlri: readonly Nlri[]) =>
  nlri.map(({ prefix, pathId }) => formatPrefix(prefix) + (pathId === undefined ? '' : `#${pathId}`))

test('[rows 43, 44, 49] all four places of routes may be used at once, in any order (RFC 7606 §5.1)', () => {
  const update = decodeUpdate(
    updateOf({
      withdrawn: '08 0a 18 0a0101',
      attributes: `${ATTRIBUTES} 800f06 0002 01 10 fd01 800e17 0002 01 10 fd000000000000000000000000000014 00 08 fd`,
      nlri: '00 20 0a000001',
    }),
    DEFAULT_CONTEXT,
  )
  expect(update.malformed).toEqual([])
  expect(update.unreach.map(({ family, nlri }) => [family, texts(nlri)])).toEqual([
    [IPV4_UNICAST, ['10.0.0.0/8', '10.1.1.0/24']],
    [IPV6_UNICAST, ['fd01::/16']],
  ])
  expect(update.reach.map(({ family, nlri }) => [family, texts(nlri)])).toEqual([
    [IPV6_UNICAST, ['fd00::/8']],
    [IPV4_UNICAST, ['0.0.0.0/0', '10.0.0.1/32']],
  ])
  expect(update.reach.map(({ nextHop }) => formatNextHop(nextHop))).toEqual(['fd00::14', '127.0.0.14'])
})

describe('[rows 46, 47] next hops', () => {
  test.each([
    ['0001 01 04 7f00000e', '127.0.0.14'],
    ['0001 01 10 fd000000000000000000000000000014', 'fd00::14'],
    ['0002 01 10 00000000000000000000ffff7f00000e', '::ffff:127.0.0.14'],
    ['0002 01 20 fd000000000000000000000000000014 fe800000000000000000000000000001', 'fd00::14+fe80::1'],
    ['0001 01 20 fd000000000000000000000000000014 fe800000000000000000000000000001', 'fd00::14+fe80::1'],
    ['0002 01 20 fe800000000000000000000000000001 fe800000000000000000000000000001', 'fe80::1+fe80::1'],
    ['0002 01 20 00000000000000000000000000000000 fe800000000000000000000000000001', '::+fe80::1'],
  ])('%s is %s', (fields, text) => {
    const value = `${fields} 00`.replaceAll(' ', '')
    const attribute = `800e${(value.length / 2).toString(16).padStart(2, '0')}${value}`
    const update = decodeUpdate(updateOf({ attributes: attribute }), DEFAULT_CONTEXT)
    expect(update.malformed).toEqual([])
    expect(formatNextHop(update.reach[0]!.nextHop)).toBe(text)
    expect(update.reach[0]!.nextHopBytes).toEqual(hex(value.slice(8, -2)))
  })

  test('[row 48] NEXT_HOP does not matter to MP_REACH_NLRI', () => {
    const attributes = `${ATTRIBUTES} 800e09 0001 01 04 0a000001 00`
    const update = decodeUpdate(updateOf({ attributes }), DEFAULT_CONTEXT)
    expect(update.reach.map(({ nextHop }) => formatNextHop(nextHop))).toEqual(['10.0.0.1'])
  })
})

describe('[row 50] End-of-RIB (RFC 4724 §2)', () => {
  test.each([
    ['an empty UPDATE', '', IPV4_UNICAST],
    ['a lone MP_UNREACH_NLRI', '800f03 0002 01', IPV6_UNICAST],
    ['one with Extended Length', '900f0003 0002 01', IPV6_UNICAST],
    ['one of IPv4 unicast', '800f03 0001 01', IPV4_UNICAST],
    ['one of a raw family', '800f03 0019 46', { afi: 25, safi: 70 }],
  ])('%s', (_what, attributes, family) => {
    const update = decodeUpdate(updateOf({ attributes }), DEFAULT_CONTEXT)
    expect(update).toMatchObject({ endOfRib: family, reach: [], unreach: [], malformed: [] })
  })

  test.each([
    ['withdrawn routes', { withdrawn: '08 0a' }],
    ['attributes only', { attributes: ATTRIBUTES }],
    ['MP_UNREACH_NLRI with a route', { attributes: '800f05 0002 01 08 fd' }],
    ['MP_UNREACH_NLRI beside another attribute', { attributes: '40010100 800f03 0002 01' }],
    [
      'an empty MP_UNREACH_NLRI beside withdrawn routes',
      { withdrawn: '08 0a', attributes: '800f03 0002 01' },
    ],
  ])('is not %s', (_what, fields) => {
    expect(decodeUpdate(updateOf(fields), DEFAULT_CONTEXT).endOfRib).toBeUndefined()
  })
})

describe('[row 56] ADD-PATH (RFC 7911)', () => {
  test('every prefix follows its path identifier, in all four places', () => {
    const update = decodeUpdate(
      updateOf({
        withdrawn: '00000001 08 0a',
        attributes: `${ATTRIBUTES} 800f09 0002 01 ffffffff 08 fd 800e20 0002 01 10 fd000000000000000000000000000014 00 00000002 08 fd 00000003 00`,
        nlri: '00000000 18 0a0573 00000001 18 0a0573',
      }),
      ADD_PATH,
    )
    expect(update.malformed).toEqual([])
    expect(update.unreach.map(({ nlri }) => texts(nlri))).toEqual([['10.0.0.0/8#1'], ['fd00::/8#4294967295']])
    expect(update.reach.map(({ nlri }) => texts(nlri))).toEqual([
      ['fd00::/8#2', '::/0#3'],
      ['10.5.115.0/24#0', '10.5.115.0/24#1'],
    ])
  })

  test('holds only for the families that negotiated it', () => {
    const context = { ...DEFAULT_CONTEXT, addPath: new Set(['2/1']) }
    expect(texts(decodeUpdate(updateOf({ withdrawn: '08 0a' }), context).unreach[0]!.nlri)).toEqual([
      '10.0.0.0/8',
    ])
  })

  test('a path identifier without a prefix is malformed', () => {
    expect(decodeUpdate(updateOf({ withdrawn: '00000001' }), ADD_PATH).disposition).toBe('session-reset')
    expect(decodeUpdate(updateOf({ withdrawn: '0000' }), ADD_PATH).disposition).toBe('session-reset')
  })
})

test('[row 46] routes of other families stay raw, whatever their next hop', () => {
  const attributes = '40010100 400200 800e0c 0019 46 04 7f00000e 00 020102 800f05 0001 80 ffff'
  const update = decodeUpdate(updateOf({ attributes }), DEFAULT_CONTEXT)
  expect(update.malformed).toEqual([])
  expect(update.reach).toEqual([
    {
      family: { afi: 25, safi: 70 },
      nextHop: undefined,
      nextHopBytes: hex('7f00000e'),
      nlri: [],
      raw: hex('020102'),
    },
  ])
  expect(update.unreach).toEqual([{ family: { afi: 1, safi: 128 }, nlri: [], raw: hex('ffff') }])
})

test('[row 51] an UPDATE with attributes only is legal', () => {
  expect(decodeUpdate(updateOf({ attributes: ATTRIBUTES }), DEFAULT_CONTEXT)).toMatchObject({
    disposition: 'accept',
    endOfRib: undefined,
    reach: [],
  })
})
