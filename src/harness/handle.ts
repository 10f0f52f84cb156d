// A running router with its cluster and its check: what startRouter gives, and what `serve` serves.
import type { Verdict } from '../core/check/finding.ts'
import { printable } from '../core/errors/printable.ts'
import { UserError } from '../core/errors/user-error.ts'
import { parseAddress, parsePrefix } from '../core/ip/text.ts'
import type { Micros, News, Origination } from '../core/speaker/contract.ts'
import type { StreamEvent } from '../core/stream/events.ts'
import type { Clock } from '../net/clock.ts'
import type { StopOptions } from '../router/options.ts'
import type { Router } from '../router/router.ts'
import type { ObjectSource } from '../kube/source.ts'
import { parseDuration } from './duration.ts'
import { EventLog } from './latest-events.ts'
import { namesOf, type EventRow } from './event-log.ts'
import { FindingsWatch, type FindingChange } from './findings-watch.ts'
import { History } from './history.ts'
import { Recent } from './recent.ts'
import type { Told } from '../core/speaker/route-batch.ts'
import type { ResolvedSettings } from './options.ts'
import type { Condition, Waiting, WaitLine, WaitView } from './until.ts'
import type { RowKind, RowKinds, Rows } from './rows.ts'
import { RowsWatch } from './rows-watch.ts'
import { VERSION } from './version.ts'
import { waitingLine } from './waiting.ts'
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

export type { RowKind, RowKinds, Rows }

export interface WaitOptions {
  /** "60s", or milliseconds. */
  readonly timeout?: string | number
  readonly signal?: AbortSignal | undefined
  /** Told at the beginning and whenever who is waited for changes. */
  readonly onProgress?: (line: Extract<WaitLine, { waiting: unknown }>) => void
}

/** A route to announce, as text. */
export interface AnnounceRoute extends Omit<Origination, 'prefix' | 'nextHop'> {
  readonly prefix: string
  /** Left out: our own address in the session. */
  readonly nextHop?: string
}

/** Lets a burst of events be judged once. */
const COALESCE_MS = 20

/** Events that a watch begins with. */
const FIRST_EVENTS = 100

/** A verdict reads all routes: with a large table judging may take at most this share of the time. */
const JUDGING_SHARE = 0.1

/** A running router. Stops with `await using`, or with stop(). */
export class RouterHandle implements AsyncDisposable {
  readonly router: Router
  readonly settings: ResolvedSettings
  readonly #clock: Clock
  readonly #source: ObjectSource | undefined
  readonly #recent: Recent
  readonly #log: EventLog
  readonly #history: History
  readonly #watch = new FindingsWatch()
  readonly #listeners = new Set<() => void>()
  readonly #findingListeners = new Set<(change: FindingChange) => void>()
  #judging: NodeJS.Timeout | undefined
  #judgingPause = COALESCE_MS
  #stopped: Promise<void> | undefined

  constructor(router: Router, clock: Clock, settings: ResolvedSettings, source: ObjectSource | undefined) {
    this.router = router
    this.settings = settings
    this.#clock = clock
    this.#source = source
    this.#recent = new Recent(namesOf(router.observer))
    this.#log = new EventLog(this.#recent)
    this.#history = new History(clock.now(), this.#recent)
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
  }

  /** Addresses that it listens on, with the ports that the system gave. */
  get listeners(): readonly string[] {
    return this.router.listeners
  }

  /** Folder of the trace, if one is kept. */
  get trace(): string | undefined {
    return this.settings.trace?.directory
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
    if (name.trim() === '' || /[\r\n]/.test(name))
      throw new UserError('RW_USAGE', 'the name of a mark is a line of text', {
        remedy: 'Give it a name such as before-upgrade.',
      })
    if (/^\d+$/.test(name))
      throw new UserError('RW_USAGE', `the name of a mark is no number: --at ${name} means event ${name}`, {
        remedy: 'Give it a name such as before-upgrade.',
      })
    const before = this.router.observer.world.marks.get(name)
    return { ...this.router.mark(name), ...(before === undefined ? {} : { before: before.seq }) }
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
    if (!this.#history.reachesBackTo(since))
      throw new UserError('RW_NOT_FOUND', `the events after ${since} are not all held in memory`, {
        remedy: 'Read the trace, or ask for a later instant.',
      })
    return { now: this.now, rows: this.events(since) }
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
   * the latest, or all after `since`, and then those to come. Ends with the signal.
   */
  async *watchRows(kind: RowKind, signal: AbortSignal, since?: number): AsyncGenerator<Rows<unknown>> {
    const next = kind === 'events' ? this.#eventsAfter(since) : this.#rowChanges(kind)
    const gone = aborted(signal)
    for (let first = true; !signal.aborted && this.#stopped === undefined; first = false) {
      const changed = this.#nextChange()
      const rows = next()
      if (first || rows.length > 0) yield { now: this.now, rows }
      await Promise.race([changed, gone])
    }
  }

  #rowChanges<Kind extends Exclude<RowKind, 'events'>>(kind: Kind): () => readonly unknown[] {
    const watch = new RowsWatch(kind)
    return () => watch.changes(this.rows(kind).rows)
  }

  #eventsAfter(since: number | undefined): () => readonly unknown[] {
    let told = since
    return () => {
      const rows =
        told === undefined
          ? this.events(0, FIRST_EVENTS)
          : since === undefined
            ? this.events(told)
            : this.eventsSince(told).rows
      told = this.router.observer.world.lastEvent.seq
      return rows
    }
  }

