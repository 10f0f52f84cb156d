import { describe, expect, test } from 'vitest'
import {
  AddressError,
  formatAddress,
  formatIdentifier,
  formatPrefix,
  parseAddress,
  parseIdentifier,
  parsePrefix,
} from '../../../src/core/ip/text.ts'

describe('addresses', () => {
  test('IPv4 is one unsigned integer', () => {
    expect(parseAddress('10.5.115.0')).toEqual({ afi: 1, words: [0x0a057300] })
    expect(parseAddress('255.255.255.255')).toEqual({ afi: 1, words: [0xffffffff] })
    expect(parseAddress('0.0.0.0')).toEqual({ afi: 1, words: [0] })
  })

  test('IPv6 is four unsigned integers, most significant first', () => {
    expect(parseAddress('fd00::14')).toEqual({ afi: 2, words: [0xfd000000, 0, 0, 0x14] })
    expect(parseAddress('FFFF:ffff:FFFF:ffff:FFFF:ffff:FFFF:ffff').words).toEqual([
      0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff,
    ])
  })

  test('a dotted quad may end an IPv6 address', () => {
    expect(parseAddress('::ffff:127.0.0.14')).toEqual({ afi: 2, words: [0, 0, 0xffff, 0x7f00000e] })
    expect(parseAddress('64:ff9b::192.0.2.33').words).toEqual([0x0064ff9b, 0, 0, 0xc0000221])
  })

  test.each([
    ['2001:0db8:0000:0000:0001:0000:0000:0001', '2001:db8::1:0:0:1'],
    ['2001:db8:0:0:0:0:2:1', '2001:db8::2:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['2001:DB8::ABCD', '2001:db8::abcd'],
    ['0:0:0:0:0:0:0:0', '::'],
    ['0:0:0:0:0:0:0:1', '::1'],
    ['1:0:0:0:0:0:0:0', '1::'],
    ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
    ['::2:3:4:5:6:7:8', '0:2:3:4:5:6:7:8'],
    ['::ffff:a00:1', '::ffff:10.0.0.1'],
    ['::10.0.0.1', '::a00:1'],
    ['fe80::1', 'fe80::1'],
  ])('%s is written %s (RFC 5952)', (text, written) => {
    expect(formatAddress(parseAddress(text))).toBe(written)
  })

  test.each([
    '',
    '10.0.0',
    '10.0.0.0.1',
    '256.0.0.1',
    '01.2.3.4',
    '1e1.0.0.1',
    ' 10.0.0.1',
    '10.0.0.1 ',
    '-1.0.0.1',
    '10.0.0.',
    ':',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4::5:6:7:8',
    '12345::',
    'g::',
    '1:',
    ':1',
    '::1:',
    '::ffff:256.0.0.1',
    '::ffff:10.0.0',
    '::10.0.0.1:1',
    'fe80::1%eth0',
    'localhost',
  ])('refuses "%s" and quotes it', (text) => {
    expect(() => parseAddress(text)).toThrow(AddressError)
    expect(() => parseAddress(text)).toThrow(`"${text}"`)
  })
})

describe('prefixes', () => {
  test('host bits are cleared', () => {
    expect(parsePrefix('10.1.2.3/24')).toEqual({ afi: 1, words: [0x0a010200], length: 24 })
    expect(parsePrefix('fd10::3ff/120')).toEqual({ afi: 2, words: [0xfd100000, 0, 0, 0x300], length: 120 })
    expect(formatPrefix(parsePrefix('255.255.255.255/0'))).toBe('0.0.0.0/0')
    expect(formatPrefix(parsePrefix('ffff::ffff/33'))).toBe('ffff::/33')
  })

  test('an address alone is a host prefix', () => {
    expect(formatPrefix(parsePrefix('10.1.2.3'))).toBe('10.1.2.3/32')
    expect(formatPrefix(parsePrefix('fd00::14'))).toBe('fd00::14/128')
  })

  test.each([
    '10.0.0.0/8',
    '0.0.0.0/0',
    '198.18.0.0/15',
    '10.0.0.1/32',
    '::/0',
    'fd99::/128',
    '::ffff:10.0.0.1/128',
    '2001:db8::/32',
  ])('%s is written as it was read', (text) => {
    expect(formatPrefix(parsePrefix(text))).toBe(text)
  })

  test.each([
    '10.0.0.0/33',
    '10.0.0.0/',
    '10.0.0.0/-1',
    '10.0.0.0/08',
    '10.0.0.0/8/8',
    '10.0.0/8',
    '::/129',
    '::/1e1',
    '/8',
    'fe80::%1/64',
  ])('refuses "%s" and quotes it', (text) => {
    expect(() => parsePrefix(text)).toThrow(AddressError)
    expect(() => parsePrefix(text)).toThrow(`"${text}" `)
  })

  test('says what was expected', () => {
    expect(() => parsePrefix('10.0.0.0/33')).toThrow('"10.0.0.0/33" has no prefix length between 0 and 32')
    expect(() => parsePrefix('nonsense/8')).toThrow(
      '"nonsense/8" is not an IPv4 address (four decimal numbers)',
    )
  })
})

test('identifiers are dotted quads of unsigned integers', () => {
  expect(parseIdentifier('192.168.77.14')).toBe(0xc0a84d0e)
  expect(formatIdentifier(0xc0a84d0e)).toBe('192.168.77.14')
  expect(formatIdentifier(0xffffffff)).toBe('255.255.255.255')
  expect(() => parseIdentifier('fd00::1')).toThrow(AddressError)
})
