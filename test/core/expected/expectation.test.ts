import { describe, expect, test } from 'vitest'
import fc from 'fast-check'
import { resolvePeerConfigs } from '../../../src/core/expected/advertisements.ts'
import { expectedPeers, peerOfSession, type ExpectedPeer } from '../../../src/core/expected/expectation.ts'
import type { ObjectProblem } from '../../../src/core/expected/field.ts'
import { readNodeFacts } from '../../../src/core/expected/node-facts.ts'
import { readSettings } from '../../../src/core/expected/settings.ts'
import { formatPrefix } from '../../../src/core/ip/text.ts'
import type { ClusterObject } from '../../../src/core/stream/events.ts'
import {
  advertisement,
  ciliumConfig,
  ciliumNode,
  node,
  nodeConfig,
  objectsOf,
  peerConfig,
} from '../../support/cluster-objects.ts'

function read(
  name: string,
  given: readonly ClusterObject[],
): { peers: readonly ExpectedPeer[]; allocated: string[]; problems: ObjectProblem[] } {
  const objects = objectsOf(...given)
  const problems: ObjectProblem[] = []
  const complain = (problem: ObjectProblem) => problems.push(problem)
  const settings = readSettings(objects, complain)
  const facts = readNodeFacts(objects, name, settings.ipam, complain)
  const peers = expectedPeers(objects, facts, settings, resolvePeerConfigs(objects, complain), complain)
  return { peers, allocated: facts.allocated.map(formatPrefix), problems }
}

function routes(...objects: readonly ClusterObject[]): string[][] {
  return read('a', objects).peers.map(({ prefixes }) => prefixes.map(formatPrefix))
}

const POOL = ciliumConfig({ ipam: 'cluster-pool' })
const KUBERNETES = ciliumConfig({ ipam: 'kubernetes' })
const POD_CIDR = advertisement('pod-cidr', ['PodCIDR'])

describe('pod CIDRs', () => {
  test('with cluster-pool come from CiliumNode, masked, all of them', () => {
    const cidrs = ['10.1.1.7/24', '10.1.9.0/24']
    expect(
      routes(
        POOL,
        POD_CIDR,
        peerConfig(),
        ciliumNode('a', cidrs),
        node('a', ['10.244.0.0/24']),
        nodeConfig('a'),
      ),
    ).toEqual([['10.1.1.0/24', '10.1.9.0/24']])
  })

  test('with kubernetes come from Node, and from CiliumNode where Nodes cannot be seen', () => {
    const rest = [KUBERNETES, POD_CIDR, peerConfig(), ciliumNode('a', ['10.1.1.0/24']), nodeConfig('a')]
    expect(routes(...rest, node('a', ['10.244.0.0/24']))).toEqual([['10.244.0.0/24']])
    expect(routes(...rest)).toEqual([['10.1.1.0/24']])
  })

  test('of both families go where both are advertised', () => {
    const dual = ciliumNode('a', ['10.1.1.0/24', 'fd00:1::/64'])
    const rest = [POOL, POD_CIDR, dual, nodeConfig('a')]
    expect(routes(...rest, peerConfig('tor', { families: ['ipv4', 'ipv6'] }))).toEqual([
      ['10.1.1.0/24', 'fd00:1::/64'],
    ])
    expect(routes(...rest, peerConfig('tor', { families: ['ipv6'] }))).toEqual([['fd00:1::/64']])
  })

  test('are not advertised in IPAM modes that agents refuse it in', () => {
    expect(
      routes(
        ciliumConfig({ ipam: 'eni' }),
        POD_CIDR,
        peerConfig(),
        ciliumNode('a', ['10.1.1.0/24']),
        nodeConfig('a'),
      ),
    ).toEqual([[]])
  })

  test('of multi-pool are allocations, though no PodCIDR advertisement announces them', () => {
    const spec = {
      ipam: { pools: { allocated: [{ pool: 'default', cidrs: ['10.7.0.0/27', '10.7.0.32/27'] }] } },
    }
    const given = read('a', [ciliumConfig({ ipam: 'multi-pool' }), { ...ciliumNode('a'), spec }])
    expect(given.allocated).toEqual(['10.7.0.0/27', '10.7.0.32/27'])
  })
})

