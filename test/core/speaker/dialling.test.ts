import { describe, expect, test } from 'vitest'
import { parsePrefix } from '../../../src/core/ip/text.ts'
import type { DialConfig, PeerRange } from '../../../src/core/speaker/contract.ts'
import { Bench, config, RANGE, views } from '../../support/speaker-bench.ts'
import { keepalive, notification } from '../../support/speaker-messages.ts'
import { peer, type TestPeer } from '../../support/speaker-peer.ts'

const DIAL: DialConfig = { address: '127.0.0.14', port: 179, connectRetry: 120, accept: true }

function bench(dial: Partial<DialConfig> = {}, range: Partial<PeerRange> = {}): Bench {
  return new Bench(
    config({ from: parsePrefix('127.0.0.14/32'), dial: { ...DIAL, ...dial }, ...range }),
  ).start()
}

const state = (at: Bench) => [...at.speaker.dials()][0]!.state

describe('a peer that is dialled', () => {
  test('is dialled at once when the speaker starts, from the address that is configured', () => {
    const here = bench({ localAddress: '127.0.0.1' })
    expect(here.effects).toContainEqual({
      do: 'connect',
      range: 0,
      attempt: 1,
      address: '127.0.0.14',
      port: 179,
      localAddress: '127.0.0.1',
    })
    expect(state(here)).toBe('connecting')
  })

  test('gets our OPEN as soon as the connection is there, and the session comes up like any other', () => {
    const node = peer({ bench: bench() })
    node.answers().sends(keepalive)
    expect(node.received.map(({ type }) => type).slice(0, 2)).toEqual(['open', 'keepalive'])
    expect(node.view).toMatchObject({ state: 'established', direction: 'out', peer: node.key })
    expect(state(node.bench)).toBe('resting')
  })

  test('is the same peer when it comes to us the next time', () => {
    const node = peer({ bench: bench() })
    node.answers().sends(keepalive).closes().comes()
    expect(node.view).toMatchObject({ state: 'established', direction: 'in' })
    expect([...node.bench.speaker.peers()]).toHaveLength(1)
    expect(node.bench.speaker.peer(node.key)?.sessions).toBe(2)
  })

  test('is one peer, whichever of our addresses its connections came to', () => {
    const node = peer({ bench: bench() })
    node.answers().sends(keepalive).closes()
    node.bench.input({
      type: 'connection-opened',
      session: 77,
      listener: '127.0.0.2:1790',
      local: { address: '127.0.0.2', port: 1790 },
      remote: { address: '127.0.0.14', port: 40000 },
    })
    node.session = 77
    node.opens()
    expect(node.view.peer).toBe(node.key)
  })

  test('that answers with another AS than the configured one gets 2/2', () => {
    const node = peer({ bench: bench({}, { asn: 64999 }) }).answers()
    expect(node.view.cause).toMatchObject({
      kind: 'open-error',
      by: 'us',
      notification: { code: 2, subcode: 2 },
    })
  })
})

describe('[row 32] connect retry', () => {
  test('a refused attempt is followed by the next after 0.75 to 1 of the ConnectRetryTime', () => {
    const here = bench().dialFails()
    expect(state(here)).toBe('waiting')
    expect(here.timers()).toEqual(['connect-retry'])
    here.passes('89s')
    expect(here.attempts()).toHaveLength(1)
    here.passes('31s')
    expect(here.attempts().map(({ attempt }) => attempt)).toEqual([1, 2])
  })

  test('the waits of a ConnectRetryTime of 1 s lie between 0.75 and 1 s, are spread, and a replay gives the same', () => {
    const here = bench({ connectRetry: 1 })
    const waits: number[] = []
    for (let count = 0; count < 50; count++) {
      const timer = here.effects.findLast((effect) => effect.do === 'start-timer')!
      waits.push(timer.after)
      here.dialFails().passes(`${timer.after / 1e3}ms`)
    }
    expect(here.attempts()).toHaveLength(51)
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(0.75e6)
    expect(Math.max(...waits)).toBeLessThanOrEqual(1e6)
    expect(new Set(waits).size).toBe(50)
    expect(here.replayed().snapshot()).toEqual(here.speaker.snapshot())
  })

  test('two routers do not dial in step', () => {
    const waits = [1, 2, 3].map((identifier) => {
      const here = new Bench({ ...bench().config, identifier }).start()
      return here.effects.find((effect) => effect.do === 'start-timer')?.after
    })
    expect(new Set(waits).size).toBe(3)
  })

  test('an attempt without an answer is given up when the timer ends, and its late result is of no account', () => {
    const here = bench()
    here.passes('120s')
    expect(here.effects).toContainEqual({ do: 'abort-connect', range: 0, attempt: 1 })
    expect(here.newsOf('dial-failed')).toMatchObject([{ attempt: 1 }])
    expect(here.attempts().at(-1)).toMatchObject({ attempt: 2 })
    here.dialFails(1)
    expect(state(here)).toBe('connecting')
    expect(here.newsOf('dial-failed')).toHaveLength(1)
    const late = here.dialSucceeds(1)
    expect(here.closed.get(late)).toBe('rst')
    expect(state(here)).toBe('connecting')
  })

  test('a failure is told, with the address and the reason', () => {
    expect(bench().dialFails().newsOf('dial-failed')).toEqual([
      {
        news: 'dial-failed',
        range: 0,
        attempt: 1,
        to: { address: '127.0.0.14', port: 179 },
        message: 'refused',
      },
    ])
  })

  test('a session that is lost is dialled again, after the same wait', () => {
    const node = peer({ bench: bench() })
    node
      .answers()
      .sends(keepalive)
      .sends(notification([6, 4]))
    expect(node.bench.attempts()).toHaveLength(1)
    node.passes('120s')
    expect(node.bench.attempts()).toHaveLength(2)
  })

  test('while a session of the peer stands, whoever opened it, nothing is dialled', () => {
    const node = peer({ bench: bench() })
    node.bench.dialFails()
    node.comes().passes('10m')
    expect(node.bench.attempts()).toHaveLength(1)
    expect(state(node.bench)).toBe('resting')
    node.closes().passes('2m')
    expect(node.bench.attempts()).toHaveLength(2)
  })

  test('an attempt under way is given up when a connection of the peer is Established first', () => {
    const node = peer({ bench: bench() }).comes()
    expect(node.bench.effects).toContainEqual({ do: 'abort-connect', range: 0, attempt: 1 })
    const late = node.bench.dialSucceeds()
    expect(node.bench.closed.get(late)).toBe('rst')
    expect(node.bench.messages(late)).toEqual([])
    expect(node.view.state).toBe('established')
  })

  test('an instant return of the peer is accepted', () => {
    const node = peer({ bench: bench() })
    node.answers().sends(keepalive).closes().comes()
    expect(node.view.state).toBe('established')
  })
})

