import { expect, test } from 'vitest'
import { only } from '../../../support/observed-cluster.ts'
import { A, B, cluster } from '../../../support/two-nodes.ts'

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
