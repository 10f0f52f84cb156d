import { describe, expect, test } from 'vitest'
import { ciliumNode } from '../../../support/cluster-objects.ts'
import { lines, only } from '../../../support/observed-cluster.ts'
import { A, B, cluster } from '../../../support/two-nodes.ts'

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
