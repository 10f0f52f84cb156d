// From a Service to a route: what comes to nothing is found, with the first reason.
import { expect, test } from 'vitest'
import type { ClusterObject } from '../../src/core/stream/events.ts'
import { objectsOf, type Facts, type Host } from '../../src/lab/preflight/contract.ts'
import { chosenChecks, preflight } from '../../src/lab/preflight/run.ts'
import { advertisement, ciliumConfig, ciliumNode, peerConfig } from '../support/cluster-objects.ts'

async function told(
  id: string,
  objects: readonly ClusterObject[],
  more: Partial<Pick<Facts, 'unread' | 'initContainers'>> = {},
): Promise<string[]> {
  const router = { address: undefined, asn: undefined, listen: [] }
  const facts: Facts = { cluster: objectsOf(objects), router, host: {} as Host, ...more }
  const [result] = await preflight(facts, chosenChecks([id]))
  return result!.outcomes.map(({ verdict, what }) => `${verdict}: ${what}`)
}

const SELECTOR = { matchLabels: { bgp: 'blue' } }
const entry = (selector: unknown = SELECTOR, addresses = ['LoadBalancerIP']) => ({
  advertisementType: 'Service',
  service: { addresses },
  ...(selector === null ? {} : { selector }),
})
const announces = (...entries: object[]): ClusterObject =>
  advertisement('svc', entries as Readonly<Record<string, unknown>>[])

interface Fields {
  readonly labels?: Record<string, string>
  readonly spec?: object
  readonly status?: object
}

const service = (name: string, { labels = { bgp: 'blue' }, spec = {}, status = {} }: Fields = {}) =>
  ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'default', labels },
    spec: { type: 'LoadBalancer', ports: [{ port: 80 }], ...spec },
    status,
  }) as ClusterObject

const at = (...ingress: object[]) => ({ status: { loadBalancer: { ingress } } })

const pool = (name: string, spec: object = {}, conditions: readonly object[] = []) =>
  ({
    apiVersion: 'cilium.io/v2',
    kind: 'CiliumLoadBalancerIPPool',
    metadata: { name },
    spec,
    status: { conditions },
  }) as ClusterObject

test('a Service with an address that an advertisement selects is well', async () => {
  expect(await told('services', [announces(entry()), service('web', at({ ip: '198.18.80.1' }))])).toEqual([
    'ok: 1 Service, 1 of type LoadBalancer with an address that is announced',
  ])
  // Cilium adds name and namespace to the labels.
  const byName = entry({ matchLabels: { 'io.kubernetes.service.name': 'web' } })
  const plain = service('web', { labels: {}, ...at({ ip: '198.18.80.1', ipMode: 'VIP' }) })
  expect((await told('services', [announces(byName), plain]))[0]).toMatch(/^ok/)
})

test('without an advertisement of Services, or without the right to list them, nothing is judged', async () => {
  expect(await told('services', [advertisement('pods', ['PodCIDR']), service('web')])).toEqual([
    'skipped: no CiliumBGPAdvertisement announces Services',
  ])
  const unread = new Map([['Service', 'services is forbidden']])
  expect(await told('services', [announces(entry())], { unread })).toEqual([
    'skipped: Services cannot be looked at: services is forbidden',
  ])
})

test.each<[string, object, string]>([
  ['no selector', entry(null), 'error: CiliumBGPAdvertisement svc: its Service entry has no selector'],
  [
    'no addresses',
    entry(SELECTOR, []),
    'error: CiliumBGPAdvertisement svc: its Service entry lists no addresses',
  ],
  [
    'a selector that fits none',
    entry({ matchLabels: { bgp: 'red' } }),
    'warning: CiliumBGPAdvertisement svc: its Service entry selects none of 1 Service',
  ],
])('an advertisement with %s comes to nothing', async (_what, one, expected) => {
  const outcomes = await told('services', [announces(one), service('web', at({ ip: '198.18.80.1' }))])
  expect(outcomes[0]).toContain(expected)
})

test('LoadBalancer Services that no advertisement announces are named, some of them', async () => {
  const all = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((name) => service(name, { labels: {} }))
  const fine = service('web', at({ ip: '198.18.80.1' }))
  expect(await told('services', [announces(entry()), fine, ...all])).toEqual([
    'warning: no CiliumBGPAdvertisement announces the address of default/a, default/b, default/c, default/d, default/e and 2 more',
  ])
  const clusterIp = announces(entry(SELECTOR, ['ClusterIP']))
  expect(await told('services', [clusterIp, fine])).toEqual([
    'warning: no CiliumBGPAdvertisement announces the address of default/web',
  ])
})

