import { describe, expect, test } from 'vitest'
import { decodeMessage, DEFAULT_CONTEXT, encodeMessage } from '../../../src/core/wire/codec.ts'
import { messageLength } from '../../../src/core/wire/framing.ts'
import type { CodecContext, Message, UpdateMessage } from '../../../src/core/wire/message.ts'
import { framed, hex, message, toHex, updateOf } from '../../support/hex.ts'

const EXTENDED: CodecContext = { ...DEFAULT_CONTEXT, maxLength: 65535 }

function agrees(bytes: Uint8Array, decoded: Message): void {
  expect(decodeMessage(bytes, DEFAULT_CONTEXT)).toEqual(decoded)
  expect(toHex(encodeMessage(decoded, DEFAULT_CONTEXT))).toBe(toHex(bytes))
}

test('KEEPALIVE is a header', () => agrees(message('0013 04'), { type: 'keepalive' }))

test('NOTIFICATION has code, subcode and data', () => {
  agrees(message('0015 03 0603'), { type: 'notification', code: 6, subcode: 3, data: hex('') })
  agrees(message('0017 03 0102 1001'), { type: 'notification', code: 1, subcode: 2, data: hex('1001') })
})

test('ROUTE-REFRESH has family and subtype, also one that nobody knows', () => {
  agrees(message('0017 05 0001 00 01'), { type: 'route-refresh', family: { afi: 1, safi: 1 }, subtype: 0 })
  agrees(message('0017 05 0002 02 01'), { type: 'route-refresh', family: { afi: 2, safi: 1 }, subtype: 2 })
  agrees(message('0017 05 0002 7f 01'), { type: 'route-refresh', family: { afi: 2, safi: 1 }, subtype: 127 })
})

describe('[rows 2, 3] header errors (RFC 4271 §6.1)', () => {
  const marker = message('0013 04')
  marker[15] = 0xfe

  test.each<[what: string, bytes: Uint8Array, subcode: number, data: string]>([
    ['a marker that is not all ones', marker, 1, ''],
    ['length 18', message('0012 04'), 2, '0012'],
    ['length 4097 without extended messages', framed(2, new Uint8Array(4078)), 2, '1001'],
    ['a length that is not that of the bytes', message('0014 04'), 2, '0014'],
    ['an OPEN of 28 octets', framed(1, new Uint8Array(9)), 2, '001c'],
    ['an UPDATE of 22 octets', framed(2, new Uint8Array(3)), 2, '0016'],
    ['a NOTIFICATION of 20 octets', framed(3, new Uint8Array(1)), 2, '0014'],
    ['a KEEPALIVE of 20 octets', framed(4, new Uint8Array(1)), 2, '0014'],
    ['type 0', message('0013 00'), 3, '00'],
    ['type 6', message('0013 06'), 3, '06'],
  ])('%s: 1/%#', (_what, bytes, subcode, data) => {
    expect(() => decodeMessage(bytes, DEFAULT_CONTEXT)).toThrow(
      expect.objectContaining({ notification: { code: 1, subcode, data: hex(data) } }),
    )
  })

  test('less than a header is a length error', () => {
    expect(() => decodeMessage(hex('ffff'), DEFAULT_CONTEXT)).toThrow(
      expect.objectContaining({ code: 'BGP_ERR_LENGTH' }),
    )
  })

  test('[row 4] OPEN and KEEPALIVE stay below 4097 octets also with extended messages (RFC 8654 §4)', () => {
    expect(() => decodeMessage(framed(1, new Uint8Array(4078)), EXTENDED)).toThrow(
      expect.objectContaining({ notification: { code: 1, subcode: 2, data: hex('1001') } }),
    )
    expect(decodeMessage(framed(3, new Uint8Array(4078)), EXTENDED).type).toBe('notification')
  })
})

describe('[rows 79, 82] a ROUTE-REFRESH whose body is not four octets', () => {
  test.each(['', '0001 01', '0001 01 01 00'])(
    '"%s" is 7/1 with the message as data (RFC 7313 §5)',
    (body) => {
      const bytes = framed(5, hex(body))
      expect(() => decodeMessage(bytes, DEFAULT_CONTEXT)).toThrow(
        expect.objectContaining({ notification: { code: 7, subcode: 1, data: bytes } }),
      )
    },
  )

  test('its data is cut to what a NOTIFICATION holds', () => {
    const decode = () => decodeMessage(framed(5, new Uint8Array(5000)), EXTENDED)
    expect(decode).toThrow(
      expect.objectContaining({
        notification: expect.objectContaining({ data: expect.objectContaining({ length: 4075 }) }),
      }),
    )
  })
})

test('what was decoded does not change when the receive buffer is used again', () => {
  const attributes = '40010100 400200 400304 7f00000e 800e0b 0019 46 01 aa 00 bbccdd0102 e06301 07'
  const bytes = updateOf({ attributes, nlri: '18 0a0573' })
  const decode = () => decodeMessage(bytes, DEFAULT_CONTEXT) as UpdateMessage
  const [update, same] = [decode(), decode()]
  const before = { ...same, decoded: same.attributes.decoded }
  const notification = message('0017 03 0102 1001')
  const decoded = decodeMessage(notification, DEFAULT_CONTEXT)
  bytes.fill(0)
  notification.fill(0)
  expect({ ...update, decoded: update.attributes.decoded }).toEqual(before)
  expect(update.reach[0]).toMatchObject({ nextHopBytes: hex('aa'), raw: hex('bbccdd0102') })
  expect(decoded).toMatchObject({ data: hex('1001') })
})

describe('framing', () => {
  const stream = hex(`${toHex(message('0013 04'))} ${toHex(message('0017 02 0000 0000'))}`)

  test('finds messages anywhere in the stream', () => {
    expect(messageLength(stream, 0, 4096)).toBe(19)
    expect(messageLength(stream, 19, 4096)).toBe(23)
  })
  test('reports a marker that is out of step', () =>
    expect(messageLength(stream, 1, 4096)).toEqual({ error: 1 }))
  test.each([
    ['0012', 4096],
    ['1001', 4096],
    ['0000', 65535],
  ])('reports length 0x%s with a limit of %i', (length, limit) => {
    expect(messageLength(message(`${length} 02`), 0, limit)).toEqual({ error: 2 })
  })
  test('accepts both limits', () => {
    expect(messageLength(message('1000 02'), 0, 4096)).toBe(4096)
    expect(messageLength(message('ffff 02'), 0, 65535)).toBe(65535)
  })
})
