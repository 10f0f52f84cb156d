import { expect, test } from 'vitest'
import fc from 'fast-check'
import { AllocationTable } from '../../../src/core/expected/allocation.ts'
import { masked, overlaps, prefixKey } from '../../../src/core/ip/arithmetic.ts'
import { formatPrefix, parsePrefix } from '../../../src/core/ip/text.ts'
import type { Prefix } from '../../../src/core/ip/prefix.ts'

test('an allocation may have several owners, and is gone with the last', () => {
  const table = new AllocationTable()
  const prefix = parsePrefix('10.1.1.0/24')
  const key = prefixKey(prefix)
  table.add(prefix, 'a')
  table.add(prefix, 'b')
  expect([...table.owners(key)]).toEqual(['a', 'b'])
  table.remove(prefix, 'a')
  table.remove(prefix, 'b')
  expect(table.owners(key).size).toBe(0)
  expect(table.size).toBe(0)
})

test('finds an allocation above and one below', () => {
  const table = new AllocationTable()
  table.add(parsePrefix('10.1.1.0/24'), 'a')
  table.add(parsePrefix('fd00:1::/64'), 'b')
  const overlapping = (text: string) => {
    const found = table.overlapping(parsePrefix(text))
    return found && formatPrefix(found.prefix)
  }
  expect(overlapping('10.1.1.128/25')).toBe('10.1.1.0/24')
  expect(overlapping('10.1.0.0/16')).toBe('10.1.1.0/24')
  expect(overlapping('10.2.0.0/16')).toBeUndefined()
  expect(overlapping('fd00:1::/80')).toBe('fd00:1::/64')
  expect(overlapping('::/0')).toBe('fd00:1::/64')
})

test('agrees with trying every allocation', () => {
  const prefix: fc.Arbitrary<Prefix> = fc
    .tuple(
      fc.constantFrom(1 as const, 2 as const),
      fc.integer({ min: 0, max: 255 }),
      fc.integer({ min: 0, max: 8 }),
    )
    .map(([afi, byte, length]) =>
      masked({ afi, words: afi === 1 ? [(byte << 24) >>> 0] : [(byte << 24) >>> 0, 0, 0, 0] }, length),
    )
  fc.assert(
    fc.property(fc.array(prefix, { maxLength: 12 }), prefix, (allocations, asked) => {
      const table = new AllocationTable()
      for (const allocation of allocations) table.add(allocation, 'x')
      const others = allocations.filter(
        (other) => prefixKey(other) !== prefixKey(asked) || other.afi !== asked.afi,
      )
      const found = table.overlapping(asked)
      expect(found !== undefined).toBe(others.some((other) => overlaps(other, asked)))
      if (found !== undefined) expect(overlaps(found.prefix, asked)).toBe(true)
    }),
    { numRuns: 500 },
  )
})
