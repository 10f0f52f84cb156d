import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { StreamEvent } from '../../src/core/stream/events.ts'
import { loadWorld } from '../../src/trace/load.ts'
import { openTrace } from '../../src/trace/reader.ts'
import { toHex } from '../support/hex.ts'
import { CILIUM, ciliumNode, LiveStream, play, seen } from '../support/live-stream.ts'
import { eventsOf, FaultyFiles, record, temporary } from '../support/trace-folder.ts'

function begin(live: LiveStream): void {
  live.start()
  live.take({ type: 'object', action: 'set', object: ciliumNode('master3', '10.5.116.0/24') })
  live.connect(70_001)
  live.receive(70_001, CILIUM.open, CILIUM.keepalive, CILIUM.service)
  live.mark('before')
}

/** Events during the interruption: a route comes, another session comes, an object goes. */
function meanwhile(live: LiveStream): void {
  live.receive(70_001, CILIUM.podCidr)
  live.mark('lost')
  live.connect(70_002, 'fd00::14')
  live.receive(70_002, CILIUM.open6, CILIUM.keepalive)
  live.take({ type: 'object', action: 'deleted', object: ciliumNode('master3') })
}

function afterwards(live: LiveStream): void {
  live.receive(70_002, CILIUM.podCidr6)
  live.mark('after')
}

interface Interrupted {
  readonly live: LiveStream
  readonly stored: number
  readonly lost: number
}

/** The events before, a gap of the right size, a checkpoint, and the events after. */
async function expectGap(
  directory: string,
  { live, stored, lost }: Interrupted,
  reason: RegExp,
): Promise<void> {
  const events = await eventsOf(directory)
  const gap = events[stored]
  const next = stored + lost + 1
  expect(events.slice(0, stored)).toEqual(live.events.slice(0, stored))
  expect(gap).toMatchObject({
    type: 'gap',
    seq: next,
    events: lost,
    reason: expect.stringMatching(reason) as string,
  })
  expect(events[stored + 1]).toMatchObject({ type: 'checkpoint', seq: next })
  // Sessions that were opened in the gap keep their numbers, which do not fit into MRT's 16 bits.
  expect(events.slice(stored + 2)).toEqual(live.events.slice(stored + lost))

  const states: [number, boolean][] = []
  const world = await loadWorld(await openTrace(directory), {
    onEvent: (event, _applied, { known }) => void states.push([event.seq, known]),
  })
  expect(states.filter(([, known]) => !known)).toEqual([[next, false]])
  expect(seen(world)).toEqual(seen(live.world))

  const lostMark = await loadWorld(await openTrace(directory), { until: { seq: stored + 1 } })
  expect(lostMark.known).toBe(false)
}

test.each(['ENOSPC', 'EIO'])(
  '%s: the events are dropped and counted; when it works again a gap and a checkpoint go first',
  async (code) => {
    const files = new FaultyFiles()
    const live = new LiveStream()
    const { directory, writer, problems } = await record(live, { files })
    begin(live)
    await writer.flush()
    const stored = live.events.length

    files.fail = code
    meanwhile(live)
    await writer.flush()
    expect(writer.stats).toMatchObject({
      failing: `${code}: as the test wants it`,
      lost: live.events.length - stored,
      buffered: 0,
    })
    await writer.flush()
    expect(problems).toEqual([`the trace is interrupted: ${code}: as the test wants it`])

    files.fail = undefined
    const lost = live.events.length - stored
    await writer.flush()
    afterwards(live)
    await writer.close()
    expect(problems[1]).toBe(`the trace goes on; ${lost} events are not in it`)
    expect(writer.stats).toMatchObject({ failing: undefined, lost, gaps: 1, events: live.events.length })
    await expectGap(directory, { live, stored, lost }, new RegExp(code))
  },
)

test('a disk that fills up in the middle of a write leaves no torn record', async () => {
  for (const space of [1, 40, 200, 700, 1100]) {
    const files = new FaultyFiles()
    const live = new LiveStream()
    const { directory, writer } = await record(live, { files })
    begin(live)
    await writer.flush()
    const stored = live.events.length
    files.space = space
    meanwhile(live)
    await writer.flush()
    files.space = Number.POSITIVE_INFINITY
    afterwards(live)
    await writer.close()
    // What came after the failure and before the next attempt is lost too.
    await expectGap(directory, { live, stored, lost: writer.stats.lost }, /ENOSPC/)
  }
})

