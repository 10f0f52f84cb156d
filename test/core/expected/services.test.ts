import { describe, expect, test } from 'vitest'
import type { ObjectProblem } from '../../../src/core/expected/field.ts'
import { readService, readSlice } from '../../../src/core/expected/services.ts'
import { formatPrefix } from '../../../src/core/ip/text.ts'
import type { ClusterObject } from '../../../src/core/stream/events.ts'
import { service, slice } from '../../support/services.ts'

/** "192.0.2.10/32 LoadBalancerIP Local". */
function addresses(object: ClusterObject, problems: ObjectProblem[] = []): string[] {
  return readService(object, (problem) => problems.push(problem)).addresses.map(
    ({ prefix, type, local }) => `${formatPrefix(prefix)} ${type} ${local ? 'Local' : 'Cluster'}`,
  )
}

describe('the addresses of a Service', () => {
  test('are those of its load balancer, its external ones and its own, each with the policy that counts for it', () => {
    const spec = {
      externalIPs: ['203.0.113.7'],
      clusterIP: '10.96.0.7',
      clusterIPs: ['10.96.0.7', 'fd96::7'],
      internalTrafficPolicy: 'Cluster',
    }
    expect(addresses(service('web', { vips: ['192.0.2.10', 'FD99::0010'], spec }))).toEqual([
      '192.0.2.10/32 LoadBalancerIP Local',
      'fd99::10/128 LoadBalancerIP Local',
      '203.0.113.7/32 ExternalIP Local',
      '10.96.0.7/32 ClusterIP Cluster',
      'fd96::7/128 ClusterIP Cluster',
    ])
  })

  test('a policy that is not given is Cluster', () => {
    const spec = { externalTrafficPolicy: undefined, clusterIP: '10.96.0.7' }
    expect(addresses(service('web', { spec }))).toEqual([
      '192.0.2.10/32 LoadBalancerIP Cluster',
      '10.96.0.7/32 ClusterIP Cluster',
    ])
  })

  test('a headless Service has none, nor has a load balancer that is a host name or a proxy', () => {
    const status = { loadBalancer: { ingress: [{ hostname: 'lb' }, { ip: '192.0.2.1', ipMode: 'Proxy' }] } }
    expect(addresses({ ...service('web', { spec: { clusterIP: 'None' } }), status })).toEqual([])
  })

  test('what is left in the status of a Service that is no LoadBalancer any more does not count', () => {
    expect(addresses(service('web', { spec: { type: 'ClusterIP', clusterIP: '10.96.0.7' } }))).toEqual([
      '10.96.0.7/32 ClusterIP Cluster',
    ])
  })

  test('one that is none is named as a problem', () => {
    const problems: ObjectProblem[] = []
    expect(addresses(service('web', { vips: [], spec: { externalIPs: ['nowhere'] } }), problems)).toEqual([])
    expect(problems).toEqual([
      {
        kind: 'Service',
        name: 'web',
        field: 'spec.externalIPs[0]',
        message: '"nowhere" is not an IP address',
      },
    ])
  })
})

test('a Service is selected by its labels, its name and its namespace', () => {
  const { name, labels } = readService(service('web', { labels: { app: 'x' } }), () => undefined)
  expect(name).toBe('default/web')
  expect(Object.fromEntries(labels)).toEqual({
    app: 'x',
    'io.kubernetes.service.name': 'web',
    'io.kubernetes.service.namespace': 'default',
  })
})

describe('endpoints', () => {
  const conditionOf = (conditions: object | undefined): string => {
    const endpoints = [{ nodeName: 'a', ...(conditions === undefined ? {} : { conditions }) }]
    const { nodes } = readSlice({ ...slice('web', []), endpoints }, () => undefined)
    return Object.entries(nodes.get('a')!).find(([, count]) => count === 1)![0]
  }

  test.each([
    ['ready', undefined],
    ['ready', {}],
    ['ready', { ready: null }],
    ['ready', { ready: true }],
    // publishNotReadyAddresses: as Cilium and kube-proxy take it.
    ['ready', { ready: true, serving: false, terminating: true }],
    ['notReady', { ready: false }],
    ['notReady', { ready: false, serving: true, terminating: false }],
    ['draining', { ready: false, serving: true, terminating: true }],
    ['draining', { ready: false, terminating: true }],
    ['ending', { ready: false, serving: false, terminating: true }],
  ])('are %s with conditions %j', (condition, conditions) => {
    expect(conditionOf(conditions)).toBe(condition)
  })

  test('are counted by node; of host names, and of no Service, nobody takes note', () => {
    const facts = readSlice(slice('web', ['a', 'a', 'b?', '']), () => undefined)
    expect(facts).toMatchObject({ service: 'default/web', afi: 1 })
    expect([...facts.nodes].map(([node, { ready }]) => [node, ready])).toEqual([
      ['a', 2],
      ['b', 0],
      ['', 1],
    ])
    expect(readSlice(slice('web', [], { addressType: 'IPv6' }), () => undefined).afi).toBe(2)
    expect(readSlice(slice('web', [], { addressType: 'FQDN' }), () => undefined).afi).toBeUndefined()
    const { labels: _labels, ...metadata } = slice('web', []).metadata
    expect(readSlice({ ...slice('web', []), metadata }, () => undefined).service).toBeUndefined()
  })
})
