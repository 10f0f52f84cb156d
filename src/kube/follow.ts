// One resource type, listed and then watched for ever: through drops, expired versions and servers that go away.
import type { WatchedKind } from '../core/expected/kinds.ts'
import { resourceName } from '../core/expected/kinds.ts'
import type { Micros } from '../core/speaker/contract.ts'
import type { ClusterObject, ResourceState } from '../core/stream/events.ts'
import type { Clock } from '../net/clock.ts'
import { ApiError, type ApiClient, type Query } from './api-client.ts'
import { contentOf, prune } from './prune.ts'
import type { ObjectSink, Timing } from './contract.ts'

export const TIMING: Timing = {
  watch: 45_000,
  silence: 60_000,
  pause: 500,
  longestPause: 15_000,
  again: 30_000,
}

const PAGE = 500
const GONE = 410

export interface Following {
  /** Settles when the resource was answered for once, whatever the answer. */
  readonly first: Promise<void>
  /** Settles after the signal was given. */
  readonly ended: Promise<void>
}

/** What all followers of one cluster share. */
export interface FollowContext {
  readonly api: ApiClient
  /** For namespaced resources. */
  readonly namespace: string
  readonly sink: ObjectSink
  readonly timing: Timing
  readonly clock: Pick<Clock, 'now'>
  readonly signal: AbortSignal
}

/** Starts following a resource type. */
export function follow(kind: WatchedKind, context: FollowContext): Following {
  const follower = new Follower(kind, context)
  return { ended: follower.run(), first: follower.first }
}

class Follower {
  readonly first: Promise<void>
  readonly #answered: () => void
  readonly #api: ApiClient
  readonly #kind: WatchedKind
  readonly #namespace: string
  readonly #sink: ObjectSink
  readonly #timing: Timing
  readonly #clock: Pick<Clock, 'now'>
  readonly #signal: AbortSignal
  readonly #known = new Map<string, ClusterObject>()
  #state: ResourceState | undefined
  #everSynced = false
  #failures = 0
  /** When the watch began that is running. */
  #openedAt: Micros | undefined
  /** The version of the API group that is served. */
  #version: string | undefined
  #resourceVersion: string | undefined

  constructor(kind: WatchedKind, { api, namespace, sink, timing, clock, signal }: FollowContext) {
    this.#api = api
    this.#kind = kind
    this.#namespace = namespace
    this.#sink = sink
    this.#timing = timing
    this.#clock = clock
    this.#signal = signal
    let answered = (): void => undefined
    this.first = new Promise((resolve) => (answered = resolve))
    this.#answered = answered
  }

  async run(): Promise<void> {
    while (!this.#signal.aborted) {
      try {
        if (this.#resourceVersion === undefined) await this.#list()
        await this.#watch()
        await this.#sleep(this.#afterOpen())
      } catch (error) {
        if (this.#signal.aborted) break
        await this.#sleep(this.#failed(error))
      }
    }
    this.#answered()
  }

  /** @returns how long to pause */
  #failed(error: unknown): number {
    const status = error instanceof ApiError ? error.status : undefined
    if (status === GONE) {
      this.#resourceVersion = undefined
      return this.#afterOpen()
    }
    const message = error instanceof Error ? error.message : String(error)
    if (status === 404 || status === 403) {
      // What may not be seen any more is not gone, but what the API stopped serving is.
      if (status === 404) this.#forgetAll()
      this.#resourceVersion = undefined
      this.#version = undefined
      this.#report(status === 404 ? 'absent' : 'forbidden', message)
      return this.#timing.again
    }
    // A drop is mended at once; only when that fails too is the server gone.
    if (this.#openedAt !== undefined) return this.#afterOpen()
    this.#report(this.#everSynced ? 'stale' : 'failed', message)
    return Math.min(this.#timing.pause * 2 ** Math.min(this.#failures++, 10), this.#timing.longestPause)
  }

  /** The pause after a watch that had begun: none, unless the server ends them as soon as they begin. */
  #afterOpen(): number {
    const lasted = this.#openedAt === undefined ? 0 : (this.#clock.now() - this.#openedAt) / 1000
    this.#openedAt = undefined
    this.#failures = 0
    return lasted < this.#timing.pause ? this.#timing.pause : 0
  }

  async #list(): Promise<void> {
    const seen = new Set<string>()
    let next: string | undefined
    do {
      const page = asList(
        await this.#getPage({ limit: String(this.#kind.page ?? PAGE), continue: next, ...this.#selector() }),
      )
      for (const item of page.items) {
        // The items of a list lack kind and apiVersion.
        const object = prune({ apiVersion: this.#apiVersion(), kind: this.#kind.kind, ...item })
        if (object === undefined) continue
        seen.add(keyOf(object))
        this.#set(object)
      }
      this.#resourceVersion = page.resourceVersion
      next = page.next
    } while (next !== undefined)
    for (const [key, object] of this.#known) if (!seen.has(key)) this.#delete(object)
    this.#report('synced')
  }

  /** Asks for the newest version that is served. */
  async #getPage(query: Query): Promise<unknown> {
    const versions = this.#version === undefined ? this.#kind.versions : [this.#version]
    for (const [index, version] of versions.entries()) {
      try {
        const page = await this.#api.get(this.#path(version), query, {
          signal: this.#signal,
          silence: this.#timing.silence,
        })
        this.#version = version
        return page
      } catch (error) {
        const older = index + 1 < versions.length
        if (!(older && error instanceof ApiError && error.status === 404)) throw error
      }
    }
    throw new ApiError(404, 'no version is served')
  }

  async #watch(): Promise<void> {
    const query: Query = {
      resourceVersion: this.#resourceVersion,
      allowWatchBookmarks: 'true',
      timeoutSeconds: String(Math.ceil(this.#timing.watch / 1000)),
      ...this.#selector(),
    }
    const limits = { signal: this.#signal, silence: this.#timing.silence }
    const opened = (): void => {
      this.#openedAt = this.#clock.now()
      this.#report('synced')
    }
    await this.#api.watch(this.#path(this.#version!), query, limits, opened, ({ type, object }) => {
      if (type === 'ERROR') throw statusError(object)
      this.#resourceVersion = resourceVersionOf(object) ?? this.#resourceVersion
      const pruned = type === 'BOOKMARK' ? undefined : prune(object)
      if (pruned === undefined) return
      if (type === 'DELETED') this.#delete(pruned)
      else this.#set(pruned)
    })
  }

  #set(object: ClusterObject): void {
    const key = keyOf(object)
    const known = this.#known.get(key)
    // Their text is not kept: of EndpointSlices there are many, and most never change.
    if (known !== undefined && contentOf(known) === contentOf(object)) return
    this.#known.set(key, object)
    this.#sink.object('set', object)
  }

