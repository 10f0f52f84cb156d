// A running router with its cluster and its check: what startRouter gives, and what `serve` serves.
import type { Verdict } from '../core/check/finding.ts'
import { forCaller } from '../core/errors/caller.ts'
import { UserError } from '../core/errors/user-error.ts'
import type { Micros, News } from '../core/speaker/contract.ts'
import type { StreamEvent } from '../core/stream/events.ts'
import type { Clock } from '../net/clock.ts'
import type { StopOptions } from '../router/options.ts'
import type { Router } from '../router/router.ts'
import type { Instant } from '../core/window/contract.ts'
import { originationsOf, withdrawnPrefixes, type AnnounceRoute } from './announce-route.ts'
import type { Live, State } from './contract.ts'
import { staticObjects, type StaticEntry } from '../kube/static-source.ts'
import { Bell } from './bell.ts'
import { Changes } from './changes.ts'
import { EventLog } from './latest-events.ts'
import { Debug, debugRows } from './debug.ts'
import { namesOf, type EventRow } from './event-log.ts'
import type { FindingChange } from './findings-watch.ts'
import { happenings, requireHistory, type EventAndNews } from './happenings.ts'
import { History } from './history.ts'
import { Judging } from './judging.ts'
import { RouteLook } from './route-look.ts'
import { routesInTurns } from './route-reading.ts'
import { Recent } from './recent.ts'
import type { Told } from '../core/speaker/route-batch.ts'
import type { ShownSettings } from './options.ts'
import { pastWindow, type Between } from './past-window.ts'
import { lookOf, stateOf } from './state.ts'
import type { RecordedWindow } from './window.ts'
import { Windows } from './windows.ts'
import type { Condition } from './until.ts'
import type { RowKind, RowKinds, Rows } from './rows.ts'
import type { Instants } from './condition-spec.ts'
import { checkMarkName, MarksSince } from './mark-names.ts'
import { watchRoutes } from './watch-routes.ts'
import { watchRows } from './watch-rows.ts'
import { VERSION } from './version.ts'
import { waitFor, type WaitOptions } from './wait.ts'
import {
  expectedRows,
  nodeRows,
  peerRows,
  routeRows,
  type ExpectedRow,
  type NodeRow,
  type PeerRow,
  type RouteRow,
} from './views.ts'
import { nextTurn } from './next-turn.ts'

export type { RowKind, RowKinds, Rows }

/** Type of a message that says nothing but that the peer lives. */
const KEEPALIVE = 4

/** A running router. Stops with `await using`, or with stop(). */
export class RouterHandle implements AsyncDisposable, Live {
  readonly live = true
  readonly router: Router
  readonly settings: ShownSettings
  readonly #clock: Clock
  readonly #stopSource: () => Promise<void>
  readonly #recent: Recent
  readonly #log: EventLog
  readonly #history: History
  readonly #windows: Windows
  #state: State | undefined
  /** One that is being read in turns. */
  #looking: Promise<State> | undefined
  readonly #bell = new Bell()
  readonly #judging: Judging
  readonly #changes: Changes
  #resetAt = 0
  /** The last event that is no KEEPALIVE. */
  #lastNews = 0
  #stopped: Promise<void> | undefined

  /** @param stopSource ends what the cluster's objects come from */
  constructor(router: Router, clock: Clock, settings: ShownSettings, stopSource: () => Promise<void>) {
    this.router = router
    this.settings = settings
    this.#clock = clock
    this.#stopSource = stopSource
    this.#recent = new Recent(namesOf(router.observer))
    this.#log = new EventLog(this.#recent)
    this.#history = new History(clock.now(), this.#recent)
    this.#windows = new Windows({ router, recent: this.#recent, label: this.label, trace: this.trace })
    this.#changes = new Changes(router)
    this.#judging = new Judging(
      router,
      () => clock.now(),
      () => this.#bell.ring(),
    )
    // It happened before anybody could listen, and nothing else did.
    const started = {
      type: 'started',
      version: VERSION,
      config: settings.speaker,
      settle: settings.settle,
      listeners: router.listeners,
      ...router.observer.world.lastEvent,
    } as const
    this.#recent.push(started, [])
    this.#history.push(started, [])
    router.watch((event, told) => this.#heard(event, told))
    debugRows(router, this.label, new Debug(), started)
  }

