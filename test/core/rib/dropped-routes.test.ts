import { describe, expect, test } from 'vitest'
import { AttributeTable } from '../../../src/core/rib/attribute-table.ts'
import { MapRib } from '../../../src/core/rib/map-rib.ts'
import { PathTable } from '../../../src/core/rib/path-table.ts'
import { DroppedRoutes } from '../../../src/core/rib/dropped-routes.ts'
import { TypedRib } from '../../../src/core/rib/typed-rib.ts'
import { attributeSetOf } from '../../../src/core/wire/attributes/set.ts'
import { IPV4_UNICAST, IPV6_UNICAST, type Family, type Nlri } from '../../../src/core/wire/message.ts'

const ROUTES = 5000

/** Prefixes of many lengths; every fifth route has a path of its own. */
function nlri({ afi }: Family, index: number, pathId?: number): Nlri {
  const prefix =
    afi === 1
      ? { afi: 1 as const, words: [(0x0a00_0000 | (index << 8)) >>> 0], length: 24 + (index % 9) }
      : { afi: 2 as const, words: [0x2001_0db8, index, 0, 0], length: 64 }
  return pathId === undefined ? { prefix } : { prefix, pathId }
}

const attributes = (index: number) =>
  attributeSetOf({ origin: 0, asPath: [], med: index % 5 === 0 ? index : 1 })

function both(family: Family, pathId?: number) {
  const paths = new PathTable()
  const [real, model] = [new TypedRib(paths), new MapRib(new AttributeTable())]
  const announce = (from: number, to: number, now: number) => {
    for (let index = from; index < to; index++)
      for (const rib of [real, model])
        rib.announce(family, nlri(family, index, pathId), attributes(index), undefined, now, now)
  }
  announce(0, ROUTES, 1)
  return { paths, real, model, announce }
}

const texts = (keys: Iterable<Nlri>): string[] =>
  [...keys].map(({ prefix, pathId }) => JSON.stringify([prefix, pathId]))

describe.each([
  ['IPv4', IPV4_UNICAST, undefined],
  ['IPv6', IPV6_UNICAST, undefined],
  ['IPv4 with path identifiers', IPV4_UNICAST, 7],
])('a large table that goes away at once, %s', (_, family, pathId) => {
  test('is empty at once, and tells the same keys as the model, in order of announcement', () => {
    const { real, model } = both(family, pathId)
    const removed = real.remove(family, 'all')
    expect([real.size(), [...real.routes()].length, real.families()]).toEqual([0, 0, []])
    expect(removed.length).toBe(ROUTES)
    expect(texts(removed)).toEqual(texts(model.remove(family, 'all')))
  })

  test('lets its paths go bit by bit, while others come', () => {
    const { paths, real, model, announce } = both(family, pathId)
    const held = paths.size
    const removed = real.remove(family, 'all')
    const expected = texts(model.remove(family, 'all'))
    expect(paths.size).toBe(held)
    expect(paths.sweep(1000)).toBe(false)
    expect(paths.size).toBeLessThan(held)
    announce(10, 30, 2)
    expect(paths.sweep(1000)).toBe(false)
    expect([...real.routes()].map(({ prefix, since }) => [prefix, since])).toEqual(
      [...model.routes()].map(({ prefix, since }) => [prefix, since]),
    )
    expect(paths.sweep(ROUTES)).toBe(true)
    expect(paths.sweep(0)).toBe(true)
    // Four paths of their own and the common one.
    expect(paths.size).toBe(5)
    expect(texts(removed)).toEqual(expected)
  })
})

test('when all of it is stale, a flush of the stale routes drops the table', () => {
  const { real, model, paths } = both(IPV4_UNICAST)
  const mark = { since: 1, until: 2, bound: undefined }
  real.mark(IPV4_UNICAST, () => mark)
  model.mark(IPV4_UNICAST, () => mark)
  const removed = real.remove(IPV4_UNICAST, 'stale')
  expect(removed).toBeInstanceOf(DroppedRoutes)
  expect(texts(removed)).toEqual(texts(model.remove(IPV4_UNICAST, 'stale')))
  expect([paths.sweep(0), paths.size, real.staleSize()]).toEqual([true, 0, 0])
})

test('one route that is not stale keeps the table, and only the others go', () => {
  const { real, model, announce } = both(IPV4_UNICAST)
  const mark = { since: 1, until: 2, bound: undefined }
  real.mark(IPV4_UNICAST, () => mark)
  model.mark(IPV4_UNICAST, () => mark)
  announce(3, 4, 5)
  expect(texts(real.remove(IPV4_UNICAST, 'stale'))).toEqual(texts(model.remove(IPV4_UNICAST, 'stale')))
  expect(real.size()).toBe(1)
})
