// One claim or two for each rule, through the real speaker. Node a owns 10.1.1.0/24, b owns 10.1.2.0/24.
import { describe, expect, test } from 'vitest'
import { RULES } from '../../../../src/core/check/rules/table.ts'
import { FINDING_CODES_OF_TABLE } from '../../../support/finding-codes.ts'
import {
  advertisement,
  bgpCluster,
  cilium,
  ciliumConfig,
  ciliumNode,
  node,
  nodeConfig,
  peerConfig,
} from '../../../support/cluster-objects.ts'
import { lines, ObservedCluster, only } from '../../../support/observed-cluster.ts'

const A = { identifier: '10.0.0.1' }
const B = { identifier: '10.0.0.2' }
const OBJECTS = bgpCluster(['a', '10.1.1.0/24', '10.0.0.1'], ['b', '10.1.2.0/24', '10.0.0.2'])

function cluster(...more: Parameters<ObservedCluster['set']>): ObservedCluster {
  return new ObservedCluster().set(...OBJECTS, ...more)
}

test('every code has exactly one rule', () => {
  expect(RULES.map(({ code }) => code).sort()).toEqual(FINDING_CODES_OF_TABLE)
})

test('finds nothing when every node announces exactly its own', () => {
  const all = cluster()
  all.speaker(A).announces('10.1.1.0/24')
  all.speaker(B).announces('10.1.2.0/24')
  const verdict = all.settled()
  expect(verdict.findings).toEqual([])
  expect(verdict.checked).toEqual({ nodes: 2, peers: 2, routes: 2, expected: 2 })
})

describe('wrong-owner', () => {
  test('a node announces what another one owns and does not announce', () => {
    const all = cluster()
    all.speaker(A).announces('10.1.1.0/24', '10.1.2.0/24')
    all.speaker(B)
    const verdict = all.settled()
    expect(lines(verdict)).toEqual(['a 10.1.2.0/24 wrong-owner'])
    expect(verdict.findings[0]).toMatchObject({
      owner: 'b',
      impact: 'removing a withdraws 10.1.2.0/24, the pods of b',
    })
  })

  test('two nodes that own it as little are both reported', () => {
    const all = cluster(ciliumNode('c', ['10.1.3.0/24'], '10.0.0.3'))
    all.speaker(A).announces('10.1.1.0/24', '10.1.3.0/24')
    all.speaker(B).announces('10.1.2.0/24', '10.1.3.0/24')
    expect(lines(all.settled())).toEqual(['a 10.1.3.0/24 wrong-owner', 'b 10.1.3.0/24 wrong-owner'])
  })

  test('a peer that no object names can be the wrong one', () => {
    const all = cluster()
    all.speaker(A).announces('10.1.1.0/24')
    all.speaker({ identifier: '192.0.2.7' }).announces('10.1.2.0/24')
    const finding = only(all.settled())
    expect(finding).toMatchObject({ code: 'wrong-owner', node: '192.0.2.7', owner: 'b' })
    expect(finding.summary).toMatch(/^announced by 192\.0\.2\.7, which no object names, since/)
  })
})

describe('duplicate', () => {
  test('is reported at the node that does not own it', () => {
    const all = cluster()
    all.speaker(A).announces('10.1.1.0/24', '10.1.2.0/24')
    all.speaker(B).announces('10.1.2.0/24')
    expect(only(all.settled())).toMatchObject({
      code: 'duplicate',
      node: 'a',
      prefix: '10.1.2.0/24',
      owner: 'b',
    })
  })

  test('is reported at both when the cluster allocates it to both', () => {
    const all = cluster(ciliumNode('b', ['10.1.1.0/24'], '10.0.0.2'))
    all.speaker(A).announces('10.1.1.0/24')
    all.speaker(B).announces('10.1.1.0/24')
    const verdict = all.settled()
    expect(lines(verdict)).toEqual(['a 10.1.1.0/24 duplicate', 'b 10.1.1.0/24 duplicate'])
    expect(verdict.findings[0]!.cause).toBe('the cluster allocates 10.1.1.0/24 to a and b')
  })
})

