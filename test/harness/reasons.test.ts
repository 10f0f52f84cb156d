// The likely reason that a wait gives for each node when its time is over.
import { describe, expect, test } from 'vitest'
import { Observer } from '../../src/core/check/observer.ts'
import { namesOf } from '../../src/harness/event-log.ts'
import { History } from '../../src/harness/history.ts'
import { Recent } from '../../src/harness/recent.ts'
import { startRouter } from '../../src/harness/start.ts'
import { until, type Condition, type Waiting, type WaitView } from '../../src/harness/until.ts'
import { fromStatic, staticObjects, type StaticEntry } from '../../src/kube/static-source.ts'
import { advertisement, ciliumNode, nodeConfig, peerConfig } from '../support/cluster-objects.ts'
import { ObservedCluster } from '../support/observed-cluster.ts'
import { open } from '../support/speaker-messages.ts'
import { ScriptedPeer } from '../support/scripted-peer.ts'
import { A, B, cluster } from '../support/two-nodes.ts'

function viewOf(all: ObservedCluster): WaitView {
  const observer = new Observer(all.config, { settle: all.settle })
  const recent = new Recent(namesOf(observer))
  const history = new History(all.events[0]!.at, recent)
  for (const event of all.events) {
    const { told } = observer.apply(event)
    recent.push(event, told)
    history.push(event, told)
  }
  return { observer, history, now: all.now }
}

const lines = (waiting: readonly Waiting[]): string[] => waiting.map(({ node, why }) => `${node}: ${why}`)

/** What the error says when the time is over: "a: never connected". */
const reasons = (all: ObservedCluster, condition: Condition): string[] =>
  lines((condition.explain ?? condition.progress)(viewOf(all)))

/** For whom it waits; nobody when it holds. */
const waitsFor = (all: ObservedCluster, condition: Condition): string[] =>
  lines(condition.progress(viewOf(all)))

const given = (...entries: StaticEntry[]): ObservedCluster =>
  new ObservedCluster().set(...staticObjects(entries, 'fromStatic'))

const OWN = '10.1.1.0/24'

describe('no session', () => {
  test('never dialled: the error says once what else that can mean, a TCP MD5 key that does not match among it', async () => {
    await using router = await startRouter({
      asn: 65000,
      listen: '127.0.0.1:0',
      expected: fromStatic([
        { node: 'a', prefixes: [OWN], asn: 64512 },
        { node: 'b', prefixes: [], asn: 64513 },
      ]),
    })
    await expect(router.wait(until.sessions('all'), { timeout: 50 })).rejects.toThrow(
      [
        'all sessions Established: not so after 0.05 s',
        '  a  never connected',
        '  b  never connected',
        '  (never connected: it never dialled us, or its SYNs were dropped on the way (a firewall, a missing route, or TCP MD5 keys that differ))',
      ].join('\n'),
    )
  })

  test('key mismatch: a node whose configuration has a TCP MD5 key', () => {
    const config = peerConfig()
    const spec = { ...(config['spec'] as object), authSecretRef: 'bgp-password' }
    expect(reasons(cluster({ ...config, spec }), until.sessions(['a']))).toEqual([
      'a: never connected: perhaps a key mismatch: its CiliumBGPPeerConfig has the TCP MD5 key of Secret "bgp-password", which the password of our peers must be, too (SYNs with a wrong signature are dropped unseen)',
    ])
  })

  test('OPEN rejected, with which code, of a node that is known by its identifier', () => {
    const all = new ObservedCluster({ range: { asn: 64513 } }).set(
      ...staticObjects([{ node: 'a', prefixes: [OWN], identifiers: A.identifier }], 'fromStatic'),
    )
    all.message(all.connect('127.0.0.1', '127.0.0.1'), open({ ...A, asn: 64599 }))
    expect(reasons(all, until.sessions('all'))).toEqual([
      'a: connected with AS 64599 and was refused: NOTIFICATION 2/2 OPEN Message Error/Bad Peer AS sent by us',
    ])
  })

  test('OPEN rejected, when no object says who should come', () => {
    const all = new ObservedCluster({ range: { asn: 64513 } })
    all.message(all.connect('127.0.0.7', '127.0.0.1'), open({ asn: 64599 }))
    expect(reasons(all, until.sessions('all'))).toEqual([
      '127.0.0.7: connected with AS 64599 and was refused: NOTIFICATION 2/2 OPEN Message Error/Bad Peer AS sent by us',
    ])
  })

  test('refused: nobody listens where we dial, and that is said', async () => {
    const closed = await startRouter({ asn: 65001, listen: '127.0.0.1:0' })
    const [dial] = closed.listeners
    await closed.stop()
    await using router = await startRouter({
      asn: 65000,
      listen: '127.0.0.1:0',
      peers: [{ dial: dial!, mode: 'active' }],
    })
    await router.wait(until.event('refused', ({ news }) => news?.news === 'dial-failed', { since: 0 }))
    await expect(router.wait(until.sessions(1), { timeout: 50 })).rejects.toThrow(
      `127.0.0.1  dialled (attempt 1): refused: nobody listens on ${dial}`,
    )
  })

  test('no answer to our SYNs: a key mismatch looks like that', () => {
    const dial = { address: '10.0.0.9', port: 179, connectRetry: 5, accept: true }
    const from = { afi: 1, words: [0x0a000009], length: 32 } as const
    const all = new ObservedCluster({ range: { from, dial } })
    expect(reasons(all, until.sessions('all'))).toEqual([
      '10.0.0.9: dialled (attempt 1), no answer so far: a firewall, or TCP MD5 keys that differ',
    ])
    const to = { address: '10.0.0.9', port: 179 }
    const message = 'no answer from 10.0.0.9:179'
    all.event({ type: 'dial-failed', range: 0, attempt: 1, to, message })
    expect(reasons(all, until.sessions('all'))).toEqual([
      '10.0.0.9: dialled (attempt 1): no answer from 10.0.0.9:179 (a firewall, or TCP MD5 keys that differ)',
    ])
  })

  test('a name that there is not is told with the nearest ones', () => {
    const all = given({ node: 'node01', prefixes: [] }, { node: 'master1', prefixes: [] })
    expect(reasons(all, until.sessions(['nod01']))).toEqual([
      'nod01: there is no node of that name (did you mean node01?)',
    ])
  })

  test('the last event of the node stands behind its reason', async () => {
    await using router = await startRouter({
      asn: 65000,
      listen: '127.0.0.1:0',
      expected: fromStatic([{ node: 'a', prefixes: [OWN], asn: 64512 }]),
    })
    const peer = await ScriptedPeer.establish(router.listeners[0]!)
    await expect(router.wait(until.routes(), { timeout: 50 })).rejects.toThrow(
      /a {2}has not announced 10\.1\.1\.0\/24; last event \d+: /,
    )
    await peer.announces(OWN)
    expect(await router.wait(until.routes())).toBe('expected routes announced')
  })
})

