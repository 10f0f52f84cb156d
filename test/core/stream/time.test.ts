import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatMicros, parseMicros } from '../../../src/core/stream/time.ts'

test('an instant is written in UTC with six digits', () => {
  expect(formatMicros(0)).toBe('1970-01-01T00:00:00.000000Z')
  expect(formatMicros(1_795_262_401_204_511)).toBe('2026-11-21T12:00:01.204511Z')
})

test('every instant is read back to the microsecond', () => {
  fc.assert(
    fc.property(fc.nat({ max: Number.MAX_SAFE_INTEGER }), (at) => parseMicros(formatMicros(at)) === at),
  )
})

test('fewer digits are read, other zones and other text are not', () => {
  expect(parseMicros('2026-11-21T12:00:01Z')).toBe(1_795_262_401_000_000)
  expect(parseMicros('2026-11-21T12:00:01.2Z')).toBe(1_795_262_401_200_000)
  for (const text of [
    '2026-11-21T12:00:01.204511+01:00',
    '2026-11-21 12:00:01Z',
    '2026-13-21T12:00:01Z',
    'now',
    '',
  ]) {
    expect(parseMicros(text), text).toBeUndefined()
  }
})