  /** Waits until the condition holds, and says what does then. Throws RW_TIMEOUT that says for whom it waited and why. */
  async wait(condition: Condition, options: WaitOptions = {}): Promise<string> {
    const begun = this.now
    const timeout = parseDuration(options.timeout ?? '60s', 'timeout')
    const gone = aborted(options.signal)
    let told: string | undefined
    for (;;) {
      const changed = this.#nextChange()
      const view = this.#view()
      const waiting = condition.progress(view)
      if (waiting.length === 0) return condition.held?.(view) ?? condition.name
      const text = JSON.stringify(waiting)
      if (text !== told) options.onProgress?.({ condition: condition.name, waiting })
      told = text
      const left = timeout - (this.now - begun)
      if (options.signal?.aborted === true)
        throw new UserError('RW_TIMEOUT', `the wait for ${condition.name} was given up`)
      if (this.#stopped !== undefined)
        throw new UserError('RW_TIMEOUT', `the router stopped while ${condition.name} was waited for`)
      if (left <= 0) throw this.#timedOut(condition, waiting, timeout)
      // What does not hold although its time has come waits for an event.
      const due = condition.due?.(view)
      const pause = due === undefined || due <= view.now ? left : Math.max(due - this.now, 1000)
      await Promise.race([changed, gone, after(Math.min(left, pause))])
    }
  }

  /** Announces routes to a peer, or to everybody who peers now or later. */
  announce(routes: readonly AnnounceRoute[], peer?: string): void {
    this.router.command({
      command: 'announce',
      routes: routes.map(({ prefix, nextHop, ...rest }) => ({
        ...rest,
        prefix: parsePrefix(prefix),
        ...(nextHop === undefined ? {} : { nextHop: parseAddress(nextHop) }),
      })),
      ...(peer === undefined ? {} : { peer }),
    })
  }

  /** Takes announced routes back. */
  withdraw(prefixes: readonly string[], peer?: string): void {
    this.router.command({
      command: 'withdraw',
      prefixes: prefixes.map(parsePrefix),
      ...(peer === undefined ? {} : { peer }),
    })
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
    this.#findingListeners.add(listener)
    return () => void this.#findingListeners.delete(listener)
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
    await this.#source?.stop()
    clearTimeout(this.#judging)
    this.#judge()
    await this.router.stop(options)
    this.#clock.stop()
    this.#wake()
  }

  #view(): WaitView {
    return { observer: this.router.observer, history: this.#history, now: this.now }
  }

  #heard(event: StreamEvent, told: readonly Told[]): void {
    this.#recent.push(event, told)
    this.#history.push(event, told)
    // What our own end does to the routes is no finding about the cluster.
    if (event.type === 'finding' || this.#stopped !== undefined) return
    this.#judging ??= setTimeout(() => this.#judge(), this.#judgingPause)
    this.#wake()
  }

  #judge(): void {
    this.#judging = undefined
    const begun = this.now
    const changes = this.#watch.changes(this.verdict())
    this.#judgingPause = Math.max(COALESCE_MS, (this.now - begun) / 1e3 / JUDGING_SHARE)
    for (const change of changes) {
      this.router.recordFinding(change.action, { ...change.finding })
      for (const listener of this.#findingListeners) listener(change)
    }
    this.#wake()
  }

  #wake(): void {
    if (this.#listeners.size === 0) return
    const woken = [...this.#listeners]
    this.#listeners.clear()
    for (const wake of woken) wake()
  }

  /** Resolves once something happened, a little later, so that a burst wakes a waiter once. */
  #nextChange(): Promise<void> {
    return new Promise((resolve) => {
      this.#listeners.add(() => void setTimeout(resolve, COALESCE_MS))
    })
  }

  #timedOut(condition: Condition, waiting: readonly Waiting[], timeout: Micros): UserError {
    const lines = waiting.map((line) => {
      const last = this.#log.lastOf(line.node)
      return `  ${waitingLine(line)}${last === undefined ? '' : `; last event ${last.seq}: ${printable(last.text)}`}`
    })
    return new UserError(
      'RW_TIMEOUT',
      `${condition.name}: not so after ${timeout / 1e6} s\n${lines.join('\n')}`,
    )
  }
}

const aborted = (signal: AbortSignal | undefined): Promise<void> =>
  new Promise((resolve) => signal?.addEventListener('abort', () => resolve(), { once: true }))

const after = (micros: Micros): Promise<void> =>
  new Promise((resolve) => void setTimeout(resolve, Math.ceil(micros / 1e3)).unref())
