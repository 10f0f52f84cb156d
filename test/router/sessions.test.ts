import { describe, expect, test } from 'vitest'
import { IPV4_UNICAST, IPV6_UNICAST } from '../../src/core/wire/message.ts'
import { fakeClock } from '../support/fake-clock.ts'
import { RunningRouter } from '../support/running-router.ts'
import { ScriptedPeer } from '../support/scripted-peer.ts'
import { config } from '../support/speaker-bench.ts'
import { keepalive, open, update } from '../support/speaker-messages.ts'

const BOTH = [IPV4_UNICAST, IPV6_UNICAST]

test('a session comes up and its routes are there', async () => {
  const it = await RunningRouter.start()
  const peer = await ScriptedPeer.establish(it.address, { families: BOTH })
  await peer.announces('10.5.113.0/24', '10.5.114.0/24')
  await peer.announces('fd00:113::/64')
  expect(await it.untilRoutes(3)).toEqual([
    '192.168.77.14 10.5.113.0/24',
    '192.168.77.14 10.5.114.0/24',
    '192.168.77.14 fd00:113::/64',
  ])
  await peer.withdraws('10.5.113.0/24')
  expect(await it.untilRoutes(2)).not.toContain('192.168.77.14 10.5.113.0/24')
})

test('[row 1] octets that come one at a time make the same session', async () => {
  const it = await RunningRouter.start()
  const peer = await ScriptedPeer.dial(it.address)
  await peer.raw.writeInPieces(Buffer.concat([open(), keepalive, update({ prefixes: ['10.5.113.0/24'] })]))
  expect(await it.untilRoutes(1)).toEqual(['192.168.77.14 10.5.113.0/24'])
})

test('several listeners and both families at once; a session knows where it came in', async () => {
  const it = await RunningRouter.start({
    config: {
      ...config(),
      peers: [
        ...config().peers,
        { ...config().peers[0]!, from: { afi: 2, words: [0, 0, 0, 1], length: 128 } },
      ],
    },
    listen: ['127.0.0.1:0', '127.0.0.2:0', '[::1]:0'],
  })
  for (const [index, address] of it.router.listeners.entries()) {
    await ScriptedPeer.establish(address, { identifier: `192.168.77.${index + 1}` })
  }
  const peers = [...it.router.observer.world.speaker.peers()]
  expect(peers.map(({ listener, established }) => [listener, established?.local.address])).toEqual([
    [it.router.listeners[0], '127.0.0.1'],
    [it.router.listeners[1], '127.0.0.2'],
    [it.router.listeners[2], '::1'],
  ])
})

test('[row 111] a dual-stack listener takes an IPv4 peer by its IPv4 address', async () => {
  const it = await RunningRouter.start({ listen: ['[::]:0'] })
  await ScriptedPeer.establish(it.address.replace('[::]', '127.0.0.1'), { from: '127.0.0.14' })
  const [peer] = it.router.observer.world.speaker.peers()
  expect(peer?.established?.remote.address).toBe('127.0.0.14')
})

describe('who may not come in is told so, and recorded', () => {
  test('[row 114] an address that is not configured gets 6/5', async () => {
    const it = await RunningRouter.start({
      config: config({ from: { afi: 1, words: [0xc6120000], length: 15 } }),
    })
    const stranger = await ScriptedPeer.dial(it.address)
    expect(await stranger.notification()).toBe('6/5')
    expect(await stranger.raw.end()).toBe('fin')
    await it.gone(1)
    expect((await it.closed(1)).cause).toEqual({ kind: 'unknown-peer' })
    expect(it.eventsOf('session-opened')).toMatchObject([{ session: 1, remote: { address: '127.0.0.1' } }])
    expect(it.eventsOf('message')).toMatchObject([{ session: 1, direction: 'out' }])
  })

  test('a connection over a limit gets 6/5, one far over it a reset', async () => {
    const it = await RunningRouter.start({ limits: { perSource: 1 } })
    await ScriptedPeer.establish(it.address)
    const second = await ScriptedPeer.dial(it.address)
    second.raw.socket.removeAllListeners('end')
    expect(await second.notification()).toBe('6/5')
    expect((await it.closed(2)).cause).toEqual({ kind: 'limit', limit: 'source' })
    expect(it.eventsOf('session-opened')[1]).toMatchObject({ session: 2, refused: 'source' })

    const third = await ScriptedPeer.dial(it.address)
    expect(await third.raw.end()).toBe('rst')
    expect(it.router.stats).toMatchObject({ connections: 2, refused: 1, dropped: 1, open: 2 })
  })
})

