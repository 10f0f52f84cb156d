// Timers and capabilities that need a peer at the other end of real TCP; time stands still until a test moves it.
import { expect, test } from 'vitest'
import { formatPrefix, parseAddress, parsePrefix } from '../../src/core/ip/text.ts'
import { DEFAULT_CONTEXT } from '../../src/core/wire/codec.ts'
import { IPV4_UNICAST } from '../../src/core/wire/message.ts'
import { encodeUpdate } from '../../src/core/wire/update-encode.ts'
import { fakeClock } from '../support/fake-clock.ts'
import { RunningRouter } from '../support/running-router.ts'
import { ScriptedPeer } from '../support/scripted-peer.ts'
import { config } from '../support/speaker-bench.ts'
import { keepalive } from '../support/speaker-messages.ts'
import { eventsOf, temporary } from '../support/trace-folder.ts'

test('[row 24] a peer whose window stays closed is given up after 8 minutes, and the record says why', async () => {
  const clock = fakeClock()
  const it = await RunningRouter.start({ clock })
  const peer = await ScriptedPeer.establish(it.address, { holdTime: 0 })
  peer.raw.stopReading()
  const [view] = [...it.router.observer.world.speaker.peers()]
  const junk = new Uint8Array(1024 * 1024)
  for (let sent = 0; sent < 24; sent++) it.router.sendRaw(view!.key, junk)
  await it.until(() => it.eventsOf('session-blocked').find(({ blocked }) => blocked))
  await peer.sends(keepalive)
  clock.advance(480e6)
  expect((await it.closed(1)).cause).toEqual({ kind: 'send-hold-expired' })
  expect(it.newsOf('notification').at(-1)).toMatchObject({ direction: 'out', code: 8, subcode: 0 })
  await it.gone(1)
})

test('a peer that reads again in time stays', async () => {
  const clock = fakeClock()
  const it = await RunningRouter.start({ clock })
  const peer = await ScriptedPeer.establish(it.address, { holdTime: 0 })
  peer.raw.stopReading()
  const [view] = [...it.router.observer.world.speaker.peers()]
  for (let sent = 0; sent < 24; sent++) it.router.sendRaw(view!.key, new Uint8Array(1024 * 1024))
  await it.until(() => it.eventsOf('session-blocked').find(({ blocked }) => blocked))
  peer.raw.startReading()
  await it.until(() => it.eventsOf('session-blocked').find(({ blocked }) => !blocked))
  clock.advance(600e6)
  expect(it.router.observer.world.speaker.session(1)?.state).toBe('established')
})

test('[row 17] messages with path identifiers are recorded as such, and the trace has every path', async () => {
  const directory = temporary()
  const it = await RunningRouter.start({ config: config({ addPath: 'receive' }), trace: directory })
  const extra = [{ code: 69, entries: [{ family: IPV4_UNICAST, direction: 2 }] } as const]
  const peer = await ScriptedPeer.establish(it.address, { extra })
  const nlri = [1, 2].map((pathId) => ({ prefix: parsePrefix('10.5.113.0/24'), pathId }))
  await peer.sends(
    encodeUpdate(
      {
        reach: [{ family: IPV4_UNICAST, nextHop: { global: parseAddress('127.0.0.14') }, nlri }],
        attributes: { origin: 0, asPath: [{ type: 2, asns: [64512] }] },
      },
      DEFAULT_CONTEXT,
    ),
  )
  await it.untilRoutes(2)
  await it.router.stop()
  const recorded = (await eventsOf(directory)).filter((event) => event.type === 'message')
  const flagged = recorded.map(({ bytes, direction, addPath }) => [direction, bytes[18], addPath])
  expect(flagged).toContainEqual(['in', 2, true])
  expect(
    flagged.filter(([direction, type, addPath]) => addPath && (direction === 'out' || type !== 2)),
  ).toEqual([])
  const announced = it
    .newsOf('route-announced')
    .map(({ prefix, pathId }) => `${formatPrefix(prefix)} ${pathId}`)
  expect(announced).toEqual(['10.5.113.0/24 1', '10.5.113.0/24 2'])
})
