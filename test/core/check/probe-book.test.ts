import { expect, test } from 'vitest'
import { ProbeBook } from '../../../src/core/check/probe-book.ts'
import type { Micros } from '../../../src/core/speaker/contract.ts'

const START: Micros = 1_700_000_000_000_000
const HOUR: Micros = 3_600_000_000

function reports(book: ProbeBook, seq: number, target: string, at: Micros): void {
  const path = {
    kind: 'new',
    target,
    prefix: '10.1.1.0/24',
    nextHop: '127.0.0.14',
    node: 'a',
    pinned: true,
  } as const
  const results = { results: 1, lost: 0, from: at, sent: at, outcome: 'ok', inRow: 1, since: at } as const
  book.apply({ type: 'probe', seq, at, ...path, ...results })
}

test('targets of which nobody has spoken for an hour are forgotten', () => {
  const book = new ProbeBook()
  for (let n = 1; n <= 50; n++) reports(book, n, `10.1.1.${n}:8080`, START + n)
  reports(book, 51, '10.1.1.60:8080', START + 2 * HOUR)
  expect(book.snapshot().series.map(({ target }) => target)).toEqual(['10.1.1.60:8080'])
})

test('a target that is silent for a while goes on where it was, and after an hour begins anew', () => {
  const book = new ProbeBook()
  const results = (at: Micros): number | undefined => book.series(at)[0]?.results
  reports(book, 1, '10.1.1.1:8080', START)
  expect(results(START + HOUR / 2)).toBeUndefined()
  reports(book, 2, '10.1.1.1:8080', START + HOUR / 2)
  expect(results(START + HOUR / 2)).toBe(2)
  reports(book, 3, '10.1.1.1:8080', START + 2 * HOUR)
  expect(results(START + 2 * HOUR)).toBe(1)
})
