// The time of a running router: wall time read once, advanced by the monotonic clock, so that a step of the
// wall clock moves neither the record nor a timer.
import type { Micros } from '../core/speaker/contract.ts'
import { ShortRounds } from './short-rounds.ts'

/** Time and timers, passed in so that tests can hold them. */
export interface Clock {
  /** Microseconds since 1970; never decreases. */
  now(): Micros
  /** Starts the timer of this key, or restarts it. `fire` is called once, not before `after` microseconds have passed. */
  setTimer(key: string, after: Micros, fire: () => void): void
  /** Stops the timer of this key: it does not fire after this call. */
  clearTimer(key: string): void
  /** Stops every timer; later ones are not started. */
  stop(): void
}

interface Timer {
  readonly key: string
  due: Micros
  fire: () => void
  handle: NodeJS.Timeout
  /** How long `handle` was set for, in milliseconds. */
  ms: number
  /** When `handle` fires. */
  armedFor: Micros
}

/** setTimeout holds 31 bits of milliseconds (24.8 days); a longer wait is made of several. */
const LONGEST_MS = 2 ** 31 - 1

class RealClock implements Clock {
  readonly #wallAtStart: Micros
  readonly #monotonicAtStart: number
  readonly #timers = new Map<string, Timer>()
  readonly #keepProcess: boolean
  readonly #rounds = new ShortRounds<Timer>((timer) => this.#fire(timer))
  /** The timer that fires just now. */
  #firing: Timer | undefined
  #stopped = false

  constructor(keepProcess: boolean) {
    const { wall, monotonic } = bothClocks()
    this.#wallAtStart = wall * 1000
    this.#monotonicAtStart = monotonic
    this.#keepProcess = keepProcess
  }

  now(): Micros {
    return this.#wallAtStart + Math.floor((performance.now() - this.#monotonicAtStart) * 1000)
  }

  setTimer(key: string, after: Micros, fire: () => void): void {
    if (this.#stopped) return
    const now = this.now()
    const due = now + Math.max(0, after)
    const running = this.#timers.get(key)
    // A hold timer restarts with every message: moving its end costs less than another setTimeout.
    if (running !== undefined && running.armedFor <= due) {
      running.due = due
      running.fire = fire
      return
    }
    if (running !== undefined) clearTimeout(running.handle)
    const ms = milliseconds(due - now)
    const firing = this.#firing
    // A keepalive timer that fires starts the next one: thousands of new objects a second would be old when they go.
    if (firing?.key === key && firing.ms === ms) {
      this.#firing = undefined
      firing.due = firing.armedFor = due
      firing.fire = fire
      firing.handle.refresh()
      this.#timers.set(key, firing)
    } else this.#timers.set(key, { key, due, fire, armedFor: due, ms, handle: this.#arm(key, ms) })
  }

  clearTimer(key: string): void {
    const timer = this.#timers.get(key)
    if (timer === undefined) return
    clearTimeout(timer.handle)
    this.#timers.delete(key)
  }

  stop(): void {
    this.#stopped = true
    for (const timer of this.#timers.values()) clearTimeout(timer.handle)
    this.#timers.clear()
  }

  #arm(key: string, ms: number): NodeJS.Timeout {
    const handle = setTimeout(() => this.#expire(key), ms)
    if (!this.#keepProcess) handle.unref()
    return handle
  }

  #expire(key: string): void {
    const timer = this.#timers.get(key)
    if (timer !== undefined) this.#rounds.run(timer)
  }

  #fire(timer: Timer): void {
    const { key } = timer
    // Stopped while it waited for its round; another may have been started since.
    if (this.#timers.get(key) !== timer) return
    const left = timer.due - this.now()
    // Moved meanwhile, or setTimeout was early by a fraction of a millisecond.
    if (left > 0) {
      timer.armedFor = timer.due
      timer.ms = milliseconds(left)
      timer.handle = this.#arm(key, timer.ms)
      return
    }
    this.#timers.delete(key)
    this.#firing = timer
    try {
      timer.fire()
    } finally {
      this.#firing = undefined
    }
  }
}

/** How close together both clocks are to be read, milliseconds, and how often that is tried. */
const TOGETHER = 0.1
const TRIES = 20

/**
 * Both clocks at the same instant, in milliseconds. On a busy machine a process can be put aside between two readings, and
 * would be behind for as long as it runs.
 */
function bothClocks(): { readonly wall: number; readonly monotonic: number } {
  let best = { wall: 0, monotonic: 0, apart: Infinity }
  for (let tries = 0; tries < TRIES && best.apart > TOGETHER; tries++) {
    const before = performance.now()
    const wall = Date.now()
    const apart = performance.now() - before
    if (apart < best.apart) best = { wall, monotonic: before, apart }
  }
  return best
}

function milliseconds(after: Micros): number {
  return Math.min(LONGEST_MS, Math.ceil(after / 1000))
}

/**
 * The machine's clock. Wall time is read once, here.
 * @param options.keepProcess false lets the process end while timers run; true unless set
 */
export function realClock(options: { readonly keepProcess?: boolean } = {}): Clock {
  return new RealClock(options.keepProcess ?? true)
}
