import { expect, test } from 'vitest'
import { RowIndex } from '../../../src/core/memory/row-index.ts'

test.each([
  ['spread', (row: number) => Math.imul(row, 0x9e37_79b1)],
  // A peer may choose its prefixes so: all of them belong into one segment.
  ['begin alike', (row: number) => Math.imul(row, 0x9e37_79b1) >>> 7],
])('rows whose hashes %s are all found, before and after others are removed', (_name, hashOf) => {
  // More than one segment holds.
  const ROWS = 100_000
  let wanted = 0
  const index = new RowIndex((row) => row === wanted)
  const find = (row: number): number => {
    wanted = row
    return index.find(hashOf(row) | 0)
  }
  for (let row = 0; row < ROWS; row++) index.add(hashOf(row) | 0, row)
  const rows = Array.from({ length: ROWS }, (_, row) => row)
  expect(rows.filter((row) => find(row) !== row)).toEqual([])
  for (let row = 0; row < ROWS; row += 2) index.remove(hashOf(row) | 0, row)
  expect(rows.filter((row) => find(row) !== (row % 2 === 0 ? -1 : row))).toEqual([])
})
