// Reading along while a trace is written gives what reading it whole gives, event for event.
import { appendFileSync, readdirSync, readFileSync, renameSync, truncateSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { StreamEvent } from '../../src/core/stream/events.ts'
import { numbersIn } from '../../src/trace/names.ts'
import { TraceTail } from '../../src/trace/tail.ts'
import { CILIUM, LiveStream } from '../support/live-stream.ts'
import { eventsOf, record, temporary, type Recording } from '../support/trace-folder.ts'

const look = async (tail: TraceTail): Promise<StreamEvent[]> => {
  const events: StreamEvent[] = []
  for await (const event of tail.more()) events.push(event)
  return events
}

async function tailOf(directory: string): Promise<TraceTail> {
  const tail = await TraceTail.open(directory)
  onTestFinished(() => tail.close())
  return tail
}

/** A stream of rounds: each opens a session, announces and says so with a mark. */
async function rounds(
  options: Parameters<typeof record>[1],
  count: number,
  after: (round: number, recording: Recording) => Promise<void>,
): Promise<Recording> {
  const live = new LiveStream()
  const recording = await record(live, options)
  live.start()
  for (let round = 1; round <= count; round++) {
    live.connect(round)
    live.receive(round, CILIUM.open, CILIUM.keepalive, CILIUM.service, CILIUM.podCidr, CILIUM.endOfRib)
    live.mark(`round ${round}`)
    await recording.writer.flush()
    await after(round, recording)
  }
  await recording.writer.close()
  return recording
}

test.each<[string, Parameters<typeof record>[1], number]>([
  ['never rotated', {}, 1],
  ['rotated by size', { rotateBytes: 700 }, 1],
  ['rotated several times between two looks', { rotateBytes: 300 }, 4],
])('%s', async (_name, options, every) => {
  const seen: StreamEvent[] = []
  let tail: TraceTail | undefined
  const { directory } = await rounds(options, 12, async (round, { directory }) => {
    if (round % every !== 0) return
    tail ??= await tailOf(directory)
    const news = await look(tail)
    expect(news.at(-1)).toMatchObject({ type: 'mark', name: `round ${round}` })
    seen.push(...news)
    expect(await look(tail)).toEqual([])
  })
  seen.push(...(await look(tail!)))
  expect(seen).toEqual(await eventsOf(directory))
  expect(numbersIn(readdirSync(directory)).length > 2).toBe(options?.rotateBytes !== undefined)
})

test('segments that went before they were read are a gap, and what is there follows', async () => {
  const seen: StreamEvent[] = []
  let tail: TraceTail | undefined
  const { directory } = await rounds(
    { rotateBytes: 300, keepSegments: 1 },
    8,
    async (round, { directory }) => {
      tail ??= await tailOf(directory)
      if (round === 1 || round === 8) seen.push(...(await look(tail)))
    },
  )
  seen.push(...(await look(tail!)))
  expect(seen.filter(({ type }) => type === 'gap')).toHaveLength(1)
  const kept = await eventsOf(directory)
  expect(seen.slice(-kept.length)).toEqual(kept)
})

test('a look that ends at a gap goes on behind it', async () => {
  const { directory } = await rounds({ rotateBytes: 300 }, 8, () => Promise.resolve())
  for (const name of ['messages-0002.mrt', 'events-0002.jsonl']) unlinkSync(join(directory, name))
  const whole = await eventsOf(directory)
  const tail = await tailOf(directory)
  const seen: StreamEvent[] = []
  for await (const event of tail.more()) {
    seen.push(event)
    if (event.type === 'gap') break
  }
  expect(seen.at(-1)?.type).toBe('gap')
  seen.push(...(await look(tail)))
  expect(seen).toEqual(whole)
})

test('of a line whose messages are not there yet nothing is given, and nothing is lost', async () => {
  const { directory } = await rounds({}, 3, () => Promise.resolve())
  const whole = await eventsOf(directory)
  const messages = readFileSync(join(directory, 'messages.mrt'))
  truncateSync(join(directory, 'messages.mrt'), 100)
  const tail = await tailOf(directory)
  const seen = await look(tail)
  expect(seen.length).toBeLessThan(whole.length)
  for (let at = 100; at < messages.length; at += 41) {
    appendFileSync(join(directory, 'messages.mrt'), messages.subarray(at, at + 41))
    seen.push(...(await look(tail)))
  }
  expect(seen).toEqual(whole)
})

test('between the two renames of a rotation nothing is read from the wrong file', async () => {
  const seen: StreamEvent[] = []
  let tail: TraceTail | undefined
  const { directory } = await rounds({}, 2, async (round, { directory }) => {
    if (round > 1) return
    tail = await tailOf(directory)
    seen.push(...(await look(tail)))
  })
  const at = (name: string): string => join(directory, name)
  renameSync(at('events.jsonl'), at('events-0001.jsonl'))
  seen.push(...(await look(tail!)))
  renameSync(at('messages.mrt'), at('messages-0001.mrt'))
  seen.push(...(await look(tail!)))
  expect(seen).toEqual(await eventsOf(directory))
})

test('what is no trace is refused as everywhere', async () => {
  await expect(TraceTail.open(temporary('none'))).rejects.toMatchObject({ code: 'RW_TRACE' })
})
