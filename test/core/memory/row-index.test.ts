import { expect, test } from 'vitest'
import { PagePool } from '../../../src/core/memory/page-pool.ts'
import { RowIndex } from '../../../src/core/memory/row-index.ts'

test.each([
  ['spread', (row: number) => Math.imul(row, 0x9e37_79b1)],
  // A peer may choose its prefixes so: all of them belong into one segment.
  ['begin alike', (row: number) => Math.imul(row, 0x9e37_79b1) >>> 7],
])('rows whose hashes %s are all found, before and after others are removed', (_name, hashOf) => {
  // More than one segment holds.
  const ROWS = 100_000
  const index = new RowIndex()
  const find = (row: number): number => {
    const hash = hashOf(row) | 0
    let found = index.find(hash)
    while (found >= 0 && found !== row) found = index.next(hash)
    return found
  }
  for (let row = 0; row < ROWS; row++) index.add(hashOf(row) | 0, row)
  const rows = Array.from({ length: ROWS }, (_, row) => row)
  expect(rows.filter((row) => find(row) !== row)).toEqual([])
  for (let row = 0; row < ROWS; row += 2) index.remove(hashOf(row) | 0, row)
  expect(rows.filter((row) => find(row) !== (row % 2 === 0 ? -1 : row))).toEqual([])
  // With a row in fifty left it becomes smaller.
  for (let row = 1; row < ROWS; row += 2) if (row % 50 !== 1) index.remove(hashOf(row) | 0, row)
  expect(rows.filter((row) => find(row) !== (row % 50 === 1 ? row : -1))).toEqual([])
  for (let row = 1; row < ROWS; row += 50) index.move(hashOf(row) | 0, row, ROWS + row)
  expect(index.find(hashOf(51) | 0)).toBe(ROWS + 51)
  for (let row = 0; row < ROWS; row++) index.add(hashOf(row) | 0, row)
  expect(rows.filter((row) => find(row) !== row)).toEqual([])
})

test('an index of which little is left gives its room back', () => {
  const pool = new PagePool(1)
  const index = new RowIndex(pool)
  const hash = (row: number): number => Math.imul(row, 0x9e37_79b1)
  for (let row = 0; row < 40_000; row++) index.add(hash(row), row)
  const large = 8 * (1 << 16)
  expect(given(pool, large)).toBe(0)
  for (let row = 100; row < 40_000; row++) index.remove(hash(row), row)
  expect(given(pool, large)).toBe(1)
})

/** How many pages of a size were given back. */
function given(pool: PagePool, octets: number): number {
  const fill = new Uint8Array(pool.take(octets, false))
  const used = fill.some((octet) => octet !== 0)
  return used ? 1 : 0
}
