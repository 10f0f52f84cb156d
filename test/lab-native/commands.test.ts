import { describe, expect, test } from 'vitest'
import { kubeconfig, processNames, specOf } from '../../src/lab/native/commands.ts'
import { operatorConfig, speakerConfig } from '../../src/lab/native/config.ts'
import { layoutOf } from '../../src/lab/native/layout.ts'
import { firstNodes } from '../../src/lab/native/nodes.ts'
import { makePlan, type LabOptions } from '../../src/lab/native/plan.ts'
import type { LabState } from '../../src/lab/native/state.ts'

const layout = layoutOf('/run/lab')

function state(options: LabOptions, more: Partial<LabState> = {}): LabState {
  const plan = makePlan(options)
  return {
    plan,
    phase: 'ready',
    startedAt: '2026-11-21T10:00:00.000Z',
    token: 'secret',
    subnet: 7,
    ports: { api: 16444, etcd: 12380 },
    nodes: firstNodes(plan, 7),
    lastIndex: 4,
    processes: {},
    builds: { kube: '/bin/kube', speaker: '/bin/speaker' },
    substitutes: [],
    ...more,
  }
}

test('a full lab runs Kubernetes, the operator and an agent for each node', () => {
  expect(processNames(state({}))).toEqual([
    'etcd',
    'kube-apiserver',
    'kube-controller-manager',
    'cilium-operator',
    'agent-master1',
    'agent-master2',
    'agent-master3',
    'agent-node01',
  ])
})

test('a speakers lab runs no controller and no operator: nothing changes the incident', () => {
  expect(processNames(state({ speakers: '1.11' })).slice(0, 3)).toEqual([
    'etcd',
    'kube-apiserver',
    'agent-master1',
  ])
})

describe('a process', () => {
  test('listens on the ports of its lab, on loopback', () => {
    const { args } = specOf(state({}), layout, 'kube-apiserver')
    expect(args).toContain('--bind-address=127.0.0.1')
    expect(args).toContain('--secure-port=16444')
    expect(args).toContain('--etcd-servers=http://127.0.0.1:12380')
    expect(args).toContain('--service-cluster-ip-range=10.96.0.0/24,fd96::/112')
    expect(specOf(state({ ipv6: false }), layout, 'kube-apiserver').args).toContain(
      '--service-cluster-ip-range=10.96.0.0/24',
    )
  })

  test('of a node has a host name of its own where the system allows that, and the same command where not', () => {
    const plain = specOf(state({}), layout, 'agent-node01')
    expect(plain).toMatchObject({
      command: '/bin/speaker/cilium-bgp-agent',
      programs: ['/bin/speaker/cilium-bgp-agent'],
    })
    const named = specOf(
      state({}, { hostnameWrapper: ['/usr/bin/unshare', '--uts'] }),
      layout,
      'agent-node01',
    )
    expect(named.command).toBe('/usr/bin/unshare')
    expect(named.args.slice(0, 5)).toEqual(['--uts', '/bin/sh', '-c', 'hostname "$0" && exec "$@"', 'node01'])
    expect(named.args.slice(5)).toEqual([plain.command, ...plain.args])
    expect(named.programs).toContain(plain.command)
  })

  test('of a 1.12 speaker is told the IPAM mode; 1.11 knows none', () => {
    expect(specOf(state({ speakers: '1.12' }), layout, 'agent-master1').args).toContain('-ipam')
    expect(specOf(state({ speakers: '1.11' }), layout, 'agent-master1').args).not.toContain('-ipam')
  })

  test('that the lab does not have is refused with those that it has', () => {
    expect(() => specOf(state({}), layout, 'agent-node09')).toThrow(/no process agent-node09: etcd, /)
  })
})

test('the kubeconfig names the lab and points at its server', () => {
  expect(JSON.parse(kubeconfig(state({ name: 'two' }), layout))).toMatchObject({
    'current-context': 'routewitness-two',
    clusters: [
      {
        cluster: { server: 'https://127.0.0.1:16444', 'certificate-authority': '/run/lab/etc/apiserver.crt' },
      },
    ],
  })
})

test('the operator reads what cilium-config tells, and leaves nodes without kubelet alone', () => {
  expect(operatorConfig(makePlan({}), '/s')).toMatchObject({
    ipam: 'cluster-pool',
    'nodes-gc-interval': '0',
    'shell-sock-path': '/s',
  })
  expect(operatorConfig(makePlan({ ipam: 'kubernetes' }), '/s')).not.toHaveProperty('cluster-pool-ipv4-cidr')
})

test('a speaker is told apart by its identifier: the InternalIP of its node', () => {
  const plan = makePlan({ speakers: '1.11', router: { port: 2790 } })
  expect(JSON.parse(speakerConfig(plan, firstNodes(plan, 7)[3]))).toEqual({
    peers: [
      {
        'peer-address': '127.0.0.1',
        'peer-port': 2790,
        'peer-asn': 64524,
        'my-asn': 64513,
        'hold-time': '90s',
        'router-id': '10.4.94.23',
      },
    ],
  })
})
