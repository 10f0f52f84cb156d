import { describe, expect, test } from 'vitest'
import { lines, only } from '../../../support/observed-cluster.ts'
import { A, B, cluster } from '../../../support/two-nodes.ts'

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
