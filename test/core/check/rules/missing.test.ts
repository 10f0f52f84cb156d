import { describe, expect, test } from 'vitest'
import { ciliumNode, nodeConfig, peerConfig } from '../../../support/cluster-objects.ts'
import { only } from '../../../support/observed-cluster.ts'
import { A, B, cluster } from '../../../support/two-nodes.ts'

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
      /^last announced by b, gone with its session; the session of b closed at 22:13:20\.000: [^;]*RST\)$/,
    )
  })

  test('a node whose session closed twice, with both reasons', () => {
    const all = cluster()
    all.speaker(A).announces('10.1.1.0/24')
    const b = all.speaker(B).announces('10.1.2.0/24').closes('rst')
    all.passes('1s')
    b.comes().closes('fin')
    expect(only(all.settled()).cause).toMatch(
      /^last announced by b, at 22:13:20\.000 gone with the session: .*RST\); the session of b closed at 22:13:21\.000: .*FIN/,
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
