import { describe, expect, test } from 'vitest'
import { parseAddress, parsePrefix } from '../../../src/core/ip/text.ts'
import type { Origination } from '../../../src/core/speaker/contract.ts'
import type { Message, UpdateMessage } from '../../../src/core/wire/message.ts'
import { formatAddress, formatPrefix } from '../../../src/core/ip/text.ts'
import { refresh } from '../../support/speaker-messages.ts'
import { established, peer, type TestPeer } from '../../support/speaker-peer.ts'

const IPV4 = { afi: 1, safi: 1 }
const IPV6 = { afi: 2, safi: 1 }
const route = (prefix: string, more: Partial<Origination> = {}): Origination => ({
  prefix: parsePrefix(prefix),
  ...more,
})
const updates = (messages: readonly Message[]) =>
  messages.filter((each): each is UpdateMessage => each.type === 'update')

/** What we said in UPDATEs: "+prefix", "-prefix", "EoR afi/safi". */
function said(node: TestPeer, from = 0): string[] {
  return updates(node.received)
    .slice(from)
    .flatMap((update) => [
      ...update.unreach.flatMap(({ nlri }) => nlri.map(({ prefix }) => `-${formatPrefix(prefix)}`)),
      ...update.reach.flatMap(({ nlri }) => nlri.map(({ prefix }) => `+${formatPrefix(prefix)}`)),
      ...(update.endOfRib ? [`EoR ${update.endOfRib.afi}/${update.endOfRib.safi}`] : []),
    ])
}

