import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { startRouter } from '../../src/harness/start.ts'
import { openTrace } from '../../src/harness/trace-handle.ts'
import { until } from '../../src/harness/until.ts'
import { windowFromJson, windowToJson } from '../../src/harness/window.ts'
import { LiveStream } from '../support/live-stream.ts'
import { config } from '../support/speaker-bench.ts'
import { ScriptedPeer } from '../support/scripted-peer.ts'
import { FaultyFiles, record, temporary } from '../support/trace-folder.ts'
import { answersOf, WindowStream } from '../support/window-stream.ts'

const A = '192.0.2.11'
const B = '192.0.2.12'
const POD = '10.5.112.0/24'
const OTHER = '10.5.113.0/24'

/** A stream that is recorded, and the trace once it is complete. */
async function recorded(
  play: (stream: WindowStream) => void,
): Promise<{ stream: WindowStream; directory: string }> {
  const live = new LiveStream({ config: config() })
  const { directory, writer } = await record(live)
  const stream = new WindowStream(live)
  play(stream)
  await writer.close()
  return { stream, directory }
}

test('a wait over a trace counts from a mark that is named, and refuses one that it has not', async () => {
  const { directory } = await recorded((playing) => {
    playing.comes(A).announces(A, POD).mark('before')
    playing.withdraws(A, POD).mark('after')
  })
  const trace = await openTrace(directory)
  const withdrawn = (since: string) =>
    until.event('withdrawn', ({ news }) => news?.news === 'route-withdrawn', { since })
  expect(await trace.wait(withdrawn('before'))).toBe('withdrawn')
  await expect(trace.wait(withdrawn('after'))).rejects.toThrow('it has not happened')
  await expect(trace.wait(withdrawn('befor'))).rejects.toThrow('did you mean before?')
})

describe('windows of a trace', () => {
  test('are between any two marks or events, and answer as they did live', async () => {
    const { stream, directory } = await recorded((playing) => {
      playing.comes(A).announces(A, POD).mark('before')
      playing.withdraws(A, POD).passes(3).announces(A, POD, OTHER).mark('after')
      playing.closes(A)
    })
    const trace = await openTrace(directory)
    const [before, after] = trace.marks()
    const window = trace.window('before', 'after')
    expect(window).toMatchObject({ name: 'before to after', label: 'trace', trace: directory, closed: true })
    expect(answersOf(window.answers)).toEqual(answersOf(stream.window(before!, after)))
    expect(answersOf(trace.window(before!.seq, { seq: after!.seq }).answers)).toEqual(
      answersOf(window.answers),
    )
    expect(trace.window('after').flaps()).toMatchObject([{ node: A }])
    expect(trace.window(0).announcements()).toHaveLength(3)
    expect(window.events().map(({ type }) => type)).toContain('withdraw')
    expect(trace.window(before!.seq, before!.seq).counts()).toEqual({ announcements: 0, withdrawals: 0 })
    expect(() => trace.window('after', 'before')).toThrow('before it begins')
    expect(() => trace.window('never')).toThrow(`no mark or window "never": its marks are before, after`)
    expect(() => trace.window(1, 10_000)).toThrow('has no event 10000')
  })

  test('that were opened under a name are found by it; a name that is used again gets a number', async () => {
    const trace = temporary()
    const tor = await startRouter({ asn: 64512, listen: '127.0.0.1:0', trace })
    const outer = tor.window('rollout')
    const inner = tor.window('rollout')
    const overlapping = tor.window('drain')
    outer.close()
    inner.close()
    inner.close()
    const closed = overlapping.to
    await tor.stop()
    expect([outer.name, inner.name]).toEqual(['rollout', 'rollout #2'])
    expect([outer.closed, inner.closed, overlapping.closed]).toEqual([true, true, true])
    expect(overlapping.to.seq).toBeGreaterThan(closed.seq)
    const read = await openTrace(trace)
    const namesAndEnds = ({ name, from, to }: typeof outer): unknown => ({ name, from, to })
    for (const window of [outer, inner, overlapping])
      expect(namesAndEnds(read.window(window.name))).toEqual(namesAndEnds(window))
    expect(read.window('rollout: begin', 'rollout: end').to).toEqual(outer.to)
  })
})