test('a disk that is too slow: what does not fit into the buffer is dropped, what waits is not', async () => {
  const files = new FaultyFiles()
  const live = new LiveStream()
  const { directory, writer, problems } = await record(live, { files, bufferBytes: 3000 })
  begin(live)
  void files.hold()
  const flushed = writer.flush()
  let waiting = 0
  while (writer.stats.failing === undefined) {
    live.mark(`waiting ${++waiting}`)
    expect(writer.stats.buffered).toBeLessThan(3200)
  }
  const stored = live.events.length - 1
  meanwhile(live)
  files.release()
  await flushed
  const lost = live.events.length - stored
  afterwards(live)
  await writer.close()
  expect(problems).toEqual([
    'the trace is interrupted: the disk could not follow',
    `the trace goes on; ${lost} events are not in it`,
  ])
  await expectGap(directory, { live, stored, lost }, /could not follow/)
})

test('a folder that is removed is made again, and begins with a gap and a checkpoint', async () => {
  const live = new LiveStream()
  const { directory, writer, problems } = await record(live)
  begin(live)
  await writer.flush()
  rmSync(directory, { recursive: true })
  meanwhile(live)
  await writer.flush()
  expect(problems[0]).toContain('moved or removed')
  await writer.flush()
  afterwards(live)
  await writer.close()

  const events = await eventsOf(directory)
  expect(events.slice(0, 2).map(({ type }) => type)).toEqual(['gap', 'checkpoint'])
  expect(events.slice(2)).toEqual(live.events.slice(-2))
  expect(seen(await loadWorld(await openTrace(directory)))).toEqual(seen(live.world))
})

test('when only one of the files is removed, the other is kept aside', async () => {
  const live = new LiveStream()
  const { directory, writer } = await record(live)
  begin(live)
  await writer.flush()
  rmSync(join(directory, 'events.jsonl'))
  meanwhile(live)
  await writer.flush()
  await writer.flush()
  afterwards(live)
  await writer.close()
  expect(readdirSync(directory).sort()).toEqual([
    'events.jsonl',
    'messages-0001.mrt',
    'messages.mrt',
    'trace.json',
  ])
  expect(seen(await loadWorld(await openTrace(directory)))).toEqual(seen(live.world))
})

test('a rotation that fails is made up for', async () => {
  const files = new FaultyFiles()
  const live = new LiveStream()
  const { directory, writer } = await record(live, { files, rotateBytes: 400 })
  begin(live)
  await writer.flush()
  const { rotations } = writer.stats
  files.fail = 'ENOSPC'
  meanwhile(live)
  await writer.flush()
  files.fail = undefined
  await writer.flush()
  afterwards(live)
  await writer.close()
  expect(writer.stats.rotations).toBeGreaterThanOrEqual(rotations)
  expect(seen(await loadWorld(await openTrace(directory)))).toEqual(seen(live.world))
})

test('a disk that fails to the end: closing says how many events are missing', async () => {
  const files = new FaultyFiles()
  const live = new LiveStream()
  const { directory, writer, problems } = await record(live, { files })
  begin(live)
  await writer.flush()
  const stored = live.events.length
  files.fail = 'EIO'
  meanwhile(live)
  await writer.close()
  expect(problems.at(-1)).toBe(`the trace ends without its last ${live.events.length - stored} events`)
  expect(await eventsOf(directory)).toEqual(live.events.slice(0, stored))
})

test('neither an event that cannot be written nor a listener that throws is in the way', async () => {
  const live = new LiveStream()
  const { directory, writer } = await record(live, {
    onProblem: () => {
      throw new Error('nobody listens')
    },
  })
  live.start()
  const circular: Record<string, unknown> = { code: 'missing' }
  circular['self'] = circular
  live.take({ type: 'finding', action: 'opened', finding: circular })
  await writer.flush()
  live.mark('after')
  await writer.close()
  const events = await eventsOf(directory)
  expect(events.map(({ type }) => type)).toEqual(['started', 'gap', 'checkpoint', 'mark'])
  expect(events[1]).toMatchObject({
    events: 1,
    reason: expect.stringContaining('could not be written') as string,
  })
})

