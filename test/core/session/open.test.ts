import { describe, expect, test } from 'vitest'
import { IPV4_UNICAST, IPV6_UNICAST, type OpenMessage } from '../../../src/core/wire/message.ts'
import { keepaliveInterval, negotiate, openFor } from '../../../src/core/session/negotiate.ts'
import { encodeMessage, decodeMessage, DEFAULT_CONTEXT } from '../../../src/core/wire/codec.ts'
import { Bench, config, RANGE } from '../../support/speaker-bench.ts'
import { open } from '../../support/speaker-messages.ts'
import { established, peer, type Setup } from '../../support/speaker-peer.ts'

const us = { asn: 65000, identifier: 0x0a000001 }
const decoded = (bytes: Uint8Array) => decodeMessage(bytes, DEFAULT_CONTEXT) as OpenMessage

describe('our OPEN', () => {
  test('goes out as soon as the connection is there', () => {
    const bench = new Bench()
    const session = bench.connect()
    expect(bench.messages(session)).toMatchObject([{ type: 'open', myAs: 65000, holdTime: 90 }])
  })

  test('has capabilities 1, 2, 65 and 64 with N=1, R=0, time 120 and no families', () => {
    expect(openFor(us, RANGE).capabilities).toEqual([
      { code: 1, family: IPV4_UNICAST },
      { code: 1, family: IPV6_UNICAST },
      { code: 2 },
      { code: 65, asn: 65000 },
      { code: 64, restarting: false, notification: true, time: 120, families: [] },
    ])
    const bytes = encodeMessage(openFor(us, RANGE), DEFAULT_CONTEXT)
    expect(bytes.length).toBeGreaterThanOrEqual(37) // MetalLB's native speaker refuses shorter ones
  })

  test('has capabilities 5, 6 and 70 only when asked for, and 64 only as a helper', () => {
    const asked = { ...RANGE, extendedNextHop: true, extendedMessages: true, enhancedRouteRefresh: true }
    const codes = (terms: typeof RANGE) => openFor(us, terms).capabilities.map(({ code }) => code)
    expect(codes(asked)).toEqual([1, 1, 2, 65, 64, 5, 6, 70])
    expect(codes({ ...RANGE, gracefulRestart: undefined })).toEqual([1, 1, 2, 65])
  })

  test('has AS_TRANS in its two-octet field when our AS needs four', () => {
    expect(openFor({ ...us, asn: 4200000001 }, RANGE).myAs).toBe(23456)
  })
})

describe('an OPEN is refused with', () => {
  const cases: [string, Setup, string][] = [
    ['[row 6] 2/2 when the AS is not the configured one', { asn: 64513, range: { asn: 64512 } }, '2/2'],
    ['[row 69] 2/2 when the AS is 0', { asn: 0 }, '2/2'],
    ['[row 68] 2/2 when capability 65 says AS_TRANS', { asn: 23456 }, '2/2'],
    ['[row 7] 2/3 when the identifier is 0', { identifier: '0.0.0.0' }, '2/3'],
    ['[row 7] 2/3 when identifier and AS are ours', { asn: 65000, identifier: '10.0.0.1' }, '2/3'],
    ['[row 8] 2/6 when the hold time is 1', { holdTime: 1 }, '2/6'],
    ['[row 8] 2/6 when the hold time is 2', { holdTime: 2 }, '2/6'],
  ]
  test.each(cases)('%s', (_, setup, expected) => {
    const refused = peer(setup).opens()
    const last = refused.received.at(-1)
    expect(last?.type === 'notification' && `${last.code}/${last.subcode}`).toBe(expected)
    expect(refused.view).toMatchObject({ state: 'closed', cause: { kind: 'open-error', by: 'us' } })
  })

  test('[row 5] 2/1 and our version when the version is not 4', () => {
    const bytes = open()
    bytes[19] = 3
    const bench = new Bench()
    const session = bench.connect()
    bench.message(session, bytes)
    expect(bench.messages(session).at(-1)).toMatchObject({ code: 2, subcode: 1, data: Uint8Array.of(0, 4) })
  })

  test('[row 7] nothing when the identifier is ours and the AS is not (RFC 6286)', () => {
    expect(established({ identifier: '10.0.0.1' }).view.state).toBe('established')
  })

  test('[row 6] nothing when it has four octets of AS and AS_TRANS in the old field', () => {
    const far = established({ asn: 4200000001, range: { asn: 4200000001 } })
    expect(far.view).toMatchObject({ state: 'established', peer: '127.0.0.1:1790 4200000001 192.168.77.14' })
  })
})

