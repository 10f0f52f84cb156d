// The prober: follows what is announced, and keeps a series of probes for every path to every target.
import { whatHappened } from '../core/errors/user-error.ts'
import type { Micros } from '../core/speaker/contract.ts'
import type { ProbeKind } from '../core/stream/probe-events.ts'
import type { EventBody } from '../core/stream/events.ts'
import type { Access } from './access.ts'
import { Census } from './census.ts'
import { NoRight, Pins, type Pin } from './pins.ts'
import type { Path, Target } from './plan.ts'
import { Series } from './series.ts'

/** What goes into the stream. */
export type ProbeBody = Extract<EventBody, { readonly type: 'probe' | 'sysctl' }>

/** The router whose routes are probed, in this process or another. */
export interface ProbedRouter {
  now(): Micros
  /** The paths that are announced now. */
  paths(targets: readonly Target[]): Promise<readonly Path[]>
  /** Adds an event to the stream. */
  record(body: ProbeBody): void
}

export type ProbeMode = 'auto' | 'pinned' | 'direct'

export interface ProberOptions {
  readonly targets: readonly Target[]
  readonly census: readonly Access[]
  readonly mode: ProbeMode
  readonly kinds: readonly ProbeKind[]
  /** Milliseconds from probe to probe of a series, and after which a probe is lost. */
  readonly interval: number
  readonly timeout: number
  /** Milliseconds from one reading of the sysctls to the next. */
  readonly censusInterval: number
  /** Lines for people: what cannot be done, and what is done instead. */
  readonly say: (line: string) => void
}

/** How often the routes are looked at. Milliseconds. */
const FOLLOW = 250
/** A path that could not be pinned is tried again. */
const AGAIN = 5000
/** Full-size probes are sent so much more seldom than small ones. */
const LARGE_FACTOR = 5

interface Running {
  readonly series: Series
  readonly pin: Pin | undefined
  readonly via: readonly string[]
  /** It could not be pinned, and is tried again then. */
  readonly again: number | undefined
}

export class Prober {
  readonly #router: ProbedRouter
  readonly #options: ProberOptions
  readonly #pins: Pins | undefined
  readonly #census: Census
  readonly #running = new Map<string, Running>()
  #following: Promise<void> = Promise.resolve()
  #timer: NodeJS.Timeout | undefined
  #stopped: Promise<void> | undefined
  #said: string | undefined

