import { expect, test } from 'vitest'
import { IdentityIndex, type PeerTraits } from '../../../src/core/expected/identity.ts'
import { readNodeFacts } from '../../../src/core/expected/node-facts.ts'
import type { ClusterObject } from '../../../src/core/stream/events.ts'
import { ciliumNode, node, nodeConfig, objectsOf } from '../../support/cluster-objects.ts'

function indexOf(...objects: ClusterObject[]): IdentityIndex {
  const index = new IdentityIndex()
  for (const name of new Set(objects.map((object) => object.metadata.name)))
    index.update(readNodeFacts(objectsOf(...objects), name, undefined, () => undefined))
  return index
}

const traits = (given: Partial<PeerTraits>): PeerTraits => ({
  host: undefined,
  domain: undefined,
  source: '203.0.113.1',
  identifier: '203.0.113.1',
  onLoopback: false,
  ...given,
})

const TWO = [ciliumNode('a', [], '10.0.0.1'), ciliumNode('b', [], '10.0.0.2')]

test.each([
  ['the host name', { host: 'a' }, 'a'],
  ['the host name in other letters', { host: 'A' }, 'a'],
  ['the source address', { source: '10.0.0.2' }, 'b'],
  ['the router-id', { identifier: '10.0.0.1' }, 'a'],
  ['all three', { host: 'a', source: '10.0.0.1', identifier: '10.0.0.1' }, 'a'],
  [
    'what is no evidence counts for nothing',
    { host: 'localhost', source: '172.17.0.1', identifier: '10.0.0.1' },
    'a',
  ],
  ['nothing', {}, undefined],
])('%s: one is enough', (_, given, expected) => {
  expect(indexOf(...TWO).identify(traits(given))).toMatchObject({ node: expected, conflict: false })
})

test('evidence that disagrees is a conflict, and names nobody', () => {
  const identity = indexOf(...TWO).identify(traits({ source: '10.0.0.1', identifier: '10.0.0.2' }))
  expect(identity).toEqual({
    node: undefined,
    conflict: true,
    evidence: [
      { by: 'source address', value: '10.0.0.1', nodes: ['a'] },
      { by: 'router-id', value: '10.0.0.2', nodes: ['b'] },
    ],
  })
})

test('on loopback source addresses contradict nobody, but a localAddress may name who nobody else names', () => {
  const index = indexOf(
    ciliumNode('a', [], '127.0.0.1'),
    nodeConfig('b', { peers: [{ localAddress: '127.0.0.12' }] }),
    ciliumNode('c', [], '10.0.0.3'),
  )
  expect(index.identify(traits({ source: '127.0.0.1', onLoopback: true }))).toMatchObject({
    node: undefined,
    conflict: false,
  })
  expect(index.identify(traits({ source: '127.0.0.12', onLoopback: true }))).toMatchObject({
    node: 'b',
    conflict: false,
  })
  expect(
    index.identify(traits({ source: '127.0.0.12', identifier: '10.0.0.3', onLoopback: true })),
  ).toMatchObject({ node: 'c', conflict: false })
})

test('routerID and localAddress of the BGP configuration count, and the override of it', () => {
  const override = { ...nodeConfig('a', { routerID: '9.9.9.9' }), kind: 'CiliumBGPNodeConfigOverride' }
  expect(indexOf(override).identify(traits({ identifier: '9.9.9.9' })).node).toBe('a')
  expect(
    indexOf(nodeConfig('b', { peers: [{ localAddress: '10.0.0.7' }] })).identify(
      traits({ source: '10.0.0.7' }),
    ).node,
  ).toBe('b')
})

test('addresses of Node count too', () => {
  expect(indexOf(node('a', [], '10.0.0.1')).identify(traits({ source: '10.0.0.1' })).node).toBe('a')
})

test('an address of two nodes names neither alone, and both with another witness', () => {
  const index = indexOf(ciliumNode('a', [], '10.0.0.1'), ciliumNode('b', [], '10.0.0.1'))
  expect(index.identify(traits({ source: '10.0.0.1' }))).toMatchObject({ node: undefined, conflict: false })
  expect(index.identify(traits({ source: '10.0.0.1', host: 'b' }))).toMatchObject({
    node: 'b',
    conflict: false,
  })
})

test('forgets a node that is gone, and says which traits that touches', () => {
  const index = indexOf(...TWO)
  const gone = readNodeFacts(objectsOf(), 'a', undefined, () => undefined)
  expect([...index.update(gone)].sort()).toEqual(['address:10.0.0.1', 'name:a'])
  expect(index.identify(traits({ host: 'a' })).node).toBeUndefined()
})
