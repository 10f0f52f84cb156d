import { describe, expect, test } from 'vitest'
import { advertisement, ciliumConfig, ciliumNode, nodeConfig } from '../../../support/cluster-objects.ts'
import { ObservedCluster, only } from '../../../support/observed-cluster.ts'
import { A, B, cluster } from '../../../support/two-nodes.ts'

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
