import { describe, expect, test } from 'vitest'
import { DEFAULT_CONTEXT, decodeMessage } from '../../../src/core/wire/codec.ts'
import { familyFromName, familyKey, familyName } from '../../../src/core/wire/families.ts'
import { formatCommunities, formatMessage } from '../../../src/core/wire/format.ts'
import { message, updateOf } from '../../support/hex.ts'

const line = (bytes: Uint8Array) => formatMessage(decodeMessage(bytes, DEFAULT_CONTEXT))

describe('a message in one line', () => {
  test('OPEN', () => {
    expect(line(message('0025 01 04 5ba0 005a c0a84d0e 08 0206 4104 00010000'))).toBe(
      'OPEN AS 65536 identifier 192.168.77.14 hold 90 s: four-octet-as 65536',
    )
    expect(line(message('001d 01 04 fc00 005a c0a84d0e 00'))).toBe(
      'OPEN AS 64512 identifier 192.168.77.14 hold 90 s',
    )
  })

  test('UPDATE with everything', () => {
    const attributes = '40010100 400206 0201 0000fc00 400304 7f00000e 800404 00000005 c00804 ffffff01'
    expect(line(updateOf({ withdrawn: '08 0b', attributes, nlri: '18 0a0573 18 0a0574' }))).toBe(
      'UPDATE withdraw ipv4-unicast 11.0.0.0/8; announce ipv4-unicast 10.5.115.0/24 10.5.116.0/24 next hop 127.0.0.14; ' +
        'ORIGIN IGP, AS_PATH 64512, MULTI_EXIT_DISC 5, COMMUNITIES no-export',
    )
  })

  test('UPDATE that is malformed says why and by which rule', () => {
    expect(line(updateOf({ attributes: '40010107 400200 400304 7f00000e', nlri: '08 0a' }))).toBe(
      'UPDATE announce ipv4-unicast 10.0.0.0/8 next hop 127.0.0.14; AS_PATH; ' +
        'treat-as-withdraw: ORIGIN: undefined value 7 (RFC 7606 §7.1)',
    )
  })

  test('UPDATE of a raw family', () => {
    expect(line(updateOf({ attributes: '800f06 0019 46 0202ff' }))).toBe('UPDATE withdraw 25/70 0x0202ff')
  })

  test('KEEPALIVE, NOTIFICATION, ROUTE-REFRESH', () => {
    expect(line(message('0013 04'))).toBe('KEEPALIVE')
    expect(line(message('0017 03 0102 1001'))).toBe(
      'NOTIFICATION 1/2 Message Header Error/Bad Message Length data 0x1001',
    )
    expect(line(message('0017 05 0001 00 01'))).toBe('ROUTE-REFRESH request ipv4-unicast')
    expect(line(message('0017 05 0002 02 01'))).toBe('ROUTE-REFRESH EoRR ipv6-unicast')
    expect(line(message('0017 05 0002 09 01'))).toBe('ROUTE-REFRESH subtype 9 ipv6-unicast')
  })
})

test('communities', () => {
  expect(formatCommunities([0xfc000064, 0xffffff02, 0xffff0006, 0xffff029a])).toBe(
    '64512:100 no-advertise llgr-stale blackhole',
  )
})

describe('families', () => {
  test.each([
    [{ afi: 1, safi: 1 }, 'ipv4-unicast', '1/1'],
    [{ afi: 2, safi: 1 }, 'ipv6-unicast', '2/1'],
    [{ afi: 25, safi: 70 }, '25/70', '25/70'],
  ])('%o is %s', (family, name, key) => {
    expect(familyName(family)).toBe(name)
    expect(familyKey(family)).toBe(key)
    expect(familyFromName(name)).toEqual(family)
    expect(familyFromName(key)).toEqual(family)
  })
  test.each(['ipv4', '1', '1/', '65536/1', '1/256', '1/1/1'])('%s is none', (name) => {
    expect(familyFromName(name)).toBeUndefined()
  })
})
