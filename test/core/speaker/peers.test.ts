import { describe, expect, test } from 'vitest'
import { Speaker } from '../../../src/core/speaker/speaker.ts'
import { Bench, views } from '../../support/speaker-bench.ts'
import { keepalive, notification, open, update } from '../../support/speaker-messages.ts'
import { established, peer, stale } from '../../support/speaker-peer.ts'

const A = '10.5.113.0/24'

describe('a peer is (listener, AS, identifier)', () => {
  test('bound when the OPEN arrives, and the same one again later', () => {
    const bench = new Bench()
    const node = peer({ bench })
    node.session = bench.connect()
    expect(node.view.peer).toBeUndefined()
    node.sends(open())
    expect(node.view.peer).toBe('127.0.0.1:1790 64512 192.168.77.14')
    node.closes().comes()
    expect(bench.newsOf('peer-bound').map(({ firstTime }) => firstTime)).toEqual([true, false])
    expect(bench.speaker.peer(node.key)).toMatchObject({
      sessions: 1,
      asn: 64512,
      identifier: '192.168.77.14',
    })
  })

  test('two BGP instances of one node, same address and identifier, are two peers', () => {
    const first = established().announces(A)
    const second = established({ bench: first.bench, asn: 4200000001 }).announces(A)
    expect([...first.bench.speaker.peers()].map(({ key }) => key)).toEqual([first.key, second.key])
    const prefix = { afi: 1, words: [0x0a057100], length: 24 }
    expect([...first.bench.speaker.lookup(prefix)].map((found) => found.peer)).toEqual([
      first.key,
      second.key,
    ])
  })

  test('[row 115] several nodes behind one address are several peers, and nobody changed an identifier', () => {
    const first = established({ identifier: '1.1.1.1' })
    established({ bench: first.bench, identifier: '2.2.2.2' })
    expect(first.bench.newsOf('identifier-changed')).toEqual([])
    expect([...first.bench.speaker.peers()]).toHaveLength(2)
  })

  test('another identifier from the same address and AS, once the old peer has gone, is a new peer and is told', () => {
    const old = established({ identifier: '1.1.1.1' }).closes()
    const changed = established({ bench: old.bench, identifier: '2.2.2.2' })
    expect(old.bench.newsOf('identifier-changed')).toEqual([
      { news: 'identifier-changed', session: 2, peer: changed.key, before: '1.1.1.1' },
    ])
  })
})

describe('two connections of one peer', () => {
  test('[rows 26, 28] without graceful restart the new one is refused with 6/7 and the Established one lives on', () => {
    const node = established().announces(A)
    node.comes()
    expect(node.received.at(-1)).toMatchObject({ type: 'notification', code: 6, subcode: 7 })
    expect(node.bench.speaker.session(1)?.state).toBe('established')
    expect(node.routes()).toEqual([A])
  })

  test('[row 19] a capability without families does not make the new one win', () => {
    const node = established({ gracefulRestart: { families: [] } })
    node.comes()
    expect(node.bench.speaker.session(1)?.state).toBe('established')
  })

  test('[row 116] half-open after a crash: the old connection is probed, its RST frees the way for the next attempt', () => {
    const node = established().announces(A)
    const before = node.bench.messages(1).length
    node.comes()
    expect(node.bench.messages(1).slice(before)).toEqual([{ type: 'keepalive' }])
    node.bench.input({ type: 'connection-closed', session: 1, how: 'rst' })
    expect(node.routes()).toEqual([])
    expect(node.comes().view.state).toBe('established')
  })

  test('[row 27] of two that are not Established yet the newer one stays', () => {
    const node = peer().opens()
    node.opens()
    expect(node.bench.messages(1).at(-1)).toMatchObject({ code: 6, subcode: 7 })
    expect(node.sends(keepalive).view.state).toBe('established')
  })

  test('[row 27] what a replaced connection still says does not disturb the live session', () => {
    const node = established({ gracefulRestart: {} })
    node.bench.peersClose = false
    node.returns().announces(A).endsRib()
    const news = node.bench.news.length
    node.bench.message(1, update({ prefixes: ['10.9.9.0/24'] }))
    node.bench.message(1, notification([4, 0]))
    node.bench.input({ type: 'connection-closed', session: 1, how: 'fin' })
    expect(node.bench.news.length).toBe(news)
    expect(node.view.state).toBe('established')
    expect(node.routes()).toEqual([A])
  })

  test('takeover waits for the OPEN', () => {
    const node = established({ gracefulRestart: {} })
    node.bench.connect()
    expect(node.bench.speaker.session(1)?.state).toBe('established')
  })
})

