// A router that runs in another process (`serve`), asked over its API the way one in this process is asked.
import type { Verdict } from '../core/check/finding.ts'
import { forCaller } from '../core/errors/caller.ts'
import { checkKeys } from '../core/errors/complaint.ts'
import { isUserError, UserError, whatHappened } from '../core/errors/user-error.ts'
import type { Micros } from '../core/speaker/contract.ts'
import type { AnnounceRoute } from '../harness/announce-route.ts'
import type { Live, State } from '../harness/contract.ts'
import { timeoutOf } from '../harness/environment.ts'
import { stateFromJson, type StateJson } from '../harness/live-state.ts'
import type { Condition, Counting, WaitLine } from '../harness/until.ts'
import { VERSION } from '../harness/version.ts'
import { agreement } from '../harness/versions.ts'
import { checkWaitOptions, givenUp, timedOut, type WaitOptions } from '../harness/wait.ts'
import { AttachedWindow } from './attached-window.ts'
import type { OpenedWindow } from './test-routes.ts'
import { windowFromJson, type RecordedWindow, type WindowJson } from '../harness/window.ts'
import type { StaticEntry } from '../kube/static-source.ts'
import type { Instant } from '../core/window/contract.ts'
import { serverName, serverOf, type ServerAddress } from './address.ts'
import { ask, follow, versionError, wentAway } from './client.ts'
import { happeningFromJson } from './wire-form.ts'

export interface AttachOptions {
  /** For what changes the router: marks, reset, announcements. Reading on loopback needs none, a socket neither. */
  readonly token?: string | undefined
  /** File that holds the token; left out: ROUTEWITNESS_TOKEN_FILE. */
  readonly tokenFile?: string | undefined
  /** What messages call it; left out: its own label. */
  readonly label?: string | undefined
  /** Told when the other side is of another version that should do; a warning of the process unless given. */
  readonly onProblem?: ((message: string) => void) | undefined
}

/** What `GET /v1/state` says, as far as it is read here. */
interface Hello {
  readonly version: string
  readonly label?: string
  readonly asn: number
  readonly listeners: readonly string[]
  readonly trace?: string
  readonly lastEvent: { readonly seq: number; readonly at: Micros }
}

/**
 * Attaches to a running `serve`: "http://127.0.0.1:8480", "unix:/run/user/1000/routewitness.sock", or, without an address,
 * the one that ROUTEWITNESS_SERVER or ROUTEWITNESS_SOCKET names, else the usual control socket.
 * Throws RW_NO_SERVER when nobody answers, RW_VERSION when the other side is of a version that does not go with ours.
 */
export async function attachRouter(url?: string, options: AttachOptions = {}): Promise<AttachedRouter> {
  return forCaller(() => attached(url, options))
}

async function attached(url: string | undefined, options: AttachOptions): Promise<AttachedRouter> {
  checkKeys(options, ['token', 'tokenFile', 'label', 'onProblem'], 'attachRouter')
  const server = serverOf({ url, token: options.token, tokenFile: options.tokenFile }, process.env)
  const hello = await ask<Hello>(server, 'GET', '/v1/state')
  const theirs = typeof hello.version === 'string' ? hello.version : 'unknown'
  const agrees = agreement(VERSION, theirs)
  if (agrees === 'incompatible') throw versionError(server, theirs, 'they do not go together')
  if (agrees === 'compatible') {
    const tell = options.onProblem ?? ((message) => process.emitWarning(message, 'routewitness'))
    tell(`${serverName(server)} runs routewitness ${theirs}, and this is ${VERSION}`)
  }
  return new AttachedRouter(server, hello, options.label ?? hello.label ?? serverName(server))
}

/** A router in another process. Letting go of it (`await using`, or stop()) leaves it running. */
export class AttachedRouter implements Live, AsyncDisposable {
  readonly live = true
  readonly label: string
  /** Its version, AS number, addresses that it listens on, and the folder of its trace as it is called there. */
  readonly version: string
  readonly asn: number
  readonly listeners: readonly string[]
  readonly trace: string | undefined
  readonly #server: ServerAddress
  readonly #gone = new AbortController()
  /** The last event that was seen of it. */
  #seen: number

