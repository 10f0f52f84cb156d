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

test('of a Service the addresses, policies and labels stay', () => {
  const metadata = {
    name: 'web',
    namespace: 'default',
    uid: 'u1',
    labels: { app: 'web' },
    ownerReferences: [{ name: 'x' }],
    annotations: { note: 'hush' },
  }
  const spec = {
    type: 'LoadBalancer',
    clusterIP: '10.96.0.7',
    clusterIPs: ['10.96.0.7'],
    externalTrafficPolicy: 'Local',
    loadBalancerClass: 'io.cilium/bgp-control-plane',
    ports: [{ port: 80 }],
    selector: { app: 'web' },
  }
  const ingress = [{ ip: '192.0.2.10', ipMode: 'VIP', ports: [] }, { hostname: 'lb.example' }]
  const status = { loadBalancer: { ingress }, conditions: [{ type: 'X' }] }
  expect(prune(object({ kind: 'Service', metadata, spec, status }))).toEqual({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', namespace: 'default', uid: 'u1', labels: { app: 'web' } },
    spec: {
      type: 'LoadBalancer',
      clusterIP: '10.96.0.7',
      clusterIPs: ['10.96.0.7'],
      externalTrafficPolicy: 'Local',
      loadBalancerClass: 'io.cilium/bgp-control-plane',
    },
    status: { loadBalancer: { ingress: [{ ip: '192.0.2.10', ipMode: 'VIP' }, {}] } },
  })
})

describe('of an EndpointSlice', () => {
  const sliceWith = (pod: string, labels: object = { 'kubernetes.io/service-name': 'web', app: 'web' }) => ({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: 'web-x', namespace: 'default', generateName: 'web-', labels },
    addressType: 'IPv4',
    ports: [{ port: 8080 }],
    endpoints: [
      {
        addresses: ['10.1.1.7'],
        nodeName: 'a',
        zone: 'z',
        hints: { forZones: [{ name: 'z' }] },
        targetRef: { kind: 'Pod', name: pod },
        conditions: { ready: true, serving: true, terminating: false, other: true },
      },
    ],
  })

  test('the Service, and the nodes and conditions of its endpoints stay', () => {
    expect(prune(sliceWith('web-1'))).toEqual({
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: 'web-x', namespace: 'default', labels: { 'kubernetes.io/service-name': 'web' } },
      addressType: 'IPv4',
      endpoints: [{ nodeName: 'a', conditions: { ready: true, serving: true, terminating: false } }],
    })
  })

  test('a pod that replaces another on its node changes nothing', () => {
    expect(contentOf(prune(sliceWith('web-1'))!)).toBe(contentOf(prune(sliceWith('web-2'))!))
  })

  test('what is malformed stays as it is, and pruning it again changes nothing', () => {
    const strange = { ...sliceWith('web-1', [] as object), endpoints: ['a', { conditions: 'ready' }] }
    expect(prune(strange)!['endpoints']).toEqual(['a', { conditions: 'ready' }])
    for (const one of [sliceWith('web-1'), strange, { ...strange, endpoints: 'none' }])
      expect(prune(prune(one))).toEqual(prune(one))
  })
})
