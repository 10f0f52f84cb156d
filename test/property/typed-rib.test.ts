// The typed tables do what the Maps do, whatever the order of commands.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { masked } from '../../src/core/ip/arithmetic.ts'
import type { Prefix } from '../../src/core/ip/prefix.ts'
import type { Keys, StaleMark } from '../../src/core/rib/adj-rib-in.ts'
import { AttributeTable } from '../../src/core/rib/attribute-table.ts'
import { MapRib } from '../../src/core/rib/map-rib.ts'
import { PathTable } from '../../src/core/rib/path-table.ts'
import { TypedRib } from '../../src/core/rib/typed-rib.ts'
import type { AttributeSet } from '../../src/core/wire/attribute-set.ts'
import { attributeSetFromKey, attributeSetOf } from '../../src/core/wire/attributes/set.ts'
import type { Family, NextHop, Nlri } from '../../src/core/wire/message.ts'

interface Both {
  model: MapRib
  readonly modelSets: AttributeTable
}
interface Real {
  rib: TypedRib
  readonly paths: PathTable
}

const familyOf = (prefix: Prefix): Family => ({ afi: prefix.afi, safi: 1 })
const FAMILIES: readonly Family[] = [
  { afi: 1, safi: 1 },
  { afi: 2, safi: 1 },
]

const SETS: readonly AttributeSet[] = [
  attributeSetOf({ origin: 0, asPath: [] }),
  attributeSetOf({ origin: 0, asPath: [{ type: 2, asns: [65001] }] }),
  // The same octets with the other width are another set.
  attributeSetOf({ origin: 0, asPath: [] }, false),
  attributeSetOf({ origin: 2, asPath: [], communities: Array.from({ length: 60 }, (_, index) => index) }),
]
const HOPS: readonly (NextHop | undefined)[] = [
  undefined,
  { global: { afi: 1, words: [0xc0000201] } },
  { global: { afi: 2, words: [0x20010db8, 0, 0, 1] } },
  { global: { afi: 2, words: [0x20010db8, 0, 0, 1] }, linkLocal: { afi: 2, words: [0xfe800000, 0, 0, 1] } },
]

/** Few bits vary, so that commands meet each other's routes. */
const nlri: fc.Arbitrary<Nlri> = fc
  .record({
    afi: fc.constantFrom(1 as const, 2 as const),
    low: fc.integer({ min: 0, max: 15 }),
    length: fc.integer({ min: 0, max: 32 }),
    pathId: fc.option(fc.constantFrom(0, 1, 0xffff_ffff), { nil: undefined, freq: 3 }),
  })
  .map(({ afi, low, length, pathId }) => {
    const words = afi === 1 ? [((0xfa00_0000 + low) * 16) >>> 0] : [0xfd00_0000 + low, 0x8000_0000, 7, low]
    const prefix = masked({ afi, words }, afi === 1 ? length : length * 4)
    return pathId === undefined ? { prefix } : { prefix, pathId }
  })

const sorted = (keys: Keys): unknown[] =>
  [...keys].map((key) => JSON.stringify({ pathId: key.pathId, ...key })).sort()

function compare({ model, modelSets }: Both, { rib, paths }: Real): void {
  for (const family of [undefined, ...FAMILIES]) {
    expect(rib.size(family)).toBe(model.size(family))
    expect(rib.staleSize(family)).toBe(model.staleSize(family))
  }
  const rows = (routes: Iterable<{ attributes: AttributeSet; prefix: Prefix }>): unknown[] =>
    [...routes].map(({ attributes, ...rest }) => ({ ...rest, key: attributes.key }))
  const plain = (adj: MapRib | TypedRib): Map<string, unknown[]> => {
    const lists = new Map<string, unknown[]>()
    // Order counts within a family, among routes with path identifiers and among those without.
    for (const route of adj.routes()) {
      const list = `${route.family.afi} ${route.pathId === undefined}`
      lists.set(list, [...(lists.get(list) ?? []), ...rows([route])])
    }
    return new Map([...lists].sort(([a], [b]) => (a < b ? -1 : 1)))
  }
  expect(plain(rib)).toEqual(plain(model))
  const held = new Set([...model.routes()].map(({ attributes }) => attributes.key))
  expect(modelSets.size).toBe(held.size)
  const pairs = [...model.routes()].map(
    ({ attributes, nextHop }) => `${attributes.key} ${JSON.stringify(nextHop)}`,
  )
  expect(paths.size).toBe(new Set(pairs).size)
}

