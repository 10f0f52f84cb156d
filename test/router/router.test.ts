import { describe, expect, test } from 'vitest'
import { parsePrefix } from '../../src/core/ip/text.ts'
import { IPV4_UNICAST } from '../../src/core/wire/message.ts'
import { fakeClock } from '../support/fake-clock.ts'
import { RunningRouter } from '../support/running-router.ts'
import { ScriptedPeer } from '../support/scripted-peer.ts'
import { keepalive, open } from '../support/speaker-messages.ts'

const prefix = parsePrefix('198.51.100.0/24')

async function withPeer(): Promise<{ it: RunningRouter; peer: ScriptedPeer; key: string }> {
  const it = await RunningRouter.start()
  const peer = await ScriptedPeer.establish(it.address)
  const [view] = it.router.observer.world.speaker.peers()
  return { it, peer, key: view!.key }
}

describe('commands reach the peer', () => {
  test('announce and withdraw', async () => {
    const { it, peer, key } = await withPeer()
    it.router.announce([{ prefix }])
    expect((await peer.next('update')).reach).toMatchObject([{ nlri: [{ prefix }] }])
    it.router.withdraw([prefix], key)
    it.router.withdraw([prefix])
    expect((await peer.next('update')).unreach).toMatchObject([{ nlri: [{ prefix }] }])
  })

  test('ROUTE-REFRESH and End-of-RIB', async () => {
    const { it, peer, key } = await withPeer()
    it.router.refresh(IPV4_UNICAST, key)
    expect(await peer.next('route-refresh')).toMatchObject({ family: IPV4_UNICAST, subtype: 0 })
    it.router.endOfRib(IPV4_UNICAST)
    expect(await peer.next('update')).toMatchObject({ endOfRib: IPV4_UNICAST })
  })

  test('NOTIFICATION', async () => {
    const { it, peer, key } = await withPeer()
    it.router.notify(key, 6, 4, Uint8Array.of(2, 0x68, 0x69))
    expect(await peer.next('notification')).toMatchObject({
      code: 6,
      subcode: 4,
      data: Uint8Array.of(2, 0x68, 0x69),
    })
    expect(await it.gone(1)).toMatchObject({ how: 'closed-by-us' })
  })

  test.each(['fin', 'rst'] as const)('disconnect by %s, without a NOTIFICATION', async (how) => {
    const { it, peer, key } = await withPeer()
    const before = peer.received.length
    it.router.disconnect(key, how)
    expect(await peer.raw.end()).toBe(how)
    expect(peer.received).toHaveLength(before)
    expect(await it.gone(1)).toMatchObject({ how: 'closed-by-us' })
  })

  test('any bytes', async () => {
    const { it, peer, key } = await withPeer()
    const before = peer.raw.received.length
    const bytes = Uint8Array.of(1, 2, 3)
    it.router.sendRaw(key, bytes)
    bytes.fill(0)
    await peer.raw.until(() => (peer.raw.received.length > before ? true : undefined))
    expect([...peer.raw.received.subarray(before)]).toEqual([1, 2, 3])
  })

  test('one for a peer that does not exist is refused and not recorded', async () => {
    const { it } = await withPeer()
    const before = it.events.length
    expect(() => it.router.notify('nobody', 6, 4)).toThrow(
      expect.objectContaining({ code: 'RW_NOT_FOUND', what: "no peer 'nobody'" }),
    )
    expect(it.events).toHaveLength(before)
  })
})