describe('a trace of which the first segments were rotated away', () => {
  test('begins with what its checkpoint has, which is neither announced nor unknown', async () => {
    const live = new LiveStream({ config: config() })
    const { directory, writer } = await record(live, { rotateBytes: 4096, keepSegments: 1 })
    const stream = new WindowStream(live)
    stream.comes(A, { time: 120 }).announces(A, POD).closes(A)
    for (let count = 0; count < 200; count++) {
      stream.mark(`mark ${count}, with a name that makes a segment grow`)
      if (count % 20 === 0) await writer.flush()
    }
    stream.comes(A).announces(A, POD)
    await writer.close()
    const trace = await openTrace(directory)
    const [first] = trace.marks().slice(-10)
    expect(() => trace.window(1)).toThrow('has no event 1: its events go from')
    rmSync(directory, { recursive: true })
    // Asked from memory: the folder is gone.
    const window = trace.window(first!)
    expect(window.held()).toMatchObject([{ node: A, prefix: POD }])
    expect(window.staleIntervals()).toMatchObject([{ node: A, began: 'before', routes: 1 }])
    expect(window.unknowns()).toEqual([])
    expect(window.withdrawals()).toMatchObject([{ cause: { kind: 'stale-flush', why: 'no-capability' } }])
    expect(answersOf(window.answers)).toEqual(answersOf(stream.window(first!)))
  })
})

describe('states and waits of a trace', () => {
  test('there is a state at its end and at every mark', async () => {
    const { directory } = await recorded((stream) => {
      stream.comes(A).announces(A, POD).mark('one')
      stream.announces(A, OTHER).mark('two')
      stream.restarts()
    })
    const trace = await openTrace(directory)
    const prefixes = (state: { routes(): readonly { prefix: string }[] }): string[] =>
      state.routes().map(({ prefix }) => prefix)
    expect(prefixes(await trace.at('one'))).toEqual([POD])
    expect(prefixes(await trace.at('two'))).toEqual([POD, OTHER])
    expect(prefixes(trace.state())).toEqual([])
    const one = await trace.at('one')
    expect(one).toMatchObject({ label: 'trace', trace: directory, known: true })
    expect(one.at).toEqual({ seq: trace.marks()[0]!.seq, at: trace.marks()[0]!.at })
    expect(one.peers()).toMatchObject([{ identifier: A, state: 'established' }])
    expect(one.events(0, 1)).toMatchObject([{ type: 'mark', text: 'one' }])
    expect(trace.verdict()).toEqual(trace.state().verdict())
    await expect(trace.at('three')).rejects.toMatchObject({ code: 'RW_NOT_FOUND' })
  })

  test('a wait holds when a router that waited would have seen it hold, else it says what was missing', async () => {
    const { directory } = await recorded((stream) => {
      stream.comes(A).announces(A, POD).passes(1).comes(B)
      stream.passes(1).mark('both')
      stream.closes(B).passes(10).withdraws(A, POD)
    })
    await using trace = await openTrace(directory)
    expect(await trace.wait(until.sessions(1))).toBe('1 sessions Established')
    // At the end B is gone, before it was there.
    expect(await trace.wait(until.sessions(2))).toBe('2 sessions Established')
    expect(await trace.wait(until.quiet('5s', { since: trace.marks()[0]! }))).toBe('quiet for 5.0s')
    await expect(trace.wait(until.route(POD), { from: 'both' })).resolves.toBe(`${POD} announced`)
    await expect(trace.wait(until.sessions(3))).rejects.toThrow(
      /3 sessions Established: at no instant of the trace .*\n {2}1 of 3 sessions are Established/,
    )
    await expect(trace.wait(until.sessions(2), { from: trace.end })).rejects.toMatchObject({
      code: 'RW_TIMEOUT',
    })
    await expect(trace.wait(until.quiet('60s'))).rejects.toThrow('quiet for 0 of 60 s')
    const isLoss = until.event('a session is lost', ({ news }) => news?.news === 'session-closed', {
      since: 0,
    })
    expect(await trace.wait(isLoss)).toBe('a session is lost')
  })
})