describe('the chain of selectors', () => {
  const base = [POOL, ciliumNode('a', ['10.1.1.0/24'])]

  test('matchExpressions pick advertisements too', () => {
    const selector = { matchExpressions: [{ key: 'advertise', operator: 'In', values: ['bgp', 'other'] }] }
    expect(routes(...base, POD_CIDR, nodeConfig('a'), peerConfig('tor', { selector }))).toEqual([
      ['10.1.1.0/24'],
    ])
  })

  test('a peer gets nothing when nothing selects, refers or exists', () => {
    expect(routes(...base, POD_CIDR, nodeConfig('a'), peerConfig('tor', { selector: null }))).toEqual([[]])
    expect(routes(...base, POD_CIDR, peerConfig(), nodeConfig('a', { peers: [{ config: null }] }))).toEqual([
      [],
    ])
    expect(routes(...base, POD_CIDR, nodeConfig('a'))).toEqual([[]])
    expect(routes(...base, POD_CIDR, peerConfig())).toEqual([])
  })

  test('several peers get each their own', () => {
    const peers = [{ name: 'one' }, { name: 'two', config: 'quiet' }]
    expect(
      routes(
        ...base,
        POD_CIDR,
        peerConfig(),
        peerConfig('quiet', { families: [] }),
        nodeConfig('a', { peers }),
      ),
    ).toEqual([['10.1.1.0/24'], []])
  })

  test('types that are not understood are named, with the lengths that they can have', () => {
    const service = { advertisementType: 'Service', service: { aggregationLengthIPv4: 26 } }
    const given = read('a', [
      ...base,
      advertisement('x', ['PodCIDR', service, 'CiliumPodIPPool']),
      peerConfig(),
      nodeConfig('a'),
    ])
    expect(given.peers[0]!.others).toEqual([
      {
        type: 'Service',
        afi: 1,
        lengths: [32, 26],
        outsidePodCidrs: false,
        services: { addresses: [], labels: undefined },
      },
    ])
  })
})

describe('MetalLB mode', () => {
  const METALLB = ciliumConfig({ ipam: 'cluster-pool', 'bgp-announce-pod-cidr': 'true' })

  test('every node announces its actual pod CIDRs to every peer, whatever the version really does', () => {
    const [peer] = read('a', [
      METALLB,
      node('a', ['10.5.112.0/24']),
      ciliumNode('a', ['10.5.113.0/24']),
    ]).peers
    expect(peer!.prefixes.map(formatPrefix)).toEqual(['10.5.113.0/24'])
    expect(peerOfSession([peer!], { localAddress: '10.0.0.9', localPort: 179, ourAsn: 1, nodeAsn: 2 })).toBe(
      peer,
    )
  })
})

