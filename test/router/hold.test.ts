// Whose input waits with us is not silent: while input is held (docs/decisions/0009-back-pressure.md), and when we are late.
import { expect, onTestFinished, test } from 'vitest'
import { Observer } from '../../src/core/check/observer.ts'
import type { StreamEvent } from '../../src/core/stream/events.ts'
import { Dialler } from '../../src/net/dialler.ts'
import { Listeners } from '../../src/net/listener.ts'
import { Engine } from '../../src/router/engine.ts'
import { fakeClock, type FakeClock } from '../support/fake-clock.ts'
import { ScriptedPeer } from '../support/scripted-peer.ts'
import { config } from '../support/speaker-bench.ts'
import { keepalive } from '../support/speaker-messages.ts'

const SECOND = 1_000_000

interface Started {
  readonly clock: FakeClock
  readonly events: StreamEvent[]
  readonly peer: ScriptedPeer
  hold(held: boolean): void
  /** Settles with the next event from the network. */
  next(): Promise<StreamEvent>
}

/** An engine with one established peer whose hold time is 9 s. */
async function started(): Promise<Started> {
  const clock = fakeClock()
  const problems: string[] = []
  const onProblem = (problem: string): void => void problems.push(problem)
  const listeners = await Listeners.open(['127.0.0.1:0'], { onProblem })
  const events: StreamEvent[] = []
  let wake: ((event: StreamEvent) => void) | undefined
  const engine = new Engine({
    observer: new Observer(config(), { settle: SECOND }),
    clock,
    recorder: {
      append: (event) => {
        events.push(event)
        if (event.type !== 'message' || event.direction === 'in') wake?.(event)
      },
    },
    dialler: new Dialler({ listeners: listeners.addresses, turns: listeners.turns }),
    first: 1,
    name: 'test',
    onProblem,
  })
  engine.take({
    type: 'started',
    version: 'unknown',
    config: config(),
    settle: SECOND,
    listeners: listeners.addresses,
  })
  listeners.accept((connection) => engine.connect(connection))
  onTestFinished(() => {
    engine.reset()
    listeners.close()
    expect(problems).toEqual([])
  })
  const peer = await ScriptedPeer.establish(listeners.addresses[0]!, { holdTime: 9 })
  return {
    clock,
    events,
    peer,
    hold: (held) => {
      listeners.turns.hold(held)
      engine.hold(held)
    },
    next: () => new Promise((resolve) => (wake = resolve)),
  }
}

const expired = (events: readonly StreamEvent[]): boolean =>
  events.some(({ type }) => type === 'timer' || type === 'session-closed')
const sent = (events: readonly StreamEvent[]): number =>
  events.filter((event) => event.type === 'message' && event.direction === 'out').length

test('a hold timer does not end a session while input is held, and our KEEPALIVEs go out', async () => {
  const { clock, events, hold } = await started()
  hold(true)
  const before = sent(events)
  clock.advance(60 * SECOND)
  expect(expired(events.filter((event) => event.type !== 'timer' || event.key.of !== 'check'))).toBe(false)
  expect(sent(events)).toBeGreaterThanOrEqual(before + 20)
})

test('what the peer said meanwhile counts', async () => {
  const { clock, events, peer, hold, next } = await started()
  hold(true)
  clock.advance(20 * SECOND)
  await peer.sends(keepalive)
  const heard = next()
  hold(false)
  expect(await heard).toMatchObject({ type: 'message', direction: 'in' })
  clock.advance(8 * SECOND)
  expect(events.some(({ type }) => type === 'session-closed')).toBe(false)
  expect(await peerIsUp(peer)).toBe(true)
})

test('a peer that said nothing has a second to be heard, and is then given up', async () => {
  const { clock, peer, hold } = await started()
  hold(true)
  clock.advance(20 * SECOND)
  hold(false)
  clock.advance(0.9 * SECOND)
  expect(await peerIsUp(peer)).toBe(true)
  clock.advance(SECOND)
  expect(await peer.notification()).toBe('4/0')
})

test('holding it again and again does not keep a dead peer', async () => {
  const { clock, peer, hold } = await started()
  for (let n = 0; n < 30; n++) {
    hold(true)
    clock.advance(0.4 * SECOND)
    hold(false)
    clock.advance(0.4 * SECOND)
  }
  expect(await peer.notification()).toBe('4/0')
})

test('what waits in the socket when a hold timer ends is read before the session is given up', async () => {
  const { clock, events, peer, next } = await started()
  const before = events.length
  // The kernel has it, and nothing was read since.
  const written = peer.sends(keepalive)
  clock.advance(10 * SECOND)
  while (!events.slice(before).some((event) => event.type === 'message' && event.direction === 'in'))
    await next()
  await written
  expect(await peerIsUp(peer)).toBe(true)
  clock.advance(8 * SECOND)
  expect(await peerIsUp(peer)).toBe(true)
  clock.advance(2 * SECOND)
  expect(await peer.notification()).toBe('4/0')
})

test('a hold timer that has just ended waits as well when input is held at that moment', async () => {
  const { clock, events, peer, hold } = await started()
  clock.advance(10 * SECOND)
  hold(true)
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
  expect(expired(events.filter((event) => event.type !== 'timer' || event.key.of !== 'check'))).toBe(false)
  hold(false)
  clock.advance(3 * SECOND)
  expect(await peer.notification()).toBe('4/0')
})

/** Settles when our side has handled all that the loop has. */
async function peerIsUp(peer: ScriptedPeer): Promise<boolean> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve))
  return !peer.received.some(({ type }) => type === 'notification')
}
