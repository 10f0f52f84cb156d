import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { MarksSince } from '../../src/harness/mark-names.ts'
import { pastWindow } from '../../src/harness/past-window.ts'
import { History } from '../../src/harness/history.ts'
import { namesOf } from '../../src/harness/event-log.ts'
import { Recent } from '../../src/harness/recent.ts'
import { startRouter } from '../../src/harness/start.ts'
import { openTrace } from '../../src/harness/trace-handle.ts'
import { until } from '../../src/harness/until.ts'
import type { RecordedWindow } from '../../src/harness/window.ts'
import type { RouterHandle } from '../../src/harness/handle.ts'
import { answersOf } from '../support/window-stream.ts'
import { ScriptedPeer } from '../support/scripted-peer.ts'

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'routewitness-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return join(folder, 'trace')
}

function allOf(window: RecordedWindow): Record<string, unknown> {
  const { from, to } = window
  return { ...answersOf(window), from, to, events: window.events() }
}

/** Two peers come and go, and marks stand between. */
async function eventful(trace?: string): Promise<RouterHandle> {
  const tor = await startRouter({
    ...{ asn: 64512, listen: '127.0.0.1:0', label: 'tor' },
    ...(trace === undefined ? {} : { trace }),
  })
  onTestFinished(() => tor.stop())
  const address = tor.listeners[0]!
  const a = await ScriptedPeer.establish(address, { identifier: '10.0.0.1' })
  await a.announces('10.0.1.0/24', '10.0.2.0/24')
  await tor.wait(until.route('10.0.2.0/24'))
  const b = await ScriptedPeer.establish(address, { identifier: '10.0.0.2' })
  await tor.wait(until.sessions(2))
  tor.mark('before')
  await a.withdraws('10.0.1.0/24')
  await a.announces('10.0.3.0/24')
  await tor.wait(until.route('10.0.3.0/24'))
  tor.mark('between')
  await b.announces('10.0.2.0/24', '10.0.4.0/24')
  await tor.wait(until.route('10.0.4.0/24'))
  await a.withdraws('10.0.2.0/24')
  await b.announces('10.0.5.0/24')
  await tor.wait(until.route('10.0.5.0/24'))
  tor.mark('after')
  return tor
}

const PAIRS = [
  ['before', 'between'],
  ['before', 'after'],
  ['between', 'after'],
] as const

test('a window between two marks that are past answers as the trace does', async () => {
  const trace = await temporaryFolder()
  const tor = await eventful(trace)
  const windows = []
  for (const [since, end] of PAIRS) windows.push(await tor.window('past', { since, until: end }))
  await tor.stop()
  const recorded = await openTrace(trace)
  for (const [index, [since, end]] of PAIRS.entries())
    expect(allOf(windows[index]!)).toEqual(allOf(recorded.window(since, end)))
  expect(windows[0]).toMatchObject({ name: 'past', label: 'tor', closed: true })
  expect(windows[0]!.names().nodes).toEqual(['10.0.0.1', '10.0.0.2'])
  expect(windows[0]!.withdrawals()).toMatchObject([{ prefix: '10.0.1.0/24' }])
})

test('what memory has forgotten comes from the trace', async () => {
  const trace = await temporaryFolder()
  const tor = await eventful(trace)
  const remembered = await tor.window('past', { since: 'before', until: 'after' })
  const recent = new Recent(namesOf(tor.router.observer), 1)
  const later = { type: 'mark', name: 'later', seq: tor.at.seq + 1, at: tor.now } as const
  const history = new History(tor.now, recent)
  history.push(later, [])
  const window = await pastWindow(
    'past',
    { since: 'before', until: 'after' },
    {
      ...{ label: tor.label, trace, recent, history },
      instants: { marks: new MarksSince(tor.router.observer.world.marks, 0), lastEvent: tor.at },
      nodeOf: () => undefined,
      held: () => tor.router.observer.world.speaker,
      flush: () => tor.router.flush(),
    },
  )
  expect(window.name).toBe('past')
  expect(allOf(window)).toEqual(allOf(remembered))
})

describe('ends', () => {
  test('are names of marks, event numbers, or what mark() gave; the last one is now unless given', async () => {
    const tor = await eventful()
    const mark = tor.marks.get('between')!
    const byName = await tor.window('past', { since: 'between' })
    for (const since of [mark, mark.seq, String(mark.seq), { seq: mark.seq }])
      expect(allOf(await tor.window('past', { since }))).toEqual(allOf(byName))
    expect(byName.to).toEqual(tor.at)
    const all = await tor.window('all', { since: 0 })
    expect(all.held()).toEqual([])
    expect(all.established()).toHaveLength(2)
    expect(all.unknowns()).toEqual([])
  })

  test('that are not known, the wrong way round, or misspelt are refused', async () => {
    const tor = await eventful()
    await expect(tor.window('past', { since: 'befor' })).rejects.toThrow('there is no mark "befor"')
    await expect(tor.window('past', { since: 'after', until: 'before' })).rejects.toThrow('before it begins')
    await expect(tor.window('past', { since: 1e6 })).rejects.toMatchObject({ code: 'RW_NOT_FOUND' })
    await expect(tor.window('past', { since: 1, til: 2 } as never)).rejects.toThrow('til')
  })
})
