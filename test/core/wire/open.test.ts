import { describe, expect, test } from 'vitest'
import { decodeMessage, DEFAULT_CONTEXT, encodeMessage } from '../../../src/core/wire/codec.ts'
import { IPV4_UNICAST, IPV6_UNICAST, type OpenMessage } from '../../../src/core/wire/message.ts'
import { capabilities, capability, myAsField, openAsn } from '../../../src/core/wire/open.ts'
import { framed, hex, toHex } from '../../support/hex.ts'

const FIXED = '04 fc00 005a c0a84d0e'

const OPEN: OpenMessage = {
  type: 'open',
  version: 4,
  myAs: 64512,
  holdTime: 90,
  identifier: 0xc0a84d0e,
  capabilities: [],
  extendedParameters: false,
}

function decode(body: string): OpenMessage {
  return decodeMessage(framed(1, hex(body)), DEFAULT_CONTEXT) as OpenMessage
}

function encode(open: OpenMessage): string {
  return toHex(encodeMessage(open, DEFAULT_CONTEXT).subarray(19))
}

/** Round trip of an OPEN whose encoding is ours. */
function agrees(body: string, open: OpenMessage): void {
  expect(decode(body)).toEqual(open)
  expect(encode(open)).toBe(body.replaceAll(' ', ''))
}

describe('optional parameters', () => {
  test('[row 15] an OPEN without any has 29 octets', () => agrees(`${FIXED} 00`, OPEN))

  test('all capabilities stand in one parameter', () => {
    agrees(`${FIXED} 0a 0208 0200 4104 0000fc00`, {
      ...OPEN,
      capabilities: [{ code: 2 }, { code: 65, asn: 64512 }],
    })
  })

  test('[row 11] one parameter for each capability, several in one, and duplicates are understood', () => {
    const open = decode(`${FIXED} 1e 0202 0200 020c 010400010001 010400020001 0206 4104 0000fc00 0202 0200`)
    expect(open.capabilities.map(({ code }) => code)).toEqual([2, 1, 1, 65, 2])
    expect(capabilities(open, 1).map(({ family }) => family)).toEqual([IPV4_UNICAST, IPV6_UNICAST])
  })

  test('an empty capabilities parameter is legal', () => {
    expect(decode(`${FIXED} 02 0200`).capabilities).toEqual([])
  })

  test('[row 10] unknown capabilities survive byte for byte', () => {
    agrees(`${FIXED} 09 0207 4305 0102030405`, {
      ...OPEN,
      capabilities: [{ code: 'raw', rawCode: 67, bytes: hex('0102030405') }],
    })
  })
})

describe('[row 13] extended optional parameters (RFC 9072)', () => {
  test('are understood and sent in small OPENs', () => {
    agrees(`${FIXED} ff ff 0005 02 0002 0200`, {
      ...OPEN,
      extendedParameters: true,
      capabilities: [{ code: 2 }],
    })
  })

  test('may be empty', () => agrees(`${FIXED} ff ff 0000`, { ...OPEN, extendedParameters: true }))

  test('the one-octet length is ignored once the first type is 255', () => {
    expect(decode(`${FIXED} 01 ff 0005 02 0002 0200`)).toMatchObject({
      extendedParameters: true,
      capabilities: [{ code: 2 }],
    })
  })

  test('are used when the capabilities need more than 255 octets', () => {
    const raw = (length: number) => ({ code: 'raw' as const, rawCode: 200, bytes: new Uint8Array(length) })
    expect(encode({ ...OPEN, capabilities: [raw(251)] }).slice(18, 24)).toBe('ff02fd')
    const large = { ...OPEN, capabilities: [raw(252), raw(255)] }
    expect(encode(large).slice(18, 32)).toBe('ffff02020201ff')
    expect(decode(encode(large))).toEqual({ ...large, extendedParameters: true })
  })

  test.each([
    'ff ff',
    'ff ff 00',
    'ff ff 0001',
    'ff ff 0000 00',
    'ff ff 0002 0200',
    'ff ff 0005 02 0003 0200',
  ])('%s is malformed: 2/0', (parameters) => {
    expect(() => decode(`${FIXED} ${parameters}`)).toThrow(
      expect.objectContaining({ code: 'BGP_ERR_OPEN_MALFORMED' }),
    )
  })

  test('255 anywhere else is an unknown parameter: 2/4', () => {
    expect(() => decode(`${FIXED} 04 0200 ff00`)).toThrow(
      expect.objectContaining({ code: 'BGP_ERR_OPEN_PARAMETER' }),
    )
    expect(() => decode(`${FIXED} ff ff 0003 ff 0000`)).toThrow(
      expect.objectContaining({ code: 'BGP_ERR_OPEN_PARAMETER' }),
    )
  })
})

