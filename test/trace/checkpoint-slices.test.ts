// A checkpoint of a large table is made a slice at a time while input waits; what comes all the same is never in it.
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { loadWorld } from '../../src/trace/load.ts'
import { openTrace } from '../../src/trace/reader.ts'
import type { TraceWriterOptions } from '../../src/trace/writer-options.ts'
import { CILIUM, ciliumNode, LiveStream, seen } from '../support/live-stream.ts'
import { update } from '../support/speaker-messages.ts'
import { eventsOf, FaultyFiles, record, type Recording } from '../support/trace-folder.ts'

const ROUTES = 6000
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

interface Held extends Recording {
  readonly live: LiveStream
  /** What the writer told: true when input should wait, false when no more. */
  readonly told: boolean[]
}

/** A stream with a table that takes many slices, recorded by a writer that somebody waits for. */
async function recorded(options: Partial<TraceWriterOptions>): Promise<Held> {
  const live = new LiveStream()
  const told: boolean[] = []
  const { checkpoint, ...rest } = options
  const recording = await record(live, {
    checkpoint: checkpoint ?? (() => live.world.checkpoint(undefined, true)),
    hold: (held) => void told.push(held),
    ...rest,
  })
  live.start()
  live.take({ type: 'object', action: 'set', object: ciliumNode('master3', '10.5.116.0/24') })
  live.connect(1)
  live.receive(1, CILIUM.open, CILIUM.keepalive)
  for (let n = 0; n < ROUTES; n += 100) {
    const prefixes = Array.from({ length: 100 }, (_, i) => `10.${(n + i) >> 8}.${(n + i) & 255}.0/24`)
    live.receive(1, update({ prefixes, attributes: { origin: 0, asPath: [], med: n, localPref: 100 } }))
  }
  return { ...recording, live, told }
}

/** Segments before the current one go, so that reading begins with its checkpoint. */
function forgetThePast(directory: string, rotations: number): void {
  for (let n = 1; n <= rotations; n++) {
    const number = String(n).padStart(4, '0')
    rmSync(join(directory, `messages-${number}.mrt`))
    rmSync(join(directory, `events-${number}.jsonl`))
  }
}

async function turnsUntilReleased(told: readonly boolean[]): Promise<number> {
  let turns = 0
  for (; told.at(-1) !== false; turns++) await turn()
  return turns
}

/** Full towards the end of the table, and never twice as full. */
const FULL = { rotateBytes: 20_000 } as const

test('input waits for it, many turns of the event loop, and the state is that of its beginning', async () => {
  const { directory, writer, live, told, problems } = await recorded(FULL)
  expect(told).toEqual([true])
  expect(await turnsUntilReleased(told)).toBeGreaterThan(5)
  live.mark('after')
  await writer.close()
  expect(writer.stats.rotations).toBe(1)
  expect(problems).toEqual([])
  forgetThePast(directory, 1)
  const world = await loadWorld(await openTrace(directory))
  expect(seen(world)).toEqual(seen(live.world))
  expect([...world.speaker.routes([...world.speaker.peers()][0]!.key)]).toHaveLength(ROUTES)
})

test.each([
  ['a message', (live: LiveStream) => live.receive(1, update({ prefixes: [], withdrawn: ['10.3.0.0/24'] }))],
  ['the end of a session', (live: LiveStream) => live.close(1, 'rst')],
  [
    'an object',
    (live: LiveStream) => live.take({ type: 'object', action: 'deleted', object: ciliumNode('master3') }),
  ],
])('%s that comes while it is made is not in it, and all comes in order', async (_name, happens) => {
  const { directory, writer, live, told } = await recorded(FULL)
  for (let n = 0; n < 4; n++) await turn()
  live.mark('while it is made')
  live.connect(2)
  const before = seen(live.world)
  const { seq } = live.events.at(-1)!
  expect(told).toEqual([true])
  happens(live)
  await turnsUntilReleased(told)
  await writer.close()
  forgetThePast(directory, 1)
  const events = (await eventsOf(directory)).filter(({ type }) => type !== 'checkpoint')
  expect(events).toEqual(live.events.slice(-events.length))
  expect(events.length).toBeGreaterThan(2)
  expect(seen(await loadWorld(await openTrace(directory), { until: { seq } }))).toEqual(before)
  expect(seen(await loadWorld(await openTrace(directory)))).toEqual(seen(live.world))
})

test('a burst that nobody can hold is in segments all the same, none twice as large as it should be', async () => {
  const { directory, writer, live } = await recorded({ rotateBytes: 2000 })
  for (let n = 0; n < 500; n++) live.mark(`mark ${n}`)
  await writer.close()
  expect(writer.stats.rotations).toBeGreaterThan(10)
  expect((await eventsOf(directory)).filter(({ type }) => type !== 'checkpoint')).toEqual(live.events)
  forgetThePast(directory, writer.stats.rotations)
  expect(seen(await loadWorld(await openTrace(directory)))).toEqual(seen(live.world))
})

test('after a gap it is made in slices too', async () => {
  const files = new FaultyFiles()
  const { directory, writer, live, told, problems } = await recorded({ files })
  files.fail = 'EIO'
  await writer.flush()
  files.fail = undefined
  const flushed = writer.flush()
  while (told.length === 0) await turn()
  expect(told).toEqual([true])
  expect(await turnsUntilReleased(told)).toBeGreaterThan(5)
  await flushed
  live.mark('after')
  await writer.close()
  expect(problems).toHaveLength(2)
  expect(seen(await loadWorld(await openTrace(directory)))).toEqual(seen(live.world))
})

test('a checkpoint that cannot be made interrupts the record, and input goes on', async () => {
  let broken = true
  const { directory, writer, live, told, problems } = await recorded({
    ...FULL,
    checkpoint: () => {
      const checkpoint = live.world.checkpoint(undefined, true)
      return broken ? { ...checkpoint, check: { count: 1n } } : checkpoint
    },
  })
  await turnsUntilReleased(told)
  await writer.flush()
  expect(problems[0]).toMatch(/the trace is interrupted: .*BigInt/)
  broken = false
  await writer.flush()
  live.mark('after')
  await writer.close()
  expect(told.at(-1)).toBe(false)
  expect(problems.at(-1)).toMatch(/the trace goes on/)
  expect(seen(await loadWorld(await openTrace(directory)))).toEqual(seen(live.world))
})

test('a checkpoint that cannot even be begun interrupts the record, and not the process', async () => {
  let broken = true
  const { directory, writer, live, told, problems } = await recorded({
    ...FULL,
    checkpoint: () => {
      if (broken) throw new Error('no state')
      return live.world.checkpoint(undefined, true)
    },
  })
  await turnsUntilReleased(told)
  expect(problems[0]).toMatch(/the trace is interrupted: .*no state/)
  broken = false
  await writer.flush()
  live.mark('after')
  await writer.close()
  expect(problems.at(-1)).toMatch(/the trace goes on/)
  expect(seen(await loadWorld(await openTrace(directory)))).toEqual(seen(live.world))
})