describe('which configured peer we are', () => {
  const peers = (
    ...fields: Parameters<typeof nodeConfig>[1] extends infer F
      ? F extends { peers?: readonly (infer P)[] }
        ? P[]
        : never
      : never
  ) =>
    read('a', [
      POOL,
      POD_CIDR,
      peerConfig(),
      peerConfig('other', { peerPort: 2790 }),
      ciliumNode('a'),
      nodeConfig('a', { peers: fields }),
    ]).peers
  const ends = { localAddress: '10.0.0.9', localPort: 1790, ourAsn: 65000, nodeAsn: 64512 }

  test('the one with our address and our AS number', () => {
    const list = peers(
      { name: 'x', peerAddress: '10.0.0.8' },
      { name: 'y', peerAddress: '10.0.0.9', peerASN: 65001 },
      { name: 'z', peerAddress: '10.0.0.9' },
    )
    expect(peerOfSession(list, ends)?.peer).toBe('z')
  })

  test('AS number 0 accepts any', () => {
    expect(peerOfSession(peers({ name: 'any', peerAddress: '10.0.0.9', peerASN: 0 }), ends)?.peer).toBe('any')
  })

  test('another AS number of the node is another instance', () => {
    expect(peerOfSession(peers({ peerAddress: '10.0.0.9' }), { ...ends, nodeAsn: 64999 })).toBeUndefined()
  })

  test('of two that fit, the one with our port', () => {
    const list = peers(
      { name: 'x', peerAddress: '10.0.0.9', config: 'other' },
      { name: 'y', peerAddress: '10.0.0.9' },
    )
    expect(peerOfSession(list, ends)?.peer).toBe('y')
  })

  test('addresses are compared by value', () => {
    expect(
      peerOfSession(peers({ name: 'v6', peerAddress: 'FD00:0::9' }), { ...ends, localAddress: 'fd00::9' })
        ?.peer,
    ).toBe('v6')
  })
})

describe('malformed objects', () => {
  test.each([
    ['podCIDRs is not a list', { ipam: { podCIDRs: '10.1.1.0/24' } }, 'spec.ipam.podCIDRs', 'is not a list'],
    ['a CIDR is no text', { ipam: { podCIDRs: [7] } }, 'spec.ipam.podCIDRs[0]', 'is not a string'],
    [
      'a CIDR is nonsense',
      { ipam: { podCIDRs: ['10.1.1.0/24', '10.1.1/24'] } },
      'spec.ipam.podCIDRs[1]',
      '"10.1.1/24" is not a prefix',
    ],
    [
      'a CIDR has no length',
      { ipam: { podCIDRs: ['10.1.1.0'] } },
      'spec.ipam.podCIDRs[0]',
      '"10.1.1.0" is not a prefix',
    ],
    ['ipam is a list', { ipam: [] }, 'spec.ipam', 'is not a map'],
    ['spec is a string', 'x', 'spec', 'is not a map'],
    [
      'an address is nonsense',
      { addresses: [{ type: 'InternalIP', ip: 'here' }] },
      'spec.addresses[0].ip',
      '"here" is not an IP address',
    ],
  ])('%s: the field is named', (_, spec, field, message) => {
    const { problems } = read('a', [POOL, { ...ciliumNode('a'), spec }])
    expect(problems).toContainEqual({ kind: 'CiliumNode', name: 'a', field, message })
  })

  test('nothing that an object can hold makes the reading throw', () => {
    const kinds = [
      'Node',
      'CiliumNode',
      'CiliumBGPNodeConfig',
      'CiliumBGPPeerConfig',
      'CiliumBGPAdvertisement',
      'ConfigMap',
      'DaemonSet',
    ]
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { maxDepth: 6 },
        fc.constant(null),
        fc.integer(),
        fc.string(),
        fc.array(tie('any'), { maxLength: 3 }),
        tie('map'),
      ),
      map: fc.dictionary(
        fc.constantFrom(
          'spec',
          'status',
          'data',
          'ipam',
          'podCIDRs',
          'podCIDR',
          'addresses',
          'bgpInstances',
          'peers',
          'peerConfigRef',
          'families',
          'advertisements',
          'matchLabels',
          'matchExpressions',
          'labels',
          'template',
          'containers',
          'image',
          'name',
          '__proto__',
        ),
        tie('any'),
      ),
    })).map
    const property = fc.property(
      fc.array(fc.tuple(fc.constantFrom(...kinds), value), { maxLength: 6 }),
      (list) => {
        const objects = list.map(([kind, fields]) => ({
          ...(fields as object),
          apiVersion: 'v1',
          kind,
          metadata: { name: 'a' },
        }))
        read('a', objects)
      },
    )
    fc.assert(property, { numRuns: 300 })
  })
})
