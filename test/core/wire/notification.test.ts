import { describe, expect, test } from 'vitest'
import {
  describeNotification,
  hardResetReason,
  shutdownCommunication,
  shutdownData,
} from '../../../src/core/wire/notification.ts'
import { hex, toHex } from '../../support/hex.ts'

test.each([
  [6, 3, 'Cease/Peer De-configured'],
  [6, 9, 'Cease/Hard Reset'],
  [4, 0, 'Hold Timer Expired'],
  [1, 2, 'Message Header Error/Bad Message Length'],
  [2, 0, 'OPEN Message Error'],
  [2, 5, 'OPEN Message Error/5'],
  [5, 3, 'Finite State Machine Error/Unexpected Message in Established State'],
  [7, 1, 'ROUTE-REFRESH Message Error/Invalid Message Length'],
  [200, 7, 'code 200/7'],
  [0, 0, 'code 0'],
])('[row 31] %i/%i is %s', (code, subcode, text) => expect(describeNotification(code, subcode)).toBe(text))

describe('[row 31] shutdown communication (RFC 9003)', () => {
  const of = (subcode: number, data: string) => shutdownCommunication({ code: 6, subcode, data: hex(data) })

  test('is text on Administrative Shutdown and Reset', () => {
    const text = '1a 5065657220636f6e66696775726174696f6e206368616e676564'
    expect(of(4, text)).toBe('Peer configuration changed')
    expect(of(2, text)).toBe('Peer configuration changed')
    expect(of(3, text)).toBeUndefined()
    expect(shutdownCommunication({ code: 5, subcode: 2, data: hex(text) })).toBeUndefined()
  })

  test.each([
    ['', 'no data'],
    ['00', 'length 0'],
    ['02 61', 'a length beyond the data'],
    ['01 ff', 'invalid UTF-8'],
    ['02 c080', 'an overlong form'],
    ['03 eda080', 'a surrogate'],
  ])('data %s (%s) is no text', (data) => expect(of(2, data)).toBeUndefined())

  test('ends where its length says', () => expect(of(2, '01 61 62')).toBe('a'))

  test('is written with its length', () => {
    expect(toHex(shutdownData('ä'))).toBe('02c3a4')
    expect(toHex(shutdownData(''))).toBe('00')
  })

  test('is cut between characters at 255 octets', () => {
    const data = shutdownData('€'.repeat(100))
    expect(data[0]).toBe(255)
    expect(of(2, toHex(data))).toBe('€'.repeat(85))
    expect(shutdownData('ä'.repeat(128))[0]).toBe(254)
  })
})

describe('[rows 31, 94] Hard Reset (RFC 8538 §3)', () => {
  test('says which NOTIFICATION it stands for', () => {
    expect(hardResetReason({ code: 6, subcode: 9, data: hex('0603') })).toEqual({
      type: 'notification',
      code: 6,
      subcode: 3,
      data: hex(''),
    })
  })
  test('carries the shutdown communication of what it stands for', () => {
    const data = hex('0602 05 68656c6c6f')
    expect(shutdownCommunication({ code: 6, subcode: 9, data })).toBe('hello')
    // One inside another is nobody's: it is not looked into.
    expect(
      shutdownCommunication({ code: 6, subcode: 9, data: hex('0609 0602 05 68656c6c6f') }),
    ).toBeUndefined()
  })
  test("GoBGP's carries nothing", () => {
    expect(hardResetReason({ code: 6, subcode: 9, data: hex('') })).toBeUndefined()
    expect(hardResetReason({ code: 6, subcode: 3, data: hex('0603') })).toBeUndefined()
  })
})