describe('leftover', () => {
  test('the owner is gone and the route is not', () => {
    const all = cluster()
    all.speaker(A).announces('10.1.1.0/24')
    all.speaker(B).announces('10.1.2.0/24')
    all.settled()
    all.deletes('CiliumNode', 'b')
    expect(only(all.settled())).toMatchObject({ code: 'leftover', node: 'b', prefix: '10.1.2.0/24' })
  })

  test('what graceful restart keeps of a node that went is stale, not left over', () => {
    const all = cluster()
    all.speaker(A).announces('10.1.1.0/24')
    const b = all.speaker({ ...B, gracefulRestart: { notification: true } }).announces('10.1.2.0/24')
    b.closes()
    all.deletes('CiliumNode', 'b')
    expect(lines(all.settled())).toEqual(['b 10.1.2.0/24 stale'])
  })
})

describe('wrong-length', () => {
  test.each([
    ['longer', '10.1.1.0/25'],
    ['shorter', '10.1.0.0/23'],
  ])('%s than what is allocated there', (_, prefix) => {
    const all = cluster()
    all.speaker(A).announces('10.1.1.0/24', prefix)
    all.speaker(B).announces('10.1.2.0/24')
    expect(only(all.settled())).toMatchObject({ code: 'wrong-length', node: 'a', prefix, owner: 'a' })
  })
})

describe('unadvertised', () => {
  test('no advertisement selects the pod CIDRs for this peer', () => {
    const all = cluster(advertisement('pod-cidr', ['PodCIDR'], { advertise: 'elsewhere' }))
    all.speaker(A).announces('10.1.1.0/24')
    expect(only(all.settled())).toMatchObject({
      code: 'unadvertised',
      node: 'a',
      cause: 'peer "tor" of instance "main" selects no advertisement of type PodCIDR for this family',
    })
  })

  test('no configured peer of the node is us', () => {
    const all = cluster(nodeConfig('a', { peers: [{ peerAddress: '10.9.9.9' }] }))
    all.speaker(A).announces('10.1.1.0/24')
    all.speaker(B).announces('10.1.2.0/24')
    expect(only(all.settled())).toMatchObject({
      code: 'unadvertised',
      cause: "no peer in a's CiliumBGPNodeConfig has our address 127.0.0.1 and AS number",
    })
  })

  test('is not judged while nobody may read what nodes should announce', () => {
    const all = new ObservedCluster().set(
      ciliumConfig({ ipam: 'cluster-pool' }),
      ciliumNode('a', ['10.1.1.0/24'], '10.0.0.1'),
    )
    all.event({ type: 'resource', resource: 'ciliumbgpnodeconfigs.cilium.io', state: 'forbidden' })
    all.speaker(A).announces('10.1.1.0/24')
    const verdict = all.settled()
    expect(verdict.findings).toEqual([])
    expect(verdict.notJudged).toEqual([
      {
        node: 'a',
        prefix: '10.1.1.0/24',
        reason:
          'what the node should announce is not known: ciliumbgpnodeconfigs.cilium.io: reading them is forbidden',
      },
    ])
    expect(verdict.caveats).toContain('ciliumbgpnodeconfigs.cilium.io: reading them is forbidden')
  })
})

test('extra: nothing explains it', () => {
  const all = cluster()
  all.speaker(A).announces('10.1.1.0/24', '172.31.0.0/16')
  all.speaker(B).announces('10.1.2.0/24')
  expect(only(all.settled())).toMatchObject({
    code: 'extra',
    node: 'a',
    prefix: '172.31.0.0/16',
    owner: undefined,
  })
})

describe('stale', () => {
  const restart = { gracefulRestart: { notification: true, time: 120 } }

  test('warns at once, with the time left', () => {
    const all = cluster()
    all.speaker(A).announces('10.1.1.0/24')
    const b = all
      .speaker({ ...B, ...restart })
      .announces('10.1.2.0/24')
      .endsRib()
    all.settled()
    b.closes()
    all.passes('30s')
    all.event({ type: 'mark', name: 'now' })
    const finding = only(all.verdict())
    expect(finding).toMatchObject({ code: 'stale', severity: 'warning', node: 'b', prefix: '10.1.2.0/24' })
    expect(finding.summary).toMatch(/^held only by graceful restart for b, 90 s left/)
    expect(finding.cause).toBe('the session of b ended: the peer closed (FIN) without a NOTIFICATION')
  })

  test('becomes missing when the restart timer flushes it, and says so', () => {
    const all = cluster()
    all.speaker(A).announces('10.1.1.0/24')
    all
      .speaker({ ...B, ...restart })
      .announces('10.1.2.0/24')
      .endsRib()
      .closes()
    all.passes('120s')
    const finding = only(all.settled())
    expect(finding).toMatchObject({ code: 'missing', node: 'b', prefix: '10.1.2.0/24' })
    expect(finding.cause).toContain('flushed by the restart timer')
  })

  test('a node that returns and announces the same again leaves no trace', () => {
    const all = cluster()
    all.speaker(A).announces('10.1.1.0/24')
    const b = all
      .speaker({ ...B, ...restart })
      .announces('10.1.2.0/24')
      .endsRib()
    all.settled()
    b.closes()
    b.comes().announces('10.1.2.0/24').endsRib()
    const verdict = all.verdict()
    expect(verdict.findings).toEqual([])
    expect(verdict.unsettled).toEqual([])
  })
})

