// What a prober tells people: changes, not every report.
import { expect, test } from 'vitest'
import type { ProbeReport } from '../../src/core/stream/probe-events.ts'
import { ProbeLog } from '../../src/report/probe-log.ts'

const T0 = Date.UTC(2026, 0, 2, 12) * 1e3
const SECOND = 1e6
const PLAIN = { colour: false, headers: true }

/** A report at so many seconds, of five probes that all ended like this unless told otherwise. */
function report(seconds: number, outcome: ProbeReport['outcome'], more: Partial<ProbeReport> = {}) {
  const sent = T0 + seconds * SECOND
  const { results = 5 } = more
  return {
    type: 'probe' as const,
    ...{ kind: 'new' as const, target: '10.5.113.10:8080', prefix: '10.5.113.0/24', nextHop: '192.0.2.11' },
    ...{ node: 'node01', pinned: true, results, lost: outcome === 'ok' ? 0 : results },
    ...{ from: sent - SECOND, sent, outcome, inRow: 5 * Math.max(1, seconds), since: T0 },
    ...more,
  }
}

const linesOf = (log: ProbeLog, ...reports: ReturnType<typeof report>[]): string[] =>
  reports.flatMap((body) => log.take(body) ?? [])

test('a target that is dead from the beginning is told once for each series, not once a second', () => {
  const log = new ProbeLog()
  const seconds = Array.from({ length: 60 }, (_, at) => at + 1)
  expect(linesOf(log, ...seconds.map((at) => report(at, 'timeout')))).toEqual([
    '12:00:01.000  node01  new 10.5.113.10:8080 via 192.0.2.11: timeout, 5 in a row (0 of 5 answered)',
  ])
  expect(log.status()).toBe('1 series: 0 answered, 1 lost; 300 of 300 probes lost')
})

test('lost, answered again, answered by another pod, lost in between: each is told', () => {
  const log = new ProbeLog()
  const by = (pod: string) => ({ reply: { pod, node: 'node01', client: '192.0.2.1' } })
  const lines = linesOf(
    log,
    report(1, 'ok', by('echo-1')),
    report(11, 'ok', by('echo-1')),
    report(13, 'timeout'),
    report(14, 'timeout'),
    report(16, 'refused'),
    report(18, 'ok', { ...by('echo-1'), inRow: 1 }),
    report(28, 'ok', by('echo-2')),
    report(38, 'ok', { ...by('echo-2'), lost: 1 }),
    report(48, 'ok', { ...by('echo-2'), resets: 2 }),
  )
  expect(lines.map((line) => line.split('192.0.2.11: ')[1])).toEqual([
    'ok, echo-1 answers (5 of 5 answered)',
    'timeout, 65 in a row (0 of 5 answered)',
    'refused, 80 in a row (0 of 5 answered)',
    'ok, echo-1 answers (5 of 5 answered)',
    'ok, echo-2 answers (5 of 5 answered)',
    'ok, echo-2 answers (4 of 5 answered)',
    'ok, echo-2 answers (5 of 5 answered, 2 connections reset)',
  ])
})

test('changes within a second are one line, and none is left untold', () => {
  const log = new ProbeLog()
  const lines = linesOf(
    log,
    report(1, 'ok', { inRow: 1 }),
    report(1.25, 'timeout'),
    report(1.5, 'ok', { inRow: 1 }),
    report(1.75, 'timeout'),
    // Nothing new, but the last change has not been told.
    report(2.75, 'timeout', { inRow: 6 }),
    report(3.75, 'timeout', { inRow: 11 }),
  )
  expect(lines.map((line) => line.split('192.0.2.11: ')[1])).toEqual([
    'ok (5 of 5 answered)',
    'timeout, 6 in a row (0 of 5 answered), the last of 3 changes',
  ])
})

test('the summary has all series, those that are over too, with how they ended', () => {
  const log = new ProbeLog()
  linesOf(
    log,
    report(1, 'ok'),
    report(2, 'ok', { nextHop: '192.0.2.12', node: 'node02' }),
    report(3, 'timeout'),
    report(4, 'ok', { results: 0, lost: 0, ended: true }),
  )
  expect(log.summary(PLAIN).split('\n').filter(Boolean)).toEqual([
    'NODE    TARGET            NEXT HOP    KIND  LOST  RESETS  LAST',
    'node01  10.5.113.10:8080  192.0.2.11  new   5/10  0       timeout',
    'node02  10.5.113.10:8080  192.0.2.12  new   0/5   0       ok',
  ])
  expect(log.status()).toBe('1 series: 1 answered, 0 lost; 5 of 15 probes lost')
  expect(new ProbeLog().summary(PLAIN)).toBe('')
})

test('of a census the first reading and what changed', () => {
  const log = new ProbeLog()
  const key = 'net.ipv4.conf.all.rp_filter'
  const census = { type: 'sysctl', node: 'node01', read: T0 } as const
  expect(log.take({ ...census, values: { [key]: '0' } })).toBe('12:00:00.000  node01  first census: 1 values')
  expect(log.take({ ...census, before: T0 - 1, values: {} })).toBeUndefined()
  expect(log.take({ ...census, before: T0 - 1, values: { [key]: '1' } })).toBe(
    `12:00:00.000  node01  ${key} = 1`,
  )
})
