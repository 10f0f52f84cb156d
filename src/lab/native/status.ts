// What a lab is doing: gathered from its state file, /proc and its API server, and printed as tables.
import { nodeProcess, processNames, serverUrl } from './commands.ts'
import type { KubeApi } from './kube-api.ts'
import { logOf } from './layout.ts'
import type { Site } from './site.ts'
import type { LabState } from './state.ts'

export interface LabStatus {
  name: string
  runs: string
  phase: LabState['phase']
  startedAt: string
  kubeconfig: string
  server: string
  etcd: string
  router: string
  substitutes: string[]
  processes: { name: string; state: 'running' | 'ended' | 'not started'; pid?: number; log: string }[]
  nodes: NodeStatus[]
}

interface NodeStatus {
  name: string
  agent: 'running' | 'ended' | 'not started'
  pid?: number
  address: string
  source: string
  nodePodCidrs: string[]
  ciliumPodCidrs: string[]
  /** peeringState that the agent reports, a few seconds old; speakers report none. */
  session: string
}

interface List<T> {
  items: T[]
}
interface CiliumNode {
  metadata: { name: string }
  spec?: { ipam?: { podCIDRs?: string[] } }
}
interface NodeConfig {
  metadata: { name: string }
  status?: { bgpInstances?: { peers?: { peeringState?: string }[] }[] }
}

export async function labStatus(site: Site, state: LabState): Promise<LabStatus> {
  const alive = await site.alive()
  const names = [...new Set([...processNames(state), ...Object.keys(state.processes)])]
  const processes = names.map((name) => {
    const pid = state.processes[name]?.pid
    return {
      name,
      state: alive.has(name)
        ? ('running' as const)
        : pid === undefined
          ? ('not started' as const)
          : ('ended' as const),
      ...(pid === undefined ? {} : { pid }),
      log: logOf(site.layout, name),
    }
  })
  const [cidrs, sessions] = await site.withApi(state, async (api) => [
    await podCidrs(api),
    state.plan.kind === 'cilium' ? await peeringStates(api) : new Map<string, string>(),
  ])
  const nodes = state.nodes.map((node): NodeStatus => {
    const process = processes.find(({ name }) => name === nodeProcess(node.name))
    return {
      name: node.name,
      agent: process?.state ?? 'not started',
      ...(process?.pid === undefined ? {} : { pid: process.pid }),
      address: node.address,
      source: node.source ?? '127.0.0.1',
      nodePodCidrs: node.nodePodCidrs,
      ciliumPodCidrs: cidrs.get(node.name) ?? [],
      session: sessions.get(node.name) ?? '-',
    }
  })
  const { plan } = state
  return {
    name: plan.name,
    runs:
      plan.kind === 'cilium'
        ? `Cilium ${plan.release}, ipam ${plan.ipam}`
        : `speakers of Cilium ${plan.speakers}, ipam ${plan.ipam}`,
    phase: state.phase,
    startedAt: state.startedAt,
    kubeconfig: site.layout.kubeconfig,
    server: serverUrl(state),
    etcd: `http://127.0.0.1:${state.ports.etcd}`,
    router: `${plan.router.address}:${plan.router.port} AS ${plan.router.asn}, nodes in AS ${plan.localAsn}`,
    substitutes: state.substitutes,
    processes,
    nodes,
  }
}

/** True if the lab has started and every process it should have runs. */
export const isWhole = (status: LabStatus): boolean =>
  status.phase === 'ready' && status.processes.every((process) => process.state === 'running')

/** The API server may be what is missing: then its columns stay empty. */
async function podCidrs(api: KubeApi): Promise<Map<string, string[]>> {
  const list = await api.get<List<CiliumNode>>('/apis/cilium.io/v2/ciliumnodes').catch(() => undefined)
  return new Map(list?.items.map((node) => [node.metadata.name, node.spec?.ipam?.podCIDRs ?? []]))
}

async function peeringStates(api: KubeApi): Promise<Map<string, string>> {
  const list = await api
    .get<List<NodeConfig>>('/apis/cilium.io/v2/ciliumbgpnodeconfigs')
    .catch(() => undefined)
  return new Map(
    list?.items.map((node) => {
      const peers = node.status?.bgpInstances?.flatMap((instance) => instance.peers ?? []) ?? []
      return [node.metadata.name, peers.map((peer) => peer.peeringState ?? '?').join(' ') || '-']
    }),
  )
}

/** Columns as wide as their widest cell, two spaces between. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_cell, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  )
  const line = (row: readonly string[]): string =>
    row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')
  return rows.map((row) => `${line(row).trimEnd()}\n`).join('')
}

export function formatStatus(status: LabStatus): string {
  const facts = table([
    ['lab', `${status.name} (${status.phase}, since ${status.startedAt})`],
    ['runs', status.runs],
    ...(status.substitutes.length > 0 ? [['substituted', status.substitutes.join('\n             ')]] : []),
    ['router', status.router],
    ['api server', status.server],
    ['etcd', status.etcd],
    ['kubeconfig', status.kubeconfig],
  ])
  const processes = table([
    ['PROCESS', 'STATE', 'PID', 'LOG'],
    ...status.processes.map(({ name, state, pid, log }) => [name, state, String(pid ?? '-'), log]),
  ])
  const nodes = table([
    ['NODE', 'AGENT', 'PID', 'INTERNAL-IP', 'SOURCE', 'NODE-CIDRS', 'CILIUMNODE-CIDRS', 'SESSION'],
    ...status.nodes.map((node) => [
      node.name,
      node.agent,
      String(node.pid ?? '-'),
      node.address,
      node.source,
      node.nodePodCidrs.join(',') || '-',
      node.ciliumPodCidrs.join(',') || '-',
      node.session,
    ]),
  ])
  return [facts, processes, nodes].join('\n')
}
