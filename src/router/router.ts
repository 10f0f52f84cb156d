// The running router as others use it: start, command, observe, stop. What happens to each input is in ./engine.ts.
import { Observer } from '../core/check/observer.ts'
import { UserError } from '../core/errors/user-error.ts'
import type { Prefix } from '../core/ip/prefix.ts'
import type { Command, Origination } from '../core/speaker/contract.ts'
import type { ClusterObject, EventBody, ReportedFinding, ResourceState } from '../core/stream/events.ts'
import type { Family } from '../core/wire/message.ts'
import { realClock, type Clock } from '../net/clock.ts'
import { Dialler } from '../net/dialler.ts'
import { KernelDrops } from '../net/kernel-drops.ts'
import { Listeners } from '../net/listener.ts'
import { SocketSecurity } from '../net/socket-security.ts'
import type { TraceWriter } from '../trace/writer.ts'
import { Engine, type Stamp } from './engine.ts'
import type { RouterOptions, RouterStats, StopOptions } from './options.ts'
import type { Subscriber, Watcher } from './subscribers.ts'
import { startRecording, UNKNOWN_VERSION } from './recording.ts'

/** How long peers have to answer our FIN with theirs when we stop. Milliseconds. */
const STOP_TIMEOUT = 1000

/** Orders that a router takes from outside; it stops by `stop`. */
export type RouterCommand = Exclude<Command, { command: 'stop' }>

interface Parts {
  readonly engine: Engine
  readonly listeners: Listeners
  readonly dialler: Dialler
  readonly drops: KernelDrops
  readonly trace: TraceWriter | undefined
  readonly clock: Clock
  readonly ownClock: boolean
  readonly hold: (holder: Holder, wait: boolean) => void
}

/** For whom input waits. */
type Holder = 'trace' | 'reader'

/** A BGP speaker that listens, records and observes. */
export class Router {
  /** State and verdicts, always up to the last event. */
  readonly observer: Observer
  /** Where we listen, with the actual ports. */
  readonly listeners: readonly string[]
  readonly #parts: Parts
  #stopped: Promise<void> | undefined

  private constructor(parts: Parts) {
    this.#parts = parts
    this.observer = parts.engine.observer
    this.listeners = parts.listeners.addresses
  }

  /**
   * Listens, opens the trace and starts the stream.
   * @throws UserError when an address cannot be listened on (RW_PORT_IN_USE, RW_PORT_DENIED, RW_ADDRESS, RW_CONFIG),
   *   a key or TTL cannot be set (RW_SOCKET_OPTIONS), or the trace cannot be written
   */
  static async start(options: RouterOptions): Promise<Router> {
    const onProblem = options.onProblem ?? ((message) => process.emitWarning(message, 'routewitness'))
    const clock = options.clock ?? realClock()
    const security = await SocketSecurity.load(options.security ?? [])
    const listeners = await Listeners.open(options.listen, {
      security,
      ...(options.limits && { limits: options.limits }),
      ...(options.writeQueue && { writeQueue: options.writeQueue }),
      onProblem,
    })
    try {
      const observer = new Observer(options.config, { settle: options.settle })
      const running: { engine?: Engine } = {}
      const holders = new Set<Holder>()
      const hold = (holder: Holder, wait: boolean): void => {
        if (wait) holders.add(holder)
        else holders.delete(holder)
        listeners.turns.hold(holders.size > 0)
        running.engine?.hold(holders.size > 0)
      }
      const trace = await startRecording(options, {
        observer,
        clock,
        onProblem,
        hold: (wait) => hold('trace', wait),
      })
      const dialler = new Dialler({
        listeners: listeners.addresses,
        turns: listeners.turns,
        security,
        ...(options.writeQueue && { writeQueue: options.writeQueue }),
      })
      const engine = new Engine({
        observer,
        clock,
        recorder: trace,
        dialler,
        first: trace?.nextSeq ?? 1,
        name: listeners.addresses.join(' '),
        onProblem,
      })
      running.engine = engine
      const { config, settle, version = UNKNOWN_VERSION } = options
      engine.take({ type: 'started', version, config, settle, listeners: listeners.addresses })
      listeners.accept((connection) => engine.connect(connection))
      const ownClock = options.clock === undefined
      const drops = new KernelDrops(onProblem)
      return new Router({ engine, listeners, dialler, drops, trace, clock, ownClock, hold })
    } catch (error) {
      listeners.close()
      throw error
    }
  }

  /**
   * Gives an order. What it leads to has happened when this returns, but for the network.
   * @throws UserError RW_NOT_FOUND when it names a peer that does not exist
   */
  command(command: RouterCommand): Stamp {
    if (command.peer !== undefined && this.observer.world.speaker.peer(command.peer) === undefined) {
      throw new UserError('RW_NOT_FOUND', `no peer '${command.peer}'`)
    }
    return this.#parts.engine.take({ type: 'command', ...command })
  }