test('sessions that are over are forgotten in the end, but never the last one of a peer', () => {
  const node = established().closes()
  for (let count = 0; count < 2500; count++) node.bench.connect('192.0.2.1')
  expect([...node.bench.speaker.sessions()].length).toBeLessThan(2100)
  expect(node.bench.speaker.peer(node.key)?.last.session).toBe(1)
  expect(node.bench.speaker.session(2)).toBeUndefined()
})

describe('peers that have nothing left', () => {
  const identifier = (count: number) => `10.9.${count >> 8}.${count & 255}`
  /** This many peers come once, and go. */
  function passing(bench: Bench, count: number): void {
    for (let each = 0; each < count; each++)
      peer({ bench, identifier: identifier(each), address: '127.0.0.99' })
        .opens()
        .closes()
  }

  test('are forgotten in the end, the oldest first, and told of; those with a session or routes stay', () => {
    const live = established({ identifier: '1.1.1.1' })
    const { bench } = live
    const gracefulRestart = { time: '4000s', families: [{ afi: 1, safi: 1 }], forwarding: true }
    const staleOne = established({ bench, identifier: '2.2.2.2', address: '127.0.0.2', gracefulRestart })
    staleOne.announces(A).closes('rst')
    const idle = established({ bench, identifier: '3.3.3.3', address: '127.0.0.3' }).announces(A).closes()
    passing(bench, 3500)

    const keys = new Set([...bench.speaker.peers()].map(({ key }) => key))
    expect(keys.size).toBeLessThan(2100)
    expect([...bench.speaker.sessions()].length).toBeLessThan(3100)
    expect([live.key, staleOne.key, idle.key].map((key) => keys.has(key))).toEqual([true, true, false])
    const key = (count: number) => `127.0.0.1:1790 64512 ${identifier(count)}`
    expect(keys.has(key(3499))).toBe(true)
    expect(keys.has(key(0))).toBe(false)
    const told = bench.newsOf('peer-forgotten').map((news) => news.peer)
    expect(told.slice(0, 2)).toEqual([idle.key, key(0)])
    expect(told.length + keys.size).toBe(3503)
    expect(staleOne.routes()).toEqual([stale(A)])
  })

  test('are the same ones in a replay, and after a checkpoint', () => {
    const bench = new Bench()
    passing(bench, 1900)
    const restored = new Speaker(bench.config, bench.speaker.snapshot())
    const before = bench.recorded.length
    passing(bench, 400)
    for (const { input, now, event } of bench.recorded.slice(before)) restored.input(input, now, event)
    expect(bench.newsOf('peer-forgotten').length).toBeGreaterThan(0)
    expect(views(restored)).toEqual(views(bench.speaker))
    expect(views(bench.replayed())).toEqual(views(bench.speaker))
  })

  test('are new when they return', () => {
    const idle = established().closes()
    passing(idle.bench, 2500)
    expect(idle.bench.speaker.peer(idle.key)).toBeUndefined()
    idle.comes()
    expect(idle.bench.newsOf('peer-bound').at(-1)).toMatchObject({ peer: idle.key, firstTime: true })
    expect(idle.view.state).toBe('established')
  })
})

describe('silence', () => {
  const restarted = { gracefulRestart: { restarting: true } }

  test('of a peer with R=1 is told after 10 s', () => {
    const node = established(restarted).passes('10s')
    expect(node.bench.newsOf('silent')).toMatchObject([{ peer: node.key, session: 1 }])
    expect(node.received.some(({ type }) => type === 'route-refresh')).toBe(false)
  })

  test('is answered with ROUTE-REFRESH for each family where that is wanted', () => {
    const families = [
      { afi: 1, safi: 1 },
      { afi: 2, safi: 1 },
    ]
    const node = established({ ...restarted, families, range: { onSilence: 'refresh' } }).passes('10s')
    expect(node.received.filter(({ type }) => type === 'route-refresh')).toEqual(
      families.map((family) => ({ type: 'route-refresh', family, subtype: 0 })),
    )
  })

  test('is none when an UPDATE or End-of-RIB came, or when the peer did not restart', () => {
    expect(established(restarted).announces(A).passes('1m').bench.newsOf('silent')).toEqual([])
    expect(established(restarted).endsRib().passes('1m').bench.newsOf('silent')).toEqual([])
    expect(established({ gracefulRestart: {} }).passes('1m').bench.newsOf('silent')).toEqual([])
  })
})
