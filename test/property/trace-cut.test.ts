// A crash may cut either file of a trace anywhere. Whatever is left can be read, and is how the stream began.
import { copyFileSync, mkdirSync, readFileSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { assert, asyncProperty, nat } from 'fast-check'
import { expect, test } from 'vitest'
import type { StreamEvent } from '../../src/core/stream/events.ts'
import { openTrace } from '../../src/trace/reader.ts'
import { LiveStream, play } from '../support/live-stream.ts'
import { record, temporary } from '../support/trace-folder.ts'

const FILES = ['trace.json', 'messages.mrt', 'events.jsonl'] as const

interface Whole {
  readonly directory: string
  readonly events: readonly StreamEvent[]
  readonly messages: number
  readonly lines: number
}

async function whole(): Promise<Whole> {
  const live = new LiveStream()
  const { directory, writer } = await record(live)
  // Written in several blocks, as it is when time passes.
  let written = Promise.resolve()
  live.after = () => (written = written.then(() => writer.flush()))
  play(live)
  await written
  await writer.close()
  const length = (name: string) => readFileSync(join(directory, name)).length
  return { directory, events: live.events, messages: length('messages.mrt'), lines: length('events.jsonl') }
}

async function readCut(
  from: string,
  folder: string,
  cut: { readonly messages: number; readonly lines: number },
): Promise<{ events: StreamEvent[]; truncated: { messages: number; events: number } }> {
  mkdirSync(folder, { recursive: true })
  for (const name of FILES) copyFileSync(join(from, name), join(folder, name))
  truncateSync(join(folder, 'messages.mrt'), cut.messages)
  truncateSync(join(folder, 'events.jsonl'), cut.lines)
  const reader = await openTrace(folder)
  const events: StreamEvent[] = []
  for await (const event of reader.events()) events.push(event)
  return { events, truncated: reader.truncated }
}

function isPrefix(part: readonly StreamEvent[], all: readonly StreamEvent[]): boolean {
  return part.every((event, index) => isDeepStrictEqual(event, all[index]))
}

test('a trace cut anywhere is read as a prefix of the stream', { timeout: 60_000 }, async () => {
  const { directory, events, messages, lines } = await whole()
  const folder = temporary()
  await assert(
    asyncProperty(nat({ max: messages }), nat({ max: lines }), async (atMessage, atLine) => {
      const read = await readCut(directory, folder, { messages: atMessage, lines: atLine })
      expect(isPrefix(read.events, events)).toBe(true)
      expect(read.truncated.messages).toBeLessThanOrEqual(atMessage)
      expect(read.truncated.events).toBeLessThanOrEqual(atLine)
    }),
    { numRuns: 300 },
  )
})

test(
  'cutting only messages.mrt keeps every message before the cut and every event before those',
  { timeout: 60_000 },
  async () => {
    const { directory, events, messages, lines } = await whole()
    const folder = temporary()
    let longest = -1
    for (let at = 0; at <= messages; at += 13) {
      const read = await readCut(directory, folder, { messages: at, lines })
      expect(isPrefix(read.events, events)).toBe(true)
      // A longer file never gives fewer events, and what is cut is less than one record.
      expect(read.events.length).toBeGreaterThanOrEqual(longest)
      expect(read.truncated.messages).toBeLessThan(200)
      longest = read.events.length
    }
  },
)

test('cutting only events.jsonl keeps every line before the cut', { timeout: 60_000 }, async () => {
  const { directory, events, messages, lines } = await whole()
  const written = readFileSync(join(directory, 'events.jsonl'), 'latin1')
  const folder = temporary()
  for (let at = 0; at <= lines; at += 101) {
    const read = await readCut(directory, folder, { messages, lines: at })
    expect(isPrefix(read.events, events)).toBe(true)
    const kept = written.slice(0, written.slice(0, at).lastIndexOf('\n') + 1)
    expect(read.truncated.events).toBe(at - kept.length)
    const stored = kept.split('\n').filter((line) => line !== '' && !line.includes('"type":"position"'))
    expect(read.events.filter(({ type }) => type !== 'message')).toHaveLength(stored.length)
  }
})