describe('missing', () => {
  test('a node that never connected', () => {
    const all = cluster()
    all.speaker(A).announces('10.1.1.0/24')
    expect(only(all.settled())).toMatchObject({
      code: 'missing',
      node: 'b',
      peer: undefined,
      cause: 'b never connected',
      impact: 'the pods of b in 10.1.2.0/24 cannot be reached through this router',
    })
  })

  test('a node whose session closed, with the reason', () => {
    const all = cluster()
    all.speaker(A).announces('10.1.1.0/24')
    all.speaker(B).announces('10.1.2.0/24').closes('rst')
    expect(only(all.settled()).cause).toMatch(
      /^last announced by b, at 22:13:20\.000 gone with the session: .*RST\); the session of b closed at 22:13:20\.000: .*RST\)$/,
    )
  })

  test('a node that has a session and announces nothing', () => {
    const all = cluster()
    all.speaker(A).announces('10.1.1.0/24')
    all.speaker(B)
    expect(only(all.settled())).toMatchObject({
      code: 'missing',
      node: 'b',
      cause: 'b has a session and never announced it',
    })
  })

  test.each([
    ['whose peer has no peerConfigRef', nodeConfig('b', { peers: [{ config: null }] })],
    ['whose peerConfigRef names nothing', nodeConfig('b', { peers: [{ config: 'nowhere' }] })],
    ['that peers with somebody else', nodeConfig('b', { peers: [{ peerAddress: '10.9.9.9' }] })],
    ['that peers with another AS', nodeConfig('b', { peers: [{ peerASN: 65001 }] })],
  ])('nothing is expected of a node %s', (_, config) => {
    const all = cluster(config)
    all.speaker(A).announces('10.1.1.0/24')
    expect(all.settled().findings).toEqual([])
  })
})

describe('what nobody can judge yet', () => {
  test.each([
    ['Service', 'Service', '192.0.2.10/32'],
    ['Interface', 'Interface', '192.0.2.10/32'],
    [
      'an aggregating Service',
      { advertisementType: 'Service', service: { aggregationLengthIPv4: 28 } },
      '192.0.2.0/28',
    ],
  ])('a route that %s could explain is listed, not judged', (_, type, prefix) => {
    const all = cluster(advertisement('other', [type]))
    all.speaker(A).announces('10.1.1.0/24', prefix)
    all.speaker(B).announces('10.1.2.0/24')
    const verdict = all.settled()
    expect(verdict.findings).toEqual([])
    expect(verdict.notJudged).toMatchObject([{ node: 'a', prefix }])
  })

  test('a pod CIDR of another node is judged all the same', () => {
    const all = cluster(advertisement('other', ['Service']))
    all.speaker(A).announces('10.1.1.0/24', '10.1.2.0/24')
    all.speaker(B)
    expect(lines(all.settled())).toEqual(['a 10.1.2.0/24 wrong-owner'])
  })

  test('CiliumPodIPPool explains routes of multi-pool clusters', () => {
    const all = cluster(ciliumConfig({ ipam: 'multi-pool' }), advertisement('other', ['CiliumPodIPPool']))
    all.speaker(A).announces('10.7.0.0/27')
    const verdict = all.settled()
    expect(lines(verdict)).toEqual([])
    expect(verdict.notJudged).toMatchObject([{ node: 'a', prefix: '10.7.0.0/27' }])
  })
})

