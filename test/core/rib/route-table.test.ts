import { describe, expect, test } from 'vitest'
import { PathTable } from '../../../src/core/rib/path-table.ts'
import { PUT_CHANGED, PUT_NEW, PUT_SAME, RouteTable } from '../../../src/core/rib/route-table.ts'
import { attributeSetOf } from '../../../src/core/wire/attributes/set.ts'

const put = (table: RouteTable, address: number, length = 24, path = 1): number => {
  table.key[0] = address
  return table.put(length, path, 0, 0)
}
const take = (table: RouteTable, address: number, length = 24): boolean => {
  table.key[0] = address
  return table.take(length)
}

describe('a large table', () => {
  const MANY = 60_000
  const address = (index: number): number => Math.imul(index, 0x9e37_79b1)

  test('finds every route while it grows, and none that was not announced', () => {
    const table = new RouteTable(1)
    for (let index = 0; index < MANY; index++) expect(put(table, address(index))).toBe(PUT_NEW)
    expect(table.size).toBe(MANY)
    for (let index = 0; index < MANY; index += 7) {
      expect(put(table, address(index))).toBe(PUT_SAME)
      expect(put(table, address(index), 24, 2)).toBe(PUT_CHANGED)
      table.key[0] = address(index)
      expect(table.find(23)).toBe(-1)
    }
  })

  test('forgets every route that is withdrawn, and gives the rows back', () => {
    const table = new RouteTable(1)
    for (let index = 0; index < MANY; index++) put(table, address(index))
    for (let index = 0; index < MANY; index++) expect(take(table, address(index))).toBe(true)
    expect([table.size, table.rows]).toEqual([0, 0])
    expect(take(table, address(1))).toBe(false)
  })

  test('uses the room of withdrawn routes again, and keeps the order of announcement', () => {
    const table = new RouteTable(1)
    for (let round = 0; round < 20; round++) {
      for (let index = 0; index < 10_000; index++) put(table, address(round * 10_000 + index))
      if (round > 0)
        for (let index = 0; index < 10_000; index++) take(table, address((round - 1) * 10_000 + index))
    }
    expect(table.size).toBe(10_000)
    expect(table.rows).toBeLessThan(40_000)
    const seen: number[] = []
    for (let row = 0; row < table.rows; row++) {
      if (!table.has(row)) continue
      table.read(row)
      seen.push(table.key[0]!)
    }
    expect(seen).toEqual(Array.from({ length: 10_000 }, (_, index) => address(190_000 + index)))
  })
})

describe('paths', () => {
  const set = (med: number) => attributeSetOf({ origin: 0, asPath: [], med })

  test('the same attributes with the same next hop are one path, and with another next hop another', () => {
    const paths = new PathTable()
    const hop = (word: number) => ({ global: { afi: 1 as const, words: [word] } })
    const first = paths.acquire(set(1), hop(1))
    expect(paths.acquire(set(1), hop(1))).toBe(first)
    expect(paths.acquire(set(1), hop(2))).not.toBe(first)
    expect(paths.attributes(first).decoded.med).toBe(1)
    expect(paths.nextHop(first)).toEqual(hop(1))
    expect(paths.size).toBe(2)
  })

  test('a path that no route has is gone, and its number and room are used again', () => {
    const paths = new PathTable()
    const numbers = Array.from({ length: 5000 }, (_, med) => paths.acquire(set(med), undefined))
    for (const number of numbers.slice(1)) paths.release(number)
    expect(paths.size).toBe(1)
    for (let med = 1; med < 5000; med++) {
      const number = paths.acquire(set(med), undefined)
      expect(number).toBeLessThan(5000)
      expect(paths.attributes(number).decoded.med).toBe(med)
    }
    expect(paths.attributes(numbers[0]!).decoded.med).toBe(0)
  })

  test('that attributes are well formed is remembered for each kind of session, and no longer than the path', () => {
    const paths = new PathTable()
    const number = paths.acquire(set(1), undefined)
    paths.setValid(number, false)
    expect([paths.isValid(number, false), paths.isValid(number, true)]).toEqual([true, false])
    paths.release(number)
    expect(paths.isValid(paths.acquire(set(1), undefined), false)).toBe(false)
  })
})