describe('what is no trace, or not a whole one', () => {
  test('a folder without a trace, and one of a newer version, are told as such', async () => {
    const folder = temporary()
    await expect(openTrace(folder)).rejects.toMatchObject({ code: 'RW_TRACE' })
    mkdirSync(folder)
    await expect(openTrace(folder)).rejects.toThrow('is no trace')
    const { directory } = await recorded((stream) => stream.comes(A))
    const path = join(directory, 'trace.json')
    const manifest = JSON.parse(readFileSync(path, 'utf8')) as object
    writeFileSync(path, JSON.stringify({ ...manifest, format: 99, version: '9.0.0' }))
    await expect(openTrace(directory)).rejects.toMatchObject({ code: 'RW_TRACE_VERSION' })
    await expect(openTrace(directory)).rejects.toThrow('9.0.0')
  })

  test('a trace with a gap has unknown intervals, and a state within one says that it is not known', async () => {
    const live = new LiveStream({ config: config() })
    const files = new FaultyFiles()
    const { directory, writer } = await record(live, { files })
    const stream = new WindowStream(live)
    stream.comes(A).announces(A, POD).mark('before')
    await writer.flush()
    files.fail = 'ENOSPC'
    stream.withdraws(A, POD)
    const lost = stream.now
    await writer.flush()
    files.fail = undefined
    stream.passes(5).announces(A, OTHER)
    await writer.flush()
    stream.mark('after')
    await writer.close()

    const trace = await openTrace(directory)
    const window = trace.window('before', 'after')
    expect(window.unknowns()).toMatchObject([
      { from: { seq: trace.marks()[0]!.seq }, reason: expect.stringContaining('ENOSPC') },
    ])
    expect(window.withdrawals()).toEqual([])
    expect((await trace.at(lost.seq)).known).toBe(false)
    expect((await trace.at('after')).known).toBe(true)
    expect((await trace.at('after')).routes()).toMatchObject([{ prefix: OTHER }])
    const carried = windowFromJson(
      JSON.parse(JSON.stringify(windowToJson(window))) as ReturnType<typeof windowToJson>,
    )
    expect(carried.unknowns()).toEqual(window.unknowns())
  })
})

describe('a running router', () => {
  test('its state is a value, and a change after it is told', async () => {
    await using tor = await startRouter({ asn: 64512, listen: '127.0.0.1:0', label: 'tor' })
    const never = new AbortController().signal
    const empty = tor.state()
    expect(tor.rib()).toBe(empty)
    const changed = tor.changed(never, empty.at.seq)
    const peer = await ScriptedPeer.establish(tor.listeners[0]!, { identifier: A })
    await changed
    await peer.announces(POD)
    await tor.wait(until.route(POD))
    // Something has happened since: at once.
    await tor.changed(never, empty.at.seq)
    expect(empty.peers()).toEqual([])
    expect(empty).toMatchObject({ label: 'tor', trace: undefined, known: true })
    expect(tor.state().routes()).toMatchObject([{ prefix: POD }])
    expect(tor.state().events(empty.at.seq).length).toBeGreaterThan(0)
    const gone = new AbortController()
    const waiting = tor.changed(gone.signal, tor.state().at.seq)
    gone.abort()
    await waiting
  })

  test('a window that is open answers up to now', async () => {
    await using tor = await startRouter({ asn: 64512, listen: '127.0.0.1:0' })
    const peer = await ScriptedPeer.establish(tor.listeners[0]!, { identifier: A })
    const open = tor.window('open')
    expect(open.closed).toBe(false)
    expect(open.counts()).toEqual({ announcements: 0, withdrawals: 0 })
    await peer.announces(POD)
    await tor.wait(until.route(POD))
    expect(open.counts()).toEqual({ announcements: 1, withdrawals: 0 })
    expect(open.to.seq).toBeGreaterThan(open.from.seq)
    expect(() => tor.window(' ')).toThrow('the name of a window is a line of text')
    expect(() => tor.window('a\nb')).toThrow('line of text')
  })
})
