// Rows that no other test names: negotiation, connections, refresh, graceful restart.
import { describe, expect, test } from 'vitest'
import { parsePrefix } from '../../src/core/ip/text.ts'
import { decodeMessage, DEFAULT_CONTEXT } from '../../src/core/wire/codec.ts'
import { IPV4_UNICAST, IPV6_UNICAST, type OpenMessage } from '../../src/core/wire/message.ts'
import { framed, hex } from '../support/hex.ts'
import { Bench, config } from '../support/speaker-bench.ts'
import { Cease, notification, refresh, update } from '../support/speaker-messages.ts'
import { established, peer, stale } from '../support/speaker-peer.ts'

const A = '10.5.113.0/24'
const B = '10.5.114.0/24'
const ENHANCED = { range: { enhancedRouteRefresh: true }, extra: [{ code: 70 }] } as const

/** An OPEN of AS 64512 with these optional parameters in hex. */
function openWith(parameters: string): OpenMessage {
  const octets = hex(parameters)
  const body = new Uint8Array([...hex('04 fc00 005a c0a84d0e'), octets.length, ...octets])
  return decodeMessage(framed(1, body), DEFAULT_CONTEXT) as OpenMessage
}

describe('negotiation', () => {
  test('[row 12] no capability is required: a peer may come with all, some or none of them', () => {
    const node = established()
    for (const capabilities of [[{ code: 65, asn: 64512 } as const], []]) {
      node.closes().comes({ capabilities })
      expect(node.view.state).toBe('established')
    }
    expect(node.bench.newsOf('notification')).toEqual([])
  })

  test('[row 12] 2/7 from a peer ends the session and nothing else; it may come again', () => {
    const node = peer()
      .opens()
      .sends(notification([2, 7]))
    expect(node.view.cause).toMatchObject({ kind: 'open-error', by: 'peer' })
    expect(node.comes().view.state).toBe('established')
  })

  test('[row 18] the extended next hop capability: AFI 1, SAFI 1 in two octets, next hop AFI 2', () => {
    expect(openWith('0208 0506 0001 0001 0002').capabilities).toEqual([
      { code: 5, entries: [{ family: IPV4_UNICAST, nextHopAfi: 2 }] },
    ])
    expect(() => openWith('0207 0505 0001 01 0002')).toThrow(
      expect.objectContaining({ code: 'BGP_ERR_OPEN_MALFORMED' }),
    )
  })

  test('[row 83] graceful restart: R 0x8, N 0x4, twelve bits of time, F 0x80', () => {
    expect(openWith('0208 4006 c123 0001 01 80').capabilities).toEqual([
      {
        code: 64,
        restarting: true,
        notification: true,
        time: 0x123,
        families: [{ family: IPV4_UNICAST, forwarding: true }],
      },
    ])
    expect(openWith('0208 4006 3fff 0001 01 7f').capabilities).toMatchObject([
      { restarting: false, notification: false, time: 0xfff, families: [{ forwarding: false }] },
    ])
  })
})

describe('connections', () => {
  test('[row 29] a NOTIFICATION is not answered, in any state', () => {
    for (const node of [peer().opens(), established()]) {
      const before = node.bench.sent.length
      node.sends(notification(Cease.AdministrativeReset))
      expect(node.view.state).toBe('closed')
      expect(node.bench.sent.length).toBe(before)
    }
  })

  test('[row 32] a peer that dials again at once is taken each time', () => {
    const node = established()
    for (let times = 0; times < 50; times++) expect(node.closes('rst').comes().view.state).toBe('established')
    expect(node.bench.speaker.peer(node.key)?.sessions).toBe(51)
  })

  test.each([
    ['::ffff:127.0.0.14', parsePrefix('127.0.0.14/32')],
    ['fe80::14%eth0', parsePrefix('fe80::/10')],
  ])('[row 111] %s is looked up without mapping and zone', (address, from) => {
    const bench = new Bench(config({ from }))
    expect(peer({ bench, address }).comes().view.state).toBe('established')
    expect(bench.speaker.session(bench.connect('192.0.2.1'))?.cause).toEqual({ kind: 'unknown-peer' })
  })
})

describe('routes', () => {
  test('[rows 60, 77] everything is accepted and recorded, our own AS in the path too', () => {
    const asPath = [{ type: 2 as const, asns: [64512, 65000] }]
    const node = established().sends(update({ prefixes: [A], attributes: { origin: 0, asPath } }))
    expect(node.routes()).toEqual([A])
  })

  test('[row 61] an empty AS_PATH from outside is recorded', () => {
    const node = established().sends(update({ prefixes: [A], attributes: { origin: 0, asPath: [] } }))
    expect(node.routes()).toEqual([A])
  })
})

