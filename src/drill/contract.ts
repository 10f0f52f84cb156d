// What a drill is, what it does to a cluster, and what comes of it.
import type { Observer } from '../core/check/observer.ts'
import type { Micros } from '../core/speaker/contract.ts'
import type { StreamEvent } from '../core/stream/events.ts'
import type { Instant } from '../core/window/contract.ts'
import type { Window } from '../harness/contract.ts'
import type { Condition } from '../harness/until.ts'

export type StopSignal = 'SIGTERM' | 'SIGKILL'

export interface ClusterNode {
  readonly name: string
  /** Cilium release of its agent: "1.20.2". */
  readonly version: string
}

/** One node after another, or a few at once. */
export interface RolloutOptions {
  /** Nodes that may be without an agent at once. */
  readonly maxUnavailable: number
  /** From the end of an agent to the start of the next one: image pull and boot. A cluster with images of its own takes what it takes. */
  readonly delay: (node: string) => Micros
  /** Resolves when the node's agent counts as ready; a cluster with readiness probes of its own does not ask. */
  readonly ready: (node: string) => Promise<void>
}

/** A BGP peering resource, by name: what drills change. Kinds without a namespace. */
export type BgpKind =
  'ciliumbgpclusterconfig' | 'ciliumbgppeerconfig' | 'ciliumbgpadvertisement' | 'ciliumbgpnodeconfigoverride'

/**
 * What a drill does to a cluster. Every method resolves when it is done, not when the routers have noticed; each can be
 * undone by its counterpart. A cluster that cannot do a thing throws RW_LAB with what is missing.
 */
export interface Cluster {
  /** "native lab restart", for people. */
  readonly label: string
  /** An agent that ends is started by the cluster itself: no delay can be put in between. */
  readonly restartsItself: boolean
  /** Operations that cannot be done here, with the reason. */
  readonly cannot: Readonly<Partial<Record<Ability, string>>>
  nodes(): Promise<readonly ClusterNode[]>

  stopAgent(node: string, signal: StopSignal): Promise<void>
  /** With a release: that one's program from now on. */
  startAgent(node: string, version?: string): Promise<void>
  /** Ends every agent and takes the BGP resources away: as before Cilium was installed. */
  uninstall(): Promise<void>
  /** Agents run; BGP is not configured. */
  install(): Promise<void>
  /** Applies the BGP resources. */
  configureBgp(): Promise<void>

  rollout(options: RolloutOptions): Promise<void>
  /** Gets the release ready on every node, so that no agent waits for its image. */
  preflight(version: string): Promise<void>
  /** Definitions and operator of that release, then a rollout. */
  upgrade(version: string, options: RolloutOptions): Promise<void>

  addNode(name: string): Promise<void>
  /** Node and CiliumNode go; its agent too. */
  removeNode(name: string): Promise<void>
  /** Takes away what runs on the node for Services, and lets nothing new come. */
  drain(node: string): Promise<void>
  uncordon(node: string): Promise<void>
  /** Whether the node matches the nodeSelector of the BGP configuration. */
  select(node: string, selected: boolean): Promise<void>
  /** The machine is off: no farewell. `on` starts it again. */
  power(node: string, state: 'off' | 'on'): Promise<void>

  stopOperator(): Promise<void>
  startOperator(): Promise<void>

  /** The agent stands still (its kernel does not), or goes on. */
  freeze(node: string, frozen: boolean): Promise<void>
  /** Packets between the node and the routers are dropped both ways, or pass again: then it gives how many were dropped. */
  cut(node: string, cut: boolean): Promise<number>
  /**
   * So many processes that compute without a pause for each processor that agents run on; none: those that there are end.
   * Gives the share of the processors' time, 0 to 1, in which they were busy since the last call.
   */
  load(perProcessor: number): Promise<number>

  /** Spec of a BGP resource. */
  bgpSpec(kind: BgpKind, name: string): Promise<Record<string, unknown>>
  /** JSON merge patch of its spec. */
  patchBgp(kind: BgpKind, name: string, spec: object): Promise<void>
  /** The peer configuration that the nodes use for the router. */
  readonly peerConfig: string
  readonly clusterConfig: string
  /** A TCP port on which an agent could listen. */
  freePort(): Promise<number>
  /** A second router for every node, with the same peer configuration. Gives where it is to listen. */
  addPeer(): Promise<{ readonly listen: string; readonly asn: number }>
  removePeer(): Promise<void>
  /** A Service of type LoadBalancer that the advertisements select. */
  addService(name: string): Promise<void>
  removeService(name: string): Promise<void>
}

export type Ability =
  'cut' | 'freeze' | 'load' | 'operator' | 'services' | 'power' | 'second-router' | 'versions'

/** The router of a drill, running or in virtual time. */
export interface DrillRouter {
  readonly observer: Observer
  readonly now: Micros
  readonly trace: string | undefined
  mark(name: string): { readonly seq: number; readonly at: Micros }
  window(name: string): Window
  /** Throws RW_TIMEOUT. */
  wait(condition: Condition, timeout: Micros): Promise<void>
  pause(span: Micros): Promise<void>
  /** Goes away without a word to the nodes, and comes back later in the same trace. */
  stop(): Promise<void>
  start(): Promise<void>
  /** Another router beside it, for a second peer. */
  second(at: { readonly listen: string; readonly asn: number }): Promise<DrillRouter>
  /** Asks every peer for its routes again (ROUTE-REFRESH). */
  refresh(): void
  /** Tells of every event of the record from now on. Gives how to end that. */
  onEvent(listener: (event: StreamEvent) => void): () => void
}

