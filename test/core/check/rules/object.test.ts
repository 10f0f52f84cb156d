import { describe, expect, test } from 'vitest'
import { ciliumConfig, ciliumNode, node } from '../../../support/cluster-objects.ts'
import { lines, only } from '../../../support/observed-cluster.ts'
import { A, B, cluster } from '../../../support/two-nodes.ts'

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
