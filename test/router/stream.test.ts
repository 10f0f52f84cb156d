import { describe, expect, test } from 'vitest'
import { Observer } from '../../src/core/check/observer.ts'
import { IPV4_UNICAST } from '../../src/core/wire/message.ts'
import type { StreamEvent } from '../../src/core/stream/events.ts'
import { fakeClock } from '../support/fake-clock.ts'
import { RunningRouter } from '../support/running-router.ts'
import { ScriptedPeer } from '../support/scripted-peer.ts'
import { config, views } from '../support/speaker-bench.ts'
import { Cease, keepalive, notification, open, update } from '../support/speaker-messages.ts'
import { eventsOf, temporary } from '../support/trace-folder.ts'

const SETTLE = 1_000_000

/** Peers that come, announce, restart gracefully, misbehave and go; ends with some of them still there. */
async function busyDay(it: RunningRouter): Promise<void> {
  const gracefulRestart = { families: [IPV4_UNICAST], notification: true }
  const one = await ScriptedPeer.establish(it.address, {
    identifier: '192.168.77.1',
    gracefulRestart,
    holdTime: 0,
  })
  const two = await ScriptedPeer.establish(it.address, { identifier: '192.168.77.2' })
  await one.announces('10.5.113.0/24', '10.5.114.0/24')
  await two.announces('10.5.115.0/24')
  await it.untilRoutes(3)
  it.router.mark('before')
  it.router.announce([{ prefix: { afi: 1, words: [0x0a000000], length: 8 } }])
  await two.next('update')
  await one.sends(notification(Cease.AdministrativeReset))
  await it.gone(1)
  await two.sends(open())
  expect(await two.notification()).toBe('5/3')
  await it.gone(2)
  const again = await ScriptedPeer.establish(it.address, {
    identifier: '192.168.77.1',
    gracefulRestart,
    holdTime: 0,
  })
  await again.announces('10.5.113.0/24')
  await it.until(() =>
    it.newsOf('route-announced').some(({ session, refreshed }) => session === 3 && refreshed),
  )
}

function started(it: RunningRouter): StreamEvent {
  return {
    type: 'started',
    version: 'unknown',
    config: config(),
    settle: SETTLE,
    listeners: it.router.listeners,
    seq: 1,
    at: 0,
  }
}

test('events are numbered from 1 without a hole, and time does not run backwards', async () => {
  const it = await RunningRouter.start()
  await busyDay(it)
  expect(it.events.map(({ seq }) => seq)).toEqual(it.events.map((_, index) => index + 2))
  const times = it.events.map(({ at }) => at)
  expect(times).toEqual([...times].sort((a, b) => a - b))
  expect(it.problems).toEqual([])
})

test('the events give the same routes, sessions and verdict again', async () => {
  const it = await RunningRouter.start()
  await busyDay(it)
  const copy = new Observer(config(), { settle: SETTLE })
  for (const event of [started(it), ...it.events]) copy.apply(event)
  expect(views(copy.world.speaker)).toEqual(views(it.router.observer.world.speaker))
  expect(copy.verdict()).toEqual(it.router.observer.verdict())
  expect(it.routes()).toEqual(['192.168.77.1 10.5.113.0/24', '192.168.77.1 10.5.114.0/24'])
})

test('so does the trace', async () => {
  const trace = temporary()
  const it = await RunningRouter.start({ trace, version: '0.1.0' })
  await busyDay(it)
  const expected = views(it.router.observer.world.speaker)
  const { seq } = it.events.at(-1)!
  await it.router.stop({ reason: 'the day is over' })

  const stored = await eventsOf(trace)
  expect(stored.map((event) => event.seq)).toEqual(stored.map((_, index) => index + 1))
  expect(stored[0]).toMatchObject({ type: 'started', version: '0.1.0', listeners: it.router.listeners })
  expect(stored.at(-1)).toMatchObject({ type: 'stopped', reason: 'the day is over' })
  expect(stored.slice(1)).toEqual(it.events)
  const copy = new Observer(config(), { settle: SETTLE })
  for (const event of stored.slice(0, seq)) copy.apply(event)
  expect(views(copy.world.speaker)).toEqual(expected)
})