describe('announce', () => {
  test('[row 97] reaches established sessions now and all others when they come, before End-of-RIB', () => {
    const first = established()
    first.bench.command({ command: 'announce', routes: [route('10.0.0.0/8'), route('192.0.2.0/24')] })
    expect(said(first)).toEqual(['EoR 1/1', '+10.0.0.0/8', '+192.0.2.0/24'])
    const second = established({ bench: first.bench, identifier: '2.2.2.2' })
    expect(said(second)).toEqual(['+10.0.0.0/8', '+192.0.2.0/24', 'EoR 1/1'])
    expect(updates(second.received)[0]?.reach[0]?.nlri).toHaveLength(2)
  })

  test('to one peer reaches that peer only, also after its return; the last order about a prefix counts', () => {
    const first = established()
    const second = established({ bench: first.bench, identifier: '2.2.2.2' })
    const { bench } = first
    bench.command({ command: 'announce', peer: first.key, routes: [route('10.0.0.0/8')] })
    bench.command({ command: 'announce', routes: [route('10.1.0.0/16')] })
    bench.command({ command: 'withdraw', peer: second.key, prefixes: [parsePrefix('10.1.0.0/16')] })
    expect(said(second)).toEqual(['EoR 1/1', '+10.1.0.0/16', '-10.1.0.0/16'])
    expect(said(second.closes().comes())).toEqual(['EoR 1/1'])
    expect(said(first.closes().comes()).sort()).toEqual(['+10.0.0.0/8', '+10.1.0.0/16', 'EoR 1/1'])
    bench.command({ command: 'withdraw', prefixes: [parsePrefix('10.0.0.0/8'), parsePrefix('10.1.0.0/16')] })
    expect(said(first).slice(3)).toEqual(['-10.0.0.0/8', '-10.1.0.0/16'])
    expect(said(second)).toEqual(['EoR 1/1'])
  })

  test('[row 73] to an external peer has our AS in front and no LOCAL_PREF', () => {
    const node = established()
    node.bench.command({
      command: 'announce',
      routes: [route('10.0.0.0/8', { localPref: 7, med: 5, communities: [1] })],
    })
    expect(updates(node.received)[1]?.attributes.decoded).toEqual({
      origin: 0,
      asPath: [{ type: 2, asns: [65000] }],
      med: 5,
      communities: [1],
    })
  })

  test('[rows 61, 73] to an internal peer has an empty AS_PATH and LOCAL_PREF', () => {
    const node = established({ asn: 65000 })
    node.bench.command({ command: 'announce', routes: [route('10.0.0.0/8')] })
    expect(updates(node.received)[1]?.attributes.decoded).toMatchObject({ asPath: [], localPref: 100 })
  })

  test('takes the AS_PATH that is given as it is', () => {
    const node = established()
    node.bench.command({ command: 'announce', routes: [route('10.0.0.0/8', { asPath: [1, 2] })] })
    expect(updates(node.received)[1]?.attributes.decoded.asPath).toEqual([{ type: 2, asns: [1, 2] }])
  })

  const nextHop = (node: TestPeer, prefix: string, more: Partial<Origination> = {}) => {
    node.bench.command({ command: 'announce', routes: [route(prefix, more)] })
    const hop = updates(node.received).at(-1)?.reach[0]?.nextHop
    return hop && formatAddress(hop.global)
  }

  test('[row 74] has our address on the session as next hop, or the one given', () => {
    const both = { families: [IPV4, IPV6] }
    expect(nextHop(established(both), '10.0.0.0/8')).toBe('127.0.0.1')
    expect(nextHop(established(both), '10.0.0.0/8', { nextHop: parseAddress('192.0.2.1') })).toBe('192.0.2.1')
    expect(nextHop(established(both), 'fd00::/64')).toBe('::ffff:127.0.0.1')
    expect(nextHop(established(both), 'fd00::/64', { nextHop: parseAddress('fd00::1') })).toBe('fd00::1')
  })

  test('leaves out families that were not negotiated', () => {
    const node = established()
    node.bench.command({ command: 'announce', routes: [route('fd00::/64')] })
    expect(said(node)).toEqual(['EoR 1/1'])
  })

  test('[row 58] packs 5,000 prefixes into messages of at most 4,096 octets', () => {
    const node = established()
    const routes = Array.from({ length: 5000 }, (_, n) => route(`10.${n >> 8}.${n & 255}.0/24`))
    node.bench.command({ command: 'announce', routes })
    const sizes = node.bench.sent.map(({ bytes }) => bytes.length)
    expect(Math.max(...sizes)).toBeLessThanOrEqual(4096)
    expect(said(node)).toHaveLength(5001)
    expect(updates(node.received)).toHaveLength(6)
  })

  test('[row 59] a route whose attributes exceed a message is not sent, the others are', () => {
    const node = established()
    const communities = Array.from({ length: 2000 }, (_, n) => n)
    node.bench.command({
      command: 'announce',
      routes: [route('10.0.0.0/8', { communities }), route('10.1.0.0/16')],
    })
    expect(said(node)).toEqual(['EoR 1/1', '+10.1.0.0/16'])
  })
})

describe('withdraw', () => {
  test('is sent where we announced the prefix, and nowhere else', () => {
    const node = established()
    node.bench.command({ command: 'announce', routes: [route('10.0.0.0/8')] })
    node.bench.command({
      command: 'withdraw',
      prefixes: [parsePrefix('10.0.0.0/8'), parsePrefix('10.9.0.0/16')],
    })
    expect(said(node).at(-1)).toBe('-10.0.0.0/8')
    expect(said(node)).toHaveLength(3)
  })
})

describe('End-of-RIB', () => {
  test('[row 97] follows the initial set for each negotiated family, with or without graceful restart', () => {
    expect(said(established())).toEqual(['EoR 1/1'])
    const range = {
      gracefulRestart: { time: 120, notification: true, families: [IPV4, IPV6], staleTime: 180 },
    }
    expect(said(established({ range, families: [IPV4, IPV6] }))).toEqual(['EoR 1/1', 'EoR 2/1'])
  })

  test('is sent again when ordered', () => {
    const node = established()
    node.bench.command({ command: 'end-of-rib', family: IPV4 })
    node.bench.command({ command: 'end-of-rib', family: IPV6 })
    expect(said(node)).toEqual(['EoR 1/1', 'EoR 1/1'])
  })
})

