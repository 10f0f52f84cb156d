// A cluster of simulated Cilium agents in virtual time that drills can be run on, with faults to order: each makes some
// bar fail, and nothing else is simulated.
import type { ClusterObject } from '../../src/core/stream/events.ts'
import type { Micros } from '../../src/core/speaker/contract.ts'
import type {
  BgpKind,
  Cluster,
  ClusterNode,
  DrillParameters,
  RolloutOptions,
  StopSignal,
} from '../../src/drill/contract.ts'
import { inRange } from '../../src/drill/versions.ts'
import { advertisement, cilium, ciliumConfig, ciliumNode, nodeConfig, peerConfig } from './cluster-objects.ts'
import type { ObservedSpeaker } from './observed-cluster.ts'
import { SimulatedRouter, type Surroundings } from './simulated-router.ts'
import { START } from './speaker-bench.ts'
import { Cease, notification, update } from './speaker-messages.ts'

/** Something that goes wrong, by order. */
export type Fault =
  | 'wrong-farewell'
  | 'no-graceful-restart'
  | 'end-of-rib-first'
  | 'no-end-of-rib'
  | 'slow-boot'
  | 'never-back'
  | 'others-flap'
  | 'attribute-drift'
  | 'prefix-lost'
  | 'forwarding-lost'
  | 'forwarding-claimed'
  | 'all-at-once'
  | 'flaps-twice'
  | 'connects-unconfigured'
  | 'connects-unselected'
  | 'wrong-as'
  | 'wrong-hold'
  | 'no-fqdn'
  | 'late-routes'
  | 'wrong-owner'
  | 'drain-withdraws-pods'
  | 'drain-keeps-local'
  | 'restart-timer-early'
  | 'keeps-after-unselect'
  | 'off-flaps'
  | 'closes-itself'
  | 'slow-return'
  | 'last-words'
  | 'restless'
  | 'claims-graceful-restart'
  | 'new-during-outage'
  | 'operator-slow'
  | 'old-prefix-returns'
  | 'same-prefix-again'
  | 'silent'
  | 'not-silent'
  | 'deaf'
  | 'soft-reset'

interface Node {
  readonly name: string
  readonly address: string
  readonly source: string
  cidr: string
  version: string
  running: boolean
  frozen: boolean
  cut: boolean
  selected: boolean
  drained: boolean
  /** Sessions of this process so far, and of all. */
  opened: number
  ever: number
  /** Community that its routes carry. */
  community: number
  readonly sessions: Map<SimulatedRouter, ObservedSpeaker>
}

export interface SimulatedSetup {
  readonly version?: string
  readonly parameters: DrillParameters
  readonly faults?: readonly Fault[]
  readonly services?: boolean
}

const BOOT: Micros = 1_600_000
const RETRY: Micros = 900_000
const LOCAL_VIP = '10.99.0.2/32'
const EVERYWHERE_VIP = '10.99.0.1/32'
const SECOND = '127.0.35.1'

export class SimulatedLab implements Cluster, Surroundings {
  readonly label = 'simulated lab'
  readonly cannot = {}
  readonly restartsItself = false
  readonly peerConfig = 'tor'
  readonly clusterConfig = 'lab'
  readonly router: SimulatedRouter
  readonly #routers: SimulatedRouter[] = []
  readonly #nodes: Node[] = []
  readonly #faults: ReadonlySet<Fault>
  readonly #parameters: DrillParameters
  readonly #due: { at: Micros; work: () => void }[] = []
  readonly #services = new Map<string, string | undefined>()
  #configured = true
  #operator = true
  #second = false
  #asn = 64512
  #hold: number
  #keepalive: number
  #nextCidr = 0
  #nextVip = 3