  /** Announces routes to one peer, or to every session that is or will be established. */
  announce(routes: readonly Origination[], peer?: string): Stamp {
    return this.command({ command: 'announce', routes, ...(peer !== undefined && { peer }) })
  }

  withdraw(prefixes: readonly Prefix[], peer?: string): Stamp {
    return this.command({ command: 'withdraw', prefixes, ...(peer !== undefined && { peer }) })
  }

  /** Asks for all routes again (RFC 2918). */
  refresh(family: Family, peer?: string): Stamp {
    return this.command({ command: 'route-refresh', family, ...(peer !== undefined && { peer }) })
  }

  endOfRib(family: Family, peer?: string): Stamp {
    return this.command({ command: 'end-of-rib', family, ...(peer !== undefined && { peer }) })
  }

  /** Sends a NOTIFICATION and closes. `data` may be text for 6/2 and 6/4: a shutdown communication (RFC 9003). */
  notify(peer: string, code: number, subcode: number, data?: Uint8Array | string): Stamp {
    const content = typeof data === 'string' ? { text: data } : data && { data }
    return this.command({ command: 'notify', peer, code, subcode, ...content })
  }

  /** Closes without a NOTIFICATION. */
  disconnect(peer: string, how: 'fin' | 'rst'): Stamp {
    return this.command({ command: 'disconnect', peer, how })
  }

  /** Sends bytes as they are. */
  sendRaw(peer: string, bytes: Uint8Array): Stamp {
    return this.command({ command: 'send-raw', peer, bytes: bytes.slice() })
  }

  /** Names this instant. */
  mark(name: string): Stamp {
    return this.#parts.engine.take({ type: 'mark', name })
  }

  /** Says that what is undone between two tests was undone before this instant. */
  reset(): Stamp {
    return this.#parts.engine.take({ type: 'reset' })
  }

  /** Takes a cluster object into the stream. */
  object(action: 'set' | 'deleted', object: ClusterObject): Stamp {
    return this.#parts.engine.take({ type: 'object', action, object })
  }

  /** Takes the state of a watched resource type into the stream. */
  resource(resource: string, state: ResourceState, message?: string): Stamp {
    return this.#parts.engine.take({
      type: 'resource',
      resource,
      state,
      ...(message !== undefined && { message }),
    })
  }

  /** Takes a result of a probe, or a census of sysctls, into the stream. */
  recordProbe(body: Extract<EventBody, { type: 'probe' | 'sysctl' }>): Stamp {
    return this.#parts.engine.take(body)
  }

  /** Stores a finding as it was reported; nothing is derived from it. */
  recordFinding(action: 'opened' | 'closed', finding: ReportedFinding): Stamp {
    return this.#parts.engine.take({ type: 'finding', action, finding })
  }

  /**
   * Tells of every event after this call, once the state has it and its effects were performed. A subscriber may
   * give commands; what one throws goes to `onProblem`.
   * @returns ends it
   */
  subscribe(subscriber: Subscriber): () => void {
    return this.#parts.engine.subscribe(subscriber)
  }

  /** Shows every event after this call at once, without making an object of each route. */
  watch(watcher: Watcher): void {
    this.#parts.engine.watch(watcher)
  }

  /**
   * Lets the input of peers wait while `work` is done in turns. KEEPALIVEs go out, and nobody's silence counts. One at a
   * time.
   */
  async whileHeld(work: () => Promise<void>): Promise<void> {
    this.#parts.hold('reader', true)
    try {
      await work()
    } finally {
      this.#parts.hold('reader', false)
    }
  }

  /** Settles when everything recorded so far is on disk, as far as the disk could follow. */
  async flush(): Promise<void> {
    await this.#parts.trace?.flush()
  }

  get stats(): RouterStats {
    const { engine, listeners, dialler, trace } = this.#parts
    return {
      ...engine.counters,
      open: listeners.open + dialler.open,
      dropped: listeners.dropped,
      bytesIn: engine.bytesIn,
      lost: trace?.stats.lost ?? 0,
    }
  }

  /** Ends all sessions, waits a short while for the peers to agree, and closes the trace. A second call waits for the first. */
  stop(options: StopOptions = {}): Promise<void> {
    this.#stopped ??= this.#stop(options)
    return this.#stopped
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  async #stop({ reason = 'stopped', graceful = false, text }: StopOptions): Promise<void> {
    const { engine, listeners, drops, trace, clock, ownClock } = this.#parts
    listeners.close()
    drops.close()
    if (graceful) {
      for (const peer of [...this.observer.world.speaker.peers()]) {
        if (peer.established) this.disconnect(peer.key, 'fin')
      }
    }
    engine.take({ type: 'command', command: 'stop', ...(text !== undefined && { text }) })
    const timeout = setTimeout(() => engine.reset(), STOP_TIMEOUT)
    await engine.idle()
    clearTimeout(timeout)
    engine.end(reason)
    if (ownClock) clock.stop()
    await trace?.close()
  }
}