test('[row 30] a NOTIFICATION arrives although input is unread', async () => {
  const it = await RunningRouter.start()
  const peer = await ScriptedPeer.dial(it.address)
  const wrong = open({ holdTime: 1 })
  // 2 MB behind the OPEN that is refused: closing with them unread would make the kernel send RST.
  await peer.sends(wrong, ...Array.from({ length: 500 }, () => new Uint8Array(4096)))
  expect(await peer.notification()).toBe('2/6')
  expect(await peer.raw.end()).toBe('fin')
  expect((await it.closed(1)).cause).toMatchObject({ kind: 'open-error', by: 'us' })
  // All was read to its end: no reset can have overtaken the NOTIFICATION.
  await it.gone(1)
  expect(it.router.stats.bytesIn).toBe(wrong.length + 500 * 4096)
})

test('a peer that does not answer our FIN is reset when the time is over', async () => {
  const clock = fakeClock()
  const it = await RunningRouter.start({ clock })
  const peer = await ScriptedPeer.establish(it.address)
  peer.raw.socket.removeAllListeners('end')
  it.router.notify([...it.router.observer.world.speaker.peers()][0]!.key, 6, 4)
  expect(await peer.notification()).toBe('6/4')
  clock.advance(5_000_000)
  expect(await it.gone(1)).toMatchObject({ how: 'closed-by-us' })
  expect(it.router.observer.world.speaker.session(1)?.cause).toMatchObject({ kind: 'notification', by: 'us' })
})

test('[row 117] a peer that falls silent is told 4/0 when the hold time is over, and not before', async () => {
  const clock = fakeClock()
  const it = await RunningRouter.start({ clock })
  const peer = await ScriptedPeer.establish(it.address, { holdTime: 9 })
  clock.advance(8_000_000)
  await peer.sends(keepalive)
  await it.until(() => it.eventsOf('message').filter(({ direction }) => direction === 'in').length === 3)
  clock.advance(8_999_999)
  expect(it.newsOf('session-closed')).toEqual([])
  clock.advance(1)
  expect((await it.closed(1)).cause).toEqual({ kind: 'hold-expired' })
  expect(await peer.notification()).toBe('4/0')
  expect(it.eventsOf('timer').map(({ key }) => key)).toContainEqual({
    of: 'session',
    session: 1,
    timer: 'hold',
  })
})

test('KEEPALIVEs go out in time; their timer is no event, the message is', async () => {
  const clock = fakeClock()
  const it = await RunningRouter.start({ clock })
  const peer = await ScriptedPeer.establish(it.address, { holdTime: 9 })
  const before = it.router.stats.messagesOut
  clock.advance(3_000_000)
  await peer.next('keepalive')
  expect(it.router.stats.messagesOut).toBe(before + 1)
  expect(it.eventsOf('timer')).toEqual([])
})

test('no timer of a session that has ended fires', async () => {
  const clock = fakeClock()
  const it = await RunningRouter.start({ clock })
  const peer = await ScriptedPeer.establish(it.address)
  expect(clock.timers()).not.toEqual([])
  peer.raw.reset()
  await it.gone(1)
  expect(clock.timers()).toEqual([])
})

describe('[row 28] a second connection of a peer that is established', () => {
  test('is refused with 6/7 when the peer restarts not gracefully', async () => {
    const it = await RunningRouter.start()
    const first = await ScriptedPeer.establish(it.address)
    const second = await ScriptedPeer.dial(it.address)
    await second.sends(open())
    expect(await second.notification()).toBe('6/7')
    await it.gone(2)
    await first.announces('10.5.113.0/24')
    expect(await it.untilRoutes(1)).toHaveLength(1)
  })

  test('takes over when it does: the old one ends silently, its routes stay', async () => {
    const it = await RunningRouter.start()
    const gracefulRestart = { families: [IPV4_UNICAST] }
    const first = await ScriptedPeer.establish(it.address, { gracefulRestart })
    await first.announces('10.5.113.0/24')
    await it.untilRoutes(1)
    const before = first.received.length
    await ScriptedPeer.establish(it.address, { gracefulRestart })
    expect(await first.raw.end()).toBe('fin')
    expect(first.received.slice(before)).toEqual([])
    expect(it.routes()).toEqual(['192.168.77.14 10.5.113.0/24'])
    expect((await it.closed(1)).cause).toEqual({ kind: 'replaced' })
  })
})

describe('how the peer leaves is in the record', () => {
  test.each(['fin', 'rst'] as const)('%s', async (how) => {
    const it = await RunningRouter.start()
    const peer = await ScriptedPeer.establish(it.address)
    if (how === 'fin') peer.raw.finish()
    else peer.raw.reset()
    expect(await it.gone(1)).toMatchObject({ how })
    expect((await it.closed(1)).cause).toEqual({ kind: how })
  })
})
