// What a peer may send and how much, and what becomes of one that does not read.
import { describe, expect, test } from 'vitest'
import { parseAddress, parsePrefix } from '../../../src/core/ip/text.ts'
import { DEFAULT_CONTEXT } from '../../../src/core/wire/codec.ts'
import type { Capability } from '../../../src/core/wire/message.ts'
import { encodeUpdate } from '../../../src/core/wire/update-encode.ts'
import { open, refresh, update } from '../../support/speaker-messages.ts'
import { established, type TestPeer } from '../../support/speaker-peer.ts'

const LONG: readonly Capability[] = [{ code: 6 }]

/** An UPDATE that is longer than 4096 octets. */
function longUpdate(): Uint8Array {
  const prefixes = Array.from({ length: 2000 }, (_, n) => parsePrefix(`10.${n >> 8}.${n & 255}.0/24`))
  return encodeUpdate(
    {
      reach: [
        {
          family: { afi: 1, safi: 1 },
          nextHop: { global: parseAddress('127.0.0.14') },
          nlri: prefixes.map((prefix) => ({ prefix })),
        },
      ],
      attributes: { origin: 0, asPath: [{ type: 2, asns: [64512] }] },
    },
    { ...DEFAULT_CONTEXT, maxLength: 65535 },
  )
}

function lastNotification(peer: TestPeer): string | undefined {
  const last = peer.received.at(-1)
  return last?.type === 'notification' ? `${last.code}/${last.subcode}` : undefined
}

describe('[rows 3, 4] extended messages are a matter of each direction', () => {
  test('a long UPDATE is taken iff we offered, whatever the peer offered', () => {
    const taken = established({ range: { extendedMessages: true } }).sends(longUpdate())
    expect(taken.routes()).toHaveLength(2000)
    const refused = established({ extra: LONG }).sends(longUpdate())
    expect(lastNotification(refused)).toBe('1/2')
    expect(refused.received.at(-1)).toMatchObject({ data: longUpdate().slice(16, 18) })
  })

  test('we send long ones only where both offered: RFC 8654 allows it, and FRR needs it', () => {
    const routes = Array.from({ length: 2000 }, (_, n) => ({
      prefix: parsePrefix(`10.${n >> 8}.${n & 255}.0/24`),
    }))
    const longest = (peer: TestPeer): number => {
      peer.bench.command({ command: 'announce', routes })
      return Math.max(...peer.bench.sent.map(({ bytes }) => bytes.length))
    }
    expect(longest(established({ range: { extendedMessages: true }, extra: LONG }))).toBeGreaterThan(4096)
    expect(longest(established({ extra: LONG }))).toBeLessThanOrEqual(4096)
    expect(longest(established({ range: { extendedMessages: true } }))).toBeLessThanOrEqual(4096)
  })

  test('an OPEN and a KEEPALIVE are never long', () => {
    const offered = { range: { extendedMessages: true }, extra: LONG }
    const long = (type: number, length: number): Uint8Array => {
      const bytes = new Uint8Array(length).fill(0xff, 0, 16)
      bytes.set([length >>> 8, length & 255, type], 16)
      return bytes
    }
    for (const bytes of [long(1, 4097), long(4, 4097), long(4, 20)])
      expect(lastNotification(established(offered).sends(bytes))).toBe('1/2')
  })
})

describe('[row 13] an OPEN in the extended form (RFC 9072)', () => {
  /** Any OPEN, with its parameters in the extended form and this one-octet length. */
  function extended(oneOctet: number): Uint8Array {
    const plain = open()
    const capabilities = plain.subarray(31)
    const out = new Uint8Array(28 + 1 + 3 + 3 + capabilities.length)
    out.set(plain.subarray(0, 28))
    out.set([oneOctet, 255, 0, 3 + capabilities.length, 2, 0, capabilities.length], 28)
    out.set(capabilities, 35)
    out[17] = out.length
    return out
  }

  test.each([255, 1, 77])('is taken, however short, with %i in the one-octet length', (oneOctet) => {
    const node = established()
    node.closes()
    node.session = node.bench.connect()
    node.sends(extended(oneOctet))
    expect(node.view).toMatchObject({ state: 'open-confirm', received: { extendedParameters: true } })
  })

  test('is what we send when asked to', () => {
    const node = established({ range: { extendedParameters: true } })
    expect(node.received[0]).toMatchObject({ type: 'open', extendedParameters: true })
    expect(node.bench.sent[0]!.bytes.subarray(28, 30)).toEqual(Uint8Array.of(255, 255))
    expect(established().received[0]).toMatchObject({ extendedParameters: false })
  })
})

