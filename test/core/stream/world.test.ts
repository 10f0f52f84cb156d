import { describe, expect, test } from 'vitest'
import type { News } from '../../../src/core/speaker/contract.ts'
import type { StreamEvent } from '../../../src/core/stream/events.ts'
import { replay } from '../../../src/core/stream/replay.ts'
import { World } from '../../../src/core/stream/world.ts'
import { CILIUM, ciliumNode, CONFIG, LiveStream, play, seen } from '../../support/live-stream.ts'

const NODE = '127.0.0.1:1790 64512 192.168.77.13'

function routes(world: World, peer = NODE): number {
  return world.speaker.peer(peer)?.routes ?? 0
}

describe('a replay', () => {
  test('of the recorded events gives the state of the running router, after every event', () => {
    const states: unknown[] = []
    const live = new LiveStream()
    live.after = (_event, world) => states.push(seen(world))
    play(live)

    const replayed: unknown[] = []
    replay(new World(CONFIG), live.events, {
      onEvent: (_event, _applied, world) => replayed.push(seen(world)),
    })
    expect(replayed).toEqual(states)
  })

  test('tells the same news', () => {
    const news: News[] = []
    const live = new LiveStream()
    play(live)
    replay(new World(CONFIG), live.events, { onEvent: (_event, applied) => news.push(...applied.news) })
    expect(news.filter(({ news }) => news === 'session-established')).toHaveLength(3)
    expect(news.filter(({ news }) => news === 'end-of-rib')).toHaveLength(1)
    expect(news.some(({ news }) => news === 'stale-ended')).toBe(true)
  })
})

test('what we sent changes nothing, because it follows from what we received', () => {
  const live = new LiveStream()
  play(live)
  const received = live.events.filter((event) => !(event.type === 'message' && event.direction === 'out'))
  expect(received.length).toBeLessThan(live.events.length)

  const world = new World(CONFIG)
  replay(world, received)
  expect(seen(world)).toEqual(seen(live.world))
})

describe('a checkpoint', () => {
  test('taken at any event lets the rest of the stream give the same state', () => {
    const live = new LiveStream()
    const checkpoints: StreamEvent[] = []
    live.sink = ({ seq, at }) =>
      checkpoints.push({ type: 'checkpoint', seq, at, checkpoint: live.world.checkpoint() })
    play(live)
    for (const [index, checkpoint] of checkpoints.entries()) {
      // As it is on disk.
      const stored = JSON.parse(JSON.stringify(checkpoint)) as StreamEvent
      const world = new World(CONFIG)
      replay(world, [stored, ...live.events.slice(index)])
      expect(seen(world), `from event ${checkpoint.seq}`).toEqual(seen(live.world))
    }
  })

  test('can be what a world starts from', () => {
    const live = new LiveStream()
    play(live)
    const world = new World(CONFIG, live.world.checkpoint({ mine: 1 }))
    expect(seen(world)).toEqual({ ...(seen(live.world) as object), seq: 0 })
    expect(world.check).toEqual({ mine: 1 })
  })

  test('carries the configuration that was in force', () => {
    const other = { ...CONFIG, asn: 64999 }
    const world = new World(CONFIG, new World(other).checkpoint())
    expect(world.config).toEqual(other)
  })
})

describe('a gap', () => {
  const live = new LiveStream()
  live.start()
  live.connect(1)
  live.receive(1, CILIUM.open, CILIUM.keepalive, CILIUM.podCidr)
  const gap = { type: 'gap', seq: 100, at: live.now, events: 7, reason: 'disk full' } as const

  test('makes the state unknown, and events after it tell nothing', () => {
    const world = new World(CONFIG)
    replay(world, [...live.events, gap])
    expect(world.known).toBe(false)
    const applied = world.apply({ type: 'session-closed', session: 1, how: 'fin', seq: 100, at: live.now })
    expect([applied.effects, applied.news]).toEqual([[], []])
  })

  test('ends with the next checkpoint', () => {
    const world = new World(CONFIG)
    const checkpoint = live.world.checkpoint()
    replay(world, [gap, { type: 'checkpoint', seq: 100, at: live.now, checkpoint }])
    expect(world.known).toBe(true)
    expect(routes(world)).toBe(1)
    expect(world.lastEvent.seq).toBe(99)
  })

  test('does not hide marks', () => {
    const world = new World(CONFIG)
    replay(world, [gap, { type: 'mark', name: 'lost', seq: 100, at: live.now }])
    expect(world.marks.get('lost')?.seq).toBe(100)
  })
})

test('a router that starts again has no sessions, routes or objects, and the marks stay', () => {
  const live = new LiveStream()
  live.start()
  live.take({ type: 'object', action: 'set', object: ciliumNode('master3', '10.5.116.0/24') })
  live.connect(1)
  live.receive(1, CILIUM.open, CILIUM.keepalive, CILIUM.podCidr)
  live.mark('before')
  expect(routes(live.world)).toBe(1)

  live.start()
  expect([...live.world.speaker.sessions()]).toEqual([])
  expect(routes(live.world)).toBe(0)
  expect(live.world.objects.size).toBe(0)
  expect(live.world.marks.get('before')).toBeDefined()
})

test('objects are found by kind, name and namespace, and go when they are deleted', () => {
  const { objects } = new World(CONFIG)
  const service = (namespace: string) => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', namespace },
  })
  objects.set(service('a'))
  objects.set(service('b'))
  objects.set(ciliumNode('web'))
  expect(objects.get('Service', 'web', 'b')).toEqual(service('b'))
  expect(objects.get('Service', 'web')).toBeUndefined()
  expect(objects.list('Service')).toHaveLength(2)
  expect(objects.delete(service('a'))).toBe(true)
  expect(objects.delete(service('a'))).toBe(false)
  expect(objects.size).toBe(2)
})