describe('route refresh', () => {
  const unknown = framed(5, hex('0001 03 01 00 00'))
  const short = framed(5, hex('0001 01'))

  test('[row 79] an unknown subtype is ignored at any length where the peer speaks RFC 7313', () => {
    const node = established(ENHANCED).announces(A).sends(unknown)
    expect(node.view.state).toBe('established')
    const announcedAlone = established({ extra: [{ code: 70 }] }).sends(unknown)
    expect(announcedAlone.view.state).toBe('established')
    expect(established().sends(unknown).received.at(-1)).toMatchObject({ code: 1, subcode: 2 })
  })

  test('[row 79] a known subtype of a wrong length gets 7/1 with the message, also when only the peer announced 7313', () => {
    const node = established({ extra: [{ code: 70 }] }).sends(short)
    expect(node.received.at(-1)).toMatchObject({ code: 7, subcode: 1, data: short })
  })

  test('[row 80] a second BoRR before EoRR begins anew: what came between the two must come again', () => {
    const node = established(ENHANCED).announces(A).announces(B)
    node.sends(refresh(IPV4_UNICAST, 1)).announces(A)
    node.sends(refresh(IPV4_UNICAST, 1)).announces(B).sends(refresh(IPV4_UNICAST, 2))
    expect(node.routes()).toEqual([B])
  })

  test('[row 80] EoRR without BoRR changes nothing', () => {
    const node = established(ENHANCED).announces(A).sends(refresh(IPV4_UNICAST, 2))
    expect(node.routes()).toEqual([A])
  })

  test('[row 80] a BoRR before the End-of-RIB of a peer that restarts is ignored', () => {
    const node = established({ ...ENHANCED, gracefulRestart: {} })
      .announces(A, B)
      .closes()
      .returns()
    node.sends(refresh(IPV4_UNICAST, 1)).announces(A).sends(refresh(IPV4_UNICAST, 2))
    expect(node.routes()).toEqual([A, stale(B)])
    node.endsRib()
    expect(node.routes()).toEqual([A])
  })

  test('[row 80] so is one before the End-of-RIB of a peer that only announced graceful restart', () => {
    const node = established({ ...ENHANCED, gracefulRestart: {} }).announces(A)
    node.sends(refresh(IPV4_UNICAST, 1)).sends(refresh(IPV4_UNICAST, 2))
    expect(node.routes()).toEqual([A])
    node.endsRib().sends(refresh(IPV4_UNICAST, 1)).sends(refresh(IPV4_UNICAST, 2))
    expect(node.routes()).toEqual([])
  })

  test('[row 80] our BoRR comes after our End-of-RIB, however early we are asked', () => {
    const node = established({ ...ENHANCED, gracefulRestart: {} }).sends(refresh())
    const said = node.received.map((each) =>
      each.type === 'route-refresh' ? `refresh ${each.subtype}` : each.type,
    )
    expect(said.indexOf('refresh 1')).toBeGreaterThan(said.indexOf('update'))
  })

  test('[row 81] asked twice, we say everything twice', () => {
    const node = established()
    node.bench.command({ command: 'announce', routes: [{ prefix: parsePrefix('10.0.0.0/8') }] })
    const count = () => node.received.filter((each) => each.type === 'update' && each.reach.length > 0).length
    const before = count()
    node.sends(refresh()).sends(refresh())
    expect(count()).toBe(before + 2)
  })

  test('[row 82] a filter behind the four octets is a wrong length', () => {
    const filter = framed(5, hex('0001 01 01 40 0003 200a00'))
    expect(established(ENHANCED).sends(filter).received.at(-1)).toMatchObject({ code: 7, subcode: 1 })
  })
})

describe('graceful restart', () => {
  test('[row 87] End-of-RIB before any route flushes all that is stale', () => {
    const node = established({ gracefulRestart: {} }).announces(A, B).closes().returns().endsRib()
    expect(node.routes()).toEqual([])
    expect(node.withdrawals(A)).toEqual([{ kind: 'stale-flush', why: 'eor' }])
  })

  test('[row 89] restart time 0 flushes at the loss', () => {
    expect(
      established({ gracefulRestart: { time: '0s' } })
        .announces(A)
        .closes()
        .routes(),
    ).toEqual([])
  })

  test('[row 99] the stale phase that a new connection begins ends as any other', () => {
    const both = [IPV4_UNICAST, IPV6_UNICAST]
    const node = established({ families: both, gracefulRestart: { families: both } }).announces(A)
    node.announces('fd10::/64').returns()
    expect(node.routes()).toEqual([stale(A), stale('fd10::/64')])
    node.announces(A).endsRib().endsRib(IPV6_UNICAST)
    expect(node.routes()).toEqual([A])
  })
})

test('[row 3] a message of more than 4096 octets is refused although the peer announced that it takes them', () => {
  const node = established({ extra: [{ code: 6 }] })
  node.sends(framed(2, new Uint8Array(4078)))
  expect(node.received.at(-1)).toMatchObject({ code: 1, subcode: 2, data: hex('1001') })
})

test('[row 4] an UPDATE of 65535 octets is taken where we announced it', () => {
  const withdrawn = 65_535 - 23
  const body = new Uint8Array(65_535 - 19)
  body.set([withdrawn >>> 8, withdrawn & 0xff])
  const node = established({ range: { extendedMessages: true } })
    .announces('0.0.0.0/0')
    .sends(framed(2, body))
  expect(node.view.state).toBe('established')
  expect(node.routes()).toEqual([])
})