describe('negotiation', () => {
  const ours = openFor(us, RANGE)

  test('[row 8] takes the smaller hold time; 0 means no timers at all', () => {
    expect(established({ holdTime: 9 }).view.holdTime).toBe(9)
    expect(established({ holdTime: 240 }).view.holdTime).toBe(90)
    const timeless = established({ holdTime: 0 })
    expect(timeless.view.holdTime).toBe(0)
    expect(timeless.bench.timers()).toEqual([])
  })

  test('[row 14] takes the families that both offer', () => {
    expect(negotiate(ours, decoded(open({ families: [IPV6_UNICAST] }))).families).toEqual([IPV6_UNICAST])
    expect(negotiate(ours, decoded(open({ families: [{ afi: 1, safi: 128 }] }))).families).toEqual([])
  })

  test('[rows 14, 15] reads no multiprotocol capability as IPv4 unicast, and none at all as a two-octet speaker', () => {
    const bare = negotiate(ours, decoded(open({ capabilities: [] })))
    expect(bare.families).toEqual([IPV4_UNICAST])
    expect(bare.receive.fourOctetAs).toBe(false)
    expect(open({ capabilities: [] }).length).toBe(29)
    expect(established({ capabilities: [] }).view.state).toBe('established')
  })

  test('[row 3] takes larger messages iff we offered (RFC 8654 §4), sends them iff both did, because of FRR', () => {
    const long = openFor(us, { ...RANGE, extendedMessages: true })
    const with6 = decoded(open({ extra: [{ code: 6 }] }))
    expect(negotiate(long, decoded(open())).receive.maxLength).toBe(65535)
    expect(negotiate(long, decoded(open())).send.maxLength).toBe(4096)
    expect(negotiate(ours, with6).receive.maxLength).toBe(4096)
    expect(negotiate(ours, with6).send.maxLength).toBe(4096)
    expect(negotiate(long, with6).send.maxLength).toBe(65535)
  })

  test('[row 3] tells the socket how long a message may be', () => {
    const offered = established({ range: { extendedMessages: true } })
    expect(offered.bench.effects).toContainEqual({ do: 'set-max-length', session: 1, length: 65535 })
    expect(established().bench.effects.some((effect) => effect.do === 'set-max-length')).toBe(false)
  })

  test('is internal when the AS is ours', () => {
    expect(negotiate(ours, decoded(open({ asn: 65000 }))).internal).toBe(true)
    expect(negotiate(ours, decoded(open())).internal).toBe(false)
  })
})

describe('KEEPALIVE', () => {
  test('[row 9] is due after 0.75 to 1 third of the hold time, spread over sessions, never more often than a second', () => {
    const intervals = Array.from({ length: 100 }, (_, session) => keepaliveInterval(90, session))
    expect(Math.min(...intervals)).toBeGreaterThanOrEqual(22.5e6)
    expect(Math.max(...intervals)).toBeLessThanOrEqual(30e6)
    expect(new Set(intervals).size).toBe(100)
    expect(keepaliveInterval(3, 7)).toBe(1e6)
  })

  test('[row 9] keeps a peer with hold 3 and keepalive 1 for as long as it likes', () => {
    const fast = established({ holdTime: 3 }).passes('10m')
    expect(fast.view.state).toBe('established')
    expect(fast.received.filter(({ type }) => type === 'keepalive').length).toBeGreaterThanOrEqual(600)
  })

  test('the range decides by source address', () => {
    const strict = { ...RANGE, asn: 1, from: { afi: 1 as const, words: [0x7f00000e], length: 32 } }
    const other = { ...RANGE, from: { afi: 1 as const, words: [0x7f00000f], length: 32 } }
    const bench = new Bench(config({}, { peers: [strict, other] }))
    expect(peer({ bench }).opens().view.cause).toMatchObject({ kind: 'open-error' })
    expect(peer({ bench, address: '127.0.0.15' }).comes().view.state).toBe('established')
  })
})
