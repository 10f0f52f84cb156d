// Damaged files: whatever is in them, `convert` reads what is whole or says what is wrong.
import { readFileSync } from 'node:fs'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { isUserError } from '../../src/core/errors/user-error.ts'
import { FORMATS } from '../../src/trace/convert/convert.ts'
import { at, converted, eventsIn, fileOf, linesOf, wireMessage } from '../support/convert-files.ts'
import { bytesOf, corpus } from '../support/vectors.ts'

const EVENTS = corpus()
  .find(({ file }) => file.startsWith('gobgp'))!
  .vectors.slice(0, 12)
  .map((vector, index) => wireMessage({ bytes: bytesOf(vector), at: at(index), session: 1 + (index % 2) }))

test.each(FORMATS)('%s with any octets changed is read, or refused with a reason', async (format) => {
  const lines = linesOf(EVENTS)
  const whole = format === 'jsonl' ? readFileSync(lines) : (await converted(lines, format)).bytes
  const change = fc.record({ place: fc.nat(whole.length - 1), octet: fc.nat(255) })
  await fc.assert(
    fc.asyncProperty(
      fc.array(change, { minLength: 1, maxLength: 8 }),
      fc.nat(whole.length),
      async (changes, end) => {
        const damaged = Buffer.from(whole)
        for (const { place, octet } of changes) damaged[place] = octet
        const path = fileOf(damaged.subarray(0, end === 0 ? undefined : end))
        try {
          expect((await eventsIn(path)).length).toBeLessThanOrEqual(EVENTS.length * 3)
        } catch (error) {
          expect(isUserError(error), String(error)).toBe(true)
        }
      },
    ),
    { numRuns: 150 },
  )
})
