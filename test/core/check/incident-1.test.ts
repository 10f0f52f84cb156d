// Incident I-1 through the real speaker: four speakers that announce Node's pod CIDRs, told apart by router-id alone.
import { describe, expect, test } from 'vitest'
import { INCIDENT } from '../../../src/demo/incident.ts'
import { lines, ObservedCluster, type ObservedSpeaker } from '../../support/observed-cluster.ts'

function incident(): { cluster: ObservedCluster; speakers: Map<string, ObservedSpeaker> } {
  const cluster = new ObservedCluster({ asn: INCIDENT.routerAsn })
  cluster.set(...INCIDENT.objects)
  const speakers = new Map(
    INCIDENT.nodes.map(({ name, address, announces }) => [
      name,
      cluster.speaker({ asn: INCIDENT.nodeAsn, identifier: address }).announces(announces),
    ]),
  )
  return { cluster, speakers }
}

function removeNode01({ cluster, speakers }: ReturnType<typeof incident>): void {
  cluster.deletes('Node', 'node01').deletes('CiliumNode', 'node01')
  speakers.get('node01')!.withdraws('10.5.115.0/24')
}

describe('before anybody takes a node out', () => {
  test('every node is wrong-owner, and nothing else is found', () => {
    const { cluster } = incident()
    const verdict = cluster.settled()
    expect(lines(verdict)).toEqual([
      'master1 10.5.112.0/24 wrong-owner',
      'master2 10.5.114.0/24 wrong-owner',
      'master3 10.5.113.0/24 wrong-owner',
      'node01 10.5.115.0/24 wrong-owner',
    ])
    expect(verdict.findings.map(({ owner }) => owner)).toEqual(['node01', 'master3', 'master1', 'master2'])
    expect(verdict.notJudged).toEqual([])
    expect(verdict.unsettled).toEqual([])
    expect(verdict.checked).toEqual({ nodes: 4, peers: 4, routes: 4, expected: 4 })
  })

  test('says who announced, who owns, why, what a removal would cut off and what to do', () => {
    const { cluster } = incident()
    const finding = cluster.settled().findings[3]!
    expect(finding).toMatchObject({
      severity: 'error',
      family: 'ipv4-unicast',
      summary:
        'announced by node01 (10.4.94.23) since 22:13:20.000, owned by master2 (CiliumNode.spec.ipam.podCIDRs)',
      cause:
        'equals Node.spec.podCIDRs of node01: the speaker reads Node, IPAM writes CiliumNode (Cilium 1.11.9, ipam cluster-pool)',
      impact: 'removing node01 withdraws 10.5.115.0/24, the pods of master2',
      remedy: 'Cilium >= 1.12, or ipam: kubernetes',
    })
    const [allocation, announcement] = finding.evidence.map((seq) => cluster.events[seq - 1]!)
    expect(allocation).toMatchObject({
      type: 'object',
      object: { kind: 'CiliumNode', metadata: { name: 'master2' } },
    })
    expect(announcement).toMatchObject({ type: 'message', direction: 'in' })
  })

  test('shows the routes that come nearest to the one that should be there', () => {
    const { cluster } = incident()
    expect(cluster.settled().findings[3]!.near).toEqual([
      { node: 'master2', prefix: '10.5.114.0/24', nextHop: '127.0.0.14', differs: ['prefix'] },
      { node: 'master1', prefix: '10.5.112.0/24', nextHop: '127.0.0.14', differs: ['owner', 'prefix'] },
      { node: 'master3', prefix: '10.5.113.0/24', nextHop: '127.0.0.14', differs: ['owner', 'prefix'] },
    ])
  })
})

describe('after node01 is gone', () => {
  test('finds wrong-owner twice, the pods of master2 missing and those of node01 left over', () => {
    const played = incident()
    played.cluster.settled()
    removeNode01(played)
    expect(lines(played.cluster.settled())).toEqual([
      'master1 10.5.112.0/24 leftover',
      'master2 10.5.114.0/24 wrong-owner',
      'master2 10.5.115.0/24 missing',
      'master3 10.5.113.0/24 wrong-owner',
    ])
  })

  test('the missing prefix names its last announcer, how it went, and what its owner announces instead', () => {
    const played = incident()
    played.cluster.settled()
    removeNode01(played)
    const missing = played.cluster.settled().findings[2]!
    expect(missing).toMatchObject({
      node: 'master2',
      owner: 'master2',
      impact: 'the pods of master2 in 10.5.115.0/24 cannot be reached through this router',
      remedy: 'Cilium >= 1.12, or ipam: kubernetes',
    })
    expect(missing.cause).toBe(
      'last announced by node01, at 22:13:35.000 withdrawn by UPDATE; ' +
        'master2 announces 10.5.114.0/24 instead, which equals Node.spec.podCIDRs of master2: ' +
        'the speaker reads Node, IPAM writes CiliumNode (Cilium 1.11.9, ipam cluster-pool)',
    )
  })

  test('the leftover names its former owner', () => {
    const played = incident()
    played.cluster.settled()
    removeNode01(played)
    expect(played.cluster.settled().findings[0]!.summary).toBe(
      'announced by master1 (10.4.94.32) since 22:13:20.000, once owned by node01, now by nobody',
    )
  })

  test('gives the same findings whether objects or the withdrawal come first, and when the session ends instead', () => {
    const withdrawnFirst = incident()
    withdrawnFirst.cluster.settled()
    withdrawnFirst.speakers.get('node01')!.withdraws('10.5.115.0/24')
    withdrawnFirst.cluster.deletes('CiliumNode', 'node01').deletes('Node', 'node01')

    const closed = incident()
    closed.cluster.settled()
    closed.cluster.deletes('Node', 'node01').deletes('CiliumNode', 'node01')
    closed.speakers.get('node01')!.closes()

    const played = incident()
    played.cluster.settled()
    removeNode01(played)

    const expected = lines(played.cluster.settled())
    expect(lines(withdrawnFirst.cluster.settled())).toEqual(expected)
    expect(lines(closed.cluster.settled())).toEqual(expected)
  })

  test('node01 keeps its name although no object has it any more', () => {
    const played = incident()
    removeNode01(played)
    expect(played.cluster.observer.checker.nodeOf('127.0.0.1:1790 64513 10.4.94.23')).toBe('node01')
  })

  test('a reader of the trace comes to the same verdict, also from a checkpoint in the middle', () => {
    const played = incident()
    played.cluster.settled()
    const checkpoint = JSON.parse(JSON.stringify(played.cluster.observer.checkpoint())) as ReturnType<
      typeof played.cluster.observer.checkpoint
    >
    const at = played.cluster.events.length
    removeNode01(played)
    const live = played.cluster.settled()
    expect(played.cluster.reread().verdict()).toEqual(live)
    expect(played.cluster.reread(at, checkpoint).verdict()).toEqual(live)
  })
})
