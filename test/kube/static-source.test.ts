import { describe, expect, test } from 'vitest'
import type { UserError } from '../../src/core/errors/user-error.ts'
import type { ClusterObject } from '../../src/core/stream/events.ts'
import { fromObjects } from '../../src/kube/source.ts'
import { fromStatic, staticObjects, type StaticEntry } from '../../src/kube/static-source.ts'
import { ciliumNode } from '../support/cluster-objects.ts'
import { lines, ObservedCluster } from '../support/observed-cluster.ts'

const NODE01 = '10.5.112.0/24'
const NODE02 = '10.5.113.0/24'

const observed = (entries: readonly StaticEntry[]): ObservedCluster =>
  new ObservedCluster().set(...staticObjects(entries, 'fromStatic'))

describe('a peer is the node', () => {
  test.each<
    [by: string, traits: Partial<StaticEntry>, speaker: { asn?: number; identifier?: string; from?: string }]
  >([
    ['address that the connection comes from', { addresses: '10.4.94.23' }, { from: '10.4.94.23' }],
    ['address that is its BGP identifier', { addresses: ['10.4.94.23'] }, { identifier: '10.4.94.23' }],
    ['address on loopback', { addresses: ['127.0.0.23'] }, { from: '127.0.0.23' }],
    ['BGP identifier', { identifiers: '10.0.0.23' }, { identifier: '10.0.0.23' }],
    ['AS number', { asn: 64599 }, { asn: 64599 }],
  ])('by the %s', (_, traits, speaker) => {
    const all = observed([
      { node: 'node01', prefixes: [NODE01], ...traits },
      { node: 'node02', prefixes: [NODE02], identifiers: '10.9.9.9' },
    ])
    all.speaker(speaker).announces(NODE01)
    expect(lines(all.settled())).toEqual([`node02 ${NODE02} missing`])
  })

  test('of an AS that nodes share, by what else tells them apart', () => {
    const all = observed([
      { node: 'node01', prefixes: [NODE01], asn: 64599, addresses: '127.0.0.11' },
      { node: 'node02', prefixes: [NODE02], asn: 64599, addresses: '127.0.0.12' },
    ])
    all.speaker({ asn: 64599, from: '127.0.0.11', identifier: '10.0.0.1' }).announces(NODE01)
    all.speaker({ asn: 64599, from: '127.0.0.12', identifier: '10.0.0.2' }).announces(NODE02)
    expect(lines(all.settled())).toEqual([])
  })

  test('not, when what it offers names two nodes', () => {
    const all = observed([
      { node: 'node01', prefixes: [NODE01], identifiers: '10.0.0.1' },
      { node: 'node02', prefixes: [NODE02], asn: 64599 },
    ])
    all.speaker({ asn: 64599, identifier: '10.0.0.1' })
    expect(lines(all.settled())).toContain('10.0.0.1 identity')
  })
})

describe('the verdict', () => {
  const entries = [
    { node: 'node01', prefixes: [NODE01], identifiers: '10.0.0.1' },
    { node: 'node02', prefixes: [NODE02, '2001:db8:2::/64'], identifiers: '10.0.0.2' },
  ]

  test('has the same findings as with a cluster, and says who wrote the expectation', () => {
    const all = observed(entries)
    all.speaker({ identifier: '10.0.0.1' }).announces(NODE02, '10.77.0.0/24')
    const verdict = all.settled()
    expect(lines(verdict).sort()).toEqual([
      `node01 ${NODE01} missing`,
      `node01 ${NODE02} wrong-owner`,
      'node01 10.77.0.0/24 extra',
      'node02 2001:db8:2::/64 missing',
    ])
    expect(verdict.findings.find(({ code }) => code === 'wrong-owner')?.summary).toMatch(
      /owned by node02 \(given by fromStatic\)$/,
    )
  })

  test('has no caveat about the objects of a cluster, and nothing that is not judged', () => {
    const all = observed(entries)
    all.speaker({ identifier: '10.0.0.1' }).announces(NODE01)
    expect(all.settled()).toMatchObject({ caveats: [], notJudged: [], checked: { nodes: 2, expected: 3 } })
  })

  test('is the same when the stream is read again from a checkpoint', () => {
    const all = observed(entries)
    all.speaker({ identifier: '10.0.0.1' }).announces(NODE02)
    const verdict = all.settled()
    const checkpoint = all.observer.checkpoint()
    expect(lines(all.reread(all.events.length, checkpoint).verdict(verdict.at))).toEqual(lines(verdict))
  })
})

describe('what is refused', () => {
  const refusal = (entries: unknown): string => {
    try {
      fromStatic(entries as readonly StaticEntry[])
    } catch (error) {
      return (error as UserError).what
    }
    throw new Error('it was taken')
  }
  test.each<[problem: string, entries: unknown, message: string]>([
    ['an empty list', [], 'fromStatic: the list of nodes is empty: nothing is expected'],
    [
      'a wrong key',
      [{ node: 'node01', prefix: [NODE01] }],
      'fromStatic[0].prefix: no such option (did you mean prefixes?)',
    ],
    [
      'a wrong key beside the right ones',
      [{ node: 'node01', prefixes: [NODE01], adresses: [] }],
      'fromStatic[0].adresses: no such option (did you mean addresses?)',
    ],
    [
      'a prefix without a length',
      [{ node: 'node01', prefixes: [NODE01, '10.5.113.0'] }],
      'fromStatic[0].prefixes[1]: "10.5.113.0" has no length: write for example 10.5.112.0/24',
    ],
    [
      'a node that stands there twice',
      [
        { node: 'node01', prefixes: [] },
        { node: 'node01', prefixes: [] },
      ],
      'fromStatic[1].node: node node01 stands at [0], too',
    ],
    [
      'two nodes of which nothing but one AS number is known',
      [
        { node: 'node01', prefixes: [], asn: 64599 },
        { node: 'node02', prefixes: [], asn: 64599, addresses: '10.0.0.2' },
      ],
      'fromStatic[1].asn: AS number 64599 stands at [0], too',
    ],
  ])('%s', (_, entries, message) => expect(refusal(entries)).toBe(message))
})

test('objects of a cluster can be given as they are, lists of them too', async () => {
  const seen: ClusterObject[] = []
  const sink = {
    object: (_: string, object: ClusterObject) => void seen.push(object),
    resource: () => undefined,
  }
  await fromObjects([
    { kind: 'CiliumNodeList', apiVersion: 'cilium.io/v2', items: [ciliumNode('a')] },
    ciliumNode('b'),
  ]).start(sink)
  expect(seen.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([
    'CiliumNode a',
    'CiliumNode b',
  ])
  await expect(fromObjects([]).start(sink)).rejects.toThrow('fromObjects: the list of objects is empty')
})
