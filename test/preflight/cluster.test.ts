import { expect, test } from 'vitest'
import type { ClusterObject } from '../../src/core/stream/events.ts'
import { objectsOf, type Host, type Outcome, type RouterFacts } from '../../src/lab/preflight/contract.ts'
import { chosenChecks, preflight } from '../../src/lab/preflight/run.ts'
import {
  advertisement,
  bgpCluster,
  cilium,
  ciliumConfig,
  ciliumNode,
  node,
  peerConfig,
} from '../support/cluster-objects.ts'

const ROUTER: RouterFacts = { address: '198.18.0.1', asn: 65000, listen: ['0.0.0.0:1790'] }
const NO_HOST = {} as Host

async function look(
  id: string,
  objects: readonly ClusterObject[],
  router: RouterFacts = ROUTER,
): Promise<readonly Outcome[]> {
  const [result] = await preflight({ cluster: objectsOf(objects), router, host: NO_HOST }, chosenChecks([id]))
  return result!.outcomes
}

const told = (outcomes: readonly Outcome[]): string[] =>
  outcomes.map(({ verdict, what }) => `${verdict}: ${what}`)

function clusterConfig(
  spec: Readonly<Record<string, unknown>> = {},
  status?: Readonly<Record<string, unknown>>,
): ClusterObject {
  return {
    apiVersion: 'cilium.io/v2',
    kind: 'CiliumBGPClusterConfig',
    metadata: { name: 'upstream' },
    spec: {
      nodeSelector: { matchLabels: { bgp: 'on' } },
      bgpInstances: [
        {
          name: 'main',
          localASN: 64512,
          peers: [{ name: 'tor', peerAddress: '198.18.0.1', peerASN: 65000, peerConfigRef: { name: 'tor' } }],
        },
      ],
      ...spec,
    },
    ...(status === undefined ? {} : { status }),
  }
}

const labelled = (name: string): ClusterObject => {
  const one = node(name)
  return { ...one, metadata: { ...one.metadata, labels: { bgp: 'on' } } }
}

const withSpec = (object: ClusterObject, spec: Readonly<Record<string, unknown>>): ClusterObject => ({
  ...object,
  spec: { ...(object['spec'] as object), ...spec },
})

const HEALTHY = [clusterConfig(), labelled('node01'), peerConfig(), advertisement('pods', ['PodCIDR'])]

test.each([
  ['v1.11.9', 'cluster-pool', 'error'],
  ['v1.11.9', 'kubernetes', 'ok'],
  ['v1.12.0', 'cluster-pool', 'ok'],
  ['v1.20.2', 'kubernetes', 'ok'],
  ['v1.20.2', 'eni', 'skipped'],
  ['latest', 'cluster-pool', 'skipped'],
])('Cilium %s with ipam %s: %s', async (version, ipam, verdict) => {
  const outcomes = await look('version-ipam', [
    cilium(`quay.io/cilium/cilium:${version}`),
    ciliumConfig({ ipam }),
  ])
  expect(outcomes.map((outcome) => outcome.verdict)).toEqual([verdict])
})

test('a speaker that is off is an error, whichever way it would be turned on', async () => {
  expect(told(await look('bgp-enabled', [ciliumConfig({ 'enable-bgp-control-plane': 'true' })]))).toEqual([
    'ok: enable-bgp-control-plane is true',
  ])
  const [off] = await look('bgp-enabled', [ciliumConfig({}), cilium('quay.io/cilium/cilium:v1.20.2')])
  expect(off).toMatchObject({
    verdict: 'error',
    remedy: expect.stringContaining('bgpControlPlane.enabled=true') as string,
  })
  const [old] = await look('bgp-enabled', [ciliumConfig({}), cilium('quay.io/cilium/cilium:v1.11.9')])
  expect(old?.remedy).toContain('bgp.enabled=true')
  expect(told(await look('bgp-enabled', []))[0]).toMatch(/^skipped: /)
})

