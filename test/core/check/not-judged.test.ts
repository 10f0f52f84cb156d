import { describe, expect, test } from 'vitest'
import { advertisement, ciliumConfig } from '../../support/cluster-objects.ts'
import { lines } from '../../support/observed-cluster.ts'
import { A, B, cluster } from '../../support/two-nodes.ts'

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
