import { describe, expect, test } from 'vitest'
import { IPV4_UNICAST, IPV6_UNICAST } from '../../../../src/core/wire/message.ts'
import type { ClusterObject } from '../../../../src/core/stream/events.ts'
import { timeOfDay } from '../../../../src/core/check/words.ts'
import {
  advertisement,
  cilium,
  ciliumConfig,
  ciliumNode,
  peerConfig,
} from '../../../support/cluster-objects.ts'
import { expectSameWhenReread } from '../../../support/reread.ts'
import { lines, only, type ObservedCluster, type ObservedSpeaker } from '../../../support/observed-cluster.ts'
import { ALL_SERVICES, service, servicesRead, slice } from '../../../support/services.ts'
import { A, B, cluster } from '../../../support/two-nodes.ts'

const VIP = '192.0.2.10/32'
const FAMILIES = { families: [IPV4_UNICAST, IPV6_UNICAST] }

interface Scene {
  readonly all: ObservedCluster
  readonly a: ObservedSpeaker
  readonly b: ObservedSpeaker
}

/** Both nodes peer with us and announce their pod CIDRs; Services are advertised. */
function scene(...objects: readonly ClusterObject[]): Scene {
  const all = servicesRead(
    cluster(
      peerConfig('tor', { families: ['ipv4', 'ipv6'] }),
      advertisement('vip', [ALL_SERVICES]),
      ...objects,
    ),
  )
  const a = all.speaker({ ...A, ...FAMILIES }).announces('10.1.1.0/24')
  const b = all.speaker({ ...B, ...FAMILIES }).announces('10.1.2.0/24')
  return { all, a, b }
}

