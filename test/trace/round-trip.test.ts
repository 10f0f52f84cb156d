import { appendFileSync, mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parsePrefix } from '../../src/core/ip/text.ts'
import type { StreamEvent } from '../../src/core/stream/events.ts'
import { loadWorld } from '../../src/trace/load.ts'
import { openTrace } from '../../src/trace/reader.ts'
import { ciliumConfig } from '../support/cluster-objects.ts'
import { toHex } from '../support/hex.ts'
import { CILIUM, ciliumNode, CONFIG, LiveStream, play, seen } from '../support/live-stream.ts'
import { eventsOf, record, temporary } from '../support/trace-folder.ts'

async function played(): Promise<{ directory: string; live: LiveStream; states: Map<number, unknown> }> {
  const live = new LiveStream()
  const states = new Map<number, unknown>()
  live.after = (event, world) => states.set(event.seq, seen(world))
  const { directory, writer, problems } = await record(live)
  play(live)
  await writer.close()
  expect(problems).toEqual([])
  return { directory, live, states }
}

test('what was recorded is read back, every event in its place', async () => {
  const { directory, live } = await played()
  expect(await eventsOf(directory)).toEqual(live.events)
})

test('the state at any event is what it was live', async () => {
  const { directory, live, states } = await played()
  const reader = await openTrace(directory)
  for (const seq of [1, 11, 23, live.events.length]) {
    expect(seen(await loadWorld(reader, { until: { seq } })), `event ${seq}`).toEqual(states.get(seq))
  }
  for (const { name, seq } of (await reader.marks()).list()) {
    if (name !== 'first')
      expect(seen(await loadWorld(reader, { until: { mark: name } }))).toEqual(states.get(seq))
  }
  expect(seen(await loadWorld(reader))).toEqual(seen(live.world))
})

test('at a mark that was set twice the later one is meant', async () => {
  const { directory, live } = await played()
  const last = live.events.findLast((event) => event.type === 'mark' && event.name === 'first')
  const world = await loadWorld(await openTrace(directory), { until: { mark: 'first' } })
  expect(world.lastEvent).toEqual({ seq: last?.seq, at: last?.at })
})

test('a mark, or an event, that is not there is told with those that are', async () => {
  const { directory } = await played()
  const reader = await openTrace(directory)
  await expect(loadWorld(reader, { until: { mark: 'never' } })).rejects.toMatchObject({
    code: 'RW_NOT_FOUND',
    message: expect.stringContaining('has no mark "never"') as string,
    remedy: 'Its marks are "first", "both", "after garbage", "stale", "end".',
  })
  await expect(loadWorld(reader, { until: { seq: 999 } })).rejects.toMatchObject({ code: 'RW_NOT_FOUND' })
})