  constructor(server: ServerAddress, hello: Hello, label: string) {
    this.label = label
    this.version = hello.version
    this.asn = hello.asn
    this.listeners = hello.listeners
    this.trace = hello.trace
    this.#server = server
    this.#seen = hello.lastEvent.seq
  }

  /** How it is now. */
  async state(): Promise<State> {
    const json = await this.#ask<StateJson>('GET', '/v1/snapshot')
    this.#saw(json.at.seq)
    return stateFromJson(json, this.label)
  }

  /** Another word for state(). */
  rib(): Promise<State> {
    return this.state()
  }

  /**
   * Resolves when something happened (a KEEPALIVE is nothing) after event `since`, or with the signal. Left out: after the
   * last look at it.
   */
  changed(signal: AbortSignal, since = this.#seen): Promise<void> {
    const changed = this.#changed(signal, since)
    // Whoever asks for a change before a look may fail in the look, and never come to await this.
    changed.catch(() => undefined)
    return changed
  }

  async #changed(signal: AbortSignal, since: number): Promise<void> {
    if (signal.aborted) return
    try {
      const { seq } = await this.#ask<{ seq: number }>('GET', `/v1/changed?since=${since}`, undefined, signal)
      this.#saw(seq)
    } catch (error) {
      if (!signal.aborted) throw error
    }
  }

  /** Findings at the last event of the record. */
  verdict(): Promise<Verdict> {
    return this.#ask('GET', '/v1/verdict')
  }

  /** The verdict when every change so far has settled, or when twice the settle time has passed. */
  settled(options: Pick<WaitOptions, 'signal'> = {}): Promise<Verdict> {
    return this.#ask('GET', '/v1/verdict?settled=true', undefined, options.signal)
  }

  /** Names this instant in the record. `before` is the event of the last mark of this name, when there is one. */
  async mark(name: string): Promise<{ readonly seq: number; readonly at: Micros; readonly before?: number }> {
    return this.#ask('POST', '/v1/marks', { name })
  }

  /**
   * Begins a window there: what happens until it is closed. Its answers are here once close() was awaited. Throws RW_USAGE as
   * mark() does.
   */
  async window(name: string): Promise<AttachedWindow> {
    const opened = await this.#ask<OpenedWindow>('POST', '/v1/windows', { name })
    this.#saw(opened.seq)
    const taken = async (path: string): Promise<RecordedWindow> => {
      const json = await this.#ask<WindowJson>('POST', path, { name: opened.name })
      return windowFromJson({ ...json, label: this.label })
    }
    return new AttachedWindow({
      name: opened.name,
      from: { seq: opened.seq, at: opened.at },
      label: this.label,
      trace: this.trace,
      close: () => taken('/v1/windows/close'),
      look: () => taken('/v1/windows/look'),
    })
  }

  /** What is expected from now on, as fromStatic takes it: until the next call, or the next reset. */
  async setExpected(nodes: readonly StaticEntry[]): Promise<void> {
    await this.#ask('POST', '/v1/expected', { nodes })
  }

  /**
   * For between two tests: open windows end, names of instants are free again, announced routes are taken back, and what is
   * expected is what it was at the start. Sessions, routes and the record stay.
   */
  reset(): Promise<Instant> {
    return this.#ask('POST', '/v1/reset')
  }

  /** Announces routes to a peer, or to everybody who peers now or later. */
  async announce(routes: readonly AnnounceRoute[], peer?: string): Promise<void> {
    await this.#ask('POST', '/v1/announce', { routes, peer })
  }

  /** Takes announced routes back. */
  async withdraw(prefixes: readonly string[], peer?: string): Promise<void> {
    await this.#ask('POST', '/v1/withdraw', { prefixes, peer })
  }

  /** Completes its trace on disk up to now, and gives the folder as it is called there. */
  async flush(): Promise<string | undefined> {
    return (await this.#ask<{ trace?: string }>('POST', '/v1/flush')).trace
  }

  /**
   * Waits until the condition holds, and says what does then. Throws RW_TIMEOUT that says for whom it waited and why.
   * A condition of one's own cannot travel (RW_USAGE): `until.event` looks at what happens from here.
   */
  async wait(condition: Condition, options: WaitOptions = {}): Promise<string> {
    return forCaller(() => this.#wait(condition, options))
  }

  async #wait(condition: Condition, options: WaitOptions): Promise<string> {
    checkWaitOptions(options)
    const timeout = timeoutOf(options.timeout)
    if (condition.counts !== undefined) return this.#count(condition.name, condition.counts, timeout, options)
    if (condition.spec === undefined)
      throw new UserError('RW_USAGE', `"${condition.name}" cannot be waited for in another process`, {
        remedy: 'Use the conditions of `until`; until.event takes a function.',
      })
    const body = { condition: condition.spec, timeout: timeout / 1e3 }
    for await (const line of this.#follow<WaitLine>('POST', '/v1/wait', body, options.signal)) {
      if ('done' in line) return line.condition
      options.onProgress?.(line)
    }
    throw options.signal?.aborted === true ? givenUp(condition.name) : this.#ended()
  }

  /** Lets go of it. It runs on, and what waits here ends. */
  async stop(): Promise<void> {
    this.#gone.abort()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  async #count(
    name: string,
    { accepts, count, since }: Counting,
    timeout: Micros,
    options: WaitOptions,
  ): Promise<string> {
    const from = since ?? (await this.#ask<Hello>('GET', '/v1/state')).lastEvent.seq
    const over = AbortSignal.timeout(timeout / 1e3)
    const signal = AbortSignal.any([over, ...(options.signal === undefined ? [] : [options.signal])])
    let seen = 0
    const why = (): string => (count === 1 ? 'it has not happened' : `it happened ${seen} of ${count} times`)
    const tell = (): void =>
      options.onProgress?.({ condition: name, waiting: [{ node: '(any)', why: why() }] })
    tell()
    try {
      const path = `/v1/happenings?since=${encodeURIComponent(from)}`
      for await (const json of this.#follow<unknown>('GET', path, undefined, signal)) {
        const { event, news } = happeningFromJson(json)
        const all = news.length > 0 ? news : event.type === 'message' ? [] : [undefined]
        const found = all.filter((item) => accepts({ event, news: item })).length
        seen += found
        if (seen >= count) return name
        if (found > 0) tell()
      }
    } catch (error) {
      if (!signal.aborted) throw error
    }
    if (options.signal?.aborted === true) throw givenUp(name)
    throw over.aborted ? timedOut(name, timeout, [why()]) : this.#ended()
  }

  #saw(seq: number): void {
    this.#seen = Math.max(this.#seen, seq)
  }

  #ended(): UserError {
    return this.#gone.signal.aborted
      ? new UserError('RW_NO_SERVER', `${this.label} was let go of: it cannot be asked any more`, {
          remedy: 'Ask and wait before you stop or dispose of the handle.',
        })
      : wentAway(this.#server, undefined)
  }

  async #ask<T>(method: 'GET' | 'POST', path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
    return forCaller(async () => {
      try {
        return await ask<T>(this.#server, method, path, body, this.#until(signal))
      } catch (error) {
        throw this.#gone.signal.aborted ? this.#ended() : this.#told(error, path)
      }
    })
  }

  async *#follow<T>(
    method: 'GET' | 'POST',
    path: string,
    body: unknown,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<T> {
    const until = this.#until(signal)
    try {
      yield* follow<T>(this.#server, method, path, body, until)
    } catch (error) {
      if (!until.aborted) throw this.#told(error, path)
    }
  }

  /** The end of waiting: the caller's, or ours. */
  #until(signal: AbortSignal | undefined): AbortSignal {
    return signal === undefined ? this.#gone.signal : AbortSignal.any([this.#gone.signal, signal])
  }

  /** A route that the other side has not is of another version. */
  #told(error: unknown, path: string): unknown {
    const route = path.split('?', 1)[0]!
    if (
      !isUserError(error) ||
      error.code !== 'RW_NOT_FOUND' ||
      whatHappened(error) !== `there is no ${route}`
    )
      return error
    return versionError(this.#server, this.version, `it has no ${route}`)
  }
}
