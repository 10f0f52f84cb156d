// The router of a drill on real sockets.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Micros } from '../core/speaker/contract.ts'
import { IPV4_UNICAST, IPV6_UNICAST } from '../core/wire/message.ts'
import type { StreamEvent } from '../core/stream/events.ts'
import type { Window } from '../harness/contract.ts'
import type { RouterHandle } from '../harness/handle.ts'
import { startRouter, type StartOptions } from '../harness/start.ts'
import type { Condition } from '../harness/until.ts'
import type { DrillRouter } from './contract.ts'

export class LiveRouter implements DrillRouter {
  readonly #options: () => StartOptions
  readonly #signal: AbortSignal
  readonly #others: LiveRouter[] = []
  readonly #listeners = new Set<(event: StreamEvent) => void>()
  #handle: RouterHandle

  private constructor(options: () => StartOptions, handle: RouterHandle, signal: AbortSignal) {
    this.#options = options
    this.#handle = handle
    this.#signal = signal
    this.#listen()
  }

  #listen(): void {
    this.#handle.onEvent((event) => {
      for (const tell of this.#listeners) tell(event)
    })
  }

  /**
   * Throws what startRouter throws.
   * @param options made anew for each start: a source of objects serves one router
   */
  static async start(options: () => StartOptions, signal: AbortSignal): Promise<LiveRouter> {
    return new LiveRouter(options, await startRouter(options()), signal)
  }

  get observer(): RouterHandle['router']['observer'] {
    return this.#handle.router.observer
  }
  get now(): Micros {
    return this.#handle.now
  }
  get trace(): string | undefined {
    return this.#handle.trace
  }

  mark(name: string): { readonly seq: number; readonly at: Micros } {
    return this.#handle.mark(name)
  }

  window(name: string): Window {
    return this.#handle.window(name)
  }

  async wait(condition: Condition, timeout: Micros): Promise<void> {
    await this.#handle.wait(condition, { timeout: timeout / 1e3, signal: AbortSignal.any([this.#signal]) })
  }

  async pause(span: Micros): Promise<void> {
    await sleep(Math.max(0, span / 1e3), undefined, { signal: AbortSignal.any([this.#signal]) })
  }

  async stop(): Promise<void> {
    await this.#handle.stop({ graceful: true, reason: 'the drill stops the router' })
  }

  async start(): Promise<void> {
    const options = this.#options()
    const { trace } = options
    const directory = typeof trace === 'object' ? trace.directory : trace
    this.#handle = await startRouter({
      ...options,
      ...(typeof directory === 'string' ? { trace: { directory, resume: true } } : {}),
    })
    this.#listen()
  }

  async second(at: { readonly listen: string; readonly asn: number }): Promise<DrillRouter> {
    const options = (): StartOptions => ({ ...this.#options(), ...at, trace: false })
    const other = await LiveRouter.start(options, this.#signal)
    this.#others.push(other)
    return other
  }

  refresh(): void {
    for (const family of [IPV4_UNICAST, IPV6_UNICAST])
      this.#handle.router.command({ command: 'route-refresh', family })
  }

  onEvent(listener: (event: StreamEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** This router and every second one. */
  async end(): Promise<void> {
    try {
      for (const other of this.#others) await other.stop()
    } finally {
      await this.#handle.stop()
    }
  }
}
