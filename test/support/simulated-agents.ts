// Simulated Cilium agents in virtual time, with faults to order: each makes some bar of a drill fail, and nothing else is
// simulated.
import type { ClusterObject } from '../../src/core/stream/events.ts'
import type { Micros } from '../../src/core/speaker/contract.ts'
import type { DrillParameters } from '../../src/drill/contract.ts'
import { inRange } from '../../src/drill/versions.ts'
import { advertisement, cilium, ciliumConfig, ciliumNode, nodeConfig, peerConfig } from './cluster-objects.ts'
import type { ObservedSpeaker } from './observed-cluster.ts'
import { SimulatedRouter, type Surroundings } from './simulated-router.ts'
import { START } from './speaker-bench.ts'
import { keepalive, notification, update } from './speaker-messages.ts'

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
  | 'cut-leaks'
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
  | 'idle-processors'
  | 'talks-in-sleep'
  | 'fields-lost'
  | 'other-families'

export interface SimulatedAgent {
  readonly name: string
  readonly address: string
  readonly source: string
  cidr: string
  /** BGP identifier, and what a CiliumBGPNodeConfigOverride says of its instance. */
  identifier: string
  override: object
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

export const BOOT: Micros = 1_600_000
export const RETRY: Micros = 900_000
export const LOCAL_VIP = '10.99.0.2/32'
const EVERYWHERE_VIP = '10.99.0.1/32'
export const SECOND = '127.0.35.1'

/** Agents, their sessions with every router, and the time in which they live. */
export class SimulatedAgents implements Surroundings {
  readonly router: SimulatedRouter
  readonly routers: SimulatedRouter[] = []
  readonly nodes: SimulatedAgent[] = []
  readonly faults: ReadonlySet<Fault>
  readonly parameters: DrillParameters
  readonly due: { at: Micros; work: () => void }[] = []
  readonly services = new Map<string, string | undefined>()
  configured = true
  operator = true
  hasSecond = false
  load = 0
  asn = 64512
  hold: number
  keepalive: number
  nextCidr = 0
  nextVip = 3

  constructor({ version = '1.20.2', parameters, faults = [], services = false }: SimulatedSetup) {
    this.faults = new Set(faults)
    this.parameters = parameters
    this.hold = parameters.holdTime / 1e6
    this.keepalive = this.hold / 3
    for (const name of ['master1', 'master2', 'node01']) this.join(name, version)
    if (services) this.services.set('everywhere', EVERYWHERE_VIP).set('local', LOCAL_VIP)
    this.router = new SimulatedRouter(this, '127.0.0.1', START)
    this.routers.push(this.router)
    for (const node of this.nodes) this.connectLater(node, BOOT)
    if (this.has('restless')) this.rest()
  }

  /** One node loses its session now and then. */
  rest(): void {
    this.later(20e6, () => {
      this.othersFlap(this.node('node01'), true)
      this.rest()
    })
  }

  has(fault: Fault): boolean {
    return this.faults.has(fault)
  }