describe('ROUTE-REFRESH', () => {
  test('[row 81] from a peer brings everything of the family again, and End-of-RIB', () => {
    const node = established()
    node.bench.command({ command: 'announce', routes: [route('10.0.0.0/8')] })
    node.sends(refresh())
    expect(said(node, 2)).toEqual(['+10.0.0.0/8', 'EoR 1/1'])
    expect(node.bench.newsOf('route-refresh')).toMatchObject([{ family: IPV4, subtype: 0 }])
  })

  test('[rows 78, 79] for a family that was not negotiated, or of an unknown subtype, is ignored', () => {
    const node = established().sends(refresh(IPV6)).sends(refresh(IPV4, 9))
    expect(said(node)).toEqual(['EoR 1/1'])
    expect(node.view.state).toBe('established')
  })

  test('[row 80] is answered between BoRR and EoRR where both speak RFC 7313', () => {
    const node = established({ range: { enhancedRouteRefresh: true }, extra: [{ code: 70 }] }).sends(
      refresh(),
    )
    const subtypes = node.received.flatMap((each) => (each.type === 'route-refresh' ? [each.subtype] : []))
    expect(subtypes).toEqual([1, 2])
  })

  test('[row 80] between BoRR and EoRR of the peer, what it does not announce again goes', () => {
    const node = established({ range: { enhancedRouteRefresh: true }, extra: [{ code: 70 }] })
    node.announces('10.1.0.0/16').announces('10.2.0.0/16')
    node.sends(refresh(IPV4, 1)).announces('10.1.0.0/16').sends(refresh(IPV4, 2))
    expect(node.routes()).toEqual(['10.1.0.0/16'])
    expect(node.withdrawals('10.2.0.0/16')).toEqual([{ kind: 'stale-flush', why: 'eorr' }])
    const plain = established().announces('10.1.0.0/16').sends(refresh(IPV4, 1)).sends(refresh(IPV4, 2))
    expect(plain.routes()).toEqual(['10.1.0.0/16'])
  })

  test('of ours goes to peers that take it', () => {
    const able = established()
    const unable = established({ bench: able.bench, identifier: '2.2.2.2', capabilities: [] })
    able.bench.command({ command: 'route-refresh', family: IPV4 })
    expect(able.received.at(-1)).toEqual({ type: 'route-refresh', family: IPV4, subtype: 0 })
    expect(unable.received.some(({ type }) => type === 'route-refresh')).toBe(false)
  })
})

describe('other orders', () => {
  test('send-raw sends the bytes as they are', () => {
    const node = established()
    node.bench.command({ command: 'send-raw', peer: node.key, bytes: Uint8Array.of(1, 2, 3) })
    expect(node.bench.sent.at(-1)).toMatchObject({ session: 1, bytes: Uint8Array.of(1, 2, 3) })
  })

  test('orders for a peer without a session do nothing', () => {
    const node = established().closes()
    const before = node.bench.effects.length
    for (const key of [node.key, 'nobody']) {
      node.bench.command({ command: 'notify', peer: key, code: 6, subcode: 4 })
      node.bench.command({ command: 'disconnect', peer: key, how: 'fin' })
      node.bench.command({ command: 'send-raw', peer: key, bytes: Uint8Array.of(1) })
      node.bench.command({ command: 'route-refresh', peer: key, family: IPV4 })
    }
    expect(node.bench.effects.length).toBe(before)
  })

  test('notify reaches a session that is not Established yet', () => {
    const node = peer().opens()
    node.bench.command({ command: 'notify', peer: node.key, code: 6, subcode: 8 })
    expect(node.view.cause).toMatchObject({ kind: 'notification', by: 'us' })
  })
})