describe('no-endpoint', () => {
  test('says which Service, which node, what is there and where ready ones are, since when, and what to do', () => {
    const { all, a, b } = scene(service('web'), slice('web', ['b', 'b', 'a?']))
    b.announces(VIP)
    a.announces(VIP)
    const announced = all.now
    const finding = only(all.settled())
    expect(finding).toMatchObject({
      code: 'no-endpoint',
      severity: 'error',
      node: 'a',
      prefix: VIP,
      family: 'ipv4-unicast',
      since: announced,
      summary:
        `announced by a (10.0.0.1) since ${timeOfDay(announced)}; LoadBalancerIP of Service default/web ` +
        '(externalTrafficPolicy Local), which has no ready endpoint on a (1 not ready)',
      cause: 'a announces it although no ready endpoint was ever seen there',
      impact:
        'what routers send to 192.0.2.10 by way of a is dropped there (1 of 2 announcers cannot serve it); ' +
        'ready endpoints are on b (2)',
    })
    expect(finding.remedy).toMatch(
      /^kubectl -n default get endpointslices -l kubernetes\.io\/service-name=web; if a has no ready one, restart its agent/,
    )
  })

  test('is none, and the route is judged, where a ready endpoint is', () => {
    const { all, a, b } = scene(service('web'), slice('web', ['a', 'b?', 'b']))
    a.announces(VIP)
    b.announces(VIP)
    const verdict = all.settled()
    expect(verdict.findings).toEqual([])
    expect(verdict.notJudged).toEqual([])
  })

  test('begins when the last ready endpoint goes, after the settle time, and ends with the withdrawal', () => {
    const { all, a } = scene(service('web'), slice('web', ['a', 'a', 'b']))
    a.announces(VIP)
    expect(all.settled().findings).toEqual([])

    all.set(slice('web', ['a', 'b']))
    expect(all.verdict()).toMatchObject({ findings: [], unsettled: [] })
    all.passes('3s')
    const gone = all.now
    const event = all.event({ type: 'object', action: 'set', object: slice('web', ['b']) })
    expect(all.verdict()).toMatchObject({ findings: [], unsettled: [{ node: 'a', prefix: VIP }] })
    all.passes('14s')
    expect(all.verdict().findings).toEqual([])
    all.passes('1s')
    const finding = only(all.verdict())
    expect(finding).toMatchObject({
      since: gone,
      cause: 'a did not withdraw it when its last ready endpoint went',
    })
    expect(finding.summary).toContain(
      `(externalTrafficPolicy Local), which has no ready endpoint on a since ${timeOfDay(gone)}`,
    )
    expect(finding.impact).toMatch(/is dropped there; ready endpoints are on b$/)
    expect(finding.evidence).toContain(event)

    a.withdraws(VIP)
    expect(all.settled().findings).toEqual([])
  })

  test('is none when the route is withdrawn within the settle time, however late the announcers of other nodes are', () => {
    const { all, a, b } = scene(service('web'), slice('web', ['a', 'b']))
    a.announces(VIP)
    b.announces(VIP)
    all.settled()
    all.set(slice('web', ['b']))
    all.passes('10s')
    a.withdraws(VIP)
    expect(all.settled()).toMatchObject({ findings: [], notJudged: [] })
  })

  test('tells of a route that came after the last endpoint had gone', () => {
    const { all, a } = scene(service('web'), slice('web', ['a']))
    all.set(slice('web', ['b']))
    all.passes('5s')
    a.announces(VIP)
    expect(only(all.settled())).toMatchObject({
      since: all.now - 15e6,
      cause: 'a announced it after its last ready endpoint had gone',
    })
  })

  test('is a warning while what is left ends and still serves, and an error when it serves no more', () => {
    const { all, a } = scene(service('web'), slice('web', ['a']))
    a.announces(VIP)
    all.set(slice('web', ['a-']))
    const draining = only(all.settled())
    expect(draining).toMatchObject({
      severity: 'warning',
      impact: expect.stringMatching(/^new connections to 192\.0\.2\.10 still go to pods of a that end/),
    })
    expect(draining.summary).toMatch(/ \(1 terminating and still serving\)$/)
    expect(draining.impact).toMatch(/; no endpoint is ready on any node$/)
    all.set(slice('web', ['a!', 'b?']))
    const ended = only(all.verdict())
    expect(ended.severity).toBe('error')
    expect(ended.summary).toMatch(/ \(1 terminating\)$/)
    expect(ended.impact).toMatch(/; no endpoint is ready on any node \(elsewhere: 1 not ready\)$/)
  })

  test('with Cilium 1.18 an endpoint that is not ready is the cause', () => {
    const { all, a } = scene(
      service('web'),
      slice('web', ['a?', 'b']),
      cilium('quay.io/cilium/cilium:v1.18.11'),
    )
    a.announces(VIP)
    expect(only(all.settled())).toMatchObject({
      cause: 'Cilium 1.18.11 counts endpoints that are not ready, too (cilium#45276)',
      remedy: expect.stringMatching(/^Cilium >= 1\.20; /),
    })
  })

  test('each family has endpoints of its own', () => {
    const vips = ['192.0.2.10', 'fd00:99::10']
    const v6 = (endpoints: string[]) => slice('web', endpoints, { name: 'web-ipv6', addressType: 'IPv6' })
    const { all, a } = scene(service('web', { vips }), slice('web', ['a']), v6(['a', 'b']))
    a.announces(VIP).announces('fd00:99::10/128')
    expect(all.settled()).toMatchObject({ findings: [], notJudged: [] })
    all.set(v6(['b']))
    const verdict = all.verdict()
    expect(verdict.unsettled.map(({ prefix }) => prefix)).toEqual(['fd00:99::10/128'])
    expect(lines(all.settled())).toEqual(['a fd00:99::10/128 no-endpoint'])
    expect(only(all.verdict()).family).toBe('ipv6-unicast')
  })

  test('slices of a Service count together, and go with what they had', () => {
    const { all, a } = scene(service('web'), slice('web', ['b']), slice('web', ['a'], { name: 'web-2' }))
    a.announces(VIP)
    expect(all.settled().findings).toEqual([])
    all.event({ type: 'object', action: 'deleted', object: slice('web', [], { name: 'web-2' }) })
    expect(lines(all.settled())).toEqual([`a ${VIP} no-endpoint`])
    all.set(slice('web', ['a'], { name: 'web-3' }))
    expect(all.settled().findings).toEqual([])
  })

  test('a Service without any endpoint is served by nobody', () => {
    const { all, a, b } = scene(service('web'))
    a.announces(VIP)
    b.announces(VIP)
    const verdict = all.settled()
    expect(lines(verdict)).toEqual([`a ${VIP} no-endpoint`, `b ${VIP} no-endpoint`])
    expect(verdict.findings[0]!.impact).toMatch(
      /\(2 of 2 announcers cannot serve it\); no endpoint is ready on any node$/,
    )
  })

  test('external addresses go by the external policy, cluster addresses by the internal one', () => {
    const types = ['LoadBalancerIP', 'ExternalIP', 'ClusterIP']
    const { all, a } = scene(
      advertisement('vip', [{ ...ALL_SERVICES, service: { addresses: types } }]),
      service('web', {
        vips: [],
        spec: {
          externalTrafficPolicy: 'Local',
          internalTrafficPolicy: 'Cluster',
          externalIPs: ['203.0.113.7'],
          clusterIPs: ['10.96.0.7'],
        },
      }),
      service('inner', {
        vips: [],
        spec: {
          type: 'ClusterIP',
          externalTrafficPolicy: undefined,
          internalTrafficPolicy: 'Local',
          clusterIP: '10.96.0.8',
        },
      }),
      slice('web', ['b']),
      slice('inner', ['b']),
    )
    a.announces('203.0.113.7/32', '10.96.0.7/32', '10.96.0.8/32')
    const verdict = all.settled()
    expect(lines(verdict)).toEqual(['a 10.96.0.8/32 no-endpoint', 'a 203.0.113.7/32 no-endpoint'])
    expect(verdict.findings[0]!.summary).toContain(
      ' ClusterIP of Service default/inner (internalTrafficPolicy Local)',
    )
    expect(verdict.notJudged).toEqual([
      {
        node: 'a',
        prefix: '10.96.0.7/32',
        reason:
          'it is the ClusterIP of Service default/web, whose internalTrafficPolicy is Cluster: any node may announce it',
      },
    ])
  })

  test('is found where no advertisement selects the Service, too', () => {
    const { all, a } = scene(
      advertisement('vip', [{ ...ALL_SERVICES, selector: { matchLabels: { expose: 'yes' } } }]),
      service('web'),
      slice('web', ['b']),
    )
    a.announces(VIP)
    expect(only(all.settled()).cause).toBe(
      'no advertisement selects the Service for this peer: a announces it for another reason',
    )
  })

  test('the severity and the words follow the numbers elsewhere at once, without another settle time', () => {
    const { all, a } = scene(service('web'), slice('web', ['b']))
    a.announces(VIP)
    all.settled()
    all.set(slice('web', ['b', 'b']))
    expect(only(all.verdict()).impact).toMatch(/ready endpoints are on b \(2\)$/)
    // And with what makes it right.
    all.set(slice('web', ['a', 'b', 'b']))
    expect(all.verdict()).toMatchObject({ findings: [], unsettled: [] })
  })

  test('names five nodes with ready endpoints, and counts the others', () => {
    const nodes = ['b', 'c', 'd', 'e', 'f', 'g', 'h']
    const { all, a } = scene(service('web'), slice('web', nodes))
    a.announces(VIP)
    expect(only(all.settled()).impact).toMatch(/ready endpoints are on b, c, d, e, f and 2 more nodes$/)
  })

  test('is found in a cluster that announces pools of pods, too', () => {
    const { all, a } = scene(
      ciliumConfig({ ipam: 'multi-pool' }),
      advertisement('pools', ['CiliumPodIPPool']),
      service('web'),
      slice('web', ['b']),
    )
    a.announces(VIP)
    expect(lines(all.settled())).toContain(`a ${VIP} no-endpoint`)
  })

  test('an external address is judged whatever the class of the load balancer', () => {
    const spec = { loadBalancerClass: 'example.com/lb', externalIPs: ['203.0.113.7'] }
    const { all, a } = scene(service('web', { vips: [], spec }), slice('web', ['b']))
    a.announces('203.0.113.7/32')
    expect(lines(all.settled())).toEqual(['a 203.0.113.7/32 no-endpoint'])
  })

  test('endpoints that name no node end the finding for both families, and begin it when they go', () => {
    const v6 = 'fd00:99::10/128'
    const { all, a } = scene(service('web', { vips: ['fd00:99::10'] }), slice('web', []))
    a.announces(v6)
    expect(lines(all.settled())).toEqual([`a ${v6} no-endpoint`])
    all.set(slice('web', ['']))
    expect(all.verdict()).toMatchObject({ findings: [], notJudged: [{ prefix: v6 }] })
    all.set(slice('web', []))
    expect(all.verdict()).toMatchObject({ findings: [], unsettled: [{ prefix: v6 }] })
    expect(lines(all.settled())).toEqual([`a ${v6} no-endpoint`])
  })

  test('is found while another node’s route for the address flaps faster than it settles', () => {
    const { all, a, b } = scene(service('web'), slice('web', ['b']))
    a.announces(VIP)
    const announced = all.now
    for (let flap = 0; flap < 2; flap++) {
      b.announces(VIP)
      all.passes('7s')
      b.withdraws(VIP)
      const verdict = all.verdict()
      expect(verdict).toEqual(all.observer.checker.verdictFromScratch(all.observer.world))
      expect(lines(verdict)).toEqual([])
      expect(verdict.unsettled.filter(({ prefix }) => prefix === VIP)).toEqual([
        { node: 'a', prefix: VIP, until: announced + 15e6 },
      ])
    }
    b.announces(VIP)
    all.passes('2s')
    all.event({ type: 'mark', name: 'now' })
    const verdict = all.verdict()
    expect(lines(verdict)).toEqual([`a ${VIP} no-endpoint`])
    expect(verdict).toEqual(all.observer.checker.verdictFromScratch(all.observer.world))
  })

  test('settles anew when another Service with the address and an endpoint goes', () => {
    const { all, a } = scene(service('web'), slice('web', ['b']), service('twin'), slice('twin', ['a']))
    a.announces(VIP)
    expect(all.settled().findings).toEqual([])
    all.set(service('twin', { vips: [] }))
    expect(all.verdict()).toMatchObject({ findings: [], unsettled: [{ node: 'a', prefix: VIP }] })
    expect(lines(all.settled())).toEqual([`a ${VIP} no-endpoint`])
    const checkpoint = JSON.parse(JSON.stringify(all.observer.checkpoint())) as never
    expect(all.reread(all.events.length, checkpoint).verdict().findings).toEqual(all.verdict().findings)
  })

  test('stays an error when the session drops and graceful restart keeps the route', () => {
    const all = servicesRead(
      cluster(advertisement('vip', [ALL_SERVICES]), service('web'), slice('web', ['b'])),
    )
    const a = all.speaker({ ...A, gracefulRestart: { families: [IPV4_UNICAST], time: 120 } })
    a.announces(VIP)
    const before = all.settled().findings.find(({ prefix }) => prefix === VIP)!
    expect(before.code).toBe('no-endpoint')
    all.passes('1s')
    a.closes()
    const [finding, ...others] = all.verdict().findings.filter(({ prefix }) => prefix === VIP)
    expect(others).toEqual([])
    expect(finding).toMatchObject({ code: 'no-endpoint', severity: 'error', since: before.since })
    expect(finding!.cause).toMatch(/its session is down, and graceful restart keeps the route$/)
  })

  test('what graceful restart keeps is stale and nothing else, with an endpoint or without', () => {
    const all = servicesRead(
      cluster(advertisement('vip', [ALL_SERVICES]), service('web'), slice('web', ['a', 'b'])),
    )
    const a = all.speaker({ ...A, gracefulRestart: { families: [IPV4_UNICAST], time: 120 } })
    a.announces(VIP)
    expect(all.settled().findings.map(({ prefix }) => prefix)).not.toContain(VIP)
    a.closes()
    const ofVip = (): string[] => lines(all.settled()).filter((line) => line.includes(VIP))
    expect(ofVip()).toEqual([`a ${VIP} stale`])
    all.set(slice('web', ['b']))
    expect(ofVip()).toEqual([`a ${VIP} stale`])
  })
})

