import { expect, test } from 'vitest'
import { ChangedLines } from '../../src/report/waiting.ts'

test('tells a line once, again when it changes, and again when it comes back', () => {
  const lines = new ChangedLines()
  const a = { node: 'a', why: 'never connected' }
  const b = { node: 'b', why: 'never connected' }
  expect(lines.of([a, b])).toEqual(['a  never connected', 'b  never connected'])
  expect(lines.of([a, { node: 'b', why: 'has not announced 10.1.2.0/24' }])).toEqual([
    'b  has not announced 10.1.2.0/24',
  ])
  expect(lines.of([a])).toEqual([])
  expect(lines.of([a, b])).toEqual(['b  never connected'])
})

test('nobody in particular has no name, and a terminal gets no control characters', () => {
  expect(new ChangedLines().of([{ node: '(any)', why: 'quiet for 1 of 3 s' }])).toEqual([
    'quiet for 1 of 3 s',
  ])
  expect(new ChangedLines().of([{ node: 'a', why: 'said \u001b[2J' }])).toEqual(['a  said \\x1b[2J'])
})
