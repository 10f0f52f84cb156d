// The codec on random bytes and on messages that are cut: it throws BgpErrors, and nothing else.
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isBgpError } from '../../src/core/errors/bgp-error.ts'
import { comparePrefixes, contains, masked, prefixKey } from '../../src/core/ip/arithmetic.ts'
import { formatAddress, formatPrefix, parseAddress, parsePrefix } from '../../src/core/ip/text.ts'
import { decodeMessage, DEFAULT_CONTEXT, encodeMessage } from '../../src/core/wire/codec.ts'
import { formatMessage } from '../../src/core/wire/format.ts'
import type { Capability, Message, OpenMessage } from '../../src/core/wire/message.ts'
import { framed, message } from '../support/hex.ts'
import { address4, address6, damage, prefix4, prefix6 } from '../support/update-arbitrary.ts'

const SAMPLES = [
  '0053 01 04 fc00 0009 c0a84d0e 36 0234 0200 4908066e6f6465303100 0600 010400010001 010400020001 41040000fc00 400ac03c0001018000020180 0506000100010002',
  '0053 02 0000 003c 40010100 400206 0201 0000fc00 c00804 fc000064 800e25 0002 01 10 00000000000000000000ffff7f00000e 00 78 fd1000000000000000000000000003',
  '0036 02 0000 001b 40010100 400206 0201 0000fc00 400304 7f00000e c00804 fc000064 18 0a0573',
  '0030 03 0604 1a 5065657220636f6e66696775726174696f6e206368616e676564',
  '0017 05 0001 00 01',
  '002f 01 04 5ba0 005a c0a84d0e ff ff 000f 02 0006 4104 00010000 02 0003 4901 00',
]

/** The message, or the BgpError; anything else is a defect. Whatever is decoded can also be printed. */
function attempt(bytes: Uint8Array): Message | undefined {
  try {
    const decoded = decodeMessage(bytes, DEFAULT_CONTEXT)
    expect(formatMessage(decoded)).not.toBe('')
    return decoded
  } catch (error) {
    if (!isBgpError(error)) throw error
    expect(error.notification.data.length).toBeLessThanOrEqual(4075)
    return undefined
  }
}

describe.each(SAMPLES)('%s', (sample) => {
  const bytes = message(sample)

  test('cut at every octet is a header error', () => {
    for (let length = 0; length < bytes.length; length++)
      expect(attempt(bytes.slice(0, length))).toBeUndefined()
  })

  test('cut at every octet with the length put right throws a BgpError or nothing', () => {
    for (let length = 19; length < bytes.length; length++)
      attempt(framed(bytes[18]!, bytes.subarray(19, length)))
  })

  test('damaged throws a BgpError or nothing', () => {
    fc.assert(
      fc.property(damage(), (damaged) => {
        attempt(framed(bytes[18]!, damaged(bytes.subarray(19))))
        attempt(damaged(bytes))
      }),
      { numRuns: 200 },
    )
  })
})

test('random bodies throw a BgpError or nothing', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 6 }), fc.uint8Array({ maxLength: 80 }), (type, body) => {
      attempt(framed(type, body))
    }),
    { numRuns: 1000 },
  )
})

describe('OPEN', () => {
  const u16 = fc.nat(0xffff)
  const family = fc.record({ afi: u16, safi: fc.nat(255) })
  const text = fc.string({ unit: 'grapheme', maxLength: 10 })
  const capability: fc.Arbitrary<Capability> = fc.oneof(
    fc.record({ code: fc.constant(1 as const), family }),
    fc.constantFrom<Capability>({ code: 2 }, { code: 6 }, { code: 70 }),
    fc.record({
      code: fc.constant(5 as const),
      entries: fc.array(fc.record({ family: fc.record({ afi: u16, safi: u16 }), nextHopAfi: u16 }), {
        maxLength: 4,
      }),
    }),
    fc.record({
      code: fc.constant(64 as const),
      restarting: fc.boolean(),
      notification: fc.boolean(),
      time: fc.nat(4095),
      families: fc.array(fc.record({ family, forwarding: fc.boolean() }), { maxLength: 4 }),
    }),
    fc.record({
      code: fc.constant(69 as const),
      entries: fc.array(fc.record({ family, direction: fc.integer({ min: 1, max: 3 }) }), { maxLength: 4 }),
    }),
    fc.record({
      code: fc.constant(71 as const),
      families: fc.array(fc.record({ family, forwarding: fc.boolean(), time: fc.nat(0xff_ffff) }), {
        maxLength: 4,
      }),
    }),
    fc.record({ code: fc.constant(73 as const), host: text, domain: text }),
    fc.record({ code: fc.constant(75 as const), version: text }),
    fc.record({
      code: fc.constant('raw' as const),
      rawCode: fc.constantFrom(3, 66, 67, 128, 255),
      bytes: fc.uint8Array({ maxLength: 255 }),
    }),
  )
  const open: fc.Arbitrary<OpenMessage> = fc.record({
    type: fc.constant('open' as const),
    version: fc.constant(4),
    myAs: fc.integer({ min: 1, max: 23455 }),
    holdTime: fc.integer({ min: 3, max: 0xffff }),
    identifier: fc.integer({ min: 1, max: 0xffff_ffff }),
    capabilities: fc.array(capability, { maxLength: 8 }),
    extendedParameters: fc.boolean(),
  })

  test('every OPEN that can be written reads the same', () => {
    fc.assert(
      fc.property(open, (sent) => {
        const bytes = encodeMessage(sent, DEFAULT_CONTEXT)
        const extendedParameters = bytes[29] === 255 && bytes[28] === 255
        expect(decodeMessage(bytes, DEFAULT_CONTEXT)).toEqual({ ...sent, extendedParameters })
        if (sent.extendedParameters) expect(extendedParameters).toBe(true)
      }),
      { numRuns: 200 },
    )
  })
})

describe('addresses and prefixes', () => {
  const prefix = fc.oneof(prefix4, prefix6)

  test('text and integers say the same', () => {
    fc.assert(
      fc.property(fc.oneof(address4, address6), prefix, (address, one) => {
        expect(parseAddress(formatAddress(address))).toEqual(address)
        expect(parsePrefix(formatPrefix(one))).toEqual(one)
      }),
      { numRuns: 300 },
    )
  })

  test('a prefix contains another exactly when that one, cut to its length, equals it', () => {
    fc.assert(
      fc.property(prefix, prefix, fc.nat(128), (a, b, length) => {
        const wide = masked(b, Math.min(length, b.length))
        expect(contains(wide, b)).toBe(true)
        const expected =
          a.afi === b.afi && a.length <= b.length && formatPrefix(masked(b, a.length)) === formatPrefix(a)
        expect(contains(a, b)).toBe(expected)
      }),
      { numRuns: 300 },
    )
  })

  test('two prefixes of a family have one key exactly when they are one', () => {
    fc.assert(
      fc.property(fc.oneof(fc.tuple(prefix4, prefix4), fc.tuple(prefix6, prefix6)), ([a, b]) => {
        expect(prefixKey(a) === prefixKey(b)).toBe(comparePrefixes(a, b) === 0)
        expect(prefixKey({ ...a })).toBe(prefixKey(a))
      }),
      { numRuns: 300 },
    )
  })
})
