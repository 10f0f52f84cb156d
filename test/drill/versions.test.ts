import { describe, expect, test } from 'vitest'
import * as expectations from '../../src/drill/expectations.ts'
import { expectationFor, inRange } from '../../src/drill/versions.ts'

describe('a range of releases', () => {
  test.each([
    ['>=1.20', '1.20.2', true],
    ['>=1.20', '1.19.7', false],
    ['<1.20', '1.19.7', true],
    ['<=1.19', '1.19.7', true],
    ['>1.19', '1.19.7', false],
    ['=1.19.7', '1.19.7', true],
    ['>=1.18 <1.20', '1.20.2', false],
    ['*', '1.11.9', true],
  ] as const)('%s takes %s in: %s', (range, version, within) => {
    expect(inRange(range, version)).toBe(within)
  })

  test('that is none is refused', () =>
    expect(() => inRange('1.20', '1.20.2')).toThrow('no range of releases'))
})

test('the first expectation that applies counts', () => {
  const both = [
    { versions: '>=1.20', value: 'new', source: '' },
    { versions: '*', value: 'old', source: '' },
  ]
  expect(expectationFor(both, '1.20.2')?.value).toBe('new')
  expect(expectationFor(both, '1.18.11')?.value).toBe('old')
  expect(expectationFor([], '1.20.2')).toBeUndefined()
})

test('every release that was measured has every expectation, with its source', () => {
  const lists = Object.values(expectations).flatMap((value) =>
    Array.isArray(value) ? [value] : Object.values(value),
  )
  for (const list of lists)
    for (const version of ['1.18.11', '1.19.7', '1.20.2'])
      expect(expectationFor(list as Parameters<typeof expectationFor>[0], version)?.source).toBeTruthy()
})
