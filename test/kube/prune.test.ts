import { describe, expect, test } from 'vitest'
import { INCIDENT } from '../../src/demo/incident.ts'
import { contentOf, prune } from '../../src/kube/prune.ts'

const object = (fields: object) => ({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'a' }, ...fields })

test('managed fields and annotations go: anybody writes anything there', () => {
  const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': '{}', other: 'x' }
  const metadata = { name: 'a', labels: { zone: '1' }, managedFields: [{ manager: 'kubectl' }], annotations }
  expect(prune(object({ metadata }))!.metadata).toEqual({ name: 'a', labels: { zone: '1' } })
})

describe('of cilium-config', () => {
  const config = (fields: object) =>
    prune(object({ kind: 'ConfigMap', metadata: { name: 'cilium-config' }, ...fields }))!

  test('the keys that say which modes run stay, and no others', () => {
    const data = {
      ipam: 'kubernetes',
      'bgp-announce-pod-cidr': 'true',
      'kvstore-opt': '{"password": "hush"}',
    }
    expect(config({ data, binaryData: { ipam: 'aHVzaA==' } })['data']).toEqual({
      ipam: 'kubernetes',
      'bgp-announce-pod-cidr': 'true',
    })
    expect(JSON.stringify(config({ data, binaryData: { ipam: 'aHVzaA==' } }))).not.toMatch(/hush|aHVz/)
  })

  test('data that is no map goes', () => {
    expect(config({ data: 'hush' })).not.toHaveProperty('data')
  })
})

test('what was pruned once is pruned', () => {
  for (const one of INCIDENT.objects) expect(prune(prune(one))).toEqual(prune(one))
})

test('of the status of a Node the addresses stay', () => {
  const status = { addresses: [{ type: 'InternalIP', address: '10.0.0.1' }], conditions: [{ type: 'Ready' }] }
  expect(prune(object({ status }))!['status']).toEqual({ addresses: status.addresses })
})

test('of a DaemonSet only the images stay: environments may hold passwords', () => {
  const containers = [
    { name: 'cilium-agent', image: 'cilium:v1', env: [{ name: 'PASSWORD', value: 'hush' }] },
  ]
  const daemonSet = {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: 'cilium' },
    spec: { template: { spec: { containers } } },
  }
  expect(JSON.stringify(prune(daemonSet))).not.toContain('hush')
  expect(prune(daemonSet)!['spec']).toEqual({
    template: { spec: { containers: [{ name: 'cilium-agent', image: 'cilium:v1' }] } },
  })
})

test('counters of a CiliumBGPNodeConfig go, so that it does not change every 5 s', () => {
  const peers = [
    {
      name: 'tor',
      peerAddress: '10.0.0.9',
      establishedTime: '2026-01-01T00:00:00Z',
      routeCount: [{ received: 3 }],
    },
  ]
  const config = object({ kind: 'CiliumBGPNodeConfig', status: { bgpInstances: [{ name: 'main', peers }] } })
  expect(prune(config)!['status']).toEqual({
    bgpInstances: [{ name: 'main', peers: [{ name: 'tor', peerAddress: '10.0.0.9' }] }],
  })
})

test('single addresses of pods go, pools stay', () => {
  const ipam = {
    podCIDRs: ['10.1.1.0/24'],
    pool: { '10.1.1.7': {} },
    pools: { requested: [{}], allocated: [{ pool: 'x' }] },
  }
  expect(prune(object({ kind: 'CiliumNode', spec: { ipam } }))!['spec']).toEqual({
    ipam: { podCIDRs: ['10.1.1.0/24'], pools: { allocated: [{ pool: 'x' }] } },
  })
})

test.each([
  ['a Secret', object({ kind: 'Secret' })],
  ['another ConfigMap', object({ kind: 'ConfigMap' })],
  ['what has no name', object({ metadata: {} })],
  ['what is no object', 'text'],
  ['nothing', null],
])('%s is no object for us', (_, value) => {
  expect(prune(value)).toBeUndefined()
})

test('malformed fields stay, for the check to name', () => {
  expect(prune(object({ spec: 'x' }))!['spec']).toBe('x')
})

test('the version number is no content', () => {
  const version = (resourceVersion: string) =>
    contentOf(prune(object({ metadata: { name: 'a', resourceVersion } }))!)
  expect(version('1')).toBe(version('2'))
})
