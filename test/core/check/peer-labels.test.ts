import { expect, test } from 'vitest'
import { bgpCluster } from '../../support/cluster-objects.ts'
import { ObservedCluster } from '../../support/observed-cluster.ts'

test('the check forgets a peer when the speaker does', () => {
  const all = new ObservedCluster().set(...bgpCluster(['a', '10.1.1.0/24', '10.0.0.1']))
  all.speaker({ identifier: '10.0.0.1' }).closes()
  const key = '127.0.0.1:1790 64512 10.0.0.1'
  expect(all.observer.checker.nodeOf(key)).toBe('a')
  for (let count = 0; count < 2100; count++)
    all.speaker({ identifier: `10.9.${count >> 8}.${count & 255}`, from: '127.0.0.9' }).closes()
  const known = [...all.observer.world.speaker.peers()].map((peer) => peer.key)
  expect(known).not.toContain(key)
  expect(all.observer.checker.nodeOf(key)).toBeUndefined()
  const { labels } = all.observer.checker.snapshot() as { labels: readonly (readonly [string])[] }
  expect(labels.map(([peer]) => peer)).toEqual(known)
})
