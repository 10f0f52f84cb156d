// What drills do to a cluster, done to a native lab.
import { UserError } from '../../core/errors/user-error.ts'
import type {
  Ability,
  BgpKind,
  Cluster,
  ClusterNode,
  RolloutOptions,
  StopSignal,
} from '../../drill/contract.ts'
import { readTemplates } from './bring-up.ts'
import { missingForCuts, PacketFilter } from './cut.ts'
import type { EndSignal, Lab } from './lab.ts'
import { freePort } from './free-port.ts'
import { Load } from './load.ts'
import { bgpObjects, type KubeObject } from './objects.ts'
import { poll } from './poll.ts'

const GROUP = '/apis/cilium.io/v2'
/** Name that the lab's manifests give to every BGP resource that configures its nodes. */
const LAB = 'lab'
const SECOND = 'router-2'
/** Annotation of an EndpointSlice that a drain emptied: what it had. */
const DRAINED = 'routewitness/drained'

interface Slice {
  metadata: { name: string; annotations?: Record<string, string> }
  endpoints?: { nodeName?: string }[] | null
}

export class NativeCluster implements Cluster {
  readonly #lab: Lab
  readonly #filter: PacketFilter
  readonly #load = new Load()
  readonly #pause: (span: number) => Promise<void>
  readonly cannot: Readonly<Partial<Record<Ability, string>>>
  readonly restartsItself = false
  readonly peerConfig = LAB
  readonly clusterConfig = LAB

  private constructor(lab: Lab, pause: (span: number) => Promise<void>, cannot: NativeCluster['cannot']) {
    this.#lab = lab
    this.#pause = pause
    this.#filter = new PacketFilter(`lab ${lab.name}`)
    this.cannot = cannot
  }

  /** @param pause lets microseconds pass; rejects when the drill is interrupted */
  static async of(lab: Lab, pause: (span: number) => Promise<void>): Promise<NativeCluster> {
    const cut = await missingForCuts()
    const cluster = new NativeCluster(lab, pause, {
      ...(cut === undefined ? {} : { cut }),
      ...(lab.plan.services ? {} : { services: `lab ${lab.name} was started without --services` }),
    })
    if (cut === undefined) await cluster.#filter.sweep()
    return cluster
  }

  get label(): string {
    return `native lab ${this.#lab.name}`
  }

  async nodes(): Promise<readonly ClusterNode[]> {
    return Promise.all(
      this.#lab.nodes.map(async ({ name }) => ({ name, version: await this.#lab.release(name) })),
    )
  }

  stopAgent(node: string, signal: StopSignal): Promise<void> {
    return this.#lab.stopAgent(node, signal satisfies EndSignal)
  }

  startAgent(node: string, version?: string): Promise<void> {
    return this.#lab.startAgent(node, version)
  }

  async uninstall(): Promise<void> {
    for (const { name } of this.#lab.nodes) await this.#lab.stopAgent(name)
    const objects = bgpObjects(this.#lab.plan, await readTemplates())
    await this.#lab.api(async (api) => {
      for (const object of objects) await api.remove(object)
    })
  }

  async install(): Promise<void> {
    for (const { name } of this.#lab.nodes) await this.#lab.startAgent(name)
  }

  async configureBgp(): Promise<void> {
    const objects = bgpObjects(this.#lab.plan, await readTemplates())
    await this.#lab.api(async (api) => {
      for (const object of objects) await api.replace(object)
    })
  }

  async rollout(options: RolloutOptions): Promise<void> {
    await this.#roll(options)
  }

  async preflight(version: string): Promise<void> {
    await this.#lab.prepare(version)
  }

