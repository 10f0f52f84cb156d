import { describe, expect, test } from 'vitest'
import { KeptLists } from '../../../src/core/window/kept-lists.ts'
import { WindowStream } from '../../support/window-stream.ts'

const A = '192.0.2.11'
const prefixes = Array.from({ length: 1200 }, (_, index) => `10.${index >>> 8}.${index & 255}.0/24`)

/** 1,200 routes that came, went, and came back. */
function longWindow(): { stream: WindowStream; window: ReturnType<WindowStream['window']> } {
  const stream = new WindowStream().comes(A)
  const begin = stream.mark()
  for (const change of ['announces', 'withdraws', 'announces'] as const)
    for (let at = 0; at < prefixes.length; at += 400) stream[change](A, ...prefixes.slice(at, at + 400))
  return { stream, window: stream.window(begin) }
}

describe('a long list that is asked for again', () => {
  test.each(['announcements', 'withdrawals', 'absences'] as const)('has the same rows: %s', (question) => {
    const { window } = longWindow()
    const first = window[question]()
    const again = window[question]()
    expect(again).toEqual(first)
    expect(again.length).toBeGreaterThan(1000)
    expect(again[7]).toBe(first[7])
  })

  test('is a list of its own, and its rows cannot be changed', () => {
    const { window } = longWindow()
    const first = window.withdrawals() as unknown as { prefix: string }[]
    const before = first.map(({ prefix }) => prefix)
    expect(() => (first[0]!.prefix = 'another')).toThrow(TypeError)
    first.reverse()
    first.length = 3
    expect(window.withdrawals().map(({ prefix }) => prefix)).toEqual(before)
  })

  test('is that of its filter and of its end', () => {
    const { stream, window } = longWindow()
    expect(window.withdrawals()).toHaveLength(1200)
    expect(window.withdrawals({ cause: 'session-closed' })).toEqual([])
    const earlier = stream.window(window.from, { seq: window.to.seq - 3, at: window.to.at - 3 })
    expect(window.absences().every(({ to }) => to !== undefined)).toBe(true)
    expect(earlier.absences().every(({ to }) => to === undefined)).toBe(true)
  })

  test('has the names of now', () => {
    const { stream, window } = longWindow()
    expect(window.withdrawals()[0]).toMatchObject({ node: A })
    stream.named({ [A]: 'node01' })
    expect(window.withdrawals()[0]).toMatchObject({ node: 'node01' })
    expect(window.withdrawals()).toHaveLength(1200)
  })

  test('has what came since, where the window is open', () => {
    const { stream, window } = longWindow()
    const ledger = stream.ledger
    expect(window.announcements()).toHaveLength(2400)
    stream.announces(A, '172.16.0.0/16')
    expect(stream.window(window.from, stream.now, ledger).announcements()).toHaveLength(2401)
  })
})

test('the lists that were not asked for longest are made anew', () => {
  const lists = new KeptLists()
  const made: string[] = []
  const ask = (question: string, rows: number): void =>
    void lists.get(question, () => {
      made.push(question)
      return Array.from({ length: rows }, () => ({}))
    })
  ask('a', 700_000)
  ask('b', 700_000)
  ask('a', 700_000)
  ask('c', 200_000)
  ask('a', 700_000)
  ask('b', 700_000)
  expect(made).toEqual(['a', 'b', 'c', 'b'])
})