test('a trace that is resumed goes on counting events and sessions', async () => {
  const directory = temporary()
  const first = await RunningRouter.start({ trace: directory })
  await ScriptedPeer.establish(first.address)
  await first.router.stop()
  const { seq } = first.events.at(-1)!

  const second = await RunningRouter.start({ trace: { directory, resume: true } })
  await ScriptedPeer.establish(second.address)
  expect(second.events[0]).toMatchObject({ type: 'session-opened', seq: seq + 2 })
  expect(second.eventsOf('session-opened')[0]!.session).toBeGreaterThan(
    first.eventsOf('session-opened')[0]!.session,
  )
})

test('a folder that holds a trace already is refused, and nobody listens then', async () => {
  const trace = temporary()
  const first = await RunningRouter.start({ trace })
  await first.router.stop()
  await expect(RunningRouter.start({ trace, listen: [first.address] })).rejects.toMatchObject({
    code: 'RW_USAGE',
  })
  await expect(RunningRouter.start({ listen: [first.address] })).resolves.toBeDefined()
})

test('a message says how it is to be read: four octets and no AS until the OPEN is there', async () => {
  const it = await RunningRouter.start()
  const peer = await ScriptedPeer.dial(it.address)
  await peer.sends(open({ asn: 64513, capabilities: [{ code: 1, family: IPV4_UNICAST }] }))
  await peer.next('keepalive')
  await peer.sends(open())
  await it.closed(1)
  expect(
    it
      .eventsOf('message')
      .map(({ direction, bytes, fourOctetAs, peerAsn }) => [direction, bytes[18], fourOctetAs, peerAsn]),
  ).toEqual([
    ['out', 1, true, 0],
    ['in', 1, true, 0],
    ['out', 4, false, 64513],
    ['in', 1, false, 64513],
    ['out', 3, false, 64513],
  ])
})

test('what is sent is recorded as it was sent', async () => {
  const it = await RunningRouter.start()
  const peer = await ScriptedPeer.establish(it.address)
  await it.until(() => it.newsOf('session-established').length === 1)
  const out = it.eventsOf('message').filter(({ direction }) => direction === 'out')
  expect(Buffer.concat(out.map(({ bytes }) => bytes))).toEqual(Buffer.from(peer.raw.received))
  expect(it.router.stats).toMatchObject({ messagesOut: out.length, bytesOut: peer.raw.received.length })
})

test('a subscriber may keep the bytes of a message', async () => {
  const it = await RunningRouter.start()
  const peer = await ScriptedPeer.dial(it.address)
  const sent = Buffer.concat([open(), keepalive, update({ prefixes: ['10.5.113.0/24'] }), keepalive])
  await peer.raw.writeInPieces(sent)
  const incoming = () => it.eventsOf('message').filter(({ direction }) => direction === 'in')
  await it.until(() => incoming().length === 4)
  expect(Buffer.concat(incoming().map(({ bytes }) => bytes)).equals(sent)).toBe(true)
})

describe('the settle time', () => {
  test('ends with an event, once nothing has changed for so long', async () => {
    const clock = fakeClock()
    const it = await RunningRouter.start({ clock, settle: SETTLE })
    const settled = (): StreamEvent[] => it.eventsOf('timer').filter(({ key }) => key.of === 'check')
    const peer = await ScriptedPeer.establish(it.address)
    await peer.announces('10.5.113.0/24')
    await it.untilRoutes(1)
    const changed = clock.now()
    clock.advance(SETTLE - 1)
    expect(settled()).toEqual([])
    clock.advance(1)
    expect(settled()).toMatchObject([{ at: changed + SETTLE }])
    clock.advance(10 * SETTLE)
    expect(settled()).toHaveLength(1)

    await peer.withdraws('10.5.113.0/24')
    await it.untilRoutes(0)
    clock.advance(SETTLE)
    expect(settled()).toHaveLength(2)
  })
})

test('objects, resources, marks and findings are events too', async () => {
  const it = await RunningRouter.start()
  const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'node01' } }
  const stamps = [
    it.router.object('set', node),
    it.router.resource('nodes', 'synced'),
    it.router.mark('drained'),
    it.router.recordFinding('opened', { code: 'wrong-owner' }),
    it.router.object('deleted', node),
  ]
  expect(stamps.map(({ seq }) => seq)).toEqual([2, 3, 4, 5, 6])
  expect(it.events.map(({ type, at }) => [type, at])).toEqual(
    ['object', 'resource', 'mark', 'finding', 'object'].map((type, index) => [type, stamps[index]!.at]),
  )
  expect(it.router.observer.world.marks.get('drained')?.seq).toBe(4)
})