  async upgrade(version: string, options: RolloutOptions): Promise<void> {
    await this.#lab.replaceDefinitions(version)
    await this.#lab.stopOperator()
    await this.#lab.startOperator(version)
    await this.#lab.api((api) =>
      api.patch('/apis/apps/v1/namespaces/kube-system/daemonsets/cilium', {
        spec: {
          template: {
            spec: {
              containers: [{ name: 'cilium-agent', image: `quay.io/cilium/cilium:v${version}` }],
            },
          },
        },
      }),
    )
    await this.#roll(options, version)
  }

  /** As a DaemonSet rolls: so many at once, the next ones when these are ready. */
  async #roll({ maxUnavailable, delay, ready }: RolloutOptions, version?: string): Promise<void> {
    const waiting = this.#lab.nodes.map(({ name }) => name)
    const roll = async (): Promise<void> => {
      for (let node = waiting.shift(); node !== undefined; node = waiting.shift()) {
        await this.#lab.stopAgent(node)
        // Putting back goes on when the drill, and with it every pause, was interrupted.
        if (delay(node) > 0) await this.#pause(delay(node))
        await this.#lab.startAgent(node, version)
        await ready(node)
      }
    }
    // When one fails no other agent is stopped any more, and nothing goes on behind the back of what puts things right.
    const rolls = Array.from({ length: maxUnavailable }, () => roll().finally(() => waiting.splice(0)))
    await Promise.allSettled(rolls)
    await Promise.all(rolls)
  }

  // A drill that was interrupted may ask for either when it has been so all along.
  async addNode(name: string): Promise<void> {
    if (!this.#has(name)) await this.#lab.addNode(name)
  }

  async removeNode(name: string): Promise<void> {
    if (this.#has(name)) await this.#lab.removeNode(name, { agent: 'SIGKILL' })
  }

  #has(node: string): boolean {
    return this.#lab.nodes.some(({ name }) => name === node)
  }

  async drain(node: string): Promise<void> {
    await this.#lab.api((api) => api.patch(`/api/v1/nodes/${node}`, { spec: { unschedulable: true } }))
    for (const slice of await this.#slices()) {
      const endpoints = slice.endpoints ?? []
      if (!endpoints.some(({ nodeName }) => nodeName === node)) continue
      await this.#patchSlice(slice.metadata.name, {
        metadata: { annotations: { [DRAINED]: JSON.stringify(endpoints) } },
        endpoints: endpoints.filter(({ nodeName }) => nodeName !== node),
      })
    }
  }

  async uncordon(node: string): Promise<void> {
    await this.#lab.api((api) => api.patch(`/api/v1/nodes/${node}`, { spec: { unschedulable: null } }))
    for (const { metadata } of await this.#slices()) {
      const before = metadata.annotations?.[DRAINED]
      if (before === undefined) continue
      await this.#patchSlice(metadata.name, {
        metadata: { annotations: { [DRAINED]: null } },
        endpoints: JSON.parse(before) as unknown,
      })
    }
  }

  async #slices(): Promise<Slice[]> {
    const list = await this.#lab.api((api) =>
      api.get<{ items: Slice[] }>('/apis/discovery.k8s.io/v1/namespaces/default/endpointslices'),
    )
    return list?.items ?? []
  }

  #patchSlice(name: string, patch: object): Promise<void> {
    return this.#lab.api((api) =>
      api.patch(`/apis/discovery.k8s.io/v1/namespaces/default/endpointslices/${name}`, patch),
    )
  }

  async select(node: string, selected: boolean): Promise<void> {
    // The agent would copy the Node's labels; in this lab nobody does.
    const patch = { metadata: { labels: { bgp: selected ? 'on' : null } } }
    await this.#lab.api(async (api) => {
      await api.patch(`/api/v1/nodes/${node}`, patch)
      await api.patch(`${GROUP}/ciliumnodes/${node}`, patch)
    })
  }

  async power(node: string, state: 'off' | 'on'): Promise<void> {
    if (state === 'on') {
      await this.#filter.restore(this.#source(node))
      await this.#lab.freezeAgent(node, false)
      await this.#lab.startAgent(node)
      return
    }
    // A machine without power sends no FIN: nothing may leave the address while its sockets are closed.
    if (this.cannot.cut !== undefined) {
      await this.#lab.freezeAgent(node, true)
      return
    }
    await this.#filter.cut(this.#source(node))
    await this.#lab.stopAgent(node, 'SIGKILL')
  }

  stopOperator(): Promise<void> {
    return this.#lab.stopOperator()
  }

  startOperator(): Promise<void> {
    return this.#lab.startOperator()
  }

  freeze(node: string, frozen: boolean): Promise<void> {
    return this.#lab.freezeAgent(node, frozen)
  }

  async cut(node: string, cut: boolean): Promise<number> {
    if (!cut) return this.#filter.restore(this.#source(node))
    await this.#filter.cut(this.#source(node))
    return 0
  }

  load(perProcessor: number): Promise<number> {
    return this.#load.set(perProcessor)
  }

  #source(node: string): string {
    const source = this.#lab.nodes.find(({ name }) => name === node)?.source
    if (source === undefined) throw new UserError('RW_LAB', `${node} has no address of its own in this lab`)
    return source
  }

  async bgpSpec(kind: BgpKind, name: string): Promise<Record<string, unknown>> {
    const object = await this.#lab.api((api) => api.get<KubeObject>(`${GROUP}/${kind}s/${name}`))
    if (object === undefined) throw new UserError('RW_LAB', `${this.label} has no ${kind} ${name}`)
    return object['spec'] as Record<string, unknown>
  }

  patchBgp(kind: BgpKind, name: string, spec: object): Promise<void> {
    return this.#lab.api((api) => api.patch(`${GROUP}/${kind}s/${name}`, { spec }))
  }

  freePort(): Promise<number> {
    return freePort()
  }

  async addPeer(): Promise<{ readonly listen: string; readonly asn: number }> {
    const { plan, subnet } = this.#lab
    const address = `127.0.${subnet}.1`
    await this.#overrides(['router', SECOND])
    const [instance] = await this.#instances()
    if (instance === undefined) throw new UserError('RW_LAB', `${this.label} has no BGP instance`)
    const peer = {
      name: SECOND,
      peerAddress: address,
      peerASN: plan.router.asn,
      peerConfigRef: { name: this.peerConfig },
    }
    await this.#setPeers([...instance.peers.filter(({ name }) => name !== SECOND), peer])
    return { listen: `${address}:${plan.router.port}`, asn: plan.router.asn }
  }

  async removePeer(): Promise<void> {
    const [instance] = await this.#instances()
    if (instance !== undefined) await this.#setPeers(instance.peers.filter(({ name }) => name !== SECOND))
    await this.#overrides(['router'])
  }

  /** Sessions of every node with these peers have the node's own source address. */
  async #overrides(peers: readonly string[]): Promise<void> {
    for (const { name, source } of this.#lab.nodes) {
      const spec = {
        bgpInstances: [{ name: LAB, peers: peers.map((peer) => ({ name: peer, localAddress: source })) }],
      }
      await this.#lab.api((api) => api.patch(`${GROUP}/ciliumbgpnodeconfigoverrides/${name}`, { spec }))
    }
  }

  async #instances(): Promise<{ name: string; localASN: number; peers: { name: string }[] }[]> {
    const spec = await this.bgpSpec('ciliumbgpclusterconfig', this.clusterConfig)
    return (spec['bgpInstances'] ?? []) as { name: string; localASN: number; peers: { name: string }[] }[]
  }

  async #setPeers(peers: readonly object[]): Promise<void> {
    const [instance] = await this.#instances()
    await this.patchBgp('ciliumbgpclusterconfig', this.clusterConfig, {
      bgpInstances: [{ ...instance, peers }],
    })
  }

  async addService(name: string): Promise<void> {
    const service = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, namespace: 'default', labels: { advertise: 'bgp' } },
      spec: { type: 'LoadBalancer', ports: [{ name: 'http', port: 80 }] },
    }
    await this.#lab.api((api) => api.create(service))
  }

  async removeService(name: string): Promise<void> {
    const service = { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace: 'default' } }
    await this.#lab.api((api) => api.remove(service))
    await poll(`the end of Service ${name}`, 15, async () => {
      const there = await this.#lab.api((api) => api.get(`/api/v1/namespaces/default/services/${name}`))
      return there === undefined ? true : undefined
    })
  }

  /** Takes back what only this object knows of: packet filters, and processes that keep processors busy. */
  async end(): Promise<void> {
    await this.#load.end()
    await this.#filter.restoreAll()
  }
}