test('CIDRs that overlap, are missing, or differ where they must agree are errors', async () => {
  const pool = ciliumConfig({ ipam: 'cluster-pool' })
  expect(
    told(await look('pod-cidrs', [pool, ciliumNode('a', ['10.0.0.0/24']), ciliumNode('b', ['10.0.1.0/24'])])),
  ).toEqual(['ok: 2 nodes, 2 CIDRs, none of them twice'])
  expect(
    told(await look('pod-cidrs', [pool, ciliumNode('a', ['10.0.0.0/23']), ciliumNode('b', ['10.0.1.0/24'])])),
  ).toEqual([expect.stringMatching(/^error: 10\.0\.0\.0\/23 of a and 10\.0\.1\.0\/24 of b overlap/)])
  expect(told(await look('pod-cidrs', [pool, ciliumNode('a', [])]))).toEqual([
    'error: a has no pod CIDR: it will announce none',
  ])
  const both = [node('a', ['10.9.0.0/24']), ciliumNode('a', ['10.0.0.0/24'])]
  expect((await look('pod-cidrs', [pool, ...both]))[0]?.verdict).toBe('warning')
  expect((await look('pod-cidrs', [ciliumConfig({ ipam: 'kubernetes' }), ...both]))[0]?.verdict).toBe('error')
  expect((await look('pod-cidrs', []))[0]?.verdict).toBe('error')
})

test('the chain of labels is whole, or its first broken link is named', async () => {
  expect(told(await look('selector-chain', HEALTHY))).toEqual([
    'ok: CiliumBGPClusterConfig upstream, peer tor: 1 node → tor → ipv4 PodCIDR',
  ])
  const broken = async (...objects: ClusterObject[]): Promise<string> =>
    told(await look('selector-chain', objects))[0]!
  const [config, selected, peer] = HEALTHY as [ClusterObject, ClusterObject, ClusterObject]
  expect(await broken()).toContain('there is no CiliumBGPClusterConfig')
  expect(await broken(config, node('node01'), peer)).toContain('selects no node')
  expect(await broken(config, selected)).toContain('there is no CiliumBGPPeerConfig tor')
  expect(await broken(config, selected, peer)).toContain(
    'no CiliumBGPAdvertisement has the labels that tor asks for',
  )
  expect(await broken(config, selected, withSpec(peer, { families: [] }))).toContain('has no families')
  expect(await broken(clusterConfig({ bgpInstances: [{ name: 'main', peers: [] }] }), selected)).toContain(
    'has no peer',
  )
  expect(told(await look('selector-chain', [...HEALTHY, node('node02')]))[1]).toBe(
    'warning: no CiliumBGPClusterConfig selects node02',
  )
  expect(await broken(ciliumConfig({ 'bgp-announce-pod-cidr': 'true' }), cilium('x/cilium:v1.11.9'))).toMatch(
    /^ok: MetalLB mode/,
  )
})

test('conditions that Cilium reports are told with what to do', async () => {
  const conditions = [{ type: 'cilium.io/MissingPeerConfigs', status: 'True', message: 'tor-2' }]
  const [outcome] = await look('conditions', [clusterConfig({}, { conditions })])
  expect(outcome).toMatchObject({
    verdict: 'error',
    what: 'CiliumBGPClusterConfig upstream: MissingPeerConfigs: tor-2',
  })
  const fine = [{ type: 'cilium.io/NoMatchingNode', status: 'False', message: '' }]
  expect((await look('conditions', [clusterConfig({}, { conditions: fine })]))[0]?.verdict).toBe('ok')
  expect((await look('conditions', [clusterConfig()]))[0]?.verdict).toBe('skipped')
})

test('the nodes dial our address, our port and our AS number', async () => {
  expect(told(await look('router-address', HEALTHY))).toEqual([
    'ok: CiliumBGPClusterConfig upstream, peer tor: 198.18.0.1:1790, AS 65000',
  ])
  expect(told(await look('router-address', HEALTHY, { ...ROUTER, address: '198.18.0.9' }))).toEqual([
    'error: no peer has the address 198.18.0.9; there is 198.18.0.1',
  ])
  expect(told(await look('router-address', HEALTHY, { ...ROUTER, asn: 65001 }))[0]).toContain(
    'peerASN is 65000, ours is 65001',
  )
  expect(told(await look('router-address', HEALTHY, { ...ROUTER, listen: ['0.0.0.0:179'] }))[0]).toContain(
    'the nodes dial port 1790, and we listen on 179',
  )
})

