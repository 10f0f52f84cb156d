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

describe('a table whose rows are moved together bit by bit', () => {
  const PAGE = 4096
  const all = (table: RouteTable): number[] =>
    Array.from(table.each(), (row) => {
      table.read(row)
      return table.key[0]!
    })
  /** Of so many routes those stay whose number can be divided by `nth`. */
  function sparse(routes: number, nth: number): { table: RouteTable; told: number } {
    let told = 0
    const table = new RouteTable(1, undefined, () => told++)
    for (let address = 0; address < routes; address++) put(table, address)
    for (let address = 0; address < routes; address++) if (address % nth !== 0) take(table, address)
    return { table, told }
  }
  const every = (nth: number, to: number): number[] =>
    Array.from({ length: Math.ceil(to / nth) }, (_, index) => index * nth)

  test('has every route, in order, at every moment, and gives the room back in the end', () => {
    const { table, told } = sparse(10 * PAGE, 10)
    expect([told, table.isSparse]).toEqual([1, true])
    const expected = every(10, 10 * PAGE)
    let slices = 0
    for (; table.isSparse; slices++) {
      expect(table.compact(500)).toBeLessThanOrEqual(500)
      expect(all(table)).toEqual(expected)
      for (const address of [0, 10, 20_000, 40_950]) {
        table.key[0] = address
        table.read(table.find(24))
        expect(table.key[0]).toBe(address)
      }
    }
    expect(slices).toBe(Math.ceil((10 * PAGE) / 500))
    expect(table.rows).toBe(PAGE)
    expect(table.compact(500)).toBe(0)
  })

  test('takes announcements and withdrawals meanwhile', () => {
    const { table } = sparse(10 * PAGE, 10)
    const expected = every(10, 10 * PAGE)
    for (let added = 100_000; table.isSparse; added++) {
      table.compact(300)
      expect(put(table, added)).toBe(PUT_NEW)
      expect(put(table, expected.at(-1)!)).toBe(PUT_SAME)
      expected.push(added)
      const gone = expected.splice(added % 500, 1)[0]!
      expect(take(table, gone)).toBe(true)
      expect(take(table, gone)).toBe(false)
    }
    expect(all(table)).toEqual(expected)
    expect(table.size).toBe(expected.length)
  })

  test('who reads it meanwhile reads each route once', () => {
    const { table } = sparse(10 * PAGE, 10)
    const seen: number[] = []
    for (const row of table.each()) {
      table.read(row)
      seen.push(table.key[0]!)
      if (seen.length % 50 === 0) table.compact(700)
    }
    expect(table.isSparse).toBe(false)
    expect(seen).toEqual(every(10, 10 * PAGE))
  })

  test('keeps stale marks, and those of routes that were refreshed', () => {
    const { table } = sparse(2 * PAGE, 10)
    table.changeMarks(() => 3)
    table.compact(3000)
    put(table, 10)
    put(table, 8000)
    table.compact(Number.POSITIVE_INFINITY)
    const marks = Array.from(table.each(), (row) => table.read(row).mark)
    expect(table.stale).toBe(marks.length - 2)
    expect(marks.flatMap((mark, place) => (mark === 0 ? [place * 10] : []))).toEqual([10, 8000])
  })

  test('stops when the table is emptied, or put aside', () => {
    const { table } = sparse(2 * PAGE, 10)
    table.compact(100)
    for (const address of every(10, 2 * PAGE)) take(table, address)
    expect([table.isSparse, table.size, table.rows]).toEqual([false, 0, 0])
    const other = sparse(2 * PAGE, 10).table
    other.compact(100)
    other.stay()
    expect(other.compact(100)).toBe(0)
    expect(all(other)).toEqual(every(10, 2 * PAGE))
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
