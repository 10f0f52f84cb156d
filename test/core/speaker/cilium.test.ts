// What real Cilium agents sent, and what it means to us.
import { describe, expect, test } from 'vitest'
import { formatPrefix } from '../../../src/core/ip/text.ts'
import { Bench, views } from '../../support/speaker-bench.ts'
import { play } from '../../support/speaker-recording.ts'

const KEY = '127.0.0.1:1790 64512 192.168.77.14'
const routes = (bench: Bench) =>
  [...bench.speaker.routes(KEY)].map(({ prefix }) => formatPrefix(prefix)).sort()
const stale = (bench: Bench) => bench.speaker.peer(KEY)?.staleRoutes
const causes = (bench: Bench) => [...bench.speaker.sessions()].map(({ cause }) => cause?.kind)
const flushes = (bench: Bench) =>
  bench.newsOf('route-withdrawn').map(({ cause }) => (cause.kind === 'stale-flush' ? cause.why : cause.kind))

const NODE01 = ['10.5.113.0/24', '10.99.0.0/32', '10.99.0.1/32']

test('cold start without graceful restart: routes at once, no End-of-RIB; SIGTERM is 6/3 and takes them away', () => {
  let counts: number[] = []
  const bench = play('cold-start', new Bench(), (_, { speaker }) => {
    counts.push(speaker.peer(KEY)?.routes ?? 0)
  })
  counts = counts.filter((count, index) => count !== counts[index - 1])
  expect(counts).toEqual([0, 1, 3, 0, 1, 3])
  expect(bench.speaker.session(1)).toMatchObject({
    cause: { kind: 'notification', by: 'peer', notification: { code: 6, subcode: 3 } },
    endOfRib: [],
    holdTime: 9,
  })
  expect(flushes(bench)).toEqual(['session-closed', 'session-closed', 'session-closed'])
  expect(routes(bench)).toEqual(NODE01)
})

describe.each(['sigterm-gr', 'sigkill-gr'])('restart of an agent with graceful restart (%s)', (name) => {
  test('ends with FIN, withdraws nothing, and End-of-RIB finds nothing to sweep', () => {
    const kept: (number | undefined)[] = []
    const bench = play(name, new Bench(), (step, at) => {
      if (step.closed) kept.push(stale(at))
    })
    expect(kept).toEqual([3])
    expect(causes(bench)).toEqual(['fin', undefined])
    expect(bench.newsOf('route-withdrawn')).toEqual([])
    expect(bench.newsOf('stale-ended')).toMatchObject([{ why: 'eor', removed: 0 }])
    expect(routes(bench)).toEqual(NODE01)
    expect(stale(bench)).toBe(0)
  })
})

test('unselecting a node is a Hard Reset: its routes go at once', () => {
  const left: number[] = []
  const bench = play('unselect-gr', new Bench(), (step, { speaker }) => {
    if (step.what === 'NOTIFICATION') left.push(speaker.peer(KEY)?.routes ?? -1)
  })
  expect(left).toEqual([0])
  expect(causes(bench)).toEqual(['hard-reset', undefined])
  expect(routes(bench)).toEqual(NODE01)
})

test('a changed hold time is 6/4 with a reason, and a session with the new one', () => {
  const bench = play('hold-time-changed')
  expect(bench.speaker.session(1)?.cause).toMatchObject({
    notification: { code: 6, subcode: 4, text: 'Peer configuration changed' },
  })
  expect([...bench.speaker.sessions()].map(({ holdTime }) => holdTime)).toEqual([9, 12])
})

test('link loss longer than the hold time: 4/0, stale with N on both sides, and F=0 on return flushes at once', () => {
  const bench = play('link-loss')
  expect(causes(bench)).toEqual(['hold-expired', undefined])
  expect(bench.newsOf('stale-started')).toMatchObject([{ routes: 3 }])
  expect(flushes(bench)).toEqual(['f-bit-clear', 'f-bit-clear', 'f-bit-clear'])
  expect(bench.newsOf('stale-ended')).toMatchObject([{ why: 'flushed', removed: 3 }])
  expect(routes(bench)).toEqual(['10.5.115.0/24', '10.99.0.0/32', '10.99.0.1/32'])
})

test('Cilium 1.19 gives the second of two routers R=0 F=0 after a restart: its stale routes go', () => {
  const bench = play('second-router-1.19')
  expect(causes(bench)).toEqual(['fin', undefined])
  expect(flushes(bench)).toEqual(['f-bit-clear', 'f-bit-clear', 'f-bit-clear'])
  expect(routes(bench)).toHaveLength(3)
  expect(stale(bench)).toBe(0)
})

test.each([
  'cold-start',
  'sigterm-gr',
  'sigkill-gr',
  'unselect-gr',
  'hold-time-changed',
  'link-loss',
  'second-router-1.19',
])('a replay of %s gives the same state', (name) => {
  const bench = play(name)
  expect(views(bench.replayed())).toEqual(views(bench.speaker))
})