export type BarVerdict = 'pass' | 'fail' | 'warn' | 'info'

/** One thing that was expected, and what was seen. */
export interface Bar {
  readonly name: string
  readonly node?: string | undefined
  readonly expected: string
  readonly observed: string
  readonly verdict: BarVerdict
  /** Where the expectation comes from. */
  readonly source: string
  /** Releases to which it applies: ">=1.20". */
  readonly versions?: string | undefined
  /** Numbers of the events that show it. */
  readonly evidence: readonly number[]
}

/** How near it was: of `limit`, `measured` was used. */
export interface Margin {
  readonly name: string
  readonly node?: string | undefined
  readonly measured: Micros
  readonly limit: Micros
  /** limit − measured; negative: too late. */
  readonly left: Micros
}

export interface StepResult {
  readonly name: string
  readonly begin: Instant
  readonly end: Instant
  /** Why it ended before its time. */
  readonly failed?: string | undefined
}

export type DrillVerdict = 'pass' | 'fail' | 'warn' | 'skip'

export interface DrillResult {
  readonly id: string
  readonly name: string
  readonly does: string
  readonly verdict: DrillVerdict
  /** Why there is no verdict, or why it ended early. */
  readonly why?: string | undefined
  readonly cluster: string
  /** Release before, and the one changed to. */
  readonly version: string
  readonly to?: string | undefined
  readonly begun: Micros
  readonly ended: Micros
  readonly steps: readonly StepResult[]
  readonly bars: readonly Bar[]
  readonly margins: readonly Margin[]
  /** What was measured and is not judged. */
  readonly notes: readonly string[]
  /** What was put back at the end. */
  readonly undone: readonly string[]
  readonly trace: string | undefined
}

/** Numbers that a drill can be told; spans in microseconds. */
export interface DrillParameters {
  /** Left out: the last one. */
  readonly node?: string | undefined
  /** From the end of an agent to its start. */
  readonly delay: Micros
  /** restartTimeSeconds of the peer configuration; graceful restart is off where it is undefined. */
  readonly restartTime: Micros | undefined
  readonly holdTime: Micros
  /** connectRetryTimeSeconds of the peer configuration. */
  readonly connectRetry: Micros
  readonly maxUnavailable: number
  /** How long a cut, a stop or a soak lasts, where the drill has one. */
  readonly span: Micros
  /** Processes without a pause for each processor, where the drill has a load. */
  readonly load: number
  /** Release to change to; several, in their order, with commas. */
  readonly to?: string | undefined
  /** For one thing to happen. */
  readonly timeout: Micros
}

/** What only some drills make use of. The timers of the lab and `timeout` are for all. */
export type DrillOption = 'node' | 'delay' | 'maxUnavailable' | 'span' | 'load' | 'to'

/** What a drill wants of the lab that is made for it. */
export interface Needs {
  readonly gracefulRestart: 'on' | 'off' | 'any'
  readonly services?: boolean
  /** Release of the lab that is made, unless told otherwise; left out: the newest known. */
  readonly cilium?: string
  readonly abilities?: readonly Ability[]
}

/** What a drill sees of who runs it. */
export interface Stage {
  readonly cluster: Cluster
  readonly router: DrillRouter
  readonly parameters: DrillParameters
  readonly nodes: readonly string[]
  /** The one that things are done to. */
  readonly node: string
  readonly version: string
  readonly signal: AbortSignal
  /** Does a part of the drill between two marks. */
  step<T>(name: string, work: () => Promise<T>): Promise<T>
  wait(condition: Condition, timeout?: Micros): Promise<void>
  pause(span: Micros): Promise<void>
  bar(...bars: readonly Bar[]): void
  margin(margin: Omit<Margin, 'left'>): void
  note(text: string): void
  /** What is to be put back when the drill ends here. Calling the result says that it is back already. */
  undo(what: string, work: () => Promise<void>): () => void
}

export interface Drill {
  /** "S03". */
  readonly id: string
  /** "restart-agent". */
  readonly name: string
  /** One line. */
  readonly does: string
  readonly needs: Needs
  /** Others are refused: nobody is to believe that they did something. */
  readonly uses: readonly DrillOption[]
  /** Of probes that run beside it none may be lost; left out: what is lost is told. */
  readonly losesNoProbe?: true
  /** Where its procedure and its bars come from. */
  readonly source: string
  /** What it takes unless told otherwise; the rest has defaults for all. */
  readonly defaults?: Partial<DrillParameters>
  /** The node that it is best done to where none is named, of a cluster that is as it should be; else it is the last one. */
  readonly choose?: (stage: Stage) => string | undefined
  /** About how many seconds on the native lab, its start left out. */
  readonly seconds: number
  /** Throws RW_USAGE for releases or numbers that it cannot run with: asked before a lab is made. */
  readonly accepts?: (terms: Pick<Stage, 'version' | 'parameters'>) => void
  readonly run: (stage: Stage) => Promise<void>
}