  #delete(object: ClusterObject): void {
    if (this.#known.delete(keyOf(object))) this.#sink.object('deleted', object)
  }

  #forgetAll(): void {
    for (const object of this.#known.values()) this.#delete(object)
  }

  #report(state: ResourceState, message?: string): void {
    if (state !== this.#state) {
      this.#state = state
      this.#everSynced ||= state === 'synced'
      this.#sink.resource(resourceName(this.#kind), state, message)
    }
    this.#answered()
  }

  #path(version: string): string {
    const { group, plural, namespaced, everywhere } = this.#kind
    const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`
    return namespaced && everywhere !== true
      ? `${root}/namespaces/${encodeURIComponent(this.#namespace)}/${plural}`
      : `${root}/${plural}`
  }

  #apiVersion(): string {
    const { group, versions } = this.#kind
    const version = this.#version ?? versions[0]!
    return group === '' ? version : `${group}/${version}`
  }

  #selector(): Query {
    return this.#kind.name === undefined ? {} : { fieldSelector: `metadata.name=${this.#kind.name}` }
  }

  async #sleep(milliseconds: number): Promise<void> {
    if (milliseconds === 0 || this.#signal.aborted) return
    await new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(timer)
        this.#signal.removeEventListener('abort', done)
        resolve()
      }
      const timer = setTimeout(done, milliseconds)
      this.#signal.addEventListener('abort', done)
    })
  }
}

function keyOf({ metadata }: ClusterObject): string {
  return `${metadata.namespace ?? ''}/${metadata.name}`
}

function statusError(object: unknown): ApiError {
  const { code, message } = (typeof object === 'object' && object !== null ? object : {}) as {
    code?: number
    message?: string
  }
  return new ApiError(code ?? 500, message ?? 'the watch failed')
}

function resourceVersionOf(object: unknown): string | undefined {
  const version = (object as { metadata?: { resourceVersion?: unknown } } | null)?.metadata?.resourceVersion
  return typeof version === 'string' ? version : undefined
}

interface Page {
  readonly items: readonly object[]
  readonly resourceVersion: string | undefined
  readonly next: string | undefined
}

function asList(value: unknown): Page {
  const { items, metadata } = (typeof value === 'object' && value !== null ? value : {}) as {
    items?: unknown
    metadata?: { continue?: unknown }
  }
  const next = metadata?.continue
  return {
    items: Array.isArray(items)
      ? items.filter((item: unknown) => typeof item === 'object' && item !== null)
      : [],
    resourceVersion: resourceVersionOf(value),
    next: typeof next === 'string' && next !== '' ? next : undefined,
  }
}