describe('object', () => {
  test('names the object and the field, and judges with the rest', () => {
    const all = cluster({ ...ciliumNode('c'), spec: { ipam: { podCIDRs: 'not a list' } } })
    all.speaker(A).announces('10.1.1.0/24')
    all.speaker(B).announces('10.1.2.0/24')
    expect(only(all.settled())).toMatchObject({
      code: 'object',
      node: 'c',
      prefix: undefined,
      summary: 'CiliumNode c: spec.ipam.podCIDRs is not a list',
    })
  })

  test('with ipam kubernetes Node and CiliumNode must agree', () => {
    const all = cluster(
      ciliumConfig({ ipam: 'kubernetes' }),
      node('a', ['10.1.1.0/24']),
      node('b', ['10.1.9.0/24']),
    )
    all.speaker(A).announces('10.1.1.0/24')
    all.speaker(B).announces('10.1.9.0/24')
    expect(only(all.settled()).summary).toBe(
      'CiliumNode b: spec.ipam.podCIDRs is 10.1.2.0/24, but Node.spec.podCIDRs is 10.1.9.0/24: with ipam kubernetes both must agree',
    )
  })

  test('goes away when the object is mended', () => {
    const all = cluster({ ...ciliumNode('c'), spec: 7 })
    expect(lines(all.verdict())).toEqual(['c object'])
    all.set(ciliumNode('c'))
    expect(lines(all.verdict())).toEqual([])
  })
})

describe('identity', () => {
  const fqdn = (host: string) => ({ extra: [{ code: 73, host, domain: '' } as const] })

  test('a host name of one node and a router-id of another contradict each other', () => {
    const all = cluster()
    all.speaker({ ...B, ...fqdn('a') }).announces('10.1.1.0/24')
    const verdict = all.settled()
    expect(verdict.findings[0]).toMatchObject({ code: 'identity', severity: 'error' })
    expect(verdict.findings[0]!.summary).toBe(
      'peer 10.0.0.2 from 127.0.0.1 is several nodes at once: FQDN a is a, router-id 10.0.0.2 is b',
    )
    expect(verdict.notJudged).toMatchObject([
      { prefix: '10.1.1.0/24', reason: 'it is not certain which node the peer is' },
    ])
  })

  test('a host name that is no node is no evidence', () => {
    const all = cluster()
    all.speaker({ ...A, ...fqdn('localhost') }).announces('10.1.1.0/24')
    all.speaker(B).announces('10.1.2.0/24')
    expect(all.settled().findings).toEqual([])
  })

  test('is mended when the objects say otherwise', () => {
    const all = cluster()
    all.speaker({ ...B, ...fqdn('a') }).announces('10.1.1.0/24')
    all.set(ciliumNode('b', ['10.1.2.0/24'], '10.0.0.9'), nodeConfig('b', { peers: [] }))
    expect(lines(all.settled())).toEqual([])
  })
})

describe('the cause of I-2', () => {
  const announcing = (image: string, ipam: string): string | undefined => {
    const all = cluster(
      cilium(image),
      ciliumConfig({ ipam }),
      node('a', ['10.8.0.0/24']),
      node('b', ['10.1.1.0/24']),
    )
    all.speaker(A)
    all.speaker(B).announces('10.1.1.0/24')
    return all.settled().findings.find(({ code }) => code === 'wrong-owner')?.cause
  }

  test('names the version and the mode', () => {
    expect(announcing('quay.io/cilium/cilium:v1.11.9', 'cluster-pool')).toBe(
      'equals Node.spec.podCIDRs of b: the speaker reads Node, IPAM writes CiliumNode (Cilium 1.11.9, ipam cluster-pool)',
    )
  })

  test('says so when the version should not do this', () => {
    expect(announcing('quay.io/cilium/cilium:v1.20.2@sha256:00', 'cluster-pool')).toBe(
      'equals Node.spec.podCIDRs of b, although Cilium 1.20.2 announces CiliumNode.spec.ipam.podCIDRs, as ipam cluster-pool allocates them',
    )
  })

  test('stands without a version too', () => {
    expect(announcing('cilium:latest', 'cluster-pool')).toBe(
      'equals Node.spec.podCIDRs of b: the speaker reads Node, IPAM writes CiliumNode',
    )
  })
})

test('an IPv6 prefix is expected only where the family is advertised', () => {
  const dual = ciliumNode('a', ['10.1.1.0/24', 'fd00:1::/64'], '10.0.0.1')
  const v4 = cluster(dual)
  v4.speaker(A).announces('10.1.1.0/24')
  v4.speaker(B).announces('10.1.2.0/24')
  expect(v4.settled().findings).toEqual([])

  const both = cluster(dual, peerConfig('tor', { families: ['ipv4', 'ipv6'] }))
  both.speaker(A).announces('10.1.1.0/24')
  both.speaker(B).announces('10.1.2.0/24')
  expect(only(both.settled())).toMatchObject({
    code: 'missing',
    prefix: 'fd00:1::/64',
    family: 'ipv6-unicast',
  })
})
