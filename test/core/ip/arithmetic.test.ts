import { describe, expect, test } from 'vitest'
import {
  commonBits,
  compareAddresses,
  comparePrefixes,
  contains,
  isMapped,
  masked,
  normalizeText,
  overlaps,
  prefixKey,
  sameAddress,
  unmapped,
} from '../../../src/core/ip/arithmetic.ts'
import { formatPrefix, parseAddress, parsePrefix } from '../../../src/core/ip/text.ts'

describe('contains', () => {
  test.each([
    ['10.0.0.0/8', '10.5.112.0/24'],
    ['10.5.112.0/24', '10.5.112.0/24'],
    ['0.0.0.0/0', '255.255.255.255/32'],
    ['128.0.0.0/1', '255.0.0.0/8'],
    ['fd00::/8', 'fd10::300/120'],
    ['::/0', 'ffff::/16'],
    ['2001:db8::/33', '2001:db8:7fff::/48'],
  ])('%s contains %s', (outer, inner) => expect(contains(parsePrefix(outer), parsePrefix(inner))).toBe(true))

  test.each([
    ['10.5.112.0/24', '10.0.0.0/8'],
    ['10.5.112.0/24', '10.5.113.0/24'],
    ['2001:db8::/33', '2001:db8:8000::/48'],
    ['0.0.0.0/0', '::/0'],
    ['::/0', '10.0.0.0/8'],
  ])('%s does not contain %s', (outer, inner) =>
    expect(contains(parsePrefix(outer), parsePrefix(inner))).toBe(false),
  )

  test('an address is contained like its host prefix', () => {
    expect(contains(parsePrefix('198.18.0.0/15'), parseAddress('198.19.255.255'))).toBe(true)
    expect(contains(parsePrefix('198.18.0.0/15'), parseAddress('198.20.0.0'))).toBe(false)
  })
})

test('prefixes overlap when one contains the other, whichever it is', () => {
  const [wide, narrow, other] = ['10.4.0.0/16', '10.4.9.0/24', '10.5.0.0/16'].map(parsePrefix)
  expect(overlaps(wide!, narrow!)).toBe(true)
  expect(overlaps(narrow!, wide!)).toBe(true)
  expect(overlaps(wide!, other!)).toBe(false)
})

test('prefixes sort by family, then address as unsigned, then the shorter first', () => {
  const sorted = ['::/0', '200.0.0.0/8', '10.0.0.0/16', '10.0.0.0/8', 'fd00::/8', '10.0.1.0/24']
    .map(parsePrefix)
    .sort(comparePrefixes)
  expect(sorted.map(formatPrefix)).toEqual([
    '10.0.0.0/8',
    '10.0.0.0/16',
    '10.0.1.0/24',
    '200.0.0.0/8',
    '::/0',
    'fd00::/8',
  ])
})

test('addresses compare by value', () => {
  expect(compareAddresses(parseAddress('10.0.0.1'), parseAddress('200.0.0.1'))).toBeLessThan(0)
  expect(sameAddress(parseAddress('::1'), parseAddress('0::1'))).toBe(true)
  expect(sameAddress(parseAddress('0.0.0.1'), parseAddress('::1'))).toBe(false)
})

describe('prefixKey', () => {
  test('differs for every prefix of a family', () => {
    const four = ['0.0.0.0/0', '0.0.0.0/1', '0.0.0.1/32', '255.255.255.255/32', '255.255.255.254/31'].map(
      parsePrefix,
    )
    expect(new Set(four.map(prefixKey)).size).toBe(four.length)
    const six = ['::/0', '::/128', '::1/128', '1::/128', 'ffff::/16', 'fffe::/16', '0:0:0:0:1::/128'].map(
      parsePrefix,
    )
    expect(new Set(six.map(prefixKey)).size).toBe(six.length)
  })

  test('is a number for IPv4 and a string for IPv6', () => {
    expect(prefixKey(parsePrefix('255.255.255.255/32'))).toBe(0xffffffff * 64 + 32)
    expect(prefixKey(parsePrefix('fd00::/8'))).toHaveLength(9)
  })
})

describe('IPv4-mapped addresses', () => {
  test('::ffff:a.b.c.d is IPv4 inside IPv6', () => {
    expect(isMapped(parseAddress('::ffff:10.0.0.1'))).toBe(true)
    expect(unmapped(parseAddress('::ffff:10.0.0.1'))).toEqual(parseAddress('10.0.0.1'))
  })

  test.each(['::10.0.0.1', '10.0.0.1', '1::ffff:10.0.0.1', 'fd00::14'])('%s is not', (text) => {
    expect(isMapped(parseAddress(text))).toBe(false)
    expect(unmapped(parseAddress(text))).toEqual(parseAddress(text))
  })

  test.each([
    ['::ffff:127.0.0.1', '127.0.0.1'],
    ['::FFFF:127.0.0.1', '127.0.0.1'],
    ['127.0.0.1', '127.0.0.1'],
    ['fe80::1%eth0', 'fe80::1%eth0'],
    ['::1', '::1'],
  ])('a socket that says %s means %s', (text, normal) => expect(normalizeText(text)).toBe(normal))
})

test('masking clears the bits behind the length in every word', () => {
  expect(formatPrefix(masked(parseAddress('ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'), 65))).toBe(
    'ffff:ffff:ffff:ffff:8000::/65',
  )
  expect(formatPrefix(masked(parseAddress('255.255.255.255'), 9))).toBe('255.128.0.0/9')
})

test.each([
  ['10.5.112.0/24', '10.5.112.0/24', 32],
  ['10.5.112.0/24', '10.5.115.0/24', 22],
  ['10.0.0.0/8', '128.0.0.0/1', 0],
  ['fd00:10::/64', 'fd00:10:0:1::/64', 63],
])('%s and %s have %i leading bits in common', (a, b, bits) => {
  expect(commonBits(parsePrefix(a), parsePrefix(b))).toBe(bits)
})