  join(name: string, version: string): SimulatedAgent {
    const index = this.nextCidr++
    const node: SimulatedAgent = {
      name,
      address: `192.168.35.${11 + index}`,
      source: `127.0.35.${11 + index}`,
      cidr: `10.5.${112 + index}.0/24`,
      identifier: `192.168.35.${11 + index}`,
      override: {},
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
    this.nodes.push(node)
    return node
  }

  node(name: string): SimulatedAgent {
    const node = this.nodes.find((node) => node.name === name)
    if (node === undefined) throw new Error(`no node ${name}`)
    return node
  }

  /** What is not as it was at the beginning. */
  disorder(): string[] {
    const off = this.nodes.flatMap((node) => [
      ...(node.running ? [] : [`${node.name} has no agent`]),
      ...(node.frozen ? [`${node.name} is frozen`] : []),
      ...(node.cut ? [`${node.name} is cut off`] : []),
      ...(node.selected ? [] : [`${node.name} is not selected`]),
      ...(node.drained ? [`${node.name} is drained`] : []),
      ...(Object.keys(node.override).length === 0 ? [] : [`${node.name} has an override`]),
      ...(node.version === this.nodes[0]?.version ? [] : [`${node.name} runs ${node.version}`]),
    ])
    const services = [...this.services.keys()].filter((name) => name.startsWith('drill'))
    return [
      ...off,
      ...(this.nodes.length === 3 ? [] : [`${this.nodes.length} nodes`]),
      ...(this.configured ? [] : ['BGP is not configured']),
      ...(this.router.up ? [] : ['the router is down']),
      ...(this.load === 0 ? [] : ['processors are busy']),
      ...(this.hasSecond ? ['a second peer is configured'] : []),
      ...(this.asn === 64512 ? [] : [`AS ${this.asn}`]),
      ...(this.hold === this.parameters.holdTime / 1e6 ? [] : [`hold time ${this.hold}`]),
      ...services.map((name) => `Service ${name}`),
    ]
  }

  /** Whether the operator runs, or will in a moment. */
  get operatorRuns(): boolean {
    this.advance(2e6)
    return this.operator
  }

  // Time.

  get now(): Micros {
    return this.router.now
  }

  advance(span: Micros): void {
    const end = this.now + span
    for (;;) {
      this.due.sort((a, b) => a.at - b.at)
      const next = this.due[0]
      if (next === undefined || next.at > end) break
      this.due.shift()
      this.passTo(next.at)
      next.work()
    }
    this.passTo(end)
  }

  passTo(at: Micros): void {
    for (const { world } of this.routers) if (world.now < at) world.passes(`${(at - world.now) / 1e3}ms`)
    this.reconnectLost()
  }

  /** An agent that runs and lost a session dials again. */
  reconnectLost(): void {
    for (const node of this.nodes)
      for (const [router, speaker] of node.sessions)
        if (!speaker.isOpen) {
          node.sessions.delete(router)
          if (node.running) this.connectLater(node, this.has('slow-return') ? 40e6 : RETRY)
        }
  }

  later(after: Micros, work: () => void): void {
    this.due.push({ at: this.now + after, work })
  }

  // Objects.

  get objects(): readonly ClusterObject[] {
    const version = this.nodes[0]?.version ?? '1.20.2'
    const types = ['PodCIDR', { advertisementType: 'Service', service: { addresses: ['LoadBalancerIP'] } }]
    return [
      ciliumConfig({ ipam: 'cluster-pool' }),
      cilium(`quay.io/cilium/cilium:v${version}`),
      peerConfig(),
      advertisement('pod-cidr', this.services.size > 0 ? types : ['PodCIDR']),
      ...this.nodes.flatMap((node) => this.objectsOf(node)),
    ]
  }

  objectsOf(node: SimulatedAgent): ClusterObject[] {
    const peers = [{ name: 'tor' }, ...(this.hasSecond ? [{ name: 'second', peerAddress: SECOND }] : [])]
    const cidrs = this.has('wrong-owner') && node.name === 'master1' ? ['10.5.200.0/24'] : [node.cidr]
    return [
      ciliumNode(node.name, cidrs, node.address),
      ...(this.configured && node.selected ? [nodeConfig(node.name, { peers, localASN: this.asn })] : []),
    ]
  }

  /** Every router sees the objects as they are. */
  publish(): void {
    for (const { world } of this.routers) {
      world.set(...this.objects)
      for (const node of this.nodes)
        if (!this.configured || !node.selected) world.deletes('CiliumBGPNodeConfig', node.name)
    }
  }

  // Sessions.

  connectLater(node: SimulatedAgent, after: Micros): void {
    const life = node.opened
    this.later(after, () => {
      if (!node.running || node.frozen || node.cut || node.opened < 0 || life < 0) return
      const fresh = node.opened === 0
      for (const router of this.routers) this.connect(node, router, fresh)
    })
  }

  connect(node: SimulatedAgent, router: SimulatedRouter, fresh: boolean): void {
    const allowed = this.configured || this.has('connects-unconfigured')
    const selected = node.selected || this.has('connects-unselected')
    if (!allowed || !selected || !router.up || node.sessions.has(router)) return
    if (router.address === SECOND && !this.hasSecond) return
    if (!this.operator && node.name.startsWith('drill') && !this.has('new-during-outage')) return
    const graceful =
      (this.parameters.restartTime !== undefined && !this.has('no-graceful-restart')) ||
      this.has('claims-graceful-restart')
    const restarting = fresh || (this.has('forwarding-claimed') && graceful)
    // Up to 1.19 the first router's End-of-RIB ends "restarting" for all.
    const first = restarting && (inRange('>=1.20', node.version) || node.sessions.size === 0)
    const bit = first && !this.has('forwarding-lost')
    const speaker = router.world.speaker({
      from: node.source,
      to: router.address,
      asn: this.has('wrong-as') && node.ever > 0 ? this.asn + 9 : this.asn,
      identifier: node.identifier,
      holdTime: this.has('wrong-hold') ? this.hold + 1 : this.hold,
      extra: this.has('no-fqdn') ? [] : [{ code: 73, host: node.name, domain: '' }],
      ...(graceful
        ? {
            gracefulRestart: {
              restarting: bit,
              notification: true,
              time: (this.parameters.restartTime ?? 60e6) / 1e6 - (this.has('restart-timer-early') ? 5 : 0),
              forwarding: bit,
            },
          }
        : {}),
    })
    node.sessions.set(router, speaker)
    this.beats(node, router, speaker)
    node.opened++
    node.ever++
    const dead = this.hasSecond && !this.routers.some(({ address, up }) => address === SECOND && up)
    const silent = first && graceful && dead && inRange('>=1.20', node.version)
    if ((silent && !this.has('not-silent')) || (this.has('silent') && dead)) return
    this.later(this.has('late-routes') ? 12e6 : 0, () => this.announce(node, speaker, graceful))
  }

  /** KEEPALIVEs as long as the session lives, and as the node does. */
  beats(node: SimulatedAgent, router: SimulatedRouter, speaker: ObservedSpeaker): void {
    this.later(this.keepalive * 1e6, () => {
      if (!speaker.isOpen || node.sessions.get(router) !== speaker) return
      if (node.running && !node.frozen && !node.cut) speaker.sends(keepalive)
      this.beats(node, router, speaker)
    })
  }

  announce(node: SimulatedAgent, speaker: ObservedSpeaker, graceful: boolean): void {
    if (!speaker.isOpen) return
    const ends = graceful && !this.has('no-end-of-rib')
    if (ends && this.has('end-of-rib-first')) speaker.endsRib()
    const lost = this.has('prefix-lost') && node.ever > 1
    const prefixes = this.prefixes(node)
    this.send(node, speaker, lost ? prefixes.slice(1) : prefixes)
    if (ends && !this.has('end-of-rib-first')) speaker.endsRib()
  }

  send(node: SimulatedAgent, speaker: ObservedSpeaker, prefixes: readonly string[]): void {
    const community = this.has('attribute-drift') && node.ever > 1 ? node.community + 1 : node.community
    const attributes = {
      origin: 0 as const,
      asPath: [{ type: 2 as const, asns: [this.asn] }],
      communities: [community],
    }
    if (prefixes.length > 0) speaker.sends(update({ prefixes, nextHop: node.source, attributes }))
  }

  prefixes(node: SimulatedAgent): string[] {
    const vips = [...this.services.values()].filter((vip) => vip !== undefined)
    const local = node.name === 'node01' && (!node.drained || this.has('drain-keeps-local'))
    return [node.cidr, ...vips.filter((vip) => vip !== LOCAL_VIP || local)]
  }

  all(node: SimulatedAgent): ObservedSpeaker[] {
    return [...node.sessions.values()].filter((speaker) => speaker.isOpen)
  }

  /** Ends the node's sessions with this NOTIFICATION, or without one. */
  end(node: SimulatedAgent, said?: readonly [number, number], text?: string): void {
    for (const speaker of this.all(node)) {
      // Nothing leaves it: its session ends when our hold timer says so.
      if (node.cut || node.frozen) continue
      if (said === undefined) speaker.closes('fin')
      else speaker.sends(notification(said, text))
    }
    node.sessions.clear()
  }

  routerStopped(router: SimulatedRouter): void {
    for (const node of this.nodes) {
      node.sessions.get(router)?.closes('fin')
      node.sessions.delete(router)
    }
  }

  routerStarted(): void {
    for (const node of this.nodes) this.connectLater(node, this.has('slow-return') ? 40e6 : RETRY)
  }

  refreshed(router: SimulatedRouter): void {
    if (this.has('deaf')) return
    for (const node of this.nodes) {
      const speaker = node.sessions.get(router)
      if (speaker?.isOpen === true) this.announce(node, speaker, true)
    }
  }

  second(address: string): SimulatedRouter {
    const router = new SimulatedRouter(this, address, this.now)
    this.routers.push(router)
    this.publish()
    for (const node of this.nodes) this.connect(node, router, false)
    return router
  }

  othersFlap(node: SimulatedAgent, always = false): void {
    if (!always && !this.has('others-flap')) return
    const other = this.nodes.find((one) => one !== node && one.running)
    if (other === undefined) return
    this.end(other)
    this.connectLater(other, RETRY)
  }

  lastWords(node: SimulatedAgent): void {
    if (this.has('last-words')) for (const speaker of this.all(node)) speaker.withdraws(node.cidr)
  }

  silence(node: SimulatedAgent, silent: boolean): void {
    for (const [router, speaker] of node.sessions)
      if (speaker.isOpen) router.world.silences(speaker.session, silent)
  }
}
