import { describe, expect, test } from 'vitest'
import type { StreamEvent } from '../../../src/core/stream/events.ts'
import { marksOf } from '../../../src/core/stream/marks.ts'
import { replay, type Until } from '../../../src/core/stream/replay.ts'
import { World } from '../../../src/core/stream/world.ts'
import { CONFIG, LiveStream, play, seen } from '../../support/live-stream.ts'

const live = new LiveStream()
const states = new Map<number, unknown>()
live.after = (event, world) => states.set(event.seq, seen(world))
play(live)

function until(
  instant: Until,
  events: Iterable<StreamEvent> = live.events,
): { world: World; reached: boolean } {
  const world = new World(CONFIG)
  return { reached: replay(world, events, { until: instant }), world }
}

test('stops after the event of a number, its effect included', () => {
  for (const { seq } of live.events) {
    const { world, reached } = until({ seq })
    expect(reached).toBe(true)
    expect(seen(world)).toEqual(states.get(seq))
  }
})

test('stops at an instant, events of that instant included', () => {
  const [event] = live.events.filter(({ type }) => type === 'mark')
  expect(until({ at: event!.at }).world.lastEvent.seq).toBe(event!.seq)
  expect(until({ at: event!.at - 1 }).world.lastEvent.seq).toBe(event!.seq - 1)
  expect(until({ at: 0 }).world.lastEvent.seq).toBe(0)
})

test('stops at a mark; of a name that was given twice the last one is meant, and both are kept', () => {
  const marks = marksOf(live.events)
  const first = marks.list().filter(({ name }) => name === 'first')
  expect(first).toHaveLength(2)
  expect(until({ mark: 'first' }).world.lastEvent.seq).toBe(first[1]?.seq)
  // Also from events that can be gone through only once.
  expect(until({ mark: 'first' }, live.events.values()).world.lastEvent.seq).toBe(first[1]?.seq)
})

test('says when the events end before the instant', () => {
  expect(until({ seq: 9999 }).reached).toBe(false)
  expect(until({ mark: 'never' }).reached).toBe(false)
  expect(until({ at: live.now + 1 }).reached).toBe(true)
  expect(until({}).reached).toBe(true)
})

describe('across a gap', () => {
  const at = live.now
  const checkpoint = live.world.checkpoint()
  const last = live.events.at(-1)!.seq
  // Ten events were lost.
  const events: StreamEvent[] = [
    ...live.events,
    { type: 'gap', seq: last + 11, at: at + 20, events: 10, reason: 'disk full' },
    { type: 'checkpoint', seq: last + 11, at: at + 20, checkpoint },
    { type: 'mark', name: 'later', seq: last + 11, at: at + 30 },
  ]

  test.each<[string, Until, boolean]>([
    ['the last event before it', { seq: last }, true],
    ['the first event that was lost', { seq: last + 1 }, false],
    ['the last event that was lost', { seq: last + 10 }, false],
    ['the first event after it', { seq: last + 11 }, true],
    ['an instant in which events may have been lost', { at: at + 10 }, false],
    ['the instant of its end', { at: at + 20 }, true],
    ['a mark after it', { mark: 'later' }, true],
  ])('the state at %s', (_name, instant, known) => {
    expect(until(instant, events).world.known).toBe(known)
  })
})