  /** What it is called in messages. */
  get label(): string {
    return this.settings.label
  }

  /** Addresses that it listens on, with the ports that the system gave. */
  get listeners(): readonly string[] {
    return this.router.listeners
  }

  /** Folder of the trace, if one is kept. */
  get trace(): string | undefined {
    return this.settings.trace?.directory
  }

  /** The last event. */
  get at(): Instant {
    return this.router.observer.world.lastEvent
  }

  /** True from the call of stop() on. */
  get stopped(): boolean {
    return this.#stopped !== undefined
  }

  get now(): Micros {
    return this.#clock.now()
  }

  /** Name of the node that a peer is, or the peer's key when no object names it. */
  nodeOf(peer: string): string {
    return this.router.observer.checker.nodeOf(peer) ?? peer
  }

  /**
   * Names this instant in the record. `before` is the event of the last mark of this name, when there is one: the name means
   * the new one from now on. Throws RW_USAGE for what is no line of text, or a number: numbers mean events.
   */
  mark(name: string): { readonly seq: number; readonly at: Micros; readonly before?: number } {
    checkMarkName(name)
    const before = this.marks.get(name)
    return { ...this.router.mark(name), ...(before === undefined ? {} : { before: before.seq }) }
  }

  /**
   * Begins a window: what happens until it is closed. Marks "NAME: begin" and "NAME: end" are in the record, by which
   * openTrace() finds it again; a name that was used before gets a number ("rollout #2"). Throws RW_USAGE as mark() does.
   */
  window(name: string): RecordedWindow
  /**
   * The window between two instants that are over: names of marks, event numbers, or what mark() gave. It leaves no marks.
   * It comes from memory, or from the trace where memory does not reach back that far (then the whole trace is read).
   * Throws RW_NOT_FOUND when neither has it, or for an instant that is not known; RW_USAGE when it ends before it begins.
   */
  window(name: string, between: Between): Promise<RecordedWindow>
  window(name: string, between?: Between): RecordedWindow | Promise<RecordedWindow> {
    if (between === undefined) return this.#windows.open(name, (marked) => this.mark(marked))
    return pastWindow(name, between, {
      label: this.label,
      trace: this.trace,
      recent: this.#recent,
      history: this.#history,
      instants: { marks: this.marks, lastEvent: this.at },
      nodeOf: (peer) => this.router.observer.checker.nodeOf(peer),
      held: () => this.router.observer.world.speaker,
      flush: () => this.router.flush(),
    })
  }

  /** Resolves when windows know all that was there when they were opened: asked before, they find out in one piece. */
  windowsWhole(): Promise<void> {
    return this.#windows.whole()
  }