type Step = fc.Command<Both, Real>
const step = (name: string, run: (both: Both, real: Real) => void): Step => ({
  check: () => true,
  run: (both, real) => {
    run(both, real)
    compare(both, real)
  },
  toString: () => name,
})

const commands = [
  fc
    .tuple(nlri, fc.nat(SETS.length - 1), fc.nat(HOPS.length - 1), fc.nat(1000))
    .map(([route, set, hop, now]) =>
      step(`announce ${JSON.stringify([route, set, hop, now])}`, ({ model }, { rib }) => {
        const args = [familyOf(route.prefix), route, SETS[set]!, HOPS[hop], now, now + 1] as const
        expect(rib.announce(...args)).toEqual(model.announce(...args))
        const [family] = args
        expect(rib.get(family, route)?.event).toBe(model.get(family, route)?.event)
      }),
    ),
  nlri.map((route) =>
    step(`withdraw ${JSON.stringify(route)}`, ({ model }, { rib }) => {
      const family = familyOf(route.prefix)
      expect(rib.withdraw(family, route)).toBe(model.withdraw(family, route))
      expect(rib.get(family, route)).toBeUndefined()
    }),
  ),
  fc.tuple(fc.constantFrom(...FAMILIES), fc.nat(3), fc.nat(1000)).map(([family, parity, now]) =>
    step(`mark ${family.afi} ${now}`, ({ model }, { rib }) => {
      const mark = (before: StaleMark | undefined): StaleMark | undefined =>
        parity === 0 ? undefined : { since: before?.since ?? now, until: now + 9, bound: before?.until }
      model.mark(family, mark)
      rib.mark(family, mark)
    }),
  ),
  fc
    .tuple(fc.constantFrom(...FAMILIES), fc.constantFrom('all' as const, 'stale' as const), fc.nat(1500))
    .map(([family, which, event]) =>
      step(`remove ${family.afi} ${which} before ${event}`, ({ model }, { rib }) => {
        const doomed = event > 1000 ? undefined : (route: { event: number }): boolean => route.event < event
        const removed = doomed === undefined ? rib.remove(family, which) : rib.remove(family, which, doomed)
        const expected =
          doomed === undefined ? model.remove(family, which) : model.remove(family, which, doomed)
        expect(removed.length).toBe(expected.length)
        expect(sorted(removed)).toEqual(sorted(expected))
      }),
    ),
  fc.constant(
    step('snapshot and restore', (both, real) => {
      const keys: string[] = []
      const numberOf = ({ key }: AttributeSet): number => {
        const known = keys.indexOf(key)
        return known < 0 ? keys.push(key) - 1 : known
      }
      const snapshot = real.rib.snapshot(numberOf)
      const copy = {
        rib: TypedRib.restore(snapshot, new PathTable(), (number) => attributeSetFromKey(keys[number]!)),
      }
      expect(copy.rib.snapshot(numberOf)).toEqual(snapshot)
      expect([...copy.rib.routes()].length).toBe(both.model.size())
    }),
  ),
]

test('a typed rib does what the one of Maps does', () => {
  fc.assert(
    fc.property(fc.commands(commands, { maxCommands: 60 }), (steps) => {
      fc.modelRun(() => {
        const modelSets = new AttributeTable()
        const paths = new PathTable()
        return {
          model: { model: new MapRib(modelSets), modelSets },
          real: { rib: new TypedRib(paths), paths },
        }
      }, steps)
    }),
    { numRuns: 150 },
  )
})
