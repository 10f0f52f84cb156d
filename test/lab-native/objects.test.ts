import { beforeAll, describe, expect, test } from 'vitest'
import { readTemplates } from '../../src/lab/native/bring-up.ts'
import { firstNodes } from '../../src/lab/native/nodes.ts'
import {
  clusterObjects,
  collectionPath,
  nodeObjects,
  render,
  type KubeObject,
  type Templates,
} from '../../src/lab/native/objects.ts'
import { makePlan, type LabOptions } from '../../src/lab/native/plan.ts'

let templates: Templates
beforeAll(async () => {
  templates = await readTemplates()
})

const cluster = (options: LabOptions): KubeObject[] => clusterObjects(makePlan(options), templates)
const find = (objects: readonly KubeObject[], kind: string, name?: string): KubeObject | undefined =>
  objects.find((object) => object.kind === kind && (name === undefined || object.metadata.name === name))

describe('objects of a node', () => {
  test('are Node, CiliumNode and the override with its source address', () => {
    const plan = makePlan({})
    const [first] = firstNodes(plan, 9)
    const objects = nodeObjects(plan, first!, templates)
    expect(objects.map((object) => object.kind)).toEqual([
      'Node',
      'CiliumNode',
      'CiliumBGPNodeConfigOverride',
    ])
    expect(find(objects, 'Node')).toMatchObject({
      metadata: { name: 'master1' },
      spec: { podCIDR: '10.244.0.0/24', podCIDRs: ['10.244.0.0/24', 'fd00:244:1::/64'] },
      status: { addresses: [{ type: 'InternalIP', address: '192.168.9.11' }, { type: 'Hostname' }] },
    })
    expect(find(objects, 'CiliumNode')).toMatchObject({
      spec: { addresses: [{ ip: '192.168.9.11' }], ipam: {} },
    })
    expect(find(objects, 'CiliumBGPNodeConfigOverride')).toMatchObject({
      spec: { bgpInstances: [{ peers: [{ localAddress: '127.0.9.11' }] }] },
    })
  })

  test('of the incident hold both CIDRs, and no Cilium of today', () => {
    const plan = makePlan({ speakers: '1.11' })
    const node01 = firstNodes(plan, 9)[3]!
    const objects = nodeObjects(plan, node01, templates)
    expect(objects.map((object) => object.kind)).toEqual(['Node', 'CiliumNode'])
    expect(find(objects, 'Node')).toMatchObject({ spec: { podCIDRs: ['10.5.115.0/24'] } })
    expect(find(objects, 'CiliumNode')).toMatchObject({
      spec: { addresses: [{ ip: '10.4.94.23' }], ipam: { podCIDRs: ['10.5.112.0/24'] } },
    })
  })
})

describe('objects of a cluster', () => {
  test('tell version and IPAM mode', () => {
    const objects = cluster({ cilium: '1.19.7', ipam: 'kubernetes' })
    expect(find(objects, 'ConfigMap', 'cilium-config')).toMatchObject({
      metadata: { namespace: 'kube-system' },
      data: { ipam: 'kubernetes' },
    })
    expect(JSON.stringify(find(objects, 'DaemonSet', 'cilium'))).toContain('"quay.io/cilium/cilium:v1.19.7"')
  })

  test('have the IPv6 family and pool unless told otherwise', () => {
    const families = (objects: KubeObject[]): unknown =>
      (find(objects, 'CiliumBGPPeerConfig')!['spec'] as { families: unknown }).families
    expect(families(cluster({}))).toMatchObject([{ afi: 'ipv4' }, { afi: 'ipv6' }])
    expect(families(cluster({ ipv6: false }))).toMatchObject([{ afi: 'ipv4' }])
    expect(find(cluster({}), 'ConfigMap')).toMatchObject({
      data: { 'enable-ipv6': 'true', 'cluster-pool-ipv6-cidr': 'fd10::/104' },
    })
    expect(find(cluster({ ipv6: false }), 'ConfigMap')!['data']).not.toHaveProperty('cluster-pool-ipv6-cidr')
  })

  test('have router, AS numbers and timers where Cilium looks for them', () => {
    const objects = cluster({
      router: { address: '127.0.0.9', port: 2790, asn: 4200000000 },
      localAsn: 64999,
      hold: 12,
      keepalive: 4,
    })
    expect(find(objects, 'CiliumBGPClusterConfig')).toMatchObject({
      spec: {
        bgpInstances: [{ localASN: 64999, peers: [{ peerAddress: '127.0.0.9', peerASN: 4200000000 }] }],
      },
    })
    expect(find(objects, 'CiliumBGPPeerConfig')).toMatchObject({
      spec: { transport: { peerPort: 2790 }, timers: { holdTimeSeconds: 12, keepAliveTimeSeconds: 4 } },
    })
  })

  test('have graceful restart only when asked for', () => {
    expect(find(cluster({}), 'CiliumBGPPeerConfig')!['spec']).not.toHaveProperty('gracefulRestart')
    expect(find(cluster({ gracefulRestart: 60 }), 'CiliumBGPPeerConfig')).toMatchObject({
      spec: { gracefulRestart: { enabled: true, restartTimeSeconds: 60 } },
    })
  })

  test('have Services only when asked for, and IPv6 addresses for them only with IPv6', () => {
    expect(find(cluster({}), 'Service')).toBeUndefined()
    const single = cluster({ services: true, ipv6: false })
    expect(find(single, 'Service', 'local')).toBeDefined()
    expect(find(single, 'CiliumLoadBalancerIPPool')).toMatchObject({
      spec: { blocks: [{ cidr: '10.99.0.0/28' }] },
    })
    expect(single.filter((object) => object.kind === 'EndpointSlice')).toHaveLength(1)
    expect(cluster({ services: true }).filter((object) => object.kind === 'EndpointSlice')).toHaveLength(2)
  })

  test('of the incident announce pod CIDRs by MetalLB and nothing by the control plane of today', () => {
    const objects = cluster({ speakers: '1.11' })
    expect(objects.map((object) => `${object.kind} ${object.metadata.name}`)).toEqual([
      'ConfigMap cilium-config',
      'DaemonSet cilium',
      'ConfigMap bgp-config',
    ])
    expect(objects[0]).toMatchObject({ data: { ipam: 'cluster-pool', 'bgp-announce-pod-cidr': 'true' } })
    expect(objects[0]!['data']).not.toHaveProperty('enable-bgp-control-plane')
    expect(JSON.stringify(objects[1])).toContain('cilium:v1.11.9')
  })
})

describe('a template', () => {
  test('with a word that has no value is an error', () => {
    expect(() => render('kind: $WHAT', {})).toThrow('$WHAT')
  })

  test('may hold several objects', () => {
    expect(render('{ kind: A }\n---\n{ kind: $B }', { B: 'B' })).toEqual([{ kind: 'A' }, { kind: 'B' }])
  })
})

test.each([
  [{ apiVersion: 'v1', kind: 'Node', metadata: { name: 'a' } }, '/api/v1/nodes'],
  [
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', namespace: 'b' } },
    '/api/v1/namespaces/b/configmaps',
  ],
  [
    { apiVersion: 'cilium.io/v2', kind: 'CiliumBGPNodeConfigOverride', metadata: { name: 'a' } },
    '/apis/cilium.io/v2/ciliumbgpnodeconfigoverrides',
  ],
])('%o is created in %s', (object, path) => {
  expect(collectionPath(object)).toBe(path)
})
