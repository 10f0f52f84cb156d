// The router of a drill in virtual time: the real speaker, check and windows, without a socket.
import { UserError } from '../../src/core/errors/user-error.ts'
import type { Micros } from '../../src/core/speaker/contract.ts'
import type { ClusterObject, StreamEvent } from '../../src/core/stream/events.ts'
import { LedgerWindow } from '../../src/core/window/answers.ts'
import { Ledger } from '../../src/core/window/ledger.ts'
import type { DrillRouter } from '../../src/drill/contract.ts'
import { namesOf } from '../../src/harness/event-log.ts'
import { History } from '../../src/harness/history.ts'
import { Recent } from '../../src/harness/recent.ts'
import type { Condition } from '../../src/harness/until.ts'
import { RecordedWindow } from '../../src/harness/window.ts'
import { ObservedCluster } from './observed-cluster.ts'

/** What the router asks of the world around it. */
export interface Surroundings {
  readonly objects: readonly ClusterObject[]
  advance(span: Micros): void
  routerStarted(router: SimulatedRouter): void
  routerStopped(router: SimulatedRouter): void
  refreshed(router: SimulatedRouter): void
  second(address: string): SimulatedRouter
}

const STEP: Micros = 50_000

export class SimulatedRouter implements DrillRouter {
  readonly address: string
  readonly trace = undefined
  readonly #around: Surroundings
  world: ObservedCluster
  up = true
  readonly #listeners = new Set<(event: StreamEvent) => void>()
  #history: History
  #ledger: Ledger

  constructor(around: Surroundings, address: string, now: Micros) {
    this.#around = around
    this.address = address
    const begun = this.#begin(now)
    this.world = begun.world
    this.#history = begun.history
    this.#ledger = begun.ledger
  }

  #begin(now: Micros): { world: ObservedCluster; history: History; ledger: Ledger } {
    const world = new ObservedCluster({ settle: '2s', listener: `${this.address}:1790` })
    world.now = now
    const recent = new Recent(namesOf(world.observer))
    const history = new History(now, recent)
    const ledger = new Ledger()
    const apply = world.observer.apply.bind(world.observer)
    world.observer.apply = (event) => {
      const applied = apply(event)
      recent.push(event, applied.told)
      history.push(event, applied.told)
      ledger.push(event, applied.told)
      for (const tell of this.#listeners) tell(event)
      return applied
    }
    ledger.rebase({ seq: 1, at: now }, world.observer.world.speaker)
    world.set(...this.#around.objects)
    return { world, history, ledger }
  }

  get observer(): ObservedCluster['observer'] {
    return this.world.observer
  }
  get now(): Micros {
    return this.world.now
  }

  mark(name: string): { seq: number; at: Micros } {
    return { seq: this.world.event({ type: 'mark', name }), at: this.now }
  }

  window(name: string): RecordedWindow {
    const from = this.mark(`${name}: begin`)
    const ledger = this.#ledger
    let to: { seq: number; at: Micros } | undefined
    const answers = new LedgerWindow(ledger, {
      name,
      from,
      to: () => to ?? { seq: Math.max(ledger.last.seq, from.seq), at: this.now },
      refresh: () => ledger.name((peer) => this.observer.checker.nodeOf(peer)),
    })
    return new RecordedWindow(answers, {
      label: 'simulated',
      trace: undefined,
      events: () => [],
      isClosed: () => to !== undefined,
      close: () => (to ??= this.mark(`${name}: end`)),
    })
  }

  wait(condition: Condition, timeout: Micros): Promise<void> {
    const end = this.now + timeout
    for (;;) {
      const view = { observer: this.observer, history: this.#history, now: this.now }
      const waiting = condition.progress(view)
      if (waiting.length === 0) return Promise.resolve()
      if (this.now >= end)
        return Promise.reject(
          new UserError(
            'RW_TIMEOUT',
            `${condition.name}: ${waiting.map(({ node, why }) => `${node} ${why}`).join('; ')}`,
          ),
        )
      this.#around.advance(STEP)
    }
  }

  pause(span: Micros): Promise<void> {
    this.#around.advance(span)
    return Promise.resolve()
  }

  stop(): Promise<void> {
    this.up = false
    this.#around.routerStopped(this)
    return Promise.resolve()
  }

  start(): Promise<void> {
    const { world, history, ledger } = this.#begin(this.now)
    this.world = world
    this.#history = history
    this.#ledger = ledger
    this.up = true
    this.#around.routerStarted(this)
    return Promise.resolve()
  }

  second(at: { readonly listen: string }): Promise<DrillRouter> {
    return Promise.resolve(this.#around.second(at.listen.split(':')[0]!))
  }

  refresh(): void {
    this.#around.refreshed(this)
  }

  onEvent(listener: (event: StreamEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }
}