test('events that were never handed over are a gap, and an event that comes twice is recorded once', async () => {
  const live = new LiveStream()
  const { directory, writer, problems } = await record(live)
  live.start()
  live.mark('one')
  writer.append(live.events[1]!)
  live.sink = () => undefined
  live.mark('skipped')
  live.sink = (event) => writer.append(event)
  live.mark('two')
  await writer.flush()
  live.mark('three')
  await writer.close()
  expect(problems[0]).toBe('event 2 came after event 2 and is not recorded')
  const events = await eventsOf(directory)
  expect(events.map(({ type, seq }) => `${seq} ${type}`)).toEqual([
    '1 started',
    '2 mark',
    '5 gap',
    '5 checkpoint',
    '5 mark',
  ])
})

test('gaps and checkpoints of another trace are written as they are', async () => {
  const live = new LiveStream()
  play(live)
  const checkpoint: StreamEvent = {
    type: 'checkpoint',
    seq: 60,
    at: live.now,
    checkpoint: live.world.checkpoint(),
  }
  const mark = live.events.find(({ type }) => type === 'mark')!
  const events: StreamEvent[] = [
    ...live.events,
    { type: 'gap', seq: 60, at: live.now, events: 59 - live.events.length, reason: 'elsewhere' },
    checkpoint,
    { ...mark, seq: 60 },
  ]
  const { directory, writer, problems } = await record(new LiveStream())
  for (const event of events) writer.append(event)
  await writer.close()
  expect(problems).toEqual([])
  expect(await eventsOf(directory)).toEqual(events)
})

test('pieces that were written are used again by no other before: while the disk is slow, and when it has failed', async () => {
  const files = new FaultyFiles()
  const live = new LiveStream()
  const { directory, writer } = await record(live, { files })
  begin(live)
  let sent = 0
  /** A megabyte, no two messages alike, in several of the largest pieces. */
  const much = (): void => {
    for (const end = sent + 250; sent < end; sent++) {
      const bytes = new Uint8Array(4096).fill(sent % 251)
      const [fourOctetAs, addPath] = [true, false]
      live.take({
        ...{ type: 'message', session: 70_001, direction: 'out', peerAsn: 64512 },
        ...{ bytes, fourOctetAs, addPath },
      })
    }
    live.mark(`after ${sent}`)
  }
  for (let round = 0; round < 3; round++) {
    void files.hold()
    much()
    const written = writer.flush()
    await new Promise((resolve) => setImmediate(resolve))
    // Others come while these are being written.
    much()
    files.release()
    await written
    await writer.flush()
  }
  const stored = live.events.length
  files.fail = 'EIO'
  much()
  await writer.flush()
  const lost = live.events.length - stored
  files.fail = undefined
  much()
  await writer.close()
  const events = await eventsOf(directory)
  // As text: comparing octet by octet takes ten seconds.
  const told = (some: readonly StreamEvent[]): string[] =>
    some.map((event) => `${event.seq} ${'bytes' in event ? toHex(event.bytes) : event.type}`)
  expect(told(events.slice(0, stored))).toEqual(told(live.events.slice(0, stored)))
  expect(events.slice(stored).find(({ type }) => type === 'gap')).toMatchObject({ type: 'gap' })
  expect(lost).toBeGreaterThan(250)
})

describe('opening', () => {
  test('where nothing can be written says so', async () => {
    const folder = temporary()
    mkdirSync(folder)
    writeFileSync(join(folder, 'file'), '')
    const attempt = record(new LiveStream(), { directory: join(folder, 'file', 'trace') })
    await expect(attempt).rejects.toMatchObject({ code: 'RW_TRACE_IO', exitCode: 5 })
  })

  test('without the right says so', async () => {
    const files = new FaultyFiles()
    files.fail = 'EACCES'
    await expect(record(new LiveStream(), { files })).rejects.toMatchObject({ code: 'RW_TRACE_IO' })
  })

  test('on a full disk says so, and leaves nothing that is in the way of the next attempt', async () => {
    const files = new FaultyFiles()
    files.fail = 'ENOSPC'
    const directory = temporary()
    await expect(record(new LiveStream(), { files, directory })).rejects.toMatchObject({
      code: 'RW_NO_SPACE',
    })
    files.fail = undefined
    const live = new LiveStream()
    const { writer } = await record(live, { files, directory })
    live.start()
    await writer.close()
    expect(await eventsOf(directory)).toEqual(live.events)
  })
})