describe('what nobody can say is not said', () => {
  test.each<[string, readonly ClusterObject[], RegExp]>([
    [
      'the policy is Cluster',
      [service('web', { spec: { externalTrafficPolicy: 'Cluster' } }), slice('web', ['b'])],
      /LoadBalancerIP of Service default\/web, whose externalTrafficPolicy is Cluster/,
    ],
    [
      'another Service with the same address has the policy Cluster',
      [
        service('web'),
        service('api', { spec: { externalTrafficPolicy: 'Cluster' } }),
        slice('web', ['b']),
        slice('api', ['b']),
      ],
      /Service default\/api, whose externalTrafficPolicy is Cluster/,
    ],
    [
      'the Service is of another class',
      [service('web', { spec: { loadBalancerClass: 'example.com/lb' } }), slice('web', ['b'])],
      /whose loadBalancerClass is example\.com\/lb/,
    ],
    [
      'ready endpoints name no node, as those of an Ingress of Cilium',
      [service('web'), slice('web', ['', 'b'])],
      /some of whose ready endpoints name no node/,
    ],
    [
      'those are of the other family, as those of a Gateway of Cilium are for its IPv6 address',
      [
        service('web', { vips: ['192.0.2.10'] }),
        slice('web', [''], { addressType: 'IPv6' }),
        slice('web', ['b'], { name: 'web-2' }),
      ],
      /some of whose ready endpoints name no node/,
    ],
    [
      'an interface may have the address',
      [service('web'), slice('web', ['b']), advertisement('lo', ['Interface'])],
      /advertisement of type Interface could explain it/,
    ],
    [
      'a proxy is behind the address',
      [
        { ...service('web'), status: { loadBalancer: { ingress: [{ ip: '192.0.2.10', ipMode: 'Proxy' }] } } },
        slice('web', ['b']),
      ],
      /advertisement of type Service could explain it/,
    ],
  ])('%s', (_when, objects, why) => {
    const { all, a } = scene(...objects)
    a.announces(VIP)
    const verdict = all.settled()
    expect(verdict.findings).toEqual([])
    expect(verdict.notJudged).toMatchObject([{ node: 'a', prefix: VIP, reason: expect.stringMatching(why) }])
  })

  test('a prefix that the cluster allocates to a node is judged as such', () => {
    const own = ciliumNode('a', ['10.1.1.0/24', VIP], '10.0.0.1')
    const { all, a, b } = scene(service('web'), slice('web', ['c']), own)
    a.announces(VIP)
    expect(all.settled().findings).toEqual([])
    a.withdraws(VIP)
    b.announces(VIP)
    expect(lines(all.settled())).toEqual([`b ${VIP} wrong-owner`])
  })

  test("Cilium's own class is as good as none", () => {
    const spec = { loadBalancerClass: 'io.cilium/bgp-control-plane' }
    const { all, a } = scene(service('web', { spec }), slice('web', ['b']))
    a.announces(VIP)
    expect(lines(all.settled())).toEqual([`a ${VIP} no-endpoint`])
  })

  test('an aggregate is not the address, although the address is in it', () => {
    const aggregating = {
      ...ALL_SERVICES,
      service: { addresses: ['LoadBalancerIP'], aggregationLengthIPv4: 28 },
    }
    const { all, a } = scene(advertisement('vip', [aggregating]), service('web'), slice('web', ['b']))
    a.announces('192.0.2.0/28')
    const verdict = all.settled()
    expect(verdict.findings).toEqual([])
    expect(verdict.notJudged).toMatchObject([{ prefix: '192.0.2.0/28' }])
    // With policy Local Cilium announces the whole address, whatever the aggregation.
    a.announces(VIP)
    expect(lines(all.settled())).toEqual([`a ${VIP} no-endpoint`])
  })

  test('a peer that no object names has no endpoints', () => {
    const { all } = scene(service('web'), slice('web', ['b']))
    all.speaker({ identifier: '10.9.9.9', from: '127.0.0.9' }).announces(VIP)
    expect(lines(all.settled())).toEqual([`10.9.9.9 ${VIP} extra`])
  })

  test.each([
    [
      'services',
      'forbidden',
      /^services: reading them is forbidden; .* \(no-endpoint\): give the account get, list and watch on/,
    ],
    [
      'endpointslices.discovery.k8s.io',
      'absent',
      /^endpointslices.discovery.k8s.io: the API does not serve them; .* \(no-endpoint\): it takes services and endpointslices/,
    ],
    ['services', 'stale', /^services: the API does not answer: what is known may be old$/],
  ] as const)('with %s %s, a note says what is not judged and what it takes', (resource, state, words) => {
    const { all, a } = scene(service('web'), slice('web', ['b']))
    a.announces(VIP)
    expect(lines(all.settled())).toEqual([`a ${VIP} no-endpoint`])
    all.event({ type: 'resource', resource, state })
    const verdict = all.verdict()
    // What is known and may be old is judged all the same.
    expect(lines(verdict)).toEqual(state === 'stale' ? [`a ${VIP} no-endpoint`] : [])
    if (state !== 'stale')
      expect(verdict.notJudged).toMatchObject([
        { reason: 'an advertisement of type Service could explain it' },
      ])
    expect(verdict.caveats).toEqual([expect.stringMatching(words)])
    expect(verdict).toEqual(all.observer.checker.verdictFromScratch(all.observer.world))
  })

  test('nobody who advertises no Service, or has none with policy Local, is told of rights', () => {
    const all = servicesRead(cluster())
    all.event({ type: 'resource', resource: 'services', state: 'forbidden' })
    all.speaker(A)
    expect(all.settled().caveats).toEqual([])
    const { all: other } = scene(service('web', { spec: { externalTrafficPolicy: 'Cluster' } }))
    other.event({ type: 'resource', resource: 'endpointslices.discovery.k8s.io', state: 'absent' })
    expect(other.settled().caveats).toEqual([])
  })
})

test('is the same from the record, and from a checkpoint on', () => {
  const { all, a } = scene(service('web'), slice('web', ['a', 'b']))
  a.announces(VIP)
  all.settled()
  all.set(slice('web', ['b']))
  const live = all.settled()
  expect(lines(live)).toEqual([`a ${VIP} no-endpoint`])
  expectSameWhenReread(all, live)
})