test.each<[string, Fields, string]>([
  ['another class', { spec: { loadBalancerClass: 'acme/lb' } }, 'loadBalancerClass acme/lb: Cilium'],
  ['no ports', { spec: { ports: [] } }, 'has no ports'],
  ['a host name', at({ hostname: 'lb.example' }), 'has a host name and no address'],
  ['ipMode Proxy', at({ ip: '198.18.80.1', ipMode: 'Proxy' }), 'ipMode of its address is not VIP'],
])('a Service with %s is not announced', async (_what, fields, expected) => {
  const outcomes = await told('services', [announces(entry()), service('web', fields)])
  expect(outcomes).toEqual([expect.stringContaining(expected)])
  expect(outcomes[0]).toMatch(/^warning: Service default\/web/)
})

const used = [{ type: 'cilium.io/IPsAvailable', status: 'Unknown', message: '0' }]
const refused = {
  status: {
    conditions: [
      {
        type: 'cilium.io/IPAMRequestSatisfied',
        status: 'False',
        reason: 'no_pool',
        message: 'There are no enabled pools',
      },
    ],
  },
}

test.each<[string, readonly ClusterObject[], string, Fields]>([
  ['there is no pool', [], 'there is no CiliumLoadBalancerIPPool', {}],
  [
    'no pool selects it',
    [pool('red', { serviceSelector: { matchLabels: { bgp: 'red' } } })],
    'no CiliumLoadBalancerIPPool selects it',
    {},
  ],
  [
    'its pool is disabled',
    [pool('blue', { serviceSelector: SELECTOR, disabled: true })],
    'blue is disabled',
    {},
  ],
  ['its pool is used up', [pool('blue', {}, used)], 'blue has none left', {}],
  ['Cilium refuses', [pool('blue')], 'Cilium says no_pool: There are no enabled pools', refused],
  ['nobody says why', [pool('blue')], 'blue could give one', {}],
])('a Service without an address: %s', async (_what, pools, expected, fields) => {
  const [outcome] = await told('services', [announces(entry()), service('web', fields), ...pools])
  expect(outcome).toBe(`error: Service default/web has no address: nothing is announced for it; ${expected}`)
})

test('pools that may not be listed are no reason', async () => {
  const unread = new Map([['CiliumLoadBalancerIPPool', 'forbidden']])
  expect(await told('services', [announces(entry()), service('web')], { unread })).toEqual([
    'error: Service default/web has no address: nothing is announced for it; CiliumLoadBalancerIPPools cannot be looked at: forbidden',
  ])
  expect(await told('lb-pools', [], { unread })).toEqual([
    'skipped: CiliumLoadBalancerIPPools cannot be looked at: forbidden',
  ])
})

test('pools that give no address are told', async () => {
  const conflict = [{ type: 'cilium.io/PoolConflict', status: 'True', message: 'conflicts with pool b' }]
  expect(
    await told('lb-pools', [
      pool('a', {}, conflict),
      pool('b', { disabled: true }),
      pool('c', {}, used),
      pool('d'),
    ]),
  ).toEqual([
    'error: CiliumLoadBalancerIPPool a gives no address: conflicts with pool b',
    'warning: CiliumLoadBalancerIPPool b is disabled',
    'warning: CiliumLoadBalancerIPPool c is used up',
  ])
  expect(await told('lb-pools', [pool('d')])).toEqual(['ok: 1 pool'])
})

const pods = (spec: object) =>
  ({
    apiVersion: 'cilium.io/v2alpha1',
    kind: 'CiliumPodIPPool',
    metadata: { name: 'default' },
    spec,
  }) as ClusterObject

const allocated = (...cidrs: string[]): ClusterObject => ({
  ...ciliumNode('node01'),
  spec: { ipam: { pools: { allocated: [{ pool: 'default', cidrs }] } } },
})

