import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { namesOf } from '../../src/harness/event-log.ts'
import { Recent } from '../../src/harness/recent.ts'
import { startRouter } from '../../src/harness/start.ts'
import { openTrace } from '../../src/harness/trace-handle.ts'
import { until } from '../../src/harness/until.ts'
import { windowFromJson, windowToJson, type RecordedWindow } from '../../src/harness/window.ts'
import { Windows } from '../../src/harness/windows.ts'
import { ScriptedPeer } from '../support/scripted-peer.ts'

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'routewitness-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return join(folder, 'trace')
}

/** Every answer of a window, for comparing. */
function answersOf(window: RecordedWindow): Record<string, unknown> {
  const { name, from, to } = window
  return {
    ...{ name, from, to },
    announcements: window.announcements(),
    withdrawals: window.withdrawals(),
    counts: window.counts(),
    flaps: window.flaps(),
    established: window.established(),
    notifications: window.notifications(),
    endOfRibs: window.endOfRibs(),
    stale: window.staleIntervals(),
    absences: window.absences(),
    duplicates: window.duplicates(),
    held: window
      .held()
      .map(({ prefix, node }) => `${node} ${prefix}`)
      .sort(),
    unknowns: window.unknowns(),
    convergence: window.convergence(),
    names: window.names(),
    events: window.events(),
  }
}

test('a window says what happened in it, and its trace and its JSON say the same', async () => {
  const trace = await temporaryFolder()
  await using tor = await startRouter({ asn: 64512, listen: '127.0.0.1:0', trace, label: 'tor' })
  const address = tor.listeners[0]!
  const peer = await ScriptedPeer.establish(address, { identifier: '10.0.0.1' })
  await peer.announces('10.0.1.0/24', '10.0.2.0/24')
  await tor.wait(until.route('10.0.2.0/24'))

  const rollout = tor.window('rollout')
  await peer.withdraws('10.0.1.0/24')
  await peer.announces('10.0.1.0/24')
  await peer.announces('10.0.3.0/24')
  await tor.wait(until.route('10.0.3.0/24'))
  const other = await ScriptedPeer.establish(address, { identifier: '10.0.0.2' })
  await other.announces('10.0.2.0/24')
  await tor.wait(
    until.event(
      'the second announcement',
      ({ news }) => news?.news === 'route-announced' && news.peer.endsWith('10.0.0.2'),
      {
        since: rollout,
      },
    ),
  )
  rollout.close()
  await other.withdraws('10.0.2.0/24')

  expect(rollout).toMatchObject({ name: 'rollout', label: 'tor', trace, closed: true })
  expect(rollout.withdrawals()).toMatchObject([
    { prefix: '10.0.1.0/24', node: '10.0.0.1', cause: { kind: 'wire' } },
  ])
  expect(rollout.withdrawals({ prefix: '10.0.2.0/24' })).toEqual([])
  const [absence] = rollout.absences()
  expect(absence).toMatchObject({ node: '10.0.0.1', prefix: '10.0.1.0/24' })
  expect(absence!.span).toBe(absence!.to!.at - absence!.from.at)
  expect(rollout.duplicates()).toMatchObject([
    { prefix: '10.0.2.0/24', nodes: ['10.0.0.1', '10.0.0.2'], began: 'within', to: undefined },
  ])
  expect(rollout.order({ prefix: '10.0.1.0/24' }, { prefix: '10.0.3.0/24' })).toBe('before')
  expect(rollout.names()).toEqual({
    nodes: ['10.0.0.1', '10.0.0.2'],
    prefixes: ['10.0.1.0/24', '10.0.2.0/24', '10.0.3.0/24'],
  })
  const live = answersOf(rollout)
  expect(
    answersOf(windowFromJson(JSON.parse(JSON.stringify(windowToJson(rollout, { events: true }))))),
  ).toEqual(live)
  await tor.stop()
  const recorded = await openTrace(trace)
  expect(answersOf(recorded.window('rollout'))).toEqual(live)
})

test('a window that was left open and is full spoils none that is opened later', async () => {
  await using tor = await startRouter({ asn: 64512, listen: '127.0.0.1:0' })
  const { router, label, trace } = tor
  const recent = new Recent(namesOf(router.observer))
  const windows = new Windows({ router, recent, label, trace, limit: 3 })
  router.watch((event, told) => windows.push(event, told))
  const open = (name: string): RecordedWindow => windows.open(name, (mark) => tor.mark(mark))
  const peer = await ScriptedPeer.establish(tor.listeners[0]!, { identifier: '10.0.0.1' })
  await tor.wait(until.sessions(1))
  const forgotten = open('forgotten')
  await peer.announces('10.0.1.0/24', '10.0.2.0/24', '10.0.3.0/24', '10.0.4.0/24')
  await tor.wait(until.route('10.0.4.0/24'))
  await peer.withdraws('10.0.1.0/24', '10.0.2.0/24', '10.0.3.0/24')
  await peer.announces('10.0.5.0/24')
  await tor.wait(until.route('10.0.5.0/24'))
  const later = open('later')
  await peer.withdraws('10.0.5.0/24')
  await tor.wait(
    until.event('the withdrawal', ({ news }) => news?.news === 'route-withdrawn', { since: later }),
  )
  later.close()
  forgotten.close()
  expect(later.unknowns()).toEqual([])
  expect(later.withdrawals()).toMatchObject([{ prefix: '10.0.5.0/24' }])
  expect(forgotten.unknowns()).toMatchObject([{ to: undefined }])
})

test('a window that is closed in the turn in which it was opened knows what there was', async () => {
  await using tor = await startRouter({ asn: 64512, listen: '127.0.0.1:0' })
  const peer = await ScriptedPeer.establish(tor.listeners[0]!, { identifier: '10.0.0.1' })
  const prefixes = Array.from({ length: 5000 }, (_, index) => `10.${index >>> 8}.${index & 255}.0/24`)
  for (let at = 0; at < prefixes.length; at += 500) await peer.announces(...prefixes.slice(at, at + 500))
  await tor.wait(until.route(prefixes.at(-1)!))
  const short = tor.window('short')
  short.close()
  const open = tor.window('open')
  await peer.withdraws(...prefixes.slice(4500))
  await tor.wait(until.event('a withdrawal', ({ news }) => news?.news === 'route-withdrawn', { since: open }))
  expect(short.held()).toHaveLength(5000)
  expect(short.withdrawals()).toEqual([])
  expect(open.held()).toHaveLength(5000)
  expect(open.withdrawals()).toHaveLength(500)
})

test('a router that stops in the turn in which a window was opened tells it what there was', async () => {
  const tor = await startRouter({ asn: 64512, listen: '127.0.0.1:0' })
  const peer = await ScriptedPeer.establish(tor.listeners[0]!, { identifier: '10.0.0.1' })
  const prefixes = Array.from({ length: 3000 }, (_, index) => `10.${index >>> 8}.${index & 255}.0/24`)
  for (let at = 0; at < prefixes.length; at += 500) await peer.announces(...prefixes.slice(at, at + 500))
  await tor.wait(until.route(prefixes.at(-1)!))
  const window = tor.window('window')
  await tor.stop()
  expect(window.held()).toHaveLength(3000)
  expect(window.withdrawals()).toEqual([])
})
