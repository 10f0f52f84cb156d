import { readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { StreamEvent } from '../../src/core/stream/events.ts'
import { loadWorld } from '../../src/trace/load.ts'
import { openTrace } from '../../src/trace/reader.ts'
import type { TraceWriterOptions } from '../../src/trace/writer-options.ts'
import { LiveStream, play, seen } from '../support/live-stream.ts'
import { eventsOf, record, type Recording } from '../support/trace-folder.ts'

interface Played extends Recording {
  readonly live: LiveStream
  readonly states: ReadonlyMap<number, unknown>
}

async function played(options: Partial<TraceWriterOptions>): Promise<Played> {
  const live = new LiveStream()
  const states = new Map<number, unknown>()
  live.after = (event, world) => states.set(event.seq, seen(world))
  const recording = await record(live, options)
  play(live)
  await recording.writer.close()
  expect(recording.problems).toEqual([])
  return { ...recording, live, states }
}

function withoutCheckpoints(events: readonly StreamEvent[]): StreamEvent[] {
  return events.filter(({ type }) => type !== 'checkpoint')
}

describe.each<[string, Partial<TraceWriterOptions>]>([
  ['at every event', { rotateBytes: 1 }],
  ['by size', { rotateBytes: 700 }],
  ['by age', { rotateSeconds: 0.01 }],
])('a trace that is rotated %s', (_name, options) => {
  test('has the same events, and a checkpoint at the head of each segment', async () => {
    const { directory, live, writer } = await played(options)
    const events = await eventsOf(directory)
    expect(withoutCheckpoints(events)).toEqual(live.events)
    expect(events.filter(({ type }) => type === 'checkpoint')).toHaveLength(writer.stats.rotations)
    expect(writer.stats.rotations).toBeGreaterThan(2)
  })

  test('gives the state of the running router after every event', async () => {
    const { directory, states } = await played(options)
    const replayed = new Map<number, unknown>()
    await loadWorld(await openTrace(directory), {
      onEvent: (event, _applied, world) =>
        void (event.type !== 'checkpoint' && replayed.set(event.seq, seen(world))),
    })
    expect(replayed).toEqual(states)
  })

  test('can be read from any segment on, with the same states and session numbers', async () => {
    const { directory, live, states } = await played(options)
    const finished = readdirSync(directory)
      .filter((name) => /^events-\d/.test(name))
      .sort()
    const step = Math.ceil(finished.length / 6)
    for (let index = 0; index < finished.length; index += step) {
      for (const events of finished.slice(index, index + step)) {
        rmSync(join(directory, events))
        rmSync(join(directory, events.replace('events', 'messages').replace('jsonl', 'mrt')))
      }
      const events = withoutCheckpoints(await eventsOf(directory))
      expect(events).toEqual(live.events.slice(-events.length))
      for (const { seq } of events.slice(0, 2)) {
        const world = await loadWorld(await openTrace(directory), { until: { seq } })
        expect(seen(world), `event ${seq}`).toEqual(states.get(seq))
      }
    }
  })
})

test('only so many finished segments are kept, and trace.json lists what there is', async () => {
  const { directory, live } = await played({ rotateBytes: 700, keepSegments: 2 })
  const names = readdirSync(directory).sort()
  expect(names).toHaveLength(2 * 3 + 1)
  const { manifest } = await openTrace(directory)
  expect(
    manifest.segments
      .flatMap(({ events, messages }) => [events, messages])
      .concat('trace.json')
      .sort(),
  ).toEqual(names)

  const events = withoutCheckpoints(await eventsOf(directory))
  expect(events).toEqual(live.events.slice(-events.length))
  expect(manifest.segments[0]?.firstSeq).toBe(events[0]?.seq)
})

test('the state before the oldest segment that was kept is not there to be had', async () => {
  const { directory } = await played({ rotateBytes: 700, keepSegments: 1 })
  const reader = await openTrace(directory)
  for (const until of [{ seq: 1 }, { at: 1 }]) {
    await expect(loadWorld(reader, { until })).rejects.toMatchObject({ code: 'RW_NOT_FOUND' })
  }
})

test('a crash between the two renames of a rotation loses nothing', async () => {
  const { directory, live } = await played({ rotateBytes: 700 })
  const last = readdirSync(directory)
    .filter((name) => /^messages-\d/.test(name))
    .sort()
    .at(-1)!
  rmSync(join(directory, 'messages.mrt'))
  rmSync(join(directory, 'events.jsonl'))
  renameSync(join(directory, last), join(directory, 'messages.mrt'))
  const events = withoutCheckpoints(await eventsOf(directory))
  expect(events).toEqual(live.events.slice(0, events.length))
  expect(events.length).toBeGreaterThan(10)
})

test('a segment that is missing in the middle is a gap', async () => {
  const { directory, live } = await played({ rotateBytes: 700 })
  rmSync(join(directory, 'events-0002.jsonl'))
  const events = await eventsOf(directory)
  const gap = events.find((event) => event.type === 'gap')
  const before = events.indexOf(gap!)
  expect(gap).toMatchObject({ seq: before + 1 + gap!.events, reason: 'the record before this is missing' })
  expect(events[before + 1]?.type).toBe('checkpoint')
  expect(seen(await loadWorld(await openTrace(directory)))).toEqual(seen(live.world))
})