  private constructor(router: ProbedRouter, options: ProberOptions, pins: Pins | undefined) {
    this.#router = router
    this.#options = options
    this.#pins = pins
    this.#census = new Census(options.census, {
      interval: options.censusInterval,
      now: () => router.now(),
      record: (census) => router.record({ type: 'sysctl', ...census }),
    })
  }

  /**
   * Begins to probe. With mode `auto` it goes by the system's own routes where it has no right to set any.
   * @throws NoRight with mode `pinned`
   */
  static async start(router: ProbedRouter, options: ProberOptions): Promise<Prober> {
    let pins: Pins | undefined
    try {
      if (options.mode !== 'direct' && options.targets.length > 0) pins = await Pins.open()
    } catch (error) {
      if (!(error instanceof NoRight) || options.mode === 'pinned') throw error
      options.say(`${error.message}: probes take the system's own routes, and not each next hop`)
    }
    const prober = new Prober(router, options, pins)
    prober.#follow()
    prober.#timer = setInterval(() => prober.#follow(), FOLLOW)
    await prober.#following
    return prober
  }

  /** True when every next hop is probed by itself. */
  get pinned(): boolean {
    return this.#pins !== undefined
  }

  /** Ends all series, takes rules and routes away. */
  stop(): Promise<void> {
    this.#stopped ??= this.#end()
    return this.#stopped
  }

  async #end(): Promise<void> {
    clearInterval(this.#timer)
    this.#census.stop()
    await this.#following
    for (const { series } of this.#running.values()) series.end()
    await this.#pins?.close()
  }

  #follow(): void {
    this.#following = this.#following
      .then(() => this.#catchUp())
      .catch((error: unknown) => this.#sayOnce(`routes cannot be followed: ${whatHappened(error)}`))
  }

  #sayOnce(line: string): void {
    if (line !== this.#said) this.#options.say(line)
    this.#said = line
  }

  /** Starts, moves and ends series so that they are those of the routes of now. */
  async #catchUp(): Promise<void> {
    const { targets } = this.#options
    if (targets.length === 0 || this.#stopped !== undefined) return
    const paths = await this.#router.paths(targets)
    const wanted = new Set<string>()
    for (const target of targets) {
      const mine = paths.filter((path) => path.target === target.text)
      if (mine.length === 0) this.#sayOnce(`nobody announces a route to ${target.text}`)
      for (const [key, start] of this.#plan(target, mine)) {
        wanted.add(key)
        await start()
      }
    }
    for (const [key, { series, pin }] of this.#running) {
      if (wanted.has(key)) continue
      this.#running.delete(key)
      series.end()
      if (pin !== undefined) await this.#pins?.release(pin)
    }
  }

  /** What is to run for a target, by key, and how to make it so. */
  #plan(target: Target, paths: readonly Path[]): [key: string, start: () => Promise<void>][] {
    const single = this.#options.kinds.filter((kind) => kind !== 'ecmp')
    const plan: [string, () => Promise<void>][] = []
    const [first] = paths
    if (first === undefined) return plan
    if (this.#pins === undefined) {
      const only = paths.length === 1 ? first : undefined
      for (const kind of single)
        plan.push([
          `${kind} ${target.text} ${only?.nextHop ?? '*'} ${only?.node ?? ''}`,
          () => this.#start(kind, target, only ?? { ...first, nextHop: undefined, node: undefined }, []),
        ])
    } else {
      for (const path of paths)
        for (const kind of single)
          plan.push([
            `${kind} ${target.text} ${path.nextHop} ${path.node}`,
            () => this.#start(kind, target, path, [path.nextHop]),
          ])
      const all = paths.map(({ nextHop }) => nextHop)
      if (this.#options.kinds.includes('ecmp'))
        plan.push([
          `ecmp ${target.text}`,
          () => this.#start('ecmp', target, { ...first, nextHop: undefined, node: undefined }, all),
        ])
    }
    return plan
  }

  async #start(
    kind: ProbeKind,
    target: Target,
    path: Pick<Path, 'prefix'> & { readonly nextHop: string | undefined; readonly node: string | undefined },
    via: readonly string[],
  ): Promise<void> {
    const { prefix, nextHop, node } = path
    const key =
      kind === 'ecmp' ? `ecmp ${target.text}` : `${kind} ${target.text} ${nextHop ?? '*'} ${node ?? ''}`
    const running = this.#running.get(key)
    if (running !== undefined && !this.#isToBegin(running)) {
      if (running.pin === undefined || running.via.join() === via.join()) return
      // Only the set of next hops of a series over all of them changes: its connections move with the route.
      await this.#pins?.route(running.pin, via)
      this.#running.set(key, { ...running, via })
      return
    }
    let pin: Pin | undefined
    let impossible: string | undefined
    try {
      pin = via.length === 0 ? undefined : await this.#pins?.pin(target.host, via)
    } catch (error) {
      impossible = whatHappened(error)
    }
    const again = impossible === undefined ? undefined : performance.now() + AGAIN
    if (running !== undefined && impossible !== undefined) {
      this.#running.set(key, { ...running, again })
      return
    }
    running?.series.end()
    const { interval, timeout } = this.#options
    const series = new Series({
      path: { kind, target: target.text, prefix, nextHop, node, pinned: this.#pins !== undefined },
      target,
      pin,
      impossible,
      interval: kind === 'large' ? interval * LARGE_FACTOR : interval,
      timeout,
      now: () => this.#router.now(),
      report: (report) => this.#router.record({ type: 'probe', ...report }),
    })
    this.#running.set(key, { series, pin, via, again })
  }

  #isToBegin({ again }: Running): boolean {
    return again !== undefined && performance.now() >= again
  }
}
