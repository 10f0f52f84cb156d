import { expect, test } from 'vitest'
import { PagePool } from '../../../src/core/memory/page-pool.ts'

const LARGE = 1 << 14

test('a page that was given back is the next one of its size, and of nobody else', () => {
  const pool = new PagePool()
  const page = pool.take(LARGE, false)
  new Uint8Array(page).fill(7)
  pool.give(page)
  const other = pool.take(2 * LARGE, true)
  const again = pool.take(LARGE, false)
  expect([other === page, again === page, pool.take(LARGE, false) === page]).toEqual([false, true, false])
})

test('it is empty where that is asked for', () => {
  const pool = new PagePool()
  const page = pool.take(LARGE, true)
  new Uint8Array(page).fill(7)
  pool.give(page)
  expect(new Uint8Array(pool.take(LARGE, true)).every((octet) => octet === 0)).toBe(true)
})

test('what is small is not kept', () => {
  const pool = new PagePool()
  const page = pool.take(LARGE - 8, false)
  pool.give(page)
  expect(pool.take(LARGE - 8, false)).not.toBe(page)
})

test('of what is given back no more is kept than was said', () => {
  const pool = new PagePool(LARGE, 1)
  const pages = [pool.take(LARGE, false), pool.take(LARGE, false)]
  for (const page of pages) pool.give(page)
  expect([pool.take(LARGE, false), pool.take(LARGE, false)].map((page) => pages.includes(page))).toEqual([
    true,
    false,
  ])
})
