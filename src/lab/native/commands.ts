// The command line of each process of a lab. Pure.
import { join } from 'node:path'
import { speakerConfigOf, type Layout } from './layout.ts'
import type { LabNode } from './nodes.ts'
import type { ProcessSpec } from './processes.ts'
import type { LabState } from './state.ts'

export const nodeProcess = (node: string): string => `agent-${node}`
export const OPERATOR = 'cilium-operator'

/** Processes of the lab in the order in which they start. */
export function processNames(state: LabState): string[] {
  const control = state.plan.kind === 'cilium' ? ['kube-controller-manager', OPERATOR] : []
  return ['etcd', 'kube-apiserver', ...control, ...state.nodes.map((node) => nodeProcess(node.name))]
}

/** Folder of the programs that the process runs. */
const buildOf = (state: LabState, process: string): string =>
  state.others?.[process]?.directory ?? state.builds.speaker

/** Cilium release that the process runs. */
export const releaseOf = (state: LabState, process: string): string =>
  state.others?.[process]?.release ?? state.plan.release

/** How to start the process of that name. */
export function specOf(state: LabState, layout: Layout, name: string): ProcessSpec {
  switch (name) {
    case 'etcd':
      return kube(state, name, etcdArguments(state, layout))
    case 'kube-apiserver':
      return kube(state, name, apiserverArguments(state, layout))
    case 'kube-controller-manager':
      return kube(state, name, controllerArguments(layout))
    case OPERATOR: {
      const binary = join(buildOf(state, OPERATOR), 'cilium-operator-generic')
      const args = ['--config-dir', layout.operatorConfig, '--k8s-kubeconfig-path', layout.kubeconfig]
      return { name, command: binary, args, programs: [binary] }
    }
    default: {
      const node = state.nodes.find((node) => nodeProcess(node.name) === name)
      if (node === undefined)
        throw new Error(`the lab has no process ${name}: ${processNames(state).join(', ')}`)
      return state.plan.kind === 'cilium' ? agent(state, layout, node) : speaker(state, layout, node)
    }
  }
}

function kube(state: LabState, name: string, args: string[]): ProcessSpec {
  const command = join(state.builds.kube, name) // a symbolic link to kube, which looks at its own name
  return { name, command, args, programs: [command] }
}

const etcdUrl = (state: LabState): string => `http://127.0.0.1:${state.ports.etcd}`
export const serverUrl = (state: LabState): string => `https://127.0.0.1:${state.ports.api}`

/** { name: value } → --name=value */
const flags = (values: Readonly<Record<string, string>>): string[] =>
  Object.entries(values).map(([name, value]) => `--${name}=${value}`)

const etcdArguments = (state: LabState, layout: Layout): string[] =>
  flags({
    'data-dir': layout.etcdData,
    'unsafe-no-fsync': 'true',
    'log-level': 'warn',
    'listen-client-urls': etcdUrl(state),
    'advertise-client-urls': etcdUrl(state),
    'listen-peer-urls': 'http://127.0.0.1:0',
  })

const apiserverArguments = (state: LabState, layout: Layout): string[] =>
  flags({
    'etcd-servers': etcdUrl(state),
    'bind-address': '127.0.0.1',
    'advertise-address': '127.0.0.1',
    'secure-port': String(state.ports.api),
    'cert-dir': layout.certificates,
    'token-auth-file': layout.tokens,
    'authorization-mode': 'RBAC',
    'service-account-issuer': 'https://kubernetes.default.svc',
    'service-account-key-file': layout.serviceAccountKey,
    'service-account-signing-key-file': layout.serviceAccountKey,
    'service-cluster-ip-range': state.plan.ipv6 ? '10.96.0.0/24,fd96::/112' : '10.96.0.0/24',
    // Nobody makes ServiceAccounts here, and Pods are bound by hand.
    'disable-admission-plugins': 'ServiceAccount',
    'endpoint-reconciler-type': 'none',
  })

const controllerArguments = (layout: Layout): string[] =>
  flags({
    kubeconfig: layout.kubeconfig,
    'leader-elect': 'false',
    'secure-port': '0',
    controllers: 'garbage-collector-controller,endpointslice-controller',
  })

function agent(state: LabState, layout: Layout, node: LabNode): ProcessSpec {
  const name = nodeProcess(node.name)
  const binary = join(buildOf(state, name), 'cilium-bgp-agent')
  const args = ['--node', node.name, '--ipam', state.plan.ipam, '--k8s-kubeconfig-path', layout.kubeconfig]
  const [wrapper, ...rest] = state.hostnameWrapper ?? []
  if (wrapper === undefined) return { name, command: binary, args, programs: [binary] }
  // The FQDN capability carries the host name. The pid stays the same through both execs.
  const shell = ['/bin/sh', '-c', 'hostname "$0" && exec "$@"', node.name]
  return {
    name,
    command: wrapper,
    args: [...rest, ...shell, binary, ...args],
    programs: [wrapper, '/bin/sh', binary],
  }
}

function speaker(state: LabState, layout: Layout, node: LabNode): ProcessSpec {
  const binary = join(state.builds.speaker, 'speaker')
  const args = [
    '-node',
    node.name,
    '-kubeconfig',
    layout.kubeconfig,
    '-bgp-config',
    speakerConfigOf(layout, node.name),
  ]
  // 1.11 knows no IPAM modes: it reads Nodes whatever the mode.
  if (state.plan.speakers === '1.12') args.push('-ipam', state.plan.ipam)
  return { name: nodeProcess(node.name), command: binary, args, programs: [binary] }
}

/** kubeconfig of the lab (JSON, which is YAML too); paths in it are absolute. */
export function kubeconfig(state: LabState, layout: Layout): string {
  const name = `routewitness-${state.plan.name}`
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server: serverUrl(state), 'certificate-authority': layout.certificate } }],
    users: [{ name, user: { token: state.token } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': name,
  }
  return `${JSON.stringify(config, null, 2)}\n`
}
