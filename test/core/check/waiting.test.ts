import { expect, test } from 'vitest'
import { explainMissing, nodesToWaitFor } from '../../../src/core/check/waiting.ts'
import { bgpCluster, ciliumNode } from '../../support/cluster-objects.ts'
import { ObservedCluster } from '../../support/observed-cluster.ts'

const A = { identifier: '10.0.0.1' }
const OBJECTS = bgpCluster(['a', '10.1.1.0/24', '10.0.0.1'], ['b', '10.1.2.0/24', '10.0.0.2'])

function cluster(): ObservedCluster {
  return new ObservedCluster().set(...OBJECTS, ciliumNode('idle', ['10.1.3.0/24']))
}

function reasons(all: ObservedCluster, node: string): readonly string[] {
  return explainMissing(all.observer, node).reasons
}

test('waits for the nodes whose configuration names us, and for no others', () => {
  expect(nodesToWaitFor(cluster().observer).map(({ node }) => node)).toEqual(['a', 'b'])
})

test('a node that never connected', () => {
  expect(reasons(cluster(), 'a')).toEqual(['never connected', 'has not announced 10.1.1.0/24'])
})

test('hints at a connected peer that no object names', () => {
  const all = cluster()
  all.speaker({ identifier: '192.0.2.7' })
  expect(reasons(all, 'a')[0]).toBe(
    'never connected (unless it is a peer that no object names: 192.0.2.7 from 127.0.0.1)',
  )
})

test('a node whose session closed', () => {
  const all = cluster()
  all.speaker(A).closes()
  expect(reasons(all, 'a')[0]).toBe(
    'the session closed at 22:13:20.000: the peer closed (FIN) without a NOTIFICATION',
  )
})

test('a node that is up and has not announced everything, with the End-of-RIB that is still to come', () => {
  const all = cluster()
  all.speaker({ ...A, gracefulRestart: { notification: true } })
  expect(explainMissing(all.observer, 'a')).toMatchObject({
    established: true,
    endOfRib: 'pending',
    converged: false,
    reasons: ['has not announced 10.1.1.0/24', 'no End-of-RIB for ipv4-unicast yet'],
  })
})

test('a restarting node that says nothing, and the way out', () => {
  const all = cluster()
  all.speaker({ ...A, gracefulRestart: { restarting: true, notification: true } })
  expect(reasons(all, 'a')).toContainEqual(expect.stringContaining('a ROUTE-REFRESH from us ends that'))
})

test('a node whose routes only graceful restart holds', () => {
  const all = cluster()
  all
    .speaker({ ...A, gracefulRestart: { notification: true } })
    .announces('10.1.1.0/24')
    .endsRib()
    .closes()
  expect(reasons(all, 'a')).toEqual([
    'the session closed at 22:13:20.000: the peer closed (FIN) without a NOTIFICATION',
    'has not announced 10.1.1.0/24',
    '10.1.1.0/24 held only by graceful restart',
  ])
})

test('a node that announced all is converged; whether End-of-RIB will come is said too', () => {
  const all = cluster()
  all.speaker(A).announces('10.1.1.0/24')
  expect(explainMissing(all.observer, 'a')).toMatchObject({
    converged: true,
    endOfRib: 'not-negotiated',
    reasons: [],
  })
})