  /** How it is now: a value. O(routes), once for each change. */
  state(): State {
    const { seq } = this.router.observer.world.lastEvent
    if (this.#state?.at.seq !== seq) this.#state = this.#stateNow()
    return this.#state
  }

  /** The same with room for sessions before it: routes are read in turns. Who asks meanwhile gets the same one. */
  async stateInTurns(): Promise<State> {
    if (this.#state?.at.seq === this.at.seq) return this.#state
    this.#looking ??= this.#lookInTurns()
    return this.#looking
  }

  /** Another word for state(). */
  rib(): State {
    return this.state()
  }

  /**
   * Resolves, a little later so that a burst is one change, when something happened after event `since` (that of the state
   * that was looked at), or with the signal. Left out: after this call.
   */
  async changed(signal: AbortSignal, since = this.#lastNews): Promise<void> {
    await this.changedSince(since, signal)
  }

  /** Findings at the last event of the record. */
  verdict(): Verdict {
    return this.router.observer.verdict()
  }

  /** The verdict when every change so far has settled, or when twice the settle time has passed. */
  async settled(options: Pick<WaitOptions, 'signal'> = {}): Promise<Verdict> {
    const timeout = (this.settings.settle * 2) / 1e3 + 1000
    const condition: Condition = {
      name: 'settled',
      progress: ({ observer }) =>
        observer.verdict().unsettled.map(({ node, prefix }) => ({ node, why: `${prefix} has not settled` })),
    }
    try {
      await this.wait(condition, { timeout, ...options })
    } catch (error) {
      if (!(error instanceof UserError && error.code === 'RW_TIMEOUT')) throw error
    }
    return this.verdict()
  }

  peers(): PeerRow[] {
    return peerRows(this.router.observer)
  }
  routes(): RouteRow[] {
    return routeRows(this.router.observer)
  }
  /** The same rows, several at a time, with room for sessions between them: what a table of the Internet's size needs. */
  routesInTurns(): AsyncGenerator<readonly RouteRow[]> {
    return routesInTurns(this.router.observer, nextTurn)
  }
  nodes(): NodeRow[] {
    return nodeRows(this.router.observer)
  }
  expected(): ExpectedRow[] {
    return expectedRows(this.router.observer)
  }
  /** The latest events in words, at most `limit`, those after event number `since`. */
  events(since = 0, limit = Infinity): readonly EventRow[] {
    return this.#log.rows(since, limit)
  }

  /** All events after number `since`. Throws RW_NOT_FOUND when that far back is not held in memory. */
  eventsSince(since: number): Rows<EventRow> {
    this.requireHistory(since)
    return { now: this.now, rows: this.events(since) }
  }

  /** Throws RW_NOT_FOUND unless all events after number `since` are held in memory. */
  requireHistory(since: number): void {
    requireHistory(this.#history, since)
  }

  /** Resolves with the number of the last event that is no KEEPALIVE once it is more than `since`, or with the signal. */
  async changedSince(since: number, signal: AbortSignal): Promise<number> {
    while (this.#lastNews <= since && !signal.aborted && this.#stopped === undefined)
      await this.#bell.next(signal)
    return this.#lastNews
  }

  /** All events after number `since` with what followed, then those to come. Throws RW_NOT_FOUND when `since` is too far back. */
  happenings(since: number, signal: AbortSignal): AsyncGenerator<EventAndNews> {
    return happenings({ recent: this.#recent, history: this.#history }, since, signal, async () => {
      if (this.#stopped !== undefined) return false
      await this.#bell.next(signal)
      return true
    })
  }

  rows<Kind extends RowKind>(kind: Kind): Rows<RowKinds[Kind]> {
    const make: { [K in RowKind]: () => readonly RowKinds[K][] } = {
      peers: () => this.peers(),
      routes: () => this.routes(),
      nodes: () => this.nodes(),
      expected: () => this.expected(),
      findings: () => this.verdict().findings,
      events: () => this.events(0, 1000),
    }
    return { now: this.now, rows: make[kind]() }
  }

  /**
   * Rows first as they are, then those that change, as they do: each with `op` added, changed or gone. Events have no `op`:
   * the latest, or all after `since`, and then those to come. Routes come in parts. Ends with the signal.
   */
  watchRows(kind: RowKind, signal: AbortSignal, since?: number): AsyncGenerator<Rows<unknown>> {
    const pace = {
      isOver: () => signal.aborted || this.#stopped !== undefined,
      next: () => this.#bell.next(signal),
    }
    return kind === 'routes' ? watchRoutes(this, pace, nextTurn) : watchRows(this, kind, since, pace)
  }

  /**
   * Waits until the condition holds, and says what does then. Throws RW_TIMEOUT that says for whom it waited and why;
   * RW_NOT_FOUND for a `since` that is the name of no mark.
   */
  async wait(condition: Condition, options: WaitOptions = {}): Promise<string> {
    const waitable = {
      view: () => ({ observer: this.router.observer, history: this.#history, now: this.now }),
      nextChange: (signal: AbortSignal | undefined) => this.#bell.next(signal),
      isStopped: () => this.#stopped !== undefined,
      lastOf: (node: string) => this.#log.lastOf(node),
    }
    return forCaller(async () => waitFor(condition.resolve?.(this.instants) ?? condition, options, waitable))
  }

  /** Names that instants were given since the last reset. */
  get marks(): MarksSince {
    return new MarksSince(this.router.observer.world.marks, this.#resetAt)
  }

  /** The instants that a request may name. */
  get instants(): Instants {
    return { marks: this.marks, lastEvent: this.at }
  }

  /**
   * What is expected from now on, as fromStatic takes it: until the next call, or the next reset. Nodes of a cluster that are
   * not named keep what their objects say. Throws RW_CONFIG, RW_NOTHING_TO_CHECK.
   */
  setExpected(nodes: readonly StaticEntry[]): void {
    this.#changes.expect(staticObjects(nodes, 'setExpected'))
  }

  /**
   * For between two tests: open windows end, names of instants are free again, announced routes are taken back, and what is
   * expected is what it was at the start. Sessions, routes and the record stay. The record has it as an event: see
   * docs/decisions/0011-reset.md.
   */
  reset(): Instant {
    this.#windows.closeAll()
    this.#changes.undo()
    const { seq, at } = this.router.reset()
    this.#resetAt = seq
    return { seq, at }
  }

  /** Announces routes to a peer, or to everybody who peers now or later. Throws RW_USAGE with the key that is wrong. */
  announce(routes: readonly AnnounceRoute[], peer?: string): void {
    const ipv6NextHops = this.settings.speaker.peers.some(({ extendedNextHop }) => extendedNextHop)
    this.#changes.announce(originationsOf(routes, ipv6NextHops), peer)
  }

  /** Takes announced routes back. Throws RW_USAGE with what is no prefix. */
  withdraw(prefixes: readonly string[], peer?: string): void {
    this.#changes.withdraw(withdrawnPrefixes(prefixes), peer)
  }

  /** Sends bytes as they are to a peer in Established. */
  sendRaw(peer: string, bytes: Uint8Array): void {
    this.router.command({ command: 'send-raw', peer, bytes })
  }

  /** Calls back with each event of the stream and what followed. */
  onEvent(listener: (event: StreamEvent, news: readonly News[]) => void): () => void {
    return this.router.subscribe(listener)
  }

  /** Calls back when a finding appears or goes. */
  onFinding(listener: (change: FindingChange) => void): () => void {
    return this.#judging.onFinding(listener)
  }

  /** Closes sessions, completes the trace. May be called twice; `options` of the first call count. */
  stop(options: StopOptions = {}): Promise<void> {
    this.#stopped ??= this.#end(options)
    return this.#stopped
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  async #end(options: StopOptions): Promise<void> {
    this.#windows.closeAll()
    await this.windowsWhole()
    await this.#stopSource()
    this.#judging.end()
    await this.router.stop(options)
    this.#clock.stop()
    this.#bell.ring()
  }

  async #lookInTurns(): Promise<State> {
    try {
      const look = new RouteLook(this.router.observer)
      await look.read(nextTurn)
      // What changed while much was read, and while nothing else comes from peers.
      if (!look.isCurrent) await this.router.whileHeld(() => look.read(nextTurn))
      if (this.#state?.at.seq !== this.at.seq)
        this.#state = stateOf(this.router.observer, { ...this.#stateParts(), routes: () => look.rows() })
      return this.#state
    } finally {
      // Who asks from now on asks about another instant.
      this.#looking = undefined
    }
  }

  /** How it is now, for who asks it at once: see `Live`. */
  look(): State {
    return lookOf(this.router.observer, this.#stateParts())
  }

  #stateParts(): Parameters<typeof stateOf>[1] {
    return {
      label: this.label,
      trace: this.trace,
      events: (last, since, limit) => this.#log.rows(since, limit, last),
    }
  }

  #stateNow(): State {
    return stateOf(this.router.observer, this.#stateParts())
  }

  #heard(event: StreamEvent, told: readonly Told[]): void {
    this.#recent.push(event, told)
    this.#history.push(event, told)
    this.#windows.push(event, told)
    // What our own end does to the routes is no finding about the cluster.
    if (event.type === 'finding' || this.#stopped !== undefined) return
    if (event.type !== 'message' || told.length > 0 || event.bytes[18] !== KEEPALIVE)
      this.#lastNews = event.seq
    this.#judging.heard()
    this.#bell.ring()
  }
}
