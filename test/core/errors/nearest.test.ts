import { expect, test } from 'vitest'
import { didYouMean, editDistance, nearest } from '../../../src/core/errors/nearest.ts'

test.each([
  ['node01', 'node01', 0],
  ['node01', 'node10', 1],
  ['node01', 'noe01', 1],
  ['holdTime', 'hold-time', 2],
  ['', 'abc', 3],
])('%s and %s are %i apart', (a, b, distance) => {
  expect(editDistance(a, b)).toBe(distance)
  expect(editDistance(b, a)).toBe(distance)
})

test('the nearest names come first, and names that are far from it not at all', () => {
  expect(nearest('nod01', ['master1', 'node02', 'node01', 'node11'])).toEqual(['node01', 'node02', 'node11'])
  expect(nearest('HoldTime', ['holdTime', 'families'])).toEqual(['holdTime'])
  expect(nearest('zebra', ['node01', 'node02'])).toEqual([])
  expect(nearest('c', ['a', 'b'])).toEqual([])
})

test('what may have been meant is a question, or nothing', () => {
  expect(didYouMean('settel', ['settle', 'listen'])).toBe('did you mean settle?')
  expect(didYouMean('x', ['settle', 'listen'])).toBeUndefined()
})