  constructor({ version = '1.20.2', parameters, faults = [], services = false }: SimulatedSetup) {
    this.#faults = new Set(faults)
    this.#parameters = parameters
    this.#hold = parameters.holdTime / 1e6
    this.#keepalive = this.#hold / 3
    for (const name of ['master1', 'master2', 'node01']) this.#join(name, version)
    if (services) this.#services.set('everywhere', EVERYWHERE_VIP).set('local', LOCAL_VIP)
    this.router = new SimulatedRouter(this, '127.0.0.1', START)
    this.#routers.push(this.router)
    for (const node of this.#nodes) this.#connectLater(node, BOOT)
    if (this.#has('restless')) this.#rest()
  }

  /** One node loses its session now and then. */
  #rest(): void {
    this.#later(20e6, () => {
      this.#othersFlap(this.#node('node01'), true)
      this.#rest()
    })
  }

  #has(fault: Fault): boolean {
    return this.#faults.has(fault)
  }

  #join(name: string, version: string): Node {
    const index = this.#nextCidr++
    const node: Node = {
      name,
      address: `192.168.35.${11 + index}`,
      source: `127.0.35.${11 + index}`,
      cidr: `10.5.${112 + index}.0/24`,
      version,
      running: true,
      frozen: false,
      cut: false,
      selected: true,
      drained: false,
      opened: 0,
      ever: 0,
      community: 64512 * 65536 + 100,
      sessions: new Map(),
    }
    this.#nodes.push(node)
    return node
  }

  #node(name: string): Node {
    const node = this.#nodes.find((node) => node.name === name)
    if (node === undefined) throw new Error(`no node ${name}`)
    return node
  }

  /** What is not as it was at the beginning. */
  disorder(): string[] {
    const off = this.#nodes.flatMap((node) => [
      ...(node.running ? [] : [`${node.name} has no agent`]),
      ...(node.frozen ? [`${node.name} is frozen`] : []),
      ...(node.cut ? [`${node.name} is cut off`] : []),
      ...(node.selected ? [] : [`${node.name} is not selected`]),
      ...(node.drained ? [`${node.name} is drained`] : []),
      ...(node.version === this.#nodes[0]?.version ? [] : [`${node.name} runs ${node.version}`]),
    ])
    const services = [...this.#services.keys()].filter((name) => name.startsWith('drill'))
    return [
      ...off,
      ...(this.#nodes.length === 3 ? [] : [`${this.#nodes.length} nodes`]),
      ...(this.#configured ? [] : ['BGP is not configured']),
      ...(this.router.up ? [] : ['the router is down']),
      ...(this.#second ? ['a second peer is configured'] : []),
      ...(this.#asn === 64512 ? [] : [`AS ${this.#asn}`]),
      ...(this.#hold === this.#parameters.holdTime / 1e6 ? [] : [`hold time ${this.#hold}`]),
      ...services.map((name) => `Service ${name}`),
    ]
  }

  /** Whether the operator runs, or will in a moment. */
  get operatorRuns(): boolean {
    this.advance(2e6)
    return this.#operator
  }

  // Time.

  get now(): Micros {
    return this.router.now
  }

  advance(span: Micros): void {
    const end = this.now + span
    for (;;) {
      this.#due.sort((a, b) => a.at - b.at)
      const next = this.#due[0]
      if (next === undefined || next.at > end) break
      this.#due.shift()
      this.#passTo(next.at)
      next.work()
    }
    this.#passTo(end)
  }

  #passTo(at: Micros): void {
    for (const { world } of this.#routers) if (world.now < at) world.passes(`${(at - world.now) / 1e3}ms`)
    this.#reconnectLost()
  }

  /** An agent that runs and lost a session dials again. */
  #reconnectLost(): void {
    for (const node of this.#nodes)
      for (const [router, speaker] of node.sessions)
        if (!speaker.isOpen) {
          node.sessions.delete(router)
          if (node.running) this.#connectLater(node, this.#has('slow-return') ? 40e6 : RETRY)
        }
  }

  #later(after: Micros, work: () => void): void {
    this.#due.push({ at: this.now + after, work })
  }

  // Objects.

  get objects(): readonly ClusterObject[] {
    const version = this.#nodes[0]?.version ?? '1.20.2'
    const types = ['PodCIDR', { advertisementType: 'Service', service: { addresses: ['LoadBalancerIP'] } }]
    return [
      ciliumConfig({ ipam: 'cluster-pool' }),
      cilium(`quay.io/cilium/cilium:v${version}`),
      peerConfig(),
      advertisement('pod-cidr', this.#services.size > 0 ? types : ['PodCIDR']),
      ...this.#nodes.flatMap((node) => this.#objectsOf(node)),
    ]
  }

  #objectsOf(node: Node): ClusterObject[] {
    const peers = [{ name: 'tor' }, ...(this.#second ? [{ name: 'second', peerAddress: SECOND }] : [])]
    const cidrs = this.#has('wrong-owner') && node.name === 'master1' ? ['10.5.200.0/24'] : [node.cidr]
    return [
      ciliumNode(node.name, cidrs, node.address),
      ...(this.#configured && node.selected ? [nodeConfig(node.name, { peers, localASN: this.#asn })] : []),
    ]
  }

  /** Every router sees the objects as they are. */
  #publish(): void {
    for (const { world } of this.#routers) {
      world.set(...this.objects)
      for (const node of this.#nodes)
        if (!this.#configured || !node.selected) world.deletes('CiliumBGPNodeConfig', node.name)
    }
  }

  // Sessions.

  #connectLater(node: Node, after: Micros): void {
    const life = node.opened
    this.#later(after, () => {
      if (!node.running || node.frozen || node.cut || node.opened < 0 || life < 0) return
      const fresh = node.opened === 0
      for (const router of this.#routers) this.#connect(node, router, fresh)
    })
  }

  #connect(node: Node, router: SimulatedRouter, fresh: boolean): void {
    const allowed = this.#configured || this.#has('connects-unconfigured')
    const selected = node.selected || this.#has('connects-unselected')
    if (!allowed || !selected || !router.up || node.sessions.has(router)) return
    if (router.address === SECOND && !this.#second) return
    if (!this.#operator && node.name.startsWith('drill') && !this.#has('new-during-outage')) return
    const graceful =
      (this.#parameters.restartTime !== undefined && !this.#has('no-graceful-restart')) ||
      this.#has('claims-graceful-restart')
    const restarting = fresh || (this.#has('forwarding-claimed') && graceful)
    // Up to 1.19 the first router's End-of-RIB ends "restarting" for all.
    const first = restarting && (inRange('>=1.20', node.version) || node.sessions.size === 0)
    const bit = first && !this.#has('forwarding-lost')
    const speaker = router.world.speaker({
      from: node.source,
      to: router.address,
      asn: this.#has('wrong-as') && node.ever > 0 ? this.#asn + 9 : this.#asn,
      identifier: node.address,
      holdTime: this.#has('wrong-hold') ? this.#hold + 1 : this.#hold,
      extra: this.#has('no-fqdn') ? [] : [{ code: 73, host: node.name, domain: '' }],
      ...(graceful
        ? {
            gracefulRestart: {
              restarting: bit,
              notification: true,
              time: (this.#parameters.restartTime ?? 60e6) / 1e6 - (this.#has('restart-timer-early') ? 5 : 0),
              forwarding: bit,
            },
          }
        : {}),
    })
    node.sessions.set(router, speaker)
    node.opened++
    node.ever++
    const dead = this.#routers.some((other) => other !== router && !other.up) && this.#second
    const silent = first && graceful && dead && inRange('>=1.20', node.version)
    if ((silent && !this.#has('not-silent')) || (this.#has('silent') && dead)) return
    this.#later(this.#has('late-routes') ? 12e6 : 0, () => this.#announce(node, speaker, graceful))
  }

  #announce(node: Node, speaker: ObservedSpeaker, graceful: boolean): void {
    if (!speaker.isOpen) return
    const ends = graceful && !this.#has('no-end-of-rib')
    if (ends && this.#has('end-of-rib-first')) speaker.endsRib()
    const lost = this.#has('prefix-lost') && node.ever > 1
    const prefixes = this.#prefixes(node)
    this.#send(node, speaker, lost ? prefixes.slice(1) : prefixes)
    if (ends && !this.#has('end-of-rib-first')) speaker.endsRib()
  }

  #send(node: Node, speaker: ObservedSpeaker, prefixes: readonly string[]): void {
    const community = this.#has('attribute-drift') && node.ever > 1 ? node.community + 1 : node.community
    const attributes = {
      origin: 0 as const,
      asPath: [{ type: 2 as const, asns: [this.#asn] }],
      communities: [community],
    }
    if (prefixes.length > 0) speaker.sends(update({ prefixes, nextHop: node.source, attributes }))
  }

  #prefixes(node: Node): string[] {
    const vips = [...this.#services.values()].filter((vip) => vip !== undefined)
    const local = node.name === 'node01' && (!node.drained || this.#has('drain-keeps-local'))
    return [node.cidr, ...vips.filter((vip) => vip !== LOCAL_VIP || local)]
  }

  #all(node: Node): ObservedSpeaker[] {
    return [...node.sessions.values()].filter((speaker) => speaker.isOpen)
  }

  /** Ends the node's sessions with this NOTIFICATION, or without one. */
  #end(node: Node, said?: readonly [number, number], text?: string): void {
    for (const speaker of this.#all(node)) {
      // Nothing leaves it: its session ends when our hold timer says so.
      if (node.cut || node.frozen) continue
      if (said === undefined) speaker.closes('fin')
      else speaker.sends(notification(said, text))
    }
    node.sessions.clear()
  }

  routerStopped(router: SimulatedRouter): void {
    for (const node of this.#nodes) {
      node.sessions.get(router)?.closes('fin')
      node.sessions.delete(router)
    }
  }

  routerStarted(): void {
    for (const node of this.#nodes) this.#connectLater(node, this.#has('slow-return') ? 40e6 : RETRY)
  }

  refreshed(router: SimulatedRouter): void {
    if (this.#has('deaf')) return
    for (const node of this.#nodes) {
      const speaker = node.sessions.get(router)
      if (speaker?.isOpen === true) this.#announce(node, speaker, true)
    }
  }

  second(address: string): SimulatedRouter {
    const router = new SimulatedRouter(this, address, this.now)
    this.#routers.push(router)
    this.#publish()
    for (const node of this.#nodes) this.#connect(node, router, false)
    return router
  }

  // The cluster.

  nodes(): Promise<readonly ClusterNode[]> {
    return Promise.resolve(this.#nodes.map(({ name, version }) => ({ name, version })))
  }

  #othersFlap(node: Node, always = false): void {
    if (!always && !this.#has('others-flap')) return
    const other = this.#nodes.find((one) => one !== node && one.running)
    if (other === undefined) return
    this.#end(other)
    this.#connectLater(other, RETRY)
  }

  stopAgent(name: string, signal: StopSignal): Promise<void> {
    const node = this.#node(name)
    node.running = false
    const graceful = this.#parameters.restartTime !== undefined
    const polite = signal === 'SIGTERM' && !graceful && inRange('>=1.20', node.version)
    const says =
      polite !== this.#has('wrong-farewell') || (signal === 'SIGKILL' && this.#has('wrong-farewell'))
    this.#end(node, says ? (graceful ? Cease.HardReset : Cease.PeerDeconfigured) : undefined)
    this.#othersFlap(node)
    return Promise.resolve()
  }

  startAgent(name: string, version?: string): Promise<void> {
    const node = this.#node(name)
    if (node.running && version === undefined) return Promise.resolve()
    node.running = true
    node.frozen = false
    node.opened = 0
    if (version !== undefined) node.version = version
    if (this.#has('never-back')) return Promise.resolve()
    this.#connectLater(node, this.#has('slow-boot') ? 80e6 : BOOT)
    if (this.#has('flaps-twice'))
      this.#later(BOOT + 200_000, () => {
        this.#end(node)
        this.#connectLater(node, RETRY)
      })
    return Promise.resolve()
  }

  async uninstall(): Promise<void> {
    for (const { name } of this.#nodes) await this.stopAgent(name, 'SIGTERM')
    this.#configured = false
    this.#publish()
  }

  async install(): Promise<void> {
    for (const { name } of this.#nodes) await this.startAgent(name)
  }

  configureBgp(): Promise<void> {
    this.#configured = true
    this.#publish()
    for (const node of this.#nodes) this.#connectLater(node, RETRY)
    if (this.#has('flaps-twice'))
      this.#later(RETRY + 200_000, () => {
        for (const node of this.#nodes) {
          this.#end(node)
          this.#connectLater(node, RETRY)
        }
      })
    return Promise.resolve()
  }

  rollout(options: RolloutOptions): Promise<void> {
    return this.#roll(options)
  }

  async #roll({ maxUnavailable, delay, ready }: RolloutOptions, version?: string): Promise<void> {
    const size = this.#has('all-at-once') ? this.#nodes.length : maxUnavailable
    for (let first = 0; first < this.#nodes.length; first += size) {
      const batch = this.#nodes.slice(first, first + size)
      for (const { name } of batch) await this.stopAgent(name, 'SIGTERM')
      this.advance(Math.max(...batch.map(({ name }) => delay(name))))
      for (const { name } of batch) await this.startAgent(name, version)
      for (const { name } of batch) await ready(name)
    }
  }

  preflight(): Promise<void> {
    return Promise.resolve()
  }

  async upgrade(version: string, options: RolloutOptions): Promise<void> {
    await this.#roll(options, version)
    this.#publish()
  }

  addNode(name: string): Promise<void> {
    const node = this.#join(name, this.#nodes[0]?.version ?? '1.20.2')
    if (this.#has('same-prefix-again')) node.cidr = '10.5.114.0/24'
    this.#publishNode(node)
    this.#connectLater(node, BOOT)
    if (this.#has('old-prefix-returns'))
      this.#later(BOOT + 100_000, () => {
        const other = this.#node('master1')
        for (const speaker of [...this.#all(other), ...this.#all(node)])
          this.#send(other, speaker, ['10.5.114.0/24'])
      })
    return Promise.resolve()
  }

  /** Without the operator a node has neither CIDR nor configuration. */
  #publishNode(node: Node): void {
    if (this.#operator) this.#publish()
    else for (const { world } of this.#routers) world.set(ciliumNode(node.name, [], node.address))
  }

  removeNode(name: string): Promise<void> {
    const node = this.#node(name)
    node.running = false
    this.#end(node)
    this.#othersFlap(node)
    this.#nodes.splice(this.#nodes.indexOf(node), 1)
    for (const { world } of this.#routers)
      world.deletes('CiliumNode', name).deletes('CiliumBGPNodeConfig', name)
    if (this.#has('old-prefix-returns')) {
      const other = this.#node('master1')
      for (const speaker of this.#all(other)) this.#send(other, speaker, [node.cidr])
    }
    return Promise.resolve()
  }

  drain(name: string): Promise<void> {
    const node = this.#node(name)
    node.drained = true
    for (const speaker of this.#all(node)) {
      if (!this.#has('drain-keeps-local')) speaker.withdraws(LOCAL_VIP)
      if (this.#has('drain-withdraws-pods')) speaker.withdraws(node.cidr)
    }
    return Promise.resolve()
  }

  uncordon(name: string): Promise<void> {
    const node = this.#node(name)
    node.drained = false
    for (const speaker of this.#all(node)) this.#send(node, speaker, this.#prefixes(node))
    return Promise.resolve()
  }

  select(name: string, selected: boolean): Promise<void> {
    const node = this.#node(name)
    node.selected = selected
    this.#publish()
    if (selected) {
      node.opened = 0
      this.#connectLater(node, RETRY)
      return Promise.resolve()
    }
    if (!this.#configured) return Promise.resolve()
    const graceful = this.#parameters.restartTime !== undefined
    const leave = (): void => {
      if (this.#has('keeps-after-unselect')) this.#end(node, Cease.AdministrativeReset)
      else
        this.#end(node, graceful !== this.#has('wrong-farewell') ? Cease.HardReset : Cease.PeerDeconfigured)
      this.#othersFlap(node)
    }
    leave()
    return Promise.resolve()
  }

  power(name: string, state: 'off' | 'on'): Promise<void> {
    const node = this.#node(name)
    if (state === 'on') {
      node.cut = false
      return this.startAgent(name)
    }
    this.#lastWords(node)
    this.#silence(node, true)
    node.cut = true
    node.running = false
    if (this.#has('off-flaps')) {
      const other = this.#node('master1')
      this.#end(other)
      this.#connectLater(other, RETRY)
    }
    if (this.#has('closes-itself')) for (const speaker of this.#all(node)) speaker.closes('fin')
    this.#othersFlap(node)
    return Promise.resolve()
  }

  #lastWords(node: Node): void {
    if (this.#has('last-words')) for (const speaker of this.#all(node)) speaker.withdraws(node.cidr)
  }

  #silence(node: Node, silent: boolean): void {
    for (const [router, speaker] of node.sessions)
      if (speaker.isOpen) router.world.silences(speaker.session, silent)
  }

  stopOperator(): Promise<void> {
    this.#operator = false
    if (this.#has('others-flap')) this.#othersFlap(this.#node('node01'))
    return Promise.resolve()
  }

  startOperator(): Promise<void> {
    this.#later(this.#has('operator-slow') ? 70e6 : 1e6, () => {
      this.#operator = true
      this.#othersFlap(this.#node('node01'))
      for (const [name, vip] of this.#services) if (vip === undefined) this.#give(name)
      this.#publish()
      for (const node of this.#nodes) this.#connectLater(node, RETRY)
    })
    return Promise.resolve()
  }

  freeze(name: string, frozen: boolean): Promise<void> {
    const node = this.#node(name)
    if (frozen) {
      this.#lastWords(node)
      this.#silence(node, true)
      node.frozen = true
      if (this.#has('closes-itself')) for (const speaker of this.#all(node)) speaker.closes('fin')
      this.#othersFlap(node)
      return Promise.resolve()
    }
    node.frozen = false
    this.#connectLater(node, RETRY)
    return Promise.resolve()
  }

  cut(name: string, cut: boolean): Promise<void> {
    const node = this.#node(name)
    if (cut) this.#lastWords(node)
    node.cut = cut
    this.#silence(node, cut)
    if (cut) {
      if (this.#has('closes-itself')) {
        for (const speaker of this.#all(node)) speaker.sends(notification(Cease.AdministrativeShutdown))
      }
      this.#othersFlap(node)
    } else this.#connectLater(node, this.#has('slow-return') ? 40e6 : RETRY)
    return Promise.resolve()
  }

  bgpSpec(kind: BgpKind): Promise<Record<string, unknown>> {
    return Promise.resolve(
      kind === 'ciliumbgppeerconfig'
        ? { timers: { holdTimeSeconds: this.#hold, keepAliveTimeSeconds: this.#keepalive } }
        : { bgpInstances: [{ name: 'lab', localASN: this.#asn, peers: [] }] },
    )
  }

  patchBgp(kind: BgpKind, _name: string, spec: object): Promise<void> {
    const { timers, bgpInstances } = spec as {
      timers?: { holdTimeSeconds: number }
      bgpInstances?: { localASN: number }[]
    }
    if (timers !== undefined && !this.#has('soft-reset')) {
      this.#hold = timers.holdTimeSeconds
    }
    const asn = bgpInstances?.[0]?.localASN
    const graceful = this.#parameters.restartTime !== undefined
    for (const node of this.#nodes) {
      if (asn === undefined) {
        if (this.#has('wrong-farewell')) this.#end(node, Cease.HardReset)
        else this.#end(node, Cease.AdministrativeReset, 'Peer configuration changed')
      } else if (this.#has('keeps-after-unselect')) this.#end(node, Cease.AdministrativeReset)
      else
        this.#end(node, graceful !== this.#has('wrong-farewell') ? Cease.HardReset : Cease.PeerDeconfigured)
      this.#connectLater(node, this.#has('slow-return') ? 40e6 : 6e6)
      if (this.#has('flaps-twice'))
        this.#later(6_200_000, () => {
          this.#end(node)
          this.#connectLater(node, RETRY)
        })
    }
    if (asn !== undefined && !this.#has('soft-reset')) this.#asn = asn
    if (kind === 'ciliumbgpclusterconfig') this.#publish()
    return Promise.resolve()
  }

  addPeer(): Promise<{ readonly listen: string; readonly asn: number }> {
    this.#second = true
    return Promise.resolve({ listen: `${SECOND}:1790`, asn: 65000 })
  }

  removePeer(): Promise<void> {
    this.#second = false
    this.#publish()
    return Promise.resolve()
  }

  addService(name: string): Promise<void> {
    this.#services.set(name, undefined)
    if (this.#operator || this.#has('new-during-outage')) this.#give(name)
    return Promise.resolve()
  }

  #give(name: string): void {
    const vip = `10.99.0.${this.#nextVip++}/32`
    this.#services.set(name, vip)
    for (const node of this.#nodes) for (const speaker of this.#all(node)) this.#send(node, speaker, [vip])
  }

  removeService(name: string): Promise<void> {
    const vip = this.#services.get(name)
    this.#services.delete(name)
    if (vip !== undefined)
      for (const node of this.#nodes) for (const speaker of this.#all(node)) speaker.withdraws(vip)
    return Promise.resolve()
  }
}
