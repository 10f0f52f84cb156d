import { expect, test } from 'vitest'
import { AttributeTable } from '../../../src/core/rib/attribute-table.ts'
import { MapRib } from '../../../src/core/rib/map-rib.ts'
import { PagePool } from '../../../src/core/memory/page-pool.ts'
import { PathTable } from '../../../src/core/rib/path-table.ts'
import { TypedRib } from '../../../src/core/rib/typed-rib.ts'
import { attributeSetOf } from '../../../src/core/wire/attributes/set.ts'
import { IPV4_UNICAST, type Nlri } from '../../../src/core/wire/message.ts'

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

test('tables that give and take pages of one pool never have one in common', () => {
  const ROUTES = 10_000
  const paths = new PathTable()
  const real = [new TypedRib(paths), new TypedRib(paths)]
  const model = real.map(() => new MapRib(new AttributeTable()))
  const nlri = (index: number): Nlri => ({
    prefix: { afi: 1, words: [(0x0a00_0000 + (index << 8)) >>> 0], length: 24 },
  })
  const announce = (peer: number, from: number, now: number): void => {
    const attributes = attributeSetOf({ origin: 0, asPath: [], med: now })
    for (let index = from; index < from + ROUTES; index++)
      for (const rib of [real[peer]!, model[peer]!])
        rib.announce(IPV4_UNICAST, nlri(index), attributes, undefined, now, now)
  }
  const told = (peer: number, of: readonly (TypedRib | MapRib)[]): unknown[] =>
    [...of[peer]!.routes()].map(({ prefix, since, attributes }) => [prefix.words[0], since, attributes.key])
  announce(0, 0, 1)
  announce(1, 30_000, 2)
  for (let round = 3; round < 9; round++) {
    const peer = round % 2
    const gone = real[peer]!.remove(IPV4_UNICAST, 'all')
    const expected = [...model[peer]!.remove(IPV4_UNICAST, 'all')].map(({ prefix }) => prefix.words[0])
    // Some of the rows are still there when the next table takes pages, and its own come back when all are gone.
    paths.sweep(3000)
    announce(peer, round * ROUTES, round)
    expect([...gone].map(({ prefix }) => prefix.words[0])).toEqual(expected)
    for (const each of [0, 1]) expect(told(each, real)).toEqual(told(each, model))
  }
})
