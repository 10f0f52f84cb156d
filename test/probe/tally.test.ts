import { describe, expect, test } from 'vitest'
import type { ProbeReport } from '../../src/core/stream/probe-events.ts'
import { InOrder, Tally, type Result } from '../../src/probe/tally.ts'

const PATH = {
  kind: 'new',
  target: '10.1.1.10:8080',
  prefix: '10.1.1.0/24',
  nextHop: '10.0.0.1',
  pinned: true,
} as const
const INTERVAL = 200_000

/** Feeds results at 5 a second, and gives the reports. */
function reports(outcomes: readonly (Result['outcome'] | Partial<Result>)[], path = {}): ProbeReport[] {
  const tally = new Tally({ ...PATH, ...path })
  return outcomes.flatMap((given, at) => {
    const sent = 1_000_000 + at * INTERVAL
    const result = typeof given === 'string' ? { outcome: given } : given
    tally.take({ outcome: 'ok', reply: { pod: 'a', client: '10.9.9.9' }, ...result, sent })
    return tally.report(sent) ?? []
  })
}

const times = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value)

describe('a tally', () => {
  test('reports the first result, and then one summary in ten seconds while nothing is lost', () => {
    const all = reports(times(101, 'ok'))
    expect(all.map(({ results, inRow }) => [results, inRow])).toEqual([
      [1, 1],
      [50, 51],
      [50, 101],
    ])
  })

  test('reports the third loss in a row at once, with the instant of the first', () => {
    const all = reports(['ok', 'ok', 'timeout', 'timeout', 'timeout'])
    expect(all.at(-1)).toMatchObject({
      outcome: 'timeout',
      inRow: 3,
      lost: 2,
      since: 1_000_000 + 2 * INTERVAL,
    })
  })

  test('reports once a second while probes are lost', () => {
    const all = reports(['ok', ...times(23, 'timeout' as const)])
    expect(all.slice(3).map(({ results }) => results)).toEqual([5, 5, 5, 5])
  })

  test('reports the first answer after a row of losses', () => {
    const all = reports(['ok', ...times(4, 'timeout' as const), 'ok', 'ok'])
    expect(all.at(-1)).toMatchObject({ outcome: 'ok', inRow: 1, since: 1_000_000 + 5 * INTERVAL, lost: 1 })
  })

  test('reports that another pod answers, unless it goes over several next hops', () => {
    const other = { reply: { pod: 'b', client: '10.9.9.9' } }
    expect(reports(['ok', 'ok', other])).toHaveLength(2)
    expect(reports(['ok', 'ok', other], { kind: 'ecmp' })).toHaveLength(1)
  })

  test('reports resets, and how many', () => {
    const all = reports(['ok', 'ok', 'ok', { outcome: 'reset', reset: true }], { kind: 'kept' })
    expect(all.at(-1)).toMatchObject({ outcome: 'reset', resets: 1 })
  })

  test('has few reports even when every result is another one', () => {
    const flapping = times(25, ['ok', 'timeout'] as const).flat()
    expect(reports(flapping).length).toBeLessThanOrEqual(26)
  })

  test('ends with what it has not told yet', () => {
    const tally = new Tally(PATH)
    expect(tally.end(7)).toMatchObject({ results: 0, ended: true, since: 7 })
    tally.take({ outcome: 'ok', sent: 1 })
    expect(tally.end(7)).toMatchObject({ results: 1, sent: 1, ended: true })
  })
})

test('results are given in the order in which the probes were sent', () => {
  const given: number[] = []
  const order = new InOrder<number>((value) => given.push(value))
  const [first, second, third] = [order.next(), order.next(), order.next()]
  second(2)
  expect(given).toEqual([])
  first(1)
  third(3)
  expect(given).toEqual([1, 2, 3])
})