test.each([
  ['timers', { timers: { holdTimeSeconds: 9, keepAliveTimeSeconds: 3, connectRetryTimeSeconds: 1 } }, 'ok'],
  [
    'timers',
    { timers: { holdTimeSeconds: 2, keepAliveTimeSeconds: 1, connectRetryTimeSeconds: 1 } },
    'error',
  ],
  [
    'timers',
    { timers: { holdTimeSeconds: 9, keepAliveTimeSeconds: 5, connectRetryTimeSeconds: 1 } },
    'warning',
  ],
  ['timers', {}, 'warning'],
  ['graceful-restart', { gracefulRestart: { enabled: true } }, 'ok'],
  ['graceful-restart', { gracefulRestart: { enabled: true, restartTimeSeconds: 15 } }, 'warning'],
  ['graceful-restart', {}, 'warning'],
  ['md5', {}, 'ok'],
  ['md5', { authSecretRef: 'bgp-auth' }, 'warning'],
  ['ttl', { ebgpMultihop: 4 }, 'ok'],
  ['ttl', {}, 'warning'],
] as const)('%s of a peer config with %j: %s', async (id, spec, verdict) => {
  const [result] = await preflight(
    { cluster: objectsOf([withSpec(peerConfig(), spec)]), router: ROUTER, host: NO_HOST },
    chosenChecks([id]),
  )
  expect(result?.verdict).toBe(verdict)
})

test('a password of another peer than us is none of ours', async () => {
  const asking = withSpec(peerConfig('spine'), { authSecretRef: 'bgp-auth' })
  expect(told(await look('md5', [...HEALTHY, asking]))).toEqual([
    'ok: CiliumBGPPeerConfig tor: no authSecretRef',
    'ok: CiliumBGPPeerConfig spine: authSecretRef bgp-auth, for other peers than us',
  ])
  expect((await look('md5', [...HEALTHY, asking], { ...ROUTER, address: '198.18.0.9' }))[1]?.verdict).toBe(
    'warning',
  )
  // Nobody said who we are, and a peer that Cilium discovers has no address here.
  const discovered = clusterConfig({
    bgpInstances: [{ name: 'main', peers: [{ name: 'tor', peerConfigRef: { name: 'tor' } }] }],
  })
  expect(
    (await look('md5', [discovered, peerConfig(), asking], { ...ROUTER, address: undefined }))[1]?.verdict,
  ).toBe('warning')
})

test('identifiers are one a node, and none that peers refuse', async () => {
  const two = bgpCluster(['a', '10.0.0.0/24', '192.168.1.11'], ['b', '10.0.1.0/24', '192.168.1.12'])
  expect(told(await look('router-id', two))).toEqual(['ok: 2 nodes, 2 identifiers'])
  const same = bgpCluster(['a', '10.0.0.0/24', '192.168.1.11'], ['b', '10.0.1.0/24', '192.168.1.11'])
  expect(told(await look('router-id', same))).toEqual([
    'error: b and a have the same identifier 192.168.1.11',
  ])
  expect((await look('router-id', bgpCluster(['a', 'fd00::/64', 'fd00::11'])))[0]?.verdict).toBe('warning')
  expect((await look('router-id', bgpCluster(['a', '10.0.0.0/24', '241.1.1.1'])))[0]?.verdict).toBe('error')
})

test('without a cluster every look at one is skipped, and an id that there is not is refused', async () => {
  const facts = { cluster: undefined, router: ROUTER, host: NO_HOST }
  const results = await preflight(facts, chosenChecks(['version-ipam', 'timers']))
  expect(results.map(({ verdict }) => verdict)).toEqual(['skipped', 'skipped'])
  expect(() => chosenChecks(['version'])).toThrow(/there is no check "version"/)
})
