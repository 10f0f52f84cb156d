// A cluster of simulated agents that drills can be run on.
import type { Micros } from '../../src/core/speaker/contract.ts'
import type { BgpKind, Cluster, ClusterNode, RolloutOptions, StopSignal } from '../../src/drill/contract.ts'
import { inRange } from '../../src/drill/versions.ts'
import { ciliumNode } from './cluster-objects.ts'
import type { SimulatedRouter } from './simulated-router.ts'
import { Cease, notification } from './speaker-messages.ts'

import {
  BOOT,
  LOCAL_VIP,
  RETRY,
  SECOND,
  SimulatedAgents,
  type SimulatedAgent,
  type SimulatedSetup,
} from './simulated-agents.ts'

export class SimulatedLab implements Cluster {
  readonly label = 'simulated lab'
  readonly cannot = {}
  readonly restartsItself = false
  readonly peerConfig = 'tor'
  readonly clusterConfig = 'lab'
  readonly agents: SimulatedAgents

  constructor(setup: SimulatedSetup) {
    this.agents = new SimulatedAgents(setup)
  }

  get router(): SimulatedRouter {
    return this.agents.router
  }
  disorder(): string[] {
    return this.agents.disorder()
  }
  get operatorRuns(): boolean {
    return this.agents.operatorRuns
  }
  advance(span: Micros): void {
    this.agents.advance(span)
  }

  nodes(): Promise<readonly ClusterNode[]> {
    return Promise.resolve(this.agents.nodes.map(({ name, version }) => ({ name, version })))
  }

  stopAgent(name: string, signal: StopSignal): Promise<void> {
    const node = this.agents.node(name)
    node.running = false
    const graceful = this.agents.parameters.restartTime !== undefined
    const polite = signal === 'SIGTERM' && !graceful && inRange('>=1.20', node.version)
    const says =
      polite !== this.agents.has('wrong-farewell') ||
      (signal === 'SIGKILL' && this.agents.has('wrong-farewell'))
    this.agents.end(node, says ? (graceful ? Cease.HardReset : Cease.PeerDeconfigured) : undefined)
    this.agents.othersFlap(node)
    return Promise.resolve()
  }

  startAgent(name: string, version?: string): Promise<void> {
    const node = this.agents.node(name)
    if (node.running && version === undefined) return Promise.resolve()
    node.running = true
    node.frozen = false
    node.opened = 0
    if (version !== undefined) node.version = version
    if (this.agents.has('never-back')) return Promise.resolve()
    this.agents.connectLater(node, this.agents.has('slow-boot') ? 80e6 : BOOT)
    if (this.agents.has('flaps-twice'))
      this.agents.later(BOOT + 200_000, () => {
        this.agents.end(node)
        this.agents.connectLater(node, RETRY)
      })
    return Promise.resolve()
  }

  async uninstall(): Promise<void> {
    for (const { name } of this.agents.nodes) await this.stopAgent(name, 'SIGTERM')
    this.agents.configured = false
    this.agents.publish()
  }

  async install(): Promise<void> {
    for (const { name } of this.agents.nodes) await this.startAgent(name)
  }

  configureBgp(): Promise<void> {
    this.agents.configured = true
    this.agents.publish()
    for (const node of this.agents.nodes) this.agents.connectLater(node, RETRY)
    if (this.agents.has('flaps-twice'))
      this.agents.later(RETRY + 200_000, () => {
        for (const node of this.agents.nodes) {
          this.agents.end(node)
          this.agents.connectLater(node, RETRY)
        }
      })
    return Promise.resolve()
  }

  rollout(options: RolloutOptions): Promise<void> {
    return this.#roll(options)
  }

