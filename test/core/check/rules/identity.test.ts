import { describe, expect, test } from 'vitest'
import { ciliumNode, nodeConfig } from '../../../support/cluster-objects.ts'
import { lines } from '../../../support/observed-cluster.ts'
import { A, B, cluster } from '../../../support/two-nodes.ts'

describe('identity', () => {
  const fqdn = (host: string) => ({ extra: [{ code: 73, host, domain: '' } as const] })

  test('a host name of one node and a router-id of another contradict each other', () => {
    const all = cluster()
    all.speaker({ ...B, ...fqdn('a') }).announces('10.1.1.0/24')
    const verdict = all.settled()
    expect(verdict.findings[0]).toMatchObject({ code: 'identity', severity: 'error' })
    expect(verdict.findings[0]!.summary).toBe(
      'peer 10.0.0.2 from 127.0.0.1 is several nodes at once: FQDN a is a, router-id 10.0.0.2 is b',
    )
    expect(verdict.notJudged).toMatchObject([
      { prefix: '10.1.1.0/24', reason: 'it is not certain which node the peer is' },
    ])
  })

  test('a host name that is no node is no evidence', () => {
    const all = cluster()
    all.speaker({ ...A, ...fqdn('localhost') }).announces('10.1.1.0/24')
    all.speaker(B).announces('10.1.2.0/24')
    expect(all.settled().findings).toEqual([])
  })

  test('is mended when the objects say otherwise', () => {
    const all = cluster()
    all.speaker({ ...B, ...fqdn('a') }).announces('10.1.1.0/24')
    all.set(ciliumNode('b', ['10.1.2.0/24'], '10.0.0.9'), nodeConfig('b', { peers: [] }))
    expect(lines(all.settled())).toEqual([])
  })
})
