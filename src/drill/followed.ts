// The router of a drill in another process: its record is read along and folded here, so that a drill sees what it would see
// of a router of its own.
import { setTimeout as sleep } from 'node:timers/promises'
import { Observer } from '../core/check/observer.ts'
import { UserError } from '../core/errors/user-error.ts'
import type { Micros } from '../core/speaker/contract.ts'
import type { StreamEvent } from '../core/stream/events.ts'
import { LedgerWindow } from '../core/window/answers.ts'
import { Ledger } from '../core/window/ledger.ts'
import type { Window } from '../harness/contract.ts'
import { namesOf } from '../harness/event-log.ts'
import { History } from '../harness/history.ts'
import { Recent } from '../harness/recent.ts'
import type { Condition } from '../harness/until.ts'
import { RecordedWindow } from '../harness/window.ts'
import { TraceTail } from '../trace/tail.ts'
import type { DrillRouter } from './contract.ts'

/** One request to the router's control socket. */
export type AskRouter = (method: 'GET' | 'POST', path: string, body?: unknown) => Promise<unknown>

/** Between two looks at the record, milliseconds. */
const EVERY = 250

interface Fold {
  readonly observer: Observer
  readonly history: History
  readonly recent: Recent
  readonly ledger: Ledger
}

export class FollowedRouter implements DrillRouter {
  readonly trace: string
  readonly #ask: AskRouter
  readonly #signal: AbortSignal
  readonly #tail: TraceTail
  readonly #listeners = new Set<(event: StreamEvent) => void>()
  #fold: Fold | undefined
  #last = 0
  #reading: Promise<void> | undefined
  #ended = false

  private constructor(trace: string, tail: TraceTail, ask: AskRouter, signal: AbortSignal) {
    this.trace = trace
    this.#tail = tail
    this.#ask = ask
    this.#signal = signal
  }

  /** Reads the record up to now. Throws RW_TRACE, RW_NO_SERVER. */
  static async open(trace: string, ask: AskRouter, signal: AbortSignal): Promise<FollowedRouter> {
    const router = new FollowedRouter(trace, await TraceTail.open(trace), ask, signal)
    await router.#read()
    if (router.#fold === undefined) throw new UserError('RW_TRACE', `${trace} holds no event yet`)
    return router
  }

  get #state(): Fold {
    if (this.#fold === undefined) throw new Error('nothing was read')
    return this.#fold
  }
  get observer(): Observer {
    return this.#state.observer
  }
  get now(): Micros {
    return Date.now() * 1e3
  }

  /** Takes in what the record has beyond what was read: one read at a time. */
  async #read(): Promise<void> {
    this.#reading ??= this.#readOn().finally(() => (this.#reading = undefined))
    await this.#reading
  }

  async #readOn(): Promise<void> {
    await this.#ask('POST', '/v1/flush')
    for await (const event of this.#tail.more()) {
      if (event.seq <= this.#last) continue
      this.#fold ??= newFold(event)
      this.#take(event)
      if (event.type !== 'checkpoint' && event.type !== 'gap') this.#last = event.seq
    }
  }

  #take(event: StreamEvent): void {
    const { observer, history, recent, ledger } = this.#state
    const { told } = observer.apply(event)
    recent.push(event, told)
    history.push(event, told)
    ledger.push(event, told)
    for (const tell of this.#listeners) tell(event)
  }

  /** The mark stands in the router's record; what is known here may be a little older. */
  mark(name: string): { readonly seq: number; readonly at: Micros } {
    this.#marks = this.#marks.then(() => this.#ask('POST', '/v1/marks', { name }))
    // Where it cannot be given (the router is gone) the next read says so.
    this.#marks.catch(() => {})
    return { seq: this.#last, at: this.now }
  }
  #marks: Promise<unknown> = Promise.resolve()

  window(name: string): Window {
    const { ledger, observer } = this.#state
    const from = this.mark(`${name}: begin`)
    let to: { readonly seq: number; readonly at: Micros } | undefined
    const answers = new LedgerWindow(ledger, {
      name,
      from,
      to: () => to ?? (ledger.last.seq >= from.seq ? ledger.last : from),
      refresh: () => ledger.name((peer) => observer.checker.nodeOf(peer)),
    })
    const window: Window = new RecordedWindow(answers, {
      label: 'router',
      trace: this.trace,
      events: () => [],
      isClosed: () => to !== undefined,
      close: () => {
        to ??= { ...this.mark(`${name}: end`), seq: ledger.last.seq }
      },
    })
    return window
  }

  async wait(given: Condition, timeout: Micros): Promise<void> {
    const end = this.now + timeout
    const { marks, lastEvent } = this.#state.observer.world
    const condition = given.resolve?.({ marks, lastEvent }) ?? given
    for (;;) {
      await this.#read()
      const { observer, history } = this.#state
      const waiting = condition.progress({ observer, history, now: this.now })
      if (waiting.length === 0) return
      if (this.#ended || this.now >= end)
        throw new UserError(
          'RW_TIMEOUT',
          [
            `${condition.name}: not so after ${timeout / 1e6} s`,
            ...waiting.map(({ node, why }) => `${node}  ${why}`),
          ].join('\n'),
        )
      await this.pause(EVERY * 1e3)
    }
  }

  async pause(span: Micros): Promise<void> {
    await sleep(Math.max(0, span / 1e3), undefined, { signal: AbortSignal.any([this.#signal]) })
    await this.#read()
  }

  stop(): Promise<void> {
    return Promise.reject(new UserError('RW_LAB', 'this drill cannot stop a router of another process'))
  }
  start(): Promise<void> {
    return this.stop()
  }
  second(): Promise<DrillRouter> {
    return Promise.reject(new UserError('RW_LAB', 'this lab has one router'))
  }
  refresh(): void {
    throw new UserError('RW_LAB', 'a router of another process is not told to send ROUTE-REFRESH')
  }

  onEvent(listener: (event: StreamEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** Nothing is waited for any more. The router runs on. */
  async end(): Promise<void> {
    this.#ended = true
    // A look that is under way reads the files that are closed here.
    await this.#reading?.catch(() => undefined)
    await this.#tail.close()
  }
}

/** The record begins with what the router was told to be. */
function newFold(event: StreamEvent): Fold {
  if (event.type !== 'started')
    throw new UserError('RW_TRACE', 'the record does not begin with the start of the router')
  const observer = new Observer(event.config, { settle: event.settle })
  const recent = new Recent(namesOf(observer))
  const ledger = new Ledger()
  return { observer, recent, history: new History(event.at, recent), ledger }
}
