import { expect, test } from 'vitest'
import { formatSpan, parseDuration } from '../../src/harness/duration.ts'

test.each([
  ['500ms', 500_000],
  ['30s', 30_000_000],
  ['1m30s', 90_000_000],
  ['1.5s', 1_500_000],
  ['2h', 7_200_000_000],
])('%s is %i microseconds', (text, micros) => {
  expect(parseDuration(text)).toBe(micros)
})

test('a number is milliseconds', () => {
  expect(parseDuration(250)).toBe(250_000)
})

test.each(['', 'soon', '5', '5 s', '-1s', '1s2', 'NaN'])(
  '"%s" is no duration, and the message says how to write one',
  (text) => {
    expect(() => parseDuration(text, 'timeout')).toThrow(
      expect.objectContaining({ code: 'RW_USAGE', remedy: expect.stringContaining('30s') }),
    )
  },
)

test.each([
  [4_200_000, '4.2s'],
  [95_000_000, '95s'],
  [180_000_000, '3m0s'],
  [7_500_000_000, '2h5m'],
  [250_000, '250ms'],
  [200_000_000_000, '2d'],
])('%i microseconds are shown as %s', (span, text) => {
  expect(formatSpan(span)).toBe(text)
})
