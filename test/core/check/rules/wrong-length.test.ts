import { describe, expect, test } from 'vitest'
import { only } from '../../../support/observed-cluster.ts'
import { A, B, cluster } from '../../../support/two-nodes.ts'

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
