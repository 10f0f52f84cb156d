import { describe, expect, test } from 'vitest'
import { BGP_ERRORS } from '../../../src/core/errors/bgp-codes.ts'
import { BgpError, isBgpError } from '../../../src/core/errors/bgp-error.ts'
import { describeNotification } from '../../../src/core/wire/notification.ts'

describe('BgpError', () => {
  test('carries the NOTIFICATION of its code, the data and the clause', () => {
    const error = new BgpError('BGP_ERR_LENGTH', '4097', new Uint8Array([0x10, 0x01]))
    expect(error.notification).toEqual({ code: 1, subcode: 2, data: new Uint8Array([0x10, 0x01]) })
    expect(error.code).toBe('BGP_ERR_LENGTH')
    expect(error.clause).toBe('RFC 4271 §6.1')
    expect(error.message).toBe('bad message length: 4097')
  })

  test('takes the clause of a later RFC where one decides', () => {
    expect(new BgpError('BGP_ERR_OPEN_PEER_AS', 'AS 0', undefined, 'RFC 7607 §2').clause).toBe('RFC 7607 §2')
  })

  test('is recognised also when it comes from another copy of the package', () => {
    const foreign = Object.assign(new Error('x'), { [Symbol.for('routewitness.BgpError')]: true })
    expect(isBgpError(foreign)).toBe(true)
    expect(isBgpError(new Error('x'))).toBe(false)
    expect(isBgpError(undefined)).toBe(false)
  })
})

describe('the table of BGP errors', () => {
  test.each(Object.entries(BGP_ERRORS))(
    '%s has a clause and a NOTIFICATION that IANA names',
    (_name, entry) => {
      expect(entry.clause).toMatch(/^RFC \d+ §\d/)
      if (entry.subcode > 0)
        expect(describeNotification(entry.code, entry.subcode)).toMatch(/^[A-Z].*\/[A-Z]/)
    },
  )

  test('has each pair of code and subcode once', () => {
    const pairs = Object.values(BGP_ERRORS).map(({ code, subcode }) => `${code}/${subcode}`)
    expect(new Set(pairs).size).toBe(pairs.length)
  })
})