test.each<[string, string, readonly (string | object)[], readonly ClusterObject[], string]>([
  ['pod CIDRs of a cluster pool', 'cluster-pool', ['PodCIDR'], [], 'ok: 1 entries, ipam cluster-pool'],
  [
    'pod CIDRs of many pools',
    'multi-pool',
    ['PodCIDR'],
    [],
    'error: CiliumBGPAdvertisement a: PodCIDR announces nothing with ipam multi-pool',
  ],
  [
    'pod CIDRs of a cloud',
    'eni',
    ['PodCIDR'],
    [],
    'error: CiliumBGPAdvertisement a: PodCIDR announces nothing with ipam eni',
  ],
  [
    'pools where there are none',
    'cluster-pool',
    ['CiliumPodIPPool'],
    [],
    'error: CiliumBGPAdvertisement a: CiliumPodIPPool announces nothing with ipam cluster-pool',
  ],
  [
    'pools without a selector',
    'multi-pool',
    ['CiliumPodIPPool'],
    [],
    'error: CiliumBGPAdvertisement a: its CiliumPodIPPool entry has no selector',
  ],
  [
    'a pool by its name',
    'multi-pool',
    [
      {
        advertisementType: 'CiliumPodIPPool',
        selector: { matchLabels: { 'io.cilium.podippool.name': 'default' } },
      },
    ],
    [pods({ ipv4: { cidrs: ['10.6.0.0/16'] } })],
    'ok: 1 entries, ipam multi-pool',
  ],
  [
    'a pool that there is not',
    'multi-pool',
    [{ advertisementType: 'CiliumPodIPPool', selector: { matchLabels: { pool: 'blue' } } }],
    [pods({})],
    'warning: CiliumBGPAdvertisement a: its CiliumPodIPPool entry selects none of 1 pools',
  ],
  [
    'a pool whose family went away',
    'multi-pool',
    [{ advertisementType: 'CiliumPodIPPool', selector: {} }],
    [pods({ ipv6: { cidrs: ['fd00::/48'] } }), allocated('10.6.0.0/24', 'fd00::/64')],
    'error: node01 has an ipv4 CIDR of pool default, which has no spec.ipv4',
  ],
])('advertised: %s', async (_what, ipam, types, objects, expected) => {
  const entries = types as (string | Readonly<Record<string, unknown>>)[]
  const [outcome] = await told('advertisement-types', [
    ciliumConfig({ ipam }),
    advertisement('a', entries),
    ...objects,
  ])
  expect(outcome).toContain(expected)
})

test('a family that the session is not of is a warning', async () => {
  const config = (peerAddress: string) =>
    ({
      apiVersion: 'cilium.io/v2',
      kind: 'CiliumBGPClusterConfig',
      metadata: { name: 'up' },
      spec: { bgpInstances: [{ peers: [{ name: 'tor', peerAddress, peerConfigRef: { name: 'tor' } }] }] },
    }) as ClusterObject
  const both = peerConfig('tor', { families: ['ipv4', 'ipv6'] })
  expect(await told('families', [config('198.18.0.1'), both])).toEqual([
    'warning: CiliumBGPClusterConfig up, peer tor: ipv6 routes over a session to 198.18.0.1: their next hop is ::ffff:a.b.c.d, which most routers refuse (cilium#37831)',
  ])
  expect((await told('families', [config('fd00::1'), both]))[0]).toMatch(/ipv4 routes .*MP_REACH/)
  expect(await told('families', [config('198.18.0.1'), peerConfig()])).toEqual(['ok: 1 peer'])
})

test('password Secrets: there, missing, and not to be seen', async () => {
  const peer = peerConfig()
  const asking = { ...peer, spec: { ...(peer['spec'] as object), authSecretRef: 'bgp-auth' } }
  const secret = (namespace: string) =>
    ({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'bgp-auth', namespace } }) as ClusterObject
  expect(await told('password-secrets', [peerConfig()])).toEqual([
    'ok: no CiliumBGPPeerConfig has an authSecretRef',
  ])
  expect((await told('password-secrets', [asking, secret('kube-system')]))[0]).toMatch(
    /^ok: Secret kube-system\/bgp-auth is there/,
  )
  expect(await told('password-secrets', [asking, secret('elsewhere')])).toEqual([
    'error: there is no Secret kube-system/bgp-auth: Cilium then connects without a password',
  ])
  const moved = ciliumConfig({ 'bgp-secrets-namespace': 'elsewhere' })
  expect((await told('password-secrets', [asking, moved, secret('elsewhere')]))[0]).toMatch(/^ok/)
  const unread = new Map([['Secret kube-system/bgp-auth', 'secrets "bgp-auth" is forbidden']])
  expect((await told('password-secrets', [asking], { unread }))[0]).toMatch(
    /^skipped: Secret kube-system\/bgp-auth cannot be looked for: secrets "bgp-auth" is forbidden/,
  )
})

test("Cilium's own sysctl file is written, or anybody may undo what the agent sets", async () => {
  const initContainers = ['mount-cgroup', 'apply-sysctl-overwrites']
  expect((await told('sysctl-fix', [], { initContainers }))[0]).toMatch(/^ok/)
  expect((await told('sysctl-fix', [], { initContainers: ['mount-cgroup'] }))[0]).toMatch(
    /^warning: Cilium writes no/,
  )
  expect((await told('sysctl-fix', []))[0]).toMatch(/^skipped/)
})