describe('OPEN errors (RFC 4271 §6.2)', () => {
  test.each([
    ['[row 5] another version', '03 fc00 005a c0a84d0e 00', 2, 1, '0004'],
    ['[row 5] another version with a body of its own', '05 fc00 005a c0a84d0e 99', 2, 1, '0004'],
    ['[row 69] AS 0', '04 0000 005a c0a84d0e 00', 2, 2, ''],
    ['[row 69] AS 0 in capability 65', `${FIXED} 08 0206 4104 00000000`, 2, 2, ''],
    ['[row 68] AS_TRANS in capability 65', '04 5ba0 005a c0a84d0e 08 0206 4104 00005ba0', 2, 2, ''],
    ['[row 68] AS_TRANS without capability 65', '04 5ba0 005a c0a84d0e 00', 2, 2, ''],
    ['[row 7] identifier 0', '04 fc00 005a 00000000 00', 2, 3, ''],
    ['[row 10] an unknown optional parameter', `${FIXED} 03 0101 00`, 2, 4, ''],
    ['[row 8] hold time 1', '04 fc00 0001 c0a84d0e 00', 2, 6, ''],
    ['[row 8] hold time 2', '04 fc00 0002 c0a84d0e 00', 2, 6, ''],
    ['[row 10] a parameter length beyond the message', `${FIXED} 05 0202 0200`, 2, 0, ''],
    ['[row 10] octets behind the parameters', `${FIXED} 03 0202 0200`, 2, 0, ''],
    ['[row 10] octets behind no parameters', `${FIXED} 00 0202 0200`, 2, 0, ''],
    ['[row 10] parameters announced and none there', `${FIXED} 04`, 2, 0, ''],
    ['[row 10] a parameter that overruns', `${FIXED} 04 0203 0200`, 2, 0, ''],
    ['[row 10] half a parameter header', `${FIXED} 01 02`, 2, 0, ''],
    ['[row 10] a capability that overruns', `${FIXED} 04 0202 0201`, 2, 0, ''],
    ['[row 10] half a capability header', `${FIXED} 03 0201 02`, 2, 0, ''],
    ['[row 10] a malformed capability', `${FIXED} 05 0203 4101 00`, 2, 0, ''],
  ])('%s', (_name, body, code, subcode, data) => {
    expect(() => decode(body)).toThrow(
      expect.objectContaining({ notification: { code, subcode, data: hex(data) } }),
    )
  })

  test.each(['0000', '0003', 'ffff'])('[row 8] hold time 0x%s is acceptable', (hold) => {
    expect(decode(`04 fc00 ${hold} c0a84d0e 00`).holdTime).toBe(Number.parseInt(hold, 16))
  })

  test('[row 6] AS_TRANS beside capability 65 is normal, and any identifier but 0 is', () => {
    const open = decode('04 5ba0 005a e0000001 08 0206 4104 00010000')
    expect(openAsn(open)).toBe(65536)
    expect(open.myAs).toBe(23456)
  })
})

describe('looking into an OPEN', () => {
  const open: OpenMessage = {
    ...OPEN,
    capabilities: [
      { code: 1, family: IPV6_UNICAST },
      { code: 65, asn: 64513 },
    ],
  }

  test('the AS that counts is capability 65, or else My Autonomous System', () => {
    expect(openAsn(open)).toBe(64513)
    expect(openAsn(OPEN)).toBe(64512)
    expect(myAsField(65535)).toBe(65535)
    expect(myAsField(65536)).toBe(23456)
  })

  test('a capability is found with its type', () => {
    expect(capability(open, 1)?.family).toEqual(IPV6_UNICAST)
    expect(capability(open, 64)).toBeUndefined()
  })
})

test('what does not fit is refused when encoding', () => {
  const raw = (length: number) => ({ code: 'raw' as const, rawCode: 200, bytes: new Uint8Array(length) })
  expect(() => encode({ ...OPEN, capabilities: [raw(256)] })).toThrow(RangeError)
  expect(() => encode({ ...OPEN, capabilities: Array.from({ length: 16 }, () => raw(255)) })).toThrow(
    'exceeds 4096',
  )
})
