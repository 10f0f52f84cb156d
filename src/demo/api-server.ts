// A Kubernetes API server of a few hundred lines for the demo and for tests: it lists, watches, creates, replaces,
// patches and deletes the objects that this program reads, and can be made to misbehave.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { WATCHED_KINDS, type WatchedKind } from '../core/expected/kinds.ts'
import type { ClusterObject } from '../core/stream/events.ts'
import { discovery, kubeconfigText } from './api-discovery.ts'
import {
  body,
  line,
  notFound,
  PATH,
  apiVersionOf,
  selects,
  send,
  shaped,
  status,
  versioned,
  type Target,
} from './api-request.ts'
import { ApiStore, StoreError, type StoredEvent } from './api-store.ts'

export interface ApiServerOptions {
  readonly objects?: Iterable<ClusterObject>
  readonly host?: string
  /** 0, the default, takes any free port. */
  readonly port?: number
  /** Plural names that are answered with 404, as if the CRD were not there. */
  readonly absent?: readonly string[]
  /** Plural names that are answered with 403. */
  readonly forbidden?: readonly string[]
  /** Versions of cilium.io that are served; all unless set. */
  readonly ciliumVersions?: readonly string[]
}

export interface ApiServer extends AsyncDisposable {
  readonly url: string
  /** A kubeconfig for this server, as YAML text. */
  kubeconfig(): string
  /** Creates or replaces. */
  put(object: ClusterObject): ClusterObject
  /** @returns whether there was such an object */
  delete(kind: string, name: string, namespace?: string): boolean
  get(kind: string, name: string, namespace?: string): ClusterObject | undefined
  /** Cuts every watch without a word, as a broken network does. */
  dropWatches(): void
  /** Ends every watch with 410 Gone and forgets the history, as a compaction does. */
  expireWatches(): void
  /** Ends every watch as the real one does at the end of `timeoutSeconds`: with a bookmark, and cleanly. */
  endWatches(): void
  /** Changes which resources are there and which may be read. */
  deny(options: Pick<ApiServerOptions, 'absent' | 'forbidden'>): void
  /** Watches that are open now. */
  watches(): number
  close(): Promise<void>
}

interface Watch {
  readonly kind: WatchedKind
  readonly version: string
  readonly namespace: string | undefined
  readonly name: string | undefined
  readonly response: ServerResponse
}

/** Starts an API server on loopback. */
export async function startApiServer(options: ApiServerOptions = {}): Promise<ApiServer> {
  const running = new RunningApiServer(options)
  await running.listen(options.port ?? 0, options.host ?? '127.0.0.1')
  return running
}

class RunningApiServer implements ApiServer {
  readonly #store: ApiStore
  readonly #watches = new Set<Watch>()
  readonly #sockets = new Set<Socket>()
  readonly #server: Server
  #url = ''
  readonly #ciliumVersions: readonly string[] | undefined
  #absent: ReadonlySet<string>
  #forbidden: ReadonlySet<string>

