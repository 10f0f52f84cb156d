// Tables and paths that give memory back and take it again.
import { expect, test, vi } from 'vitest'
import { AttributeTable } from '../../../src/core/rib/attribute-table.ts'
import { MapRib } from '../../../src/core/rib/map-rib.ts'
import { PathTable } from '../../../src/core/rib/path-table.ts'
import { TypedRib } from '../../../src/core/rib/typed-rib.ts'
import { attributeSetOf } from '../../../src/core/wire/attributes/set.ts'
import { IPV4_UNICAST, type Nlri } from '../../../src/core/wire/message.ts'

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

test('paths come and go by thousands, and the next ones take no memory but that of the former', () => {
  const PATHS = 10_000
  const paths = new PathTable()
  const taken = vi.spyOn(paths.pool, 'take')
  const real = new TypedRib(paths)
  const model = new MapRib(new AttributeTable())
  const pages = (): Set<unknown> =>
    new Set(
      taken.mock.results
        .map(({ value }) => value as ArrayBufferLike)
        .filter((page) => page instanceof SharedArrayBuffer),
    )
  const round = (number: number): void => {
    for (let index = 0; index < PATHS; index++) {
      const nlri: Nlri = { prefix: { afi: 1, words: [(0x0a00_0000 + (index << 8)) >>> 0], length: 24 } }
      const attributes = attributeSetOf({ origin: 0, asPath: [], med: number * PATHS + index })
      for (const rib of [real, model]) rib.announce(IPV4_UNICAST, nlri, attributes, undefined, number, number)
    }
    const med = (rib: TypedRib | MapRib): unknown[] =>
      [...rib.routes()].map(({ prefix, attributes }) => [prefix.words[0], attributes.key])
    expect(med(real)).toEqual(med(model))
    for (const rib of [real, model]) rib.remove(IPV4_UNICAST, 'all')
    paths.sweep(Infinity)
    expect(paths.size).toBe(0)
  }
  round(1)
  const before = pages()
  expect(before.size).toBeGreaterThan(5)
  round(2)
  expect(pages().size).toBe(before.size)
})