describe('[row 24] a peer that does not read (RFC 9687)', () => {
  const blocks = (peer: TestPeer, blocked = true): TestPeer => {
    peer.bench.input({ type: 'write-blocked', session: peer.session, blocked })
    return peer
  }

  test('is given up after 8 minutes, though it sends KEEPALIVEs: 8/0 is tried, then RST', () => {
    const node = blocks(established().announces('10.5.113.0/24'))
    expect(node.passes('479s').view.state).toBe('established')
    node.passes('1s')
    expect(lastNotification(node)).toBe('8/0')
    expect(node.view).toMatchObject({ state: 'closed', cause: { kind: 'send-hold-expired' } })
    expect(node.bench.closed.get(node.session)).toBe('rst')
    expect(node.routes()).toEqual([])
  })

  test('is given up after twice the hold time when that is longer', () => {
    const node = blocks(established({ holdTime: 300, range: { holdTime: 300 } })).passes('599s')
    expect(node.view.state).toBe('established')
    expect(node.passes('1s').view.state).toBe('closed')
  })

  test('is given up with hold time 0 too', () => {
    expect(blocks(established({ holdTime: 0 })).passes('8m').view.state).toBe('closed')
  })

  test('is kept when it reads again in time; a later block starts anew', () => {
    const node = blocks(blocks(blocks(established()).passes('7m'), false).passes('1m'))
    expect(node.passes('7m').view.state).toBe('established')
    expect(blocks(node).passes('1m').view.state).toBe('closed')
  })

  test('keeps its routes where both sides set the N bit, as for any NOTIFICATION but a Hard Reset', () => {
    const gracefulRestart = { notification: true, time: '1000s' }
    const node = blocks(established({ gracefulRestart }).announces('10.5.113.0/24')).passes('8m')
    expect(node.routes()).toEqual(['10.5.113.0/24 (stale)'])
  })
})

describe('[row 33] more prefixes than agreed', () => {
  test('end the session with 6/1, the family and the limit', () => {
    const node = established({ range: { maxPrefixes: 2 } }).announces('10.0.0.0/24', '10.0.1.0/24')
    expect(node.view.state).toBe('established')
    node.announces('10.0.2.0/24')
    expect(node.received.at(-1)).toMatchObject({
      code: 6,
      subcode: 1,
      data: Uint8Array.of(0, 1, 1, 0, 0, 0, 2),
    })
    expect(node.routes()).toEqual([])
  })

  test('are counted by family, and only those that it has now', () => {
    const families = [
      { afi: 1, safi: 1 },
      { afi: 2, safi: 1 },
    ]
    const node = established({ families, range: { maxPrefixes: 1 } })
    node.announces('10.0.0.0/24').announces('10.0.0.0/24').announces('fd00::/64')
    node.withdraws('10.0.0.0/24').announces('10.0.1.0/24')
    expect(node.view.state).toBe('established')
  })
})

describe('[row 31] a shutdown communication (RFC 9003)', () => {
  const text = (peer: TestPeer): string | undefined => {
    const last = peer.received.at(-1)
    return last?.type === 'notification' && last.data.length > 0
      ? new TextDecoder().decode(last.data.subarray(1))
      : undefined
  }

  test.each([2, 4])('goes out with 6/%i', (subcode) => {
    const node = established()
    node.bench.command({ command: 'notify', peer: node.key, code: 6, subcode, text: 'Wartung für heute' })
    expect(text(node)).toBe('Wartung für heute')
    expect(node.view.cause).toMatchObject({
      kind: 'notification',
      notification: { text: 'Wartung für heute' },
    })
  })

  test('has no place in another NOTIFICATION', () => {
    const node = established()
    node.bench.command({ command: 'notify', peer: node.key, code: 6, subcode: 3, text: 'no' })
    expect(node.received.at(-1)).toMatchObject({ code: 6, subcode: 3, data: new Uint8Array(0) })
  })

  test('is cut to 128 octets between two characters: nobody says how much a peer takes', () => {
    const node = established()
    node.bench.command({ command: 'stop', text: 'ü'.repeat(200) })
    expect(text(node)).toBe('ü'.repeat(64))
    expect(node.view.cause).toEqual({ kind: 'stopped', text: 'ü'.repeat(200) })
  })
})

test('what is no UPDATE does not count as one: a ROUTE-REFRESH leaves the limit alone', () => {
  const node = established({ range: { maxPrefixes: 1 } })
    .announces('10.0.0.0/24')
    .sends(refresh())
  expect(node.sends(update({ prefixes: ['10.0.0.0/24'] })).view.state).toBe('established')
})