  constructor(options: ApiServerOptions) {
    this.#store = new ApiStore((event) => this.#tell(event))
    this.#absent = new Set(options.absent)
    this.#forbidden = new Set(options.forbidden)
    this.#ciliumVersions = options.ciliumVersions
    for (const object of options.objects ?? []) this.#store.put(object)
    this.#server = createServer((request, response) => void this.#serve(request, response))
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket)
      socket.once('close', () => this.#sockets.delete(socket))
    })
  }

  async listen(port: number, host: string): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(port, host, resolve)
    })
    const { address, port: bound, family } = this.#server.address() as AddressInfo
    this.#url = `http://${family === 'IPv6' ? `[${address}]` : address}:${bound}`
  }

  get url(): string {
    return this.#url
  }

  kubeconfig(): string {
    return kubeconfigText(this.url)
  }

  put(object: ClusterObject): ClusterObject {
    return this.#store.put(object)
  }

  delete(kind: string, name: string, namespace?: string): boolean {
    return this.#store.delete(kind, name, namespace) !== undefined
  }

  get(kind: string, name: string, namespace?: string): ClusterObject | undefined {
    return this.#store.get(kind, name, namespace)
  }

  dropWatches(): void {
    for (const watch of this.#watches) watch.response.socket?.destroy()
    this.#watches.clear()
  }

  expireWatches(): void {
    this.#store.forgetHistory()
    for (const { response } of this.#watches)
      response.end(line('ERROR', status(410, 'Expired', 'too old resource version')))
    this.#watches.clear()
  }

  endWatches(): void {
    for (const watch of this.#watches) this.#endWatch(watch)
  }

  deny(options: Pick<ApiServerOptions, 'absent' | 'forbidden'>): void {
    this.#absent = new Set(options.absent)
    this.#forbidden = new Set(options.forbidden)
    const denied = ({ kind }: Watch): boolean =>
      this.#absent.has(kind.plural) || this.#forbidden.has(kind.plural)
    for (const watch of this.#watches) if (denied(watch)) watch.response.socket?.destroy()
  }

  watches(): number {
    return this.#watches.size
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve())
      for (const socket of this.#sockets) socket.destroy()
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      await this.#answer(request, response)
    } catch (error) {
      const code = error instanceof StoreError ? error.status : error instanceof SyntaxError ? 400 : 500
      send(
        response,
        code,
        status(
          code,
          code === 409 ? 'Conflict' : 'Failure',
          error instanceof Error ? error.message : String(error),
        ),
      )
    }
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://server')
    const known = discovery(url.pathname, (kind) => this.#versions(kind))
    if (known !== undefined) return send(response, 200, known)
    const target = this.#target(url.pathname)
    if (target === undefined)
      return send(response, 404, status(404, 'NotFound', `the server could not find ${url.pathname}`))
    if (this.#forbidden.has(target.kind.plural))
      return send(
        response,
        403,
        status(403, 'Forbidden', `${target.kind.plural} is forbidden: you may not read it here`),
      )
    switch (request.method) {
      case 'GET':
        return this.#read(url, target, response)
      case 'POST':
        return send(response, 201, this.#store.create(shaped(await body(request), target)))
      case 'PUT':
        return send(response, 200, this.#store.replace(shaped(await body(request), target)))
      case 'PATCH':
        return send(
          response,
          200,
          this.#store.merge(target.kind.kind, target.name ?? '', target.namespace, await body(request)),
        )
      case 'DELETE': {
        const gone = this.#store.delete(target.kind.kind, target.name ?? '', target.namespace)
        return gone === undefined ? notFound(response, target) : send(response, 200, gone)
      }
      default:
        return send(response, 405, status(405, 'MethodNotAllowed', `${request.method} is not served`))
    }
  }

  #read(url: URL, target: Target, response: ServerResponse): void {
    if (target.name !== undefined) {
      const object = this.#store.get(target.kind.kind, target.name, target.namespace)
      return object === undefined
        ? notFound(response, target)
        : send(response, 200, versioned(object, target))
    }
    const name = /(?:^|,)metadata\.name==?([^,]+)/.exec(url.searchParams.get('fieldSelector') ?? '')?.[1]
    const selected: Target = { ...target, name }
    const flag = url.searchParams.get('watch')
    if (flag === '1' || flag === 'true') return this.#watch(url, selected, response)
    const items = this.#store
      .list(target.kind.kind)
      .filter((object) => selects(selected, object))
      .map((object) => versioned(object, target))
    send(response, 200, {
      kind: `${target.kind.kind}List`,
      apiVersion: apiVersionOf(target),
      metadata: { resourceVersion: String(this.#store.version) },
      items,
    })
  }

  #watch(url: URL, target: Target, response: ServerResponse): void {
    const from = Number(url.searchParams.get('resourceVersion') ?? this.#store.version)
    const history = this.#store.since(from)
    response.writeHead(200, { 'content-type': 'application/json' })
    if (history === undefined) {
      response.end(line('ERROR', status(410, 'Expired', `too old resource version: ${from}`)))
      return
    }
    response.flushHeaders()
    const watch: Watch = { ...target, response }
    this.#watches.add(watch)
    for (const event of history) deliver(watch, event)
    const seconds = Number(url.searchParams.get('timeoutSeconds') ?? 0)
    const timer = seconds > 0 ? setTimeout(() => this.#endWatch(watch), seconds * 1000) : undefined
    response.once('close', () => {
      clearTimeout(timer)
      this.#watches.delete(watch)
    })
  }

  #endWatch(watch: Watch): void {
    const bookmark = {
      kind: watch.kind.kind,
      apiVersion: apiVersionOf(watch),
      metadata: { resourceVersion: String(this.#store.version) },
    }
    watch.response.end(line('BOOKMARK', bookmark))
    this.#watches.delete(watch)
  }

  #tell(event: StoredEvent): void {
    for (const watch of this.#watches) deliver(watch, event)
  }

  #target(path: string): Target | undefined {
    const parts = PATH.exec(path)?.groups
    if (parts === undefined) return undefined
    const { group = '', version = '', namespace, plural, name } = parts
    const kind = WATCHED_KINDS.find((one) => one.plural === plural && one.group === group)
    if (kind === undefined || this.#absent.has(kind.plural) || !this.#versions(kind).includes(version))
      return undefined
    return {
      kind,
      version,
      namespace: namespace && decodeURIComponent(namespace),
      name: name && decodeURIComponent(name),
    }
  }

  #versions(kind: WatchedKind): readonly string[] {
    if (this.#absent.has(kind.plural)) return []
    const served = this.#ciliumVersions
    return kind.group === 'cilium.io' && served !== undefined
      ? kind.versions.filter((version) => served.includes(version))
      : kind.versions
  }
}

function deliver(watch: Watch, event: StoredEvent): void {
  if (selects(watch, event.object)) watch.response.write(line(event.type, versioned(event.object, watch)))
}