describe('damping', () => {
  /** Waits between the end of a session and the next attempt, for sessions that end at once. */
  function waits(node: TestPeer, count: number): number[] {
    return Array.from({ length: count }, () => {
      node.answers().sends(keepalive).closes('rst')
      const timer = node.bench.effects.findLast(
        (effect) => effect.do === 'start-timer' && effect.key.of === 'dial',
      )
      const after = timer?.do === 'start-timer' ? timer.after : 0
      node.passes(`${after / 1e3}ms`)
      return after / 1e6
    })
  }

  test('is off unless asked for: a peer that flaps is dialled again and again', () => {
    const flapping = waits(peer({ bench: bench({ connectRetry: 10 }) }), 10)
    expect(Math.max(...flapping)).toBeLessThanOrEqual(10)
  })

  test('doubles the wait after each session that did not last, up to 64 times', () => {
    const flapping = waits(peer({ bench: bench({ connectRetry: 10, damping: true }) }), 10)
    for (const [index, wait] of flapping.entries()) {
      const doubled = 10 * 2 ** Math.min(index + 1, 6)
      expect(wait).toBeGreaterThanOrEqual(0.75 * doubled)
      expect(wait).toBeLessThanOrEqual(doubled)
    }
  })

  test('begins anew after a session that lasted', () => {
    const node = peer({ bench: bench({ connectRetry: 10, damping: true }) })
    waits(node, 4)
    node.answers().sends(keepalive)
    node.bench.everySoOften(node.session, 30e6, () => node.bench.message(node.session, keepalive))
    node.passes('10m').closes()
    node.passes('10s')
    expect(state(node.bench)).toBe('connecting')
  })
})

describe('modes', () => {
  test('active: a connection of the peer is refused with 6/5, ours is not disturbed', () => {
    const node = peer({ bench: bench({ accept: false }) })
    const session = node.bench.connect('127.0.0.14')
    expect(node.bench.messages(session)).toMatchObject([{ type: 'notification', code: 6, subcode: 5 }])
    expect(node.bench.speaker.session(session)?.cause).toEqual({ kind: 'dial-only' })
    expect(node.answers().sends(keepalive).view.state).toBe('established')
  })

  test('passive: nothing is ever dialled', () => {
    const here = new Bench().start()
    here.passes('10m')
    expect(here.attempts()).toEqual([])
    expect([...here.speaker.dials()]).toEqual([])
  })

  test('several peers are dialled independently', () => {
    const ranges = ['127.0.0.14', '127.0.0.15'].map((address) => ({
      ...RANGE,
      from: parsePrefix(`${address}/32`),
      dial: { ...DIAL, address },
    }))
    const here = new Bench({ ...config(), peers: ranges }).start()
    expect(here.attempts().map(({ range, address }) => [range, address])).toEqual([
      [0, '127.0.0.14'],
      [1, '127.0.0.15'],
    ])
  })
})

test('stop gives up attempts and waits, and nothing is dialled any more', () => {
  const connecting = bench()
  connecting.command({ command: 'stop' })
  expect(connecting.effects).toContainEqual({ do: 'abort-connect', range: 0, attempt: 1 })
  const waiting = bench().dialFails()
  waiting.command({ command: 'stop' })
  expect(waiting.timers()).toEqual([])
  const up = peer({ bench: bench() })
  up.answers().sends(keepalive)
  up.bench.command({ command: 'stop' })
  for (const here of [connecting, waiting, up.bench]) {
    here.passes('10m')
    expect(here.attempts()).toHaveLength(1)
  }
})

test('a replay of the inputs gives the same state, attempts included', () => {
  const node = peer({ bench: bench() })
  node.bench.dialFails()
  node.passes('2m').answers().sends(keepalive).announces('10.5.113.0/24').closes('rst').passes('4m')
  expect(views(node.bench.replayed())).toEqual(views(node.bench.speaker))
  expect([...node.bench.replayed().dials()]).toEqual([...node.bench.speaker.dials()])
  expect(node.bench.attempts().length).toBeGreaterThan(3)
})
