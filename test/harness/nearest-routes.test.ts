import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { nearestNow, nearestRoutes } from '../../src/harness/nearest-routes.ts'
import { lookOf } from '../../src/harness/state.ts'
import { routeRows } from '../../src/harness/views.ts'
import { toMatchCluster } from '../../src/testing/claims/cluster.ts'
import { IPV4_UNICAST, IPV6_UNICAST } from '../../src/core/wire/message.ts'
import {
  advertisement,
  cilium,
  ciliumConfig,
  ciliumNode,
  nodeConfig,
  peerConfig,
} from '../support/cluster-objects.ts'
import { ObservedCluster, type ObservedSpeaker } from '../support/observed-cluster.ts'

const NODES = ['node01', 'node02', 'node03'] as const
/** Of the last one no object knows. */
const ADDRESSES = ['10.4.0.1', '10.4.0.2', '10.4.0.3', '10.4.0.9'] as const

const prefix4 = fc
  .tuple(
    fc.integer({ min: 8, max: 32 }),
    fc.constantFrom(0, 1, 2, 3, 64, 128, 255),
    fc.constantFrom(0, 1, 64, 128),
  )
  .map(([length, c, d]) => {
    const word = ((10 << 24) | (5 << 16) | (c << 8) | d) >>> 0
    const masked = length === 32 ? word : (word & ~(2 ** (32 - length) - 1)) >>> 0
    return `${masked >>> 24}.${(masked >>> 16) & 255}.${(masked >>> 8) & 255}.${masked & 255}/${length}`
  })
const prefix6 = fc.constantFrom('fd10::/64', 'fd10:0:0:1::/64', 'fd10::/48', 'fd20::/64')
const prefix = fc.oneof({ weight: 5, arbitrary: prefix4 }, { weight: 1, arbitrary: prefix6 })

function clusterWith(routes: readonly (readonly [number, string])[]): {
  cluster: ObservedCluster
  speakers: readonly ObservedSpeaker[]
} {
  const cluster = new ObservedCluster({ range: { families: [IPV4_UNICAST, IPV6_UNICAST] } })
  cluster.set(
    ciliumConfig({ ipam: 'cluster-pool' }),
    cilium('quay.io/cilium/cilium:v1.20.2'),
    peerConfig(),
    advertisement('pod-cidr', ['PodCIDR']),
  )
  for (const [at, node] of NODES.entries())
    cluster.set(ciliumNode(node, [`10.7.${at}.0/24`], ADDRESSES[at]), nodeConfig(node))
  const speakers = ADDRESSES.map((address) =>
    cluster.speaker({ identifier: address, from: address, families: [IPV4_UNICAST, IPV6_UNICAST] }),
  )
  for (const [at, text] of routes) speakers[at]!.announces(text)
  return { cluster: cluster.passes('20s'), speakers }
}

describe('the nearest routes', () => {
  test('are found among few as among all', () => {
    const routes = fc.array(fc.tuple(fc.nat(3), prefix), { maxLength: 30 })
    const wanted = fc.record(
      {
        prefix,
        node: fc.constantFrom(...NODES, 'node09'),
        nextHop: fc.constantFrom('10.4.0.1', '10.4.0.2', 'fd00::1'),
        family: fc.constantFrom('ipv4-unicast', 'ipv6-unicast'),
      },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(routes, fc.array(wanted, { minLength: 5, maxLength: 5 }), (announced, all) => {
        const { observer } = clusterWith(announced).cluster
        expect(routeRows(observer)).toHaveLength(new Set(announced.map(String)).size)
        for (const one of all)
          expect(nearestNow(observer, one)).toEqual(nearestRoutes(routeRows(observer), one))
      }),
      { numRuns: 150 },
    )
  })

  test('are those of now, whatever happened since the last verdict', () => {
    const { cluster, speakers } = clusterWith([[0, '10.5.0.0/24']])
    cluster.verdict()
    speakers[1]!.announces('10.5.1.0/24', '10.5.2.0/24')
    speakers[1]!.withdraws('10.5.2.0/24')
    const wanted = { prefix: '10.5.2.0/24', node: 'node02' }
    expect(nearestNow(cluster.observer, wanted)?.map(({ prefix }) => prefix)).toEqual([
      '10.5.1.0/24',
      '10.5.0.0/24',
    ])
  })

  test('are looked up when they are asked for, and kept as they were then', () => {
    const { cluster, speakers } = clusterWith([[0, '10.5.0.0/24']])
    const look = lookOf(cluster.observer, { label: 'tor', trace: undefined, events: () => [] })
    const { near } = toMatchCluster.state!(look)
    const other = toMatchCluster.state!(look)
    expect(near!.routes().map(({ prefix }) => prefix)).toEqual(['10.5.0.0/24'])
    speakers[2]!.announces('10.7.2.0/24')
    expect(near!.routes()).toHaveLength(1)
    expect(() => other.near!.routes()).toThrow('a look at a running router is over')
  })
})
