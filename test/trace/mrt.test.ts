import { describe, expect, test } from 'vitest'
import { parseAddress } from '../../src/core/ip/text.ts'
import {
  MESSAGE_SUBTYPES,
  MRT_HEADER,
  type MrtMessage,
  recordLength,
  writeRecord,
} from '../../src/trace/mrt.ts'
import { MrtDecoder } from '../../src/trace/mrt-read.ts'
import { hex, toHex } from '../support/hex.ts'
import { CILIUM } from '../support/live-stream.ts'

const MESSAGE: MrtMessage = {
  at: 1_700_000_000_123_456,
  fourOctetAs: true,
  addPath: false,
  local: false,
  peerAsn: 64512,
  localAsn: 64524,
  interfaceIndex: 7,
  peer: parseAddress('127.0.0.13'),
  localAddress: parseAddress('127.0.0.1'),
  bytes: CILIUM.keepalive,
}

function written(message: MrtMessage): Buffer {
  const out = Buffer.alloc(recordLength(message))
  expect(writeRecord(message, out, 0)).toBe(out.length)
  return out
}

function read(bytes: Buffer): MrtMessage | undefined {
  const decoder = new MrtDecoder()
  return decoder.message(decoder.header(bytes, 0), bytes.subarray(MRT_HEADER))
}

const KEEPALIVE = 'ffffffffffffffffffffffffffffffff 0013 04'

test('a record is laid out as RFC 6396 §2, §3 and §4.4.3 have it', () => {
  // seconds, BGP4MP_ET, MESSAGE_AS4, length, microseconds; peer AS, local AS, interface, AFI, peer, local
  const expected = `6553f100 0011 0004 0000002b 0001e240 0000fc00 0000fc0c 0007 0001 7f00000d 7f000001 ${KEEPALIVE}`
  expect(toHex(written(MESSAGE))).toBe(expected.replaceAll(' ', ''))
})

test('with two-octet AS numbers and IPv6, RFC 6396 §4.4.2', () => {
  const message = {
    ...MESSAGE,
    fourOctetAs: false,
    localAsn: 4_200_000_000,
    peer: parseAddress('fd00::14'),
    localAddress: parseAddress('fd00::1'),
  }
  // An AS number of four octets is AS_TRANS here (RFC 6793 §4.2.2).
  const addresses = 'fd000000000000000000000000000014 fd000000000000000000000000000001'
  const expected = `6553f100 0011 0001 0000003f 0001e240 fc00 5ba0 0007 0002 ${addresses} ${KEEPALIVE}`
  expect(toHex(written(message))).toBe(expected.replaceAll(' ', ''))
})

test.each([...MESSAGE_SUBTYPES])('subtype %i says %o', (subtype, kind) => {
  const record = written({ ...MESSAGE, ...kind })
  expect(record.readUInt16BE(6)).toBe(subtype)
  expect(read(record)).toEqual({ ...MESSAGE, ...kind })
})

test('somebody else’s record without microseconds is read', () => {
  const bytes = Buffer.from(
    hex(`6553f100 0010 0004 00000027 0000fc00 0000fc0c 0007 0001 7f00000d 7f000001 ${KEEPALIVE}`),
  )
  expect(read(bytes)).toEqual({ ...MESSAGE, at: 1_700_000_000_000_000 })
})

describe('what binary-parser would let pass is refused:', () => {
  test.each<[string, string]>([
    [
      'a local address that is cut short',
      '6553f100 0011 0004 00000016 0001e240 0000fc00 0000fc0c 0007 0001 7f00000d 7f00',
    ],
    ['a header that is cut short', '6553f100 0011 0004 00000006 0001e240 0000'],
    [
      'an address family that is neither IPv4 nor IPv6',
      `6553f100 0011 0004 0000002b 0001e240 0000fc00 0000fc0c 0007 0003 7f00000d 7f000001 ${KEEPALIVE}`,
    ],
    [
      'a million microseconds',
      `6553f100 0011 0004 0000002b 000f4240 0000fc00 0000fc0c 0007 0001 7f00000d 7f000001 ${KEEPALIVE}`,
    ],
  ])('%s', (_name, record) => {
    expect(() => read(Buffer.from(hex(record)))).toThrow(/a record that/)
  })

  test('a length beyond reason', () => {
    expect(() => read(Buffer.from(hex('6553f100 0011 0004 ffffffff')))).toThrow(
      'a record of 4294967295 octets',
    )
  })
})

test('records of other kinds give nothing', () => {
  expect(read(Buffer.from(hex('6553f100 0011 0000 00000000')))).toBeUndefined() // a state change
  expect(read(Buffer.from(hex('6553f100 000d 0001 00000000')))).toBeUndefined() // TABLE_DUMP_V2
})
