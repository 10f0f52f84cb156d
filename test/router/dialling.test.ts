// We open connections, over real TCP on loopback.
import { describe, expect, test } from 'vitest'
import { parsePrefix } from '../../src/core/ip/text.ts'
import type { DialConfig, PeerRange } from '../../src/core/speaker/contract.ts'
import { eventFromJson, eventToJson } from '../../src/core/stream/json.ts'
import { World } from '../../src/core/stream/world.ts'
import { ListeningPeer } from '../support/listening-peer.ts'
import { RunningRouter } from '../support/running-router.ts'
import { ScriptedPeer } from '../support/scripted-peer.ts'
import { config } from '../support/speaker-bench.ts'
import { keepalive, open } from '../support/speaker-messages.ts'

const LOWER = '1.1.1.1'
const HIGHER = '192.168.77.14'

/** A router that dials 127.0.0.14 on this port. */
async function dialling(
  port: number,
  dial: Partial<DialConfig> = {},
  range: Partial<PeerRange> = {},
): Promise<RunningRouter> {
  return RunningRouter.start({
    config: config({
      from: parsePrefix('127.0.0.14/32'),
      dial: { address: '127.0.0.14', port, connectRetry: 1, accept: true, ...dial },
      ...range,
    }),
  })
}

/** A port on which nobody listens just now. */
async function freePort(): Promise<number> {
  const taken = await ListeningPeer.listen('127.0.0.14')
  taken.close()
  return taken.port
}

async function comesUp(peer: ScriptedPeer, identifier = HIGHER): Promise<void> {
  await peer.comesUp({ identifier })
}

describe('a peer that listens', () => {
  test('is dialled; its session has its routes, and the stream says who opened the connection', async () => {
    const node = await ListeningPeer.listen('127.0.0.14')
    const router = await dialling(node.port, { localAddress: '127.0.0.1' })
    const peer = await node.accept()
    expect(peer.raw.socket.remoteAddress).toBe('127.0.0.1')
    await comesUp(peer)
    await peer.announces('10.5.113.0/24')
    expect(await router.untilRoutes(1)).toEqual([`${HIGHER} 10.5.113.0/24`])
    expect(router.eventsOf('session-opened')).toMatchObject([
      { dial: { range: 0, attempt: 1 }, remote: { address: '127.0.0.14', port: node.port } },
    ])
    expect(router.router.stats).toMatchObject({ open: 1, connections: 1 })
  })

  test('is dialled again when it was not there at first; each refusal is in the stream', async () => {
    const port = await freePort()
    const router = await dialling(port)
    const failed = await router.until(() => router.eventsOf('dial-failed')[0])
    expect(failed).toMatchObject({
      range: 0,
      attempt: 1,
      to: { address: '127.0.0.14', port },
      message: `refused: nobody listens on 127.0.0.14:${port}`,
    })
    const node = await ListeningPeer.listen('127.0.0.14', port)
    await comesUp(await node.accept())
    expect(router.newsOf('session-established')).toHaveLength(1)
    expect(router.eventsOf('session-opened')[0]?.dial?.attempt).toBeGreaterThan(1)
  })

  test('is dialled again after it reset the connection', async () => {
    const node = await ListeningPeer.listen('127.0.0.14')
    const router = await dialling(node.port)
    const first = await node.accept()
    await comesUp(first)
    first.raw.reset()
    await comesUp(await node.accept())
    expect(router.newsOf('session-established')).toHaveLength(2)
    expect([...router.router.observer.world.speaker.peers()]).toHaveLength(1)
  })

  test('may speak first: what it says before it is read is not lost', async () => {
    const node = await ListeningPeer.listen('127.0.0.14')
    const router = await dialling(node.port)
    const peer = await node.accept()
    await peer.sends(open({ identifier: HIGHER }), keepalive)
    await router.until(() => router.newsOf('session-established')[0])
    expect(router.problems).toEqual([])
  })
})

describe('both dial at once', () => {
  async function collision(
    identifier: string,
  ): Promise<{ router: RunningRouter; ours: ScriptedPeer; theirs: ScriptedPeer }> {
    const node = await ListeningPeer.listen('127.0.0.14')
    const router = await dialling(node.port)
    const ours = await node.accept()
    const theirs = await ScriptedPeer.dial(router.address, { from: '127.0.0.14' })
    for (const peer of [theirs, ours]) await peer.sends(open({ identifier }))
    return { router, ours, theirs }
  }

  test.each([
    ['theirs when their identifier is higher', HIGHER, 'in'],
    ['ours when ours is', LOWER, 'out'],
  ] as const)('one connection stays: %s', async (_, identifier, stays) => {
    const { router, ours, theirs } = await collision(identifier)
    const [winner, loser] = stays === 'in' ? [theirs, ours] : [ours, theirs]
    expect(await loser.notification()).toBe('6/7')
    expect(await loser.raw.end()).toBe('fin')
    await winner.next('keepalive')
    await winner.sends(keepalive)
    await winner.announces('10.5.113.0/24')
    await router.untilRoutes(1)
    const [peer] = [...router.router.observer.world.speaker.peers()]
    expect(peer).toMatchObject({ sessions: 1, established: { direction: stays } })
  })
})

test('mode active: who comes by himself is told 6/5', async () => {
  const node = await ListeningPeer.listen('127.0.0.14')
  const router = await dialling(node.port, { accept: false })
  const uninvited = await ScriptedPeer.dial(router.address, { from: '127.0.0.14' })
  expect(await uninvited.notification()).toBe('6/5')
})

test('stop ends dialled sessions with our text, and attempts without a word', async () => {
  const node = await ListeningPeer.listen('127.0.0.14')
  const router = await dialling(node.port)
  const peer = await node.accept()
  await comesUp(peer)
  await router.router.stop({ text: 'maintenance until noon' })
  const { code, subcode, data } = await peer.next('notification')
  expect([code, subcode, new TextDecoder().decode(data.subarray(1))]).toEqual([
    6,
    2,
    'maintenance until noon',
  ])

  const waiting = await dialling(await freePort())
  await waiting.router.stop()
  expect(waiting.problems).toEqual([])
})

test('a trace has attempts and direction, and folds to the state that was live', async () => {
  const port = await freePort()
  const router = await dialling(port)
  await router.until(() => router.eventsOf('dial-failed')[0])
  const node = await ListeningPeer.listen('127.0.0.14', port)
  const peer = await node.accept()
  await comesUp(peer)
  await peer.announces('10.5.113.0/24')
  await router.untilRoutes(1)
  const { world } = router.router.observer
  const copy = new World(world.config)
  const started = { type: 'started', version: '', config: world.config, settle: 0, listeners: [] } as const
  copy.apply({ ...started, seq: 1, at: router.events[0]!.at })
  for (const event of router.events) {
    const stored =
      event.type === 'message' ? event : eventFromJson(JSON.parse(JSON.stringify(eventToJson(event))))
    copy.apply(stored!)
  }
  expect([...copy.speaker.dials()]).toEqual([...world.speaker.dials()])
  expect([...copy.speaker.sessions()]).toEqual([...world.speaker.sessions()])
})