describe('no End-of-RIB', () => {
  test('of a session with graceful restart it is still to come', () => {
    const all = cluster()
    all.speaker({ ...A, gracefulRestart: {} })
    expect(reasons(all, until.endOfRib())).toEqual(['a: no End-of-RIB for ipv4-unicast'])
  })

  test('of a session without it, it may never come', () => {
    const all = cluster()
    all.speaker(A)
    expect(reasons(all, until.endOfRib())).toEqual([
      'a: no End-of-RIB for ipv4-unicast (the peer does not offer graceful restart: then many speakers send none)',
    ])
  })
})

describe('no route', () => {
  test('advertisement missing: nothing is expected of anybody, which is no success', () => {
    const all = cluster(advertisement('pod-cidr', ['PodCIDR'], { advertise: 'something-else' }))
    all.speaker(A)
    expect(reasons(all, until.routes())).toEqual([
      'a: nothing is expected of it: no advertisement of type PodCIDR selects its 10.1.1.0/24 for us',
      'b: nothing is expected of it: no advertisement of type PodCIDR selects its 10.1.2.0/24 for us',
    ])
    expect(reasons(all, until.route(OWN).from('a'))).toEqual([
      'a: 10.1.1.0/24 is not announced by it; it owns it, but no advertisement of type PodCIDR selects it for us; no End-of-RIB has come',
    ])
  })

  test('an empty list of prefixes is nothing to wait for', () => {
    const all = given({ node: 'a', prefixes: [], identifiers: A.identifier })
    all.speaker(A)
    expect(reasons(all, until.routes())).toEqual([
      'a: nothing is expected of it: its list of prefixes is empty',
    ])
  })

  test('announced by another node than the one that is meant', () => {
    const all = cluster()
    all.speaker({ ...A, gracefulRestart: {} }).endsRib()
    all.speaker(B).announces(OWN)
    expect(waitsFor(all, until.route(OWN))).toEqual([])
    expect(reasons(all, until.route(OWN).from('a'))).toEqual([
      'a: 10.1.1.0/24 is not announced by it; it is announced by b; it owns it and should announce it; its End-of-RIB has come: it has said all',
    ])
  })

  test('a prefix that nobody owns, with those that are near to it', () => {
    const all = cluster()
    all.speaker(A).announces(OWN, '10.77.0.0/16')
    expect(reasons(all, until.route('10.1.1.0/25'))).toEqual([
      '(any): 10.1.1.0/25 is not announced; nobody owns it; 10.1.1.0/24 of a overlaps it; near to it: 10.1.1.0/24',
    ])
  })

  test('of nobody in particular: why its owner has it not', () => {
    expect(reasons(cluster(), until.route(OWN))).toEqual(['a: never connected'])
  })

  test('of a node without a session, and of one that the cluster does not make peer with us', () => {
    const all = cluster(
      ciliumNode('c', ['10.1.3.0/24'], '10.0.0.3'),
      nodeConfig('c', { peers: [{ peerAddress: '192.0.2.9' }] }),
    )
    expect(reasons(all, until.route('10.1.3.0/24').from('c'))).toEqual(['c: never connected'])
    all.speaker({ identifier: '10.0.0.3' })
    expect(reasons(all, until.route('10.1.3.0/24').from('c'))).toEqual([
      'c: 10.1.3.0/24 is not announced by it; it owns it, but its configuration has no peer with our address and AS number; no End-of-RIB has come',
    ])
  })
})

test('a wait for expected routes looks at them alone, however many others there are', () => {
  const all = cluster()
  all.speaker(A).announces(OWN)
  all.speaker(B).announces('10.1.2.0/24')
  const { speaker } = all.observer.world
  const read: string[] = []
  const routes = speaker.routes.bind(speaker)
  speaker.routes = (peer) => {
    read.push(peer)
    return routes(peer)
  }
  const view = { observer: all.observer, history: new History(0, new Recent(namesOf(all.observer))), now: 0 }
  expect(until.routes().progress(view)).toEqual([])
  expect(until.route(OWN).from('a').progress(view)).toEqual([])
  expect(read).toEqual([])
})