test('each line has the number, the instant and the offset of its event', async () => {
  const { directory } = await played()
  const [first, ...rest] = readFileSync(join(directory, 'events.jsonl'), 'utf8').trimEnd().split('\n')
  expect(first).toMatch(
    /^\{"seq":1,"at":"2023-11-14T22:13:20\.001234Z","offset":0,"type":"started","version":"0\.1\.0"/,
  )
  const offsets = rest.map((line) => (JSON.parse(line) as { offset: number }).offset)
  expect(offsets).toEqual(offsets.toSorted((a, b) => a - b))
  expect(offsets.at(-1)).toBe(readFileSync(join(directory, 'messages.mrt')).length)
})

test('trace.json says who recorded what, when and where', async () => {
  const { directory } = await played()
  const { manifest } = await openTrace(directory)
  expect(manifest).toMatchObject({
    format: 1,
    version: '0.1.0',
    host: 'lab',
    node: 'v20.19.0',
    config: CONFIG,
    settle: 15_000_000,
  })
  expect(manifest.segments).toEqual([
    { messages: 'messages.mrt', events: 'events.jsonl', firstSeq: 1, from: 1_700_000_000_000_000 },
  ])
})

test('messages that no event follows are confirmed by a line when they are written', async () => {
  const live = new LiveStream()
  const { directory, writer } = await record(live)
  live.start()
  live.connect(1)
  live.receive(1, CILIUM.open, CILIUM.keepalive)
  await writer.flush()
  // Nothing was closed: this is what a crash would leave.
  expect(await eventsOf(directory)).toEqual(live.events)
  await writer.close()
})

test('a trace that begins with a message keeps its number', async () => {
  const live = new LiveStream()
  const { directory, writer } = await record(live)
  const message = { type: 'message', session: 9, direction: 'out', bytes: CILIUM.keepalive } as const
  live.take({ ...message, fourOctetAs: false, addPath: true, peerAsn: 64512 })
  await writer.close()
  expect(await eventsOf(directory)).toEqual(live.events)
})

test('bytes are copied when they are recorded', async () => {
  const live = new LiveStream()
  const { directory, writer } = await record(live)
  const bytes = CILIUM.keepalive.slice()
  const event = {
    type: 'message',
    session: 1,
    direction: 'in',
    bytes,
    fourOctetAs: true,
    addPath: false,
    peerAsn: 1,
  } as const
  writer.append({ ...event, seq: 1, at: 1 })
  bytes.fill(0)
  await writer.close()
  expect(await eventsOf(directory)).toEqual([{ ...event, bytes: CILIUM.keepalive, seq: 1, at: 1 }])
})

test('messages of any length, and more than a block of them, are read back', async () => {
  const { directory, writer } = await record(new LiveStream())
  const lengths = [19, 65_535, 700_000, ...Array.from({ length: 3000 }, (_, index) => 200 + (index % 300))]
  const message = {
    type: 'message',
    session: 1,
    direction: 'out',
    fourOctetAs: true,
    addPath: false,
    peerAsn: 1,
  } as const
  const events = lengths.map((length, index): StreamEvent => ({
    ...message,
    bytes: new Uint8Array(length).fill(index),
    seq: index + 1,
    at: index,
  }))
  for (const event of events) writer.append(event)
  await writer.close()
  const read = await eventsOf(directory)
  // Comparing a megabyte of numbers one by one takes seconds.
  const compact = (event: StreamEvent) =>
    event.type === 'message' ? { ...event, bytes: toHex(event.bytes) } : event
  expect(read.map(compact)).toEqual(events.map(compact))
})

test('an empty trace has no events', async () => {
  const { directory, writer } = await record(new LiveStream())
  await writer.close()
  expect(await eventsOf(directory)).toEqual([])
  expect((await loadWorld(await openTrace(directory))).lastEvent.seq).toBe(0)
})

test('events of a type that a later version added are left out and named', async () => {
  const { directory, live } = await played()
  const offset = readFileSync(join(directory, 'messages.mrt')).length
  const seq = live.events.length + 1
  appendFileSync(
    join(directory, 'events.jsonl'),
    `{"seq":${seq},"at":"2026-11-21T12:00:00Z","offset":${offset},"type":"weather"}\n{"seq":${seq + 1},"at":"2026-11-21T12:00:01Z","offset":${offset},"type":"mark","name":"rain"}\n`,
  )
  const reader = await openTrace(directory)
  const events: StreamEvent[] = []
  for await (const event of reader.events()) events.push(event)
  expect(events.at(-1)).toMatchObject({ type: 'mark', seq: seq + 1 })
  expect(events).toHaveLength(seq)
  expect(reader.unknownTypes).toEqual(['weather'])
})

describe('not a trace:', () => {
  test('a folder without trace.json, a file, and nothing at all', async () => {
    const folder = temporary()
    await expect(openTrace(folder)).rejects.toMatchObject({ code: 'RW_TRACE', exitCode: 2 })
    mkdirSync(folder)
    await expect(openTrace(folder)).rejects.toMatchObject({ code: 'RW_TRACE' })
    writeFileSync(join(folder, 'file'), '')
    await expect(openTrace(join(folder, 'file'))).rejects.toMatchObject({ code: 'RW_TRACE' })
  })

  test('a trace.json that is no JSON, or another program’s', async () => {
    const { directory } = await played()
    for (const text of ['', '{', '[]', '{"version":3}']) {
      writeFileSync(join(directory, 'trace.json'), text)
      await expect(openTrace(directory), text).rejects.toMatchObject({ code: 'RW_TRACE' })
    }
  })

  test('a trace of a newer format says which version wrote it', async () => {
    const { directory } = await played()
    writeFileSync(join(directory, 'trace.json'), '{"format":2,"version":"9.0.0","config":"elsewhere"}')
    await expect(openTrace(directory)).rejects.toMatchObject({
      code: 'RW_TRACE_VERSION',
      message: expect.stringContaining('by routewitness 9.0.0 in trace format 2') as string,
    })
  })
})

describe('what no crash can explain is an error that names the place:', () => {
  async function damaged(damage: (lines: string[]) => void): Promise<unknown> {
    const { directory } = await played()
    const path = join(directory, 'events.jsonl')
    const lines = readFileSync(path, 'utf8').split('\n')
    damage(lines)
    writeFileSync(path, lines.join('\n'))
    return eventsOf(directory).catch((error: unknown) => error)
  }

  test.each<[string, (lines: string[]) => void, RegExp]>([
    ['a line that is no JSON', (lines) => (lines[4] = 'garbage'), /events\.jsonl line 5: /],
    [
      'a line that is missing',
      (lines) => lines.splice(2, 1),
      /events\.jsonl line 3: event 4 stands where 3 should/,
    ],
    [
      'a line that is there twice',
      (lines) => lines.splice(2, 0, lines[2]!),
      /line 4: event 3 stands where 4 should/,
    ],
    [
      'an offset inside a record',
      (lines) => (lines[4] = lines[4]!.replace(/"offset":\d+/, '"offset":1')),
      /"offset" 1 is inside a record/,
    ],
    [
      'a field that is missing',
      (lines) => (lines[0] = lines[0]!.replace('"settle"', '"settled"')),
      /line 1: "settle" is no whole number/,
    ],
  ])('%s', async (_name, damage, message) => {
    const error = await damaged(damage)
    expect(error).toMatchObject({ code: 'RW_TRACE', message: expect.stringMatching(message) as string })
  })

  test('octets that are no MRT record', async () => {
    const { directory } = await played()
    const path = join(directory, 'messages.mrt')
    const bytes = readFileSync(path)
    bytes.fill(0xee, 80, 120)
    writeFileSync(path, bytes)
    await expect(eventsOf(directory)).rejects.toMatchObject({
      code: 'RW_TRACE',
      message: expect.stringMatching(/messages\.mrt at octet \d+: a record of/) as string,
    })
  })
})

test('zeros that a power cut left at the end of either file are cut off', async () => {
  const { directory, live } = await played()
  for (const name of ['messages.mrt', 'events.jsonl']) {
    const path = join(directory, name)
    const { length } = readFileSync(path)
    truncateSync(path, length - 30)
    appendFileSync(path, Buffer.alloc(5000))
  }
  const events = await eventsOf(directory)
  expect(events.length).toBeLessThan(live.events.length)
  expect(events).toEqual(live.events.slice(0, events.length))
})

test('no secret gets into any file', async () => {
  const secret = 'hunter2'
  const [fromConfig, fromAnnotation] = ['SECRET1', 'SECRET3']
  const config = {
    ...CONFIG,
    password: secret,
    peers: CONFIG.peers.map((range) => ({ ...range, md5: secret })),
  }
  const live = new LiveStream({ config })
  const { directory, writer } = await record(live, {
    info: { version: '1', config, settle: 1 },
    rotateBytes: 1,
  })
  live.start()
  const node = ciliumNode('node01')
  const annotations = {
    'kubectl.kubernetes.io/last-applied-configuration': `{"x":"${secret}"}`,
    'example.com/token': fromAnnotation,
  }
  live.take({
    type: 'object',
    action: 'set',
    object: { ...node, metadata: { ...node.metadata, annotations } },
  })
  live.take({
    type: 'object',
    action: 'set',
    object: { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'md5' }, stringData: { password: secret } },
  })
  live.take({
    type: 'object',
    action: 'set',
    object: ciliumConfig({ ipam: 'multi-pool', 'kvstore-opt': fromConfig }),
  })
  live.take({ type: 'command', command: 'withdraw', prefixes: [parsePrefix('10.0.0.0/8')] })
  await writer.close()
  let read = ''
  for (const name of readdirSync(directory)) {
    const text = readFileSync(join(directory, name), 'latin1')
    for (const hidden of [secret, fromConfig, fromAnnotation]) expect(text, name).not.toContain(hidden)
    read += text
  }
  expect(read).toContain('multi-pool')
})
