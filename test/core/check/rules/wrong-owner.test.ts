import { describe, expect, test } from 'vitest'
import { ciliumNode } from '../../../support/cluster-objects.ts'
import { lines, only } from '../../../support/observed-cluster.ts'
import { A, B, cluster } from '../../../support/two-nodes.ts'

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
