import { describe, expect, test } from 'vitest'
import { cilium, ciliumConfig, node } from '../../support/cluster-objects.ts'
import { A, B, cluster } from '../../support/two-nodes.ts'

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
