import { describe, expect, test } from 'vitest'
import { parseAddress, parsePrefix } from '../../../src/core/ip/text.ts'
import { AttributeTable } from '../../../src/core/rib/attribute-table.ts'
import { MapRib } from '../../../src/core/rib/map-rib.ts'
import { attributeSetOf } from '../../../src/core/wire/attributes/set.ts'
import { IPV4_UNICAST as IPV4, IPV6_UNICAST as IPV6 } from '../../../src/core/wire/message.ts'

const nlri = (text: string, pathId?: number) => ({
  prefix: parsePrefix(text),
  ...(pathId === undefined ? {} : { pathId }),
})
const hop = (text: string) => ({ global: parseAddress(text) })
const one = () => attributeSetOf({ origin: 0, asPath: [], med: 1 })
const two = () => attributeSetOf({ origin: 0, asPath: [], med: 2 })
const staleMark = { since: 5, until: 9, bound: undefined }

function rib() {
  const table = new AttributeTable()
  return { table, rib: new MapRib(table) }
}

describe('Adj-RIB-In', () => {
  test('tells new, same and changed apart, by attributes and next hop', () => {
    const { rib: routes } = rib()
    const announce = (set = one(), address = '192.0.2.1') =>
      routes.announce(IPV4, nlri('10.0.0.0/8'), set, hop(address), 1, 1).change
    expect([announce(), announce(), announce(two()), announce(two(), '192.0.2.2')]).toEqual([
      'new',
      'same',
      'changed',
      'changed',
    ])
  })

  test('[row 56] keys prefixes by all their bits, in both families, and by path identifier', () => {
    const { rib: routes } = rib()
    const low = ['fd00::1:0:0:0:0/128', 'fd00::2:0:0:0:0/128', 'fd01::1:0:0:0:0/128', 'fd00::1:0:0:0:0/127']
    for (const text of low) routes.announce(IPV6, nlri(text), one(), undefined, 1, 1)
    for (const text of ['10.0.0.0/8', '10.0.0.0/9', '0.0.0.0/0'])
      routes.announce(IPV4, nlri(text), one(), undefined, 1, 1)
    routes.announce(IPV4, nlri('10.0.0.0/8', 7), one(), undefined, 1, 1)
    expect([routes.size(IPV6), routes.size(IPV4), routes.size()]).toEqual([4, 4, 8])
    expect(routes.withdraw(IPV4, nlri('10.0.0.0/8', 8))).toBe(false)
    expect(routes.withdraw(IPV4, nlri('10.0.0.0/8', 7))).toBe(true)
    expect(routes.get(IPV4, nlri('10.0.0.0/8'))).toBeDefined()
  })

  test('marks a family stale, sweeps what stays marked and counts both', () => {
    const { rib: routes } = rib()
    for (const text of ['10.0.0.0/8', '11.0.0.0/8']) routes.announce(IPV4, nlri(text), one(), undefined, 1, 1)
    routes.announce(IPV6, nlri('fd00::/64'), one(), undefined, 1, 1)
    routes.mark(IPV4, () => staleMark)
    expect([routes.staleSize(IPV4), routes.staleSize(IPV6), routes.staleSize()]).toEqual([2, 0, 2])
    expect(routes.announce(IPV4, nlri('10.0.0.0/8'), one(), undefined, 2, 2)).toEqual({
      change: 'same',
      refreshed: true,
    })
    expect(routes.remove(IPV4, 'stale')).toEqual([nlri('11.0.0.0/8')])
    expect([routes.staleSize(), routes.size()]).toEqual([0, 2])
    expect(routes.remove(IPV4, 'all')).toEqual([nlri('10.0.0.0/8')])
    expect(routes.families()).toEqual([IPV6])
  })

  test('keeps each attribute set once, and only while a route has it', () => {
    const { table, rib: routes } = rib()
    const other = new MapRib(table)
    routes.announce(IPV4, nlri('10.0.0.0/8'), one(), undefined, 1, 1)
    other.announce(IPV4, nlri('10.0.0.0/8'), one(), undefined, 1, 1)
    routes.announce(IPV4, nlri('11.0.0.0/8'), two(), undefined, 1, 1)
    expect(table.size).toBe(2)
    routes.announce(IPV4, nlri('11.0.0.0/8'), one(), undefined, 1, 1)
    expect(table.size).toBe(1)
    routes.remove(IPV4, 'all')
    other.withdraw(IPV4, nlri('10.0.0.0/8'))
    expect(table.size).toBe(0)
  })

  test('the same octets with two-octet and four-octet AS numbers are two sets', () => {
    const { table } = rib()
    const attributes = { origin: 0, asPath: [] } as const
    expect(table.acquire(attributeSetOf(attributes, true))).not.toBe(
      table.acquire(attributeSetOf(attributes, false)),
    )
  })

  test('comes back from its snapshot', () => {
    const { rib: routes } = rib()
    routes.announce(IPV4, nlri('10.0.0.0/8'), one(), hop('192.0.2.1'), 1, 1)
    routes.announce(IPV6, nlri('fd00::/64'), two(), undefined, 2, 3)
    routes.mark(IPV4, () => staleMark)
    const sets = [one(), two()]
    const snapshot = routes.snapshot(({ key }) => sets.findIndex((set) => set.key === key))
    const table = new AttributeTable()
    const copy = MapRib.restore(JSON.parse(JSON.stringify(snapshot)), table, (number) => sets[number]!)
    expect([...copy.routes()].map((route) => ({ ...route, attributes: route.attributes.key }))).toEqual(
      [...routes.routes()].map((route) => ({ ...route, attributes: route.attributes.key })),
    )
    expect([copy.staleSize(), table.size]).toEqual([1, 2])
  })
})
