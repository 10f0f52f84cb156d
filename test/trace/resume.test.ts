import { appendFileSync, readdirSync, truncateSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { loadWorld } from '../../src/trace/load.ts'
import { openTrace } from '../../src/trace/reader.ts'
import { CILIUM, ciliumNode, LiveStream, play, seen } from '../support/live-stream.ts'
import { eventsOf, record } from '../support/trace-folder.ts'

async function played(): Promise<{ directory: string; live: LiveStream }> {
  const live = new LiveStream()
  const { directory, writer } = await record(live)
  play(live)
  await writer.close()
  return { directory, live }
}

test('a trace that is there is not written over', async () => {
  const { directory, live } = await played()
  await expect(record(new LiveStream(), { directory })).rejects.toMatchObject({
    code: 'RW_USAGE',
    exitCode: 2,
  })
  expect(await eventsOf(directory)).toEqual(live.events)
})

describe('a trace that is resumed', () => {
  async function resume(directory: string): Promise<LiveStream> {
    const firstSeq = (await (await openTrace(directory)).lastSeq()) + 1
    const live = new LiveStream({ firstSeq })
    const { writer } = await record(live, { directory, resume: true })
    expect(writer.nextSeq).toBe(firstSeq)
    live.start()
    live.take({ type: 'object', action: 'set', object: ciliumNode('later') })
    live.connect(1, '127.0.0.99')
    live.receive(1, CILIUM.open, CILIUM.keepalive)
    live.mark('resumed')
    await writer.close()
    return live
  }

  test('goes on with the next number in a new segment', async () => {
    const { directory, live } = await played()
    const later = await resume(directory)
    expect(await eventsOf(directory)).toEqual([...live.events, ...later.events])
    expect(readdirSync(directory)).toContain('events-0001.jsonl')
  })

  test('has the state of the router that runs now, and the marks of both', async () => {
    const { directory, live } = await played()
    const later = await resume(directory)
    const world = await loadWorld(await openTrace(directory))
    const marks = [...live.world.marks.list(), ...later.world.marks.list()]
    expect(seen(world)).toEqual({ ...(seen(later.world) as object), marks })
    expect(seen(await loadWorld(await openTrace(directory), { until: { mark: 'end' } }))).toMatchObject({
      speaker: (seen(live.world) as { speaker: unknown }).speaker as object,
    })
  })

  test('after a crash goes on behind the last whole event', async () => {
    const { directory, live } = await played()
    truncateSync(join(directory, 'messages.mrt'), statSync(join(directory, 'messages.mrt')).size - 400)
    appendFileSync(join(directory, 'events.jsonl'), '{"seq":')
    const whole = await eventsOf(directory)
    expect(whole.length).toBeLessThan(live.events.length)
    const later = await resume(directory)
    expect(later.events[0]?.seq).toBe(whole.length + 1)
    expect(await eventsOf(directory)).toEqual([...whole, ...later.events])
  })

  test('in a folder without a trace just begins', async () => {
    const live = new LiveStream()
    const { directory, writer } = await record(live, { resume: true })
    play(live)
    await writer.close()
    expect(await eventsOf(directory)).toEqual(live.events)
  })
})
