import { assert, nat, property } from 'fast-check'
import { expect, test } from 'vitest'
import { formatMicros, parseMicros } from '../../../src/core/stream/time.ts'

test('an instant is written in UTC with six digits', () => {
  expect(formatMicros(0)).toBe('1970-01-01T00:00:00.000000Z')
  expect(formatMicros(1_795_262_401_204_511)).toBe('2026-11-21T12:00:01.204511Z')
  expect(formatMicros(951_782_400_000_000)).toBe('2000-02-29T00:00:00.000000Z')
})

test('dates are those of the Gregorian calendar', () => {
  assert(
    property(nat({ max: Number.MAX_SAFE_INTEGER }), (at) => {
      expect(formatMicros(at).slice(0, 23)).toBe(new Date(Math.floor(at / 1000)).toISOString().slice(0, 23))
    }),
  )
})

test('every instant is read back to the microsecond', () => {
  assert(property(nat({ max: Number.MAX_SAFE_INTEGER }), (at) => parseMicros(formatMicros(at)) === at))
})

test('fewer digits are read, other zones, days that do not exist and other text are not', () => {
  expect(parseMicros('2026-11-21T12:00:01Z')).toBe(1_795_262_401_000_000)
  expect(parseMicros('2026-11-21T12:00:01.2Z')).toBe(1_795_262_401_200_000)
  const wrong = [
    '2026-11-21T12:00:01.204511+01:00',
    '2026-11-21 12:00:01Z',
    '2026-13-21T12:00:01Z',
    'now',
    '',
  ]
  const never = [
    '2026-02-29T12:00:01Z',
    '2026-11-00T12:00:01Z',
    '2026-11-21T24:00:00Z',
    '2026-11-21T12:60:00Z',
  ]
  for (const text of [...wrong, ...never]) expect(parseMicros(text), text).toBeUndefined()
})
