import { expect, test } from 'vitest'
import { IPV4_UNICAST, IPV6_UNICAST } from '../../src/core/wire/message.ts'
import { routesInTurns } from '../../src/harness/route-reading.ts'
import { routeRows, type RouteRow } from '../../src/harness/views.ts'
import { ciliumConfig, ciliumNode } from '../support/cluster-objects.ts'
import { ObservedCluster, type ObservedSpeaker } from '../support/observed-cluster.ts'

const MANY = 4500

/** In no order. */
const prefixes = (count: number, second = 7): string[] =>
  Array.from({ length: count }, (_, index) => {
    const number = (index * 7919) % count
    return `10.${second}.${number >>> 8}.${number & 255}/32`
  })

/** As many UPDATEs as they take. */
function each(all: readonly string[], send: (...some: string[]) => unknown): void {
  for (let at = 0; at < all.length; at += 500) send(...all.slice(at, at + 500))
}

/** Two nodes, and a peer that is no node. */
function cluster(): { cluster: ObservedCluster; speakers: readonly ObservedSpeaker[] } {
  const cluster = new ObservedCluster({ range: { families: [IPV4_UNICAST, IPV6_UNICAST] } })
  cluster.set(ciliumConfig({ ipam: 'cluster-pool' }))
  cluster.set(
    ciliumNode('node02', ['10.7.0.0/24'], '10.4.0.1'),
    ciliumNode('node01', ['10.7.1.0/24'], '10.4.0.2'),
  )
  const speakers = ['10.4.0.1', '10.4.0.2', '10.4.0.9'].map((address) =>
    cluster.speaker({ identifier: address, from: address, families: [IPV4_UNICAST, IPV6_UNICAST] }),
  )
  return { cluster, speakers }
}

async function read(cluster: ObservedCluster, pause: () => void = () => undefined): Promise<RouteRow[][]> {
  const turns: RouteRow[][] = []
  const reading = routesInTurns(cluster.observer, async () => {
    await Promise.resolve()
    pause()
  })
  for await (const rows of reading) turns.push([...rows])
  return turns
}

test('routes that are read in turns are those that are read at once, in the same order', async () => {
  const { cluster: one, speakers } = cluster()
  speakers[0]!.announces('fd10::/64').announces('fd10::/48')
  each(prefixes(MANY), (...some) => speakers[0]!.announces(...some))
  each([...prefixes(20), ...prefixes(1000, 3)], (...some) => speakers[1]!.announces(...some))
  speakers[2]!.announces(...prefixes(300, 9)).announces('fd20::/64')
  let pauses = 0
  const turns = await read(one, () => void pauses++)
  expect(turns.flat()).toEqual(routeRows(one.observer))
  expect(Math.max(...turns.map((rows) => rows.length))).toBeLessThanOrEqual(1000)
  // Read once and given once, a thousand at a time.
  expect(pauses).toBeGreaterThanOrEqual(Math.floor((2 * MANY) / 1000))
})

test('a router without routes gives none', async () => {
  expect((await read(cluster().cluster)).flat()).toEqual([])
})

test('what is there all the time is given once, although rows change their places meanwhile', async () => {
  const { cluster: one, speakers } = cluster()
  const all = prefixes(3 * MANY)
  const stays = new Set(all.filter((_, index) => index % 20 === 0))
  const goes = all.filter((prefix) => !stays.has(prefix))
  each(all, (...some) => speakers[0]!.announces(...some))
  let pauses = 0
  const turns = await read(one, () => {
    if (++pauses !== 2) return
    each(goes, (...some) => speakers[0]!.withdraws(...some))
    each(prefixes(MANY, 11), (...some) => speakers[0]!.announces(...some))
  })
  const given = turns.flat().map(({ prefix }) => prefix)
  expect(new Set(given).size).toBe(given.length)
  expect(given.filter((prefix) => stays.has(prefix))).toHaveLength(stays.size)
  expect(given).toEqual(expect.arrayContaining([prefixes(MANY, 11)[0]]))
})
