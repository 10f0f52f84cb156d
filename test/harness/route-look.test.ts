import { expect, test } from 'vitest'
import { RouteLook } from '../../src/harness/route-look.ts'
import { routeRows } from '../../src/harness/views.ts'
import { ciliumConfig, ciliumNode } from '../support/cluster-objects.ts'
import { ObservedCluster } from '../support/observed-cluster.ts'

const prefixes = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `10.${index >>> 8}.${index & 255}.0/24`)

test('what was read in turns before it and what changed meanwhile are the rows of one instant', async () => {
  const cluster = new ObservedCluster()
  const [a, b, c] = ['10.4.0.1', '10.4.0.2', '10.4.0.3'].map((address) =>
    cluster.speaker({ identifier: address, from: address }),
  )
  for (let at = 0; at < 4000; at += 500) a!.announces(...prefixes(4000).slice(at, at + 500))
  b!.announces('192.168.0.0/24', '192.168.1.0/24')
  let turns = 0
  const pause = async (): Promise<void> => {
    await Promise.resolve()
    // Of a table that is half read, of one that was not, and of one that was not there.
    if (++turns !== 3) return
    a!.withdraws('10.0.0.0/24').announces('10.99.0.0/24')
    b!.withdraws('192.168.0.0/24')
    c!.announces('172.16.0.0/24')
  }
  const look = new RouteLook(cluster.observer)
  await look.read(pause)
  expect(turns).toBeGreaterThanOrEqual(4)
  expect(look.rows()).toEqual(routeRows(cluster.observer))
  cluster.set(ciliumConfig({ ipam: 'cluster-pool' }), ciliumNode('node01', ['10.0.0.0/16'], '10.4.0.1'))
  expect(look.rows()).toEqual(routeRows(cluster.observer))
})

test('nothing is read again that is as it was', async () => {
  const cluster = new ObservedCluster()
  const speaker = cluster.speaker({ identifier: '10.4.0.1', from: '10.4.0.1' })
  for (let at = 0; at < 4000; at += 500) speaker.announces(...prefixes(4000).slice(at, at + 500))
  const look = new RouteLook(cluster.observer)
  let turns = 0
  const pause = async (): Promise<void> => {
    turns++
    await Promise.resolve()
  }
  await look.read(pause)
  const before = turns
  await look.read(pause)
  expect([before > 4, turns]).toEqual([true, before])
  expect(look.rows()[0]).toBe(look.rows()[0])
})