describe('subscribers', () => {
  test('see events in order although they give commands while they are told', async () => {
    const it = await RunningRouter.start()
    it.router.subscribe((_event, news) => {
      if (news.some((one) => one.news === 'session-established')) it.router.announce([{ prefix }])
    })
    const later: number[] = []
    it.router.subscribe(({ seq }) => later.push(seq))
    const peer = await ScriptedPeer.dial(it.address)
    await peer.sends(open(), keepalive)
    await peer.next('open')
    await peer.next('keepalive')
    expect(await peer.next('update')).toMatchObject({ endOfRib: IPV4_UNICAST })
    expect((await peer.next('update')).reach).toMatchObject([{ nlri: [{ prefix }] }])
    expect(later).toEqual(later.map((_, index) => index + 2))
  })

  test('one that fails is reported and harms nobody', async () => {
    const it = await RunningRouter.start()
    it.router.subscribe(() => {
      throw new Error('on purpose')
    })
    const seen: string[] = []
    it.router.subscribe(({ type }) => seen.push(type))
    it.router.mark('now')
    expect(seen).toEqual(['mark'])
    expect(it.problems).toEqual([expect.stringContaining('a subscriber failed: Error: on purpose')])
  })

  test('hear nothing from before they came or after they left', async () => {
    const it = await RunningRouter.start()
    const seen: string[] = []
    it.router.mark('one')
    const leave = it.router.subscribe((event) => seen.push(event.type === 'mark' ? event.name : event.type))
    it.router.mark('two')
    leave()
    it.router.mark('three')
    expect(seen).toEqual(['two'])
  })

  test('one that comes while an event is told hears only what comes after', async () => {
    const it = await RunningRouter.start()
    const seen: number[] = []
    const off = it.router.subscribe(() => {
      off()
      it.router.mark('inner')
      it.router.subscribe(({ seq }) => seen.push(seq))
    })
    it.router.mark('outer')
    const { seq } = it.router.mark('after')
    expect(seen).toEqual([seq])
  })
})

describe('stop', () => {
  test('tells every peer 6/2, waits for them, and records its end', async () => {
    const it = await RunningRouter.start()
    const established = await ScriptedPeer.establish(it.address)
    const silent = await ScriptedPeer.dial(it.address)
    await silent.next('open')
    await it.router.stop({ reason: 'maintenance' })
    expect(await established.notification()).toBe('6/2')
    expect(await silent.notification()).toBe('6/2')
    expect(it.eventsOf('session-closed').map(({ how }) => how)).toEqual(['closed-by-us', 'closed-by-us'])
    expect(it.events.at(-1)).toMatchObject({ type: 'stopped', reason: 'maintenance' })
    await expect(ScriptedPeer.dial(it.address)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  })

  test('sends established peers a plain FIN when it is graceful', async () => {
    const { it, peer } = await withPeer()
    const before = peer.received.length
    await it.router.stop({ graceful: true })
    expect(await peer.raw.end()).toBe('fin')
    expect(peer.received).toHaveLength(before)
  })

  test('does not wait for ever for a peer that does not close', async () => {
    const { it, peer } = await withPeer()
    peer.raw.socket.removeAllListeners('end')
    await it.router.stop()
    expect(await peer.notification()).toBe('6/2')
    expect(it.events.at(-1)).toMatchObject({ type: 'stopped' })
  })

  test('twice is once', async () => {
    const { it } = await withPeer()
    await Promise.all([it.router.stop(), it.router.stop()])
    await it.router.stop()
    expect(it.eventsOf('stopped')).toHaveLength(1)
    expect(() => it.router.mark('late')).toThrow('the router has stopped')
  })

  test('leaves no timer on a clock that is not its own', async () => {
    const clock = fakeClock()
    const it = await RunningRouter.start({ clock })
    const peer = await ScriptedPeer.establish(it.address)
    await peer.announces('10.5.113.0/24')
    await it.untilRoutes(1)
    expect(clock.timers()).not.toEqual([])
    await it.router.stop()
    expect(clock.timers()).toEqual([])
  })

  test('happens at the end of `await using`', async () => {
    const it = await RunningRouter.start()
    {
      await using router = it.router
      router.mark('inside')
    }
    expect(it.events.at(-1)).toMatchObject({ type: 'stopped' })
  })
})

test('a port in use says so', async () => {
  const it = await RunningRouter.start()
  await expect(RunningRouter.start({ listen: [it.address] })).rejects.toMatchObject({
    code: 'RW_PORT_IN_USE',
  })
})