  async #roll({ maxUnavailable, delay, ready }: RolloutOptions, version?: string): Promise<void> {
    const size = this.agents.has('all-at-once') ? this.agents.nodes.length : maxUnavailable
    for (let first = 0; first < this.agents.nodes.length; first += size) {
      const batch = this.agents.nodes.slice(first, first + size)
      for (const { name } of batch) await this.stopAgent(name, 'SIGTERM')
      this.agents.advance(Math.max(...batch.map(({ name }) => delay(name))))
      for (const { name } of batch) await this.startAgent(name, version)
      for (const { name } of batch) await ready(name)
    }
  }

  preflight(): Promise<void> {
    return Promise.resolve()
  }

  async upgrade(version: string, options: RolloutOptions): Promise<void> {
    await this.#roll(options, version)
    this.agents.publish()
  }

  addNode(name: string): Promise<void> {
    const node = this.agents.join(name, this.agents.nodes[0]?.version ?? '1.20.2')
    if (this.agents.has('same-prefix-again')) node.cidr = '10.5.114.0/24'
    this.#publishNode(node)
    this.agents.connectLater(node, BOOT)
    if (this.agents.has('old-prefix-returns'))
      this.agents.later(BOOT + 100_000, () => {
        const other = this.agents.node('master1')
        for (const speaker of [...this.agents.all(other), ...this.agents.all(node)])
          this.agents.send(other, speaker, ['10.5.114.0/24'])
      })
    return Promise.resolve()
  }

  /** Without the operator a node has neither CIDR nor configuration. */
  #publishNode(node: SimulatedAgent): void {
    if (this.agents.operator) this.agents.publish()
    else for (const { world } of this.agents.routers) world.set(ciliumNode(node.name, [], node.address))
  }

  removeNode(name: string): Promise<void> {
    const node = this.agents.node(name)
    node.running = false
    this.agents.end(node)
    this.agents.othersFlap(node)
    this.agents.nodes.splice(this.agents.nodes.indexOf(node), 1)
    for (const { world } of this.agents.routers)
      world.deletes('CiliumNode', name).deletes('CiliumBGPNodeConfig', name)
    if (this.agents.has('old-prefix-returns')) {
      const other = this.agents.node('master1')
      for (const speaker of this.agents.all(other)) this.agents.send(other, speaker, [node.cidr])
    }
    return Promise.resolve()
  }

  drain(name: string): Promise<void> {
    const node = this.agents.node(name)
    node.drained = true
    for (const speaker of this.agents.all(node)) {
      if (!this.agents.has('drain-keeps-local')) speaker.withdraws(LOCAL_VIP)
      if (this.agents.has('drain-withdraws-pods')) speaker.withdraws(node.cidr)
    }
    return Promise.resolve()
  }

  uncordon(name: string): Promise<void> {
    const node = this.agents.node(name)
    node.drained = false
    for (const speaker of this.agents.all(node)) this.agents.send(node, speaker, this.agents.prefixes(node))
    return Promise.resolve()
  }

  select(name: string, selected: boolean): Promise<void> {
    const node = this.agents.node(name)
    node.selected = selected
    this.agents.publish()
    if (selected) {
      node.opened = 0
      this.agents.connectLater(node, RETRY)
      return Promise.resolve()
    }
    if (!this.agents.configured) return Promise.resolve()
    const graceful = this.agents.parameters.restartTime !== undefined
    const leave = (): void => {
      if (this.agents.has('keeps-after-unselect')) this.agents.end(node, Cease.AdministrativeReset)
      else
        this.agents.end(
          node,
          graceful !== this.agents.has('wrong-farewell') ? Cease.HardReset : Cease.PeerDeconfigured,
        )
      this.agents.othersFlap(node)
    }
    leave()
    return Promise.resolve()
  }

  power(name: string, state: 'off' | 'on'): Promise<void> {
    const node = this.agents.node(name)
    if (state === 'on') {
      node.cut = false
      return this.startAgent(name)
    }
    this.agents.lastWords(node)
    this.agents.silence(node, true)
    node.cut = true
    node.running = false
    if (this.agents.has('off-flaps')) {
      const other = this.agents.node('master1')
      this.agents.end(other)
      this.agents.connectLater(other, RETRY)
    }
    if (this.agents.has('closes-itself')) for (const speaker of this.agents.all(node)) speaker.closes('fin')
    this.agents.othersFlap(node)
    return Promise.resolve()
  }

  stopOperator(): Promise<void> {
    this.agents.operator = false
    if (this.agents.has('others-flap')) this.agents.othersFlap(this.agents.node('node01'))
    return Promise.resolve()
  }

  startOperator(): Promise<void> {
    this.agents.later(this.agents.has('operator-slow') ? 70e6 : 1e6, () => {
      this.agents.operator = true
      this.agents.othersFlap(this.agents.node('node01'))
      for (const [name, vip] of this.agents.services) if (vip === undefined) this.#give(name)
      this.agents.publish()
      for (const node of this.agents.nodes) this.agents.connectLater(node, RETRY)
    })
    return Promise.resolve()
  }

  freeze(name: string, frozen: boolean): Promise<void> {
    const node = this.agents.node(name)
    if (frozen) {
      this.agents.lastWords(node)
      this.agents.silence(node, true)
      node.frozen = true
      if (this.agents.has('talks-in-sleep'))
        this.agents.later(1e6, () => {
          for (const speaker of this.agents.all(node)) this.agents.send(node, speaker, [node.cidr])
        })
      if (this.agents.has('closes-itself')) for (const speaker of this.agents.all(node)) speaker.closes('fin')
      this.agents.othersFlap(node)
      return Promise.resolve()
    }
    node.frozen = false
    this.agents.connectLater(node, RETRY)
    return Promise.resolve()
  }

  cut(name: string, cut: boolean): Promise<number> {
    const node = this.agents.node(name)
    if (cut) this.agents.lastWords(node)
    node.cut = cut
    this.agents.silence(node, cut)
    if (cut) {
      if (this.agents.has('closes-itself')) {
        for (const speaker of this.agents.all(node)) speaker.sends(notification(Cease.AdministrativeShutdown))
      }
      this.agents.othersFlap(node)
    } else this.agents.connectLater(node, this.agents.has('slow-return') ? 40e6 : RETRY)
    return Promise.resolve(cut || this.agents.has('cut-leaks') ? 0 : 6)
  }

  load(perProcessor: number): Promise<number> {
    const busy = this.agents.load > 0 && !this.agents.has('idle-processors') ? 1 : 0.2
    this.agents.load = perProcessor
    return Promise.resolve(busy)
  }

  freePort(): Promise<number> {
    return Promise.resolve(31_790)
  }

  bgpSpec(kind: BgpKind, name: string): Promise<Record<string, unknown>> {
    if (kind === 'ciliumbgpnodeconfigoverride')
      return Promise.resolve({ bgpInstances: [{ name: 'lab', ...this.agents.node(name).override }] })
    return Promise.resolve(
      kind === 'ciliumbgppeerconfig'
        ? {
            timers: {
              holdTimeSeconds: this.agents.hold,
              ...(this.agents.has('fields-lost') && this.agents.nodes[0]?.ever !== 1
                ? {}
                : { keepAliveTimeSeconds: this.agents.keepalive }),
            },
            families: [{ afi: 'ipv4', safi: this.agents.has('other-families') ? 'multicast' : 'unicast' }],
          }
        : { bgpInstances: [{ name: 'lab', localASN: this.agents.asn, peers: [] }] },
    )
  }

  patchBgp(kind: BgpKind, name: string, spec: object): Promise<void> {
    if (kind === 'ciliumbgpnodeconfigoverride') {
      const [instance] = (spec as { bgpInstances: { name: string; routerID?: string }[] }).bgpInstances
      const { name: _instance, ...override } = instance!
      this.#overrideInstance(this.agents.node(name), override)
      return Promise.resolve()
    }
    const { timers, bgpInstances } = spec as {
      timers?: { holdTimeSeconds: number }
      bgpInstances?: { localASN: number }[]
    }
    if (timers !== undefined && !this.agents.has('soft-reset')) {
      this.agents.hold = timers.holdTimeSeconds
    }
    const asn = bgpInstances?.[0]?.localASN
    for (const node of this.agents.nodes) {
      if (asn === undefined) {
        if (this.agents.has('wrong-farewell')) this.agents.end(node, Cease.HardReset)
        else this.agents.end(node, Cease.AdministrativeReset, 'Peer configuration changed')
      } else this.#recreate(node)
      this.#comeBack(node)
    }
    if (asn !== undefined && !this.agents.has('soft-reset')) this.agents.asn = asn
    if (kind === 'ciliumbgpclusterconfig') this.agents.publish()
    return Promise.resolve()
  }

  /** The instance is another one: its session ends for good. */
  #recreate(node: SimulatedAgent): void {
    const graceful = this.agents.parameters.restartTime !== undefined
    if (this.agents.has('keeps-after-unselect')) this.agents.end(node, Cease.AdministrativeReset)
    else
      this.agents.end(
        node,
        graceful !== this.agents.has('wrong-farewell') ? Cease.HardReset : Cease.PeerDeconfigured,
      )
  }

  #comeBack(node: SimulatedAgent): void {
    this.agents.connectLater(node, this.agents.has('slow-return') ? 40e6 : 6e6)
    if (this.agents.has('flaps-twice'))
      this.agents.later(6_200_000, () => {
        this.agents.end(node)
        this.agents.connectLater(node, RETRY)
      })
  }

  #overrideInstance(node: SimulatedAgent, override: { readonly routerID?: string }): void {
    this.#recreate(node)
    node.override = override
    if (!this.agents.has('soft-reset')) node.identifier = override.routerID ?? node.address
    this.#comeBack(node)
    this.agents.othersFlap(node)
  }

  addPeer(): Promise<{ readonly listen: string; readonly asn: number }> {
    this.agents.hasSecond = true
    return Promise.resolve({ listen: `${SECOND}:1790`, asn: 65000 })
  }

  removePeer(): Promise<void> {
    this.agents.hasSecond = false
    this.agents.publish()
    return Promise.resolve()
  }

  addService(name: string): Promise<void> {
    this.agents.services.set(name, undefined)
    if (this.agents.operator || this.agents.has('new-during-outage')) this.#give(name)
    return Promise.resolve()
  }

  #give(name: string): void {
    const vip = `10.99.0.${this.agents.nextVip++}/32`
    this.agents.services.set(name, vip)
    for (const node of this.agents.nodes)
      for (const speaker of this.agents.all(node)) this.agents.send(node, speaker, [vip])
  }

  removeService(name: string): Promise<void> {
    const vip = this.agents.services.get(name)
    this.agents.services.delete(name)
    if (vip !== undefined)
      for (const node of this.agents.nodes)
        for (const speaker of this.agents.all(node)) speaker.withdraws(vip)
    return Promise.resolve()
  }
}
