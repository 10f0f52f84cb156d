import { expect, test } from 'vitest'
import type { Finding } from '../../../src/core/check/finding.ts'
import { byPlace, PrefixTexts } from '../../../src/core/check/judge.ts'

test('findings of two peers that differ in nothing else have an order, whichever was found first', () => {
  const found = (peer: string): Finding =>
    ({
      node: '',
      code: 'peer-identity-conflict',
      summary: 'one address, two nodes',
      peer,
    }) as unknown as Finding
  const peers = ['127.0.0.1:1790 64512 10.0.0.1', '127.0.0.1:1790 64513 10.0.0.1']
  for (const order of [peers, peers.toReversed()]) {
    const sorted = order.map(found).sort(byPlace(new PrefixTexts()))
    expect(sorted.map(({ peer }) => peer)).toEqual(peers)
  }
})
