// `serve` without the command line: a router, its control socket and its HTTP address.
import { createServer, type Server } from 'node:http'
import { isIP, type AddressInfo } from 'node:net'
import { timingSafeEqual } from 'node:crypto'
import { chmodSync, lstatSync, unlinkSync } from 'node:fs'
import { connect } from 'node:net'
import { isMainThread } from 'node:worker_threads'
import type { UserErrorCode } from '../core/errors/codes.ts'
import { UserError } from '../core/errors/user-error.ts'
import type { RouterHandle } from '../harness/handle.ts'
import { resolveSettings, type Locate, type RouterSettings } from '../harness/options.ts'
import { startRouter } from '../harness/start.ts'
import type { ObjectSource } from '../kube/source.ts'
import { serveRequest, type ApiRoute } from './http.ts'
import { sayCluster, sayHello, tellNews } from './serve-log.ts'
import { apiRoutes } from './server.ts'
import { prepareSocketDirectory, socketPath } from './socket.ts'

/** Shortest token worth the name. */
const TOKEN_LENGTH = 16

export interface ServeOptions {
  /** Checked by startRouter. */
  readonly settings: Record<string, unknown>
  readonly locate?: Locate | undefined
  readonly expected?: ObjectSource | undefined
  /** "127.0.0.1:8480"; undefined for none. */
  readonly http?: string | undefined
  readonly token?: string | undefined
  /** Path of the control socket, when it is not to be the usual one; false for none. */
  readonly socket?: string | false | undefined
  readonly environment: NodeJS.ProcessEnv
  /** Lines for the person who started it. */
  readonly say: (line: string) => void
  /** Told of what went wrong without ending the router; left out, it is said like the rest. */
  readonly onProblem?: ((message: string) => void) | undefined
}

export interface Serving {
  readonly handle: RouterHandle
  readonly socket: string | undefined
  readonly url: string | undefined
  stop(): Promise<void>
}

interface HttpAddress {
  readonly host: string
  readonly port: number
}

function parseHttp(text: string): HttpAddress {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:\s]+)):(\d{1,5})$/.exec(text)
  const host = match?.[1] ?? match?.[2]
  const port = Number(match?.[3])
  if (host === undefined || port > 65_535 || (host !== 'localhost' && isIP(host) === 0)) {
    throw new UserError(
      'RW_USAGE',
      `${text} is no address with a port for the API (--http, or the option http)`,
      {
        remedy: 'Write for example 127.0.0.1:8480, or off.',
      },
    )
  }
  return { host, port }
}

const onLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))

function bearer(header: string | undefined, token: string): boolean {
  const given = Buffer.from(header ?? '')
  const wanted = Buffer.from(`Bearer ${token}`)
  return given.length === wanted.length && timingSafeEqual(given, wanted)
}

/** A page of another site must not read the API through a name that it made point at loopback. */
function foreignHost(header: string | undefined, host: string): boolean {
  const name = (header ?? '').replace(/:\d+$/, '').replace(/^\[|\]$/g, '')
  return !onLoopback(name) && name !== host
}

/** Says why nobody can be served there, and what to do. */
function explain(error: NodeJS.ErrnoException, what: string, isSocket: boolean): UserError {
  const other = isSocket
    ? 'name another place with --socket'
    : 'choose another address with --http, or --http off'
  const told = (code: UserErrorCode, why: string, remedy: string): UserError =>
    new UserError(code, `cannot serve on ${what}: ${why}`, { remedy, cause: error })
  switch (error.code) {
    case 'EADDRINUSE':
      return told(
        'RW_PORT_IN_USE',
        isSocket ? 'it is in use' : 'the port is in use',
        `End what listens there, or ${other}.`,
      )
    case 'EACCES':
    case 'EPERM':
      return told('RW_PORT_DENIED', 'no right to listen there', `Get the right to, or ${other}.`)
    case 'EADDRNOTAVAIL':
      return told('RW_ADDRESS', 'not an address of this machine', `Listen on one that it has: ${other}.`)
    default:
      return told('RW_ADDRESS', error.message, `${other[0]!.toUpperCase()}${other.slice(1)}.`)
  }
}

function listen(server: Server, where: { path: string } | HttpAddress, what: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(explain(error, what, 'path' in where))
    })
    server.listen(where, resolve)
  })
}

/** A socket of the user's alone. */
async function listenPrivately(server: Server, path: string): Promise<void> {
  // Worker threads cannot set the mask: the socket is then open to others for the moment until its mode is set.
  const mask = isMainThread ? process.umask(0o177) : undefined
  const listening = listen(server, { path }, path)
  if (mask !== undefined) process.umask(mask)
  await listening
  if (mask === undefined) chmodSync(path, 0o600)
}

/** True when somebody answers at the socket: then it is not ours to remove. */
function alive(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(path)
    probe.once('connect', () => resolve(true)).once('error', () => resolve(false))
    probe.once('connect', () => probe.destroy())
  })
}

/** Removes a socket that a crashed server left. Anything else at that place stays, and is complained of. */
async function clearSocket(path: string): Promise<void> {
  let isSocket: boolean
  try {
    isSocket = lstatSync(path).isSocket()
  } catch {
    return
  }
  if (!isSocket)
    throw new UserError('RW_ADDRESS', `${path} is there and is no socket`, {
      remedy: 'Name another place (--socket, or the option socket).',
    })
  if (await alive(path)) {
    throw new UserError('RW_PORT_IN_USE', `another routewitness serves at ${path}`, {
      remedy: 'End it, or name another place (--socket, or the option socket).',
    })
  }
  unlinkSync(path)
}

function httpServer(routes: readonly ApiRoute[], address: HttpAddress, token: string | undefined): Server {
  const open = onLoopback(address.host)
  return createServer((request, response) => {
    const authorised = token !== undefined && bearer(request.headers.authorization, token)
    const readable = open && !foreignHost(request.headers.host, address.host)
    const shown = authorised || readable ? routes : routes.map((route) => ({ ...route, guarded: true }))
    void serveRequest(request, response, shown, () => authorised)
  })
}

/** Starts everything. Throws what startRouter throws, and UserErrors about the socket and the HTTP address. */
export async function serve(options: ServeOptions): Promise<Serving> {
  const { say, token } = options
  const http = options.http === undefined ? undefined : parseHttp(options.http)
  if (token !== undefined && token.length < TOKEN_LENGTH) {
    throw new UserError('RW_USAGE', `the token has fewer than ${TOKEN_LENGTH} characters`, {
      remedy: 'Make one with `openssl rand -hex 32`.',
    })
  }
  if (http !== undefined && !onLoopback(http.host) && token === undefined) {
    throw new UserError('RW_USAGE', `the HTTP API on ${options.http} would be open to everybody`, {
      remedy: 'Give a token (--token-file, or the option token), or serve on 127.0.0.1.',
    })
  }
  // A wrong option is told before a place that is taken.
  resolveSettings(options.settings, options.locate)
  // Before the router starts, so that a second one neither listens nor leaves a trace.
  const path = options.socket === false ? undefined : socketPath(options.socket, options.environment)
  if (path !== undefined) {
    prepareSocketDirectory(path)
    await clearSocket(path)
  }
  const servers: Server[] = []
  let url: string | undefined
  let ready = false
  const close = (): void => {
    for (const server of servers) {
      server.close()
      server.closeAllConnections()
    }
  }
  /** Opens socket and HTTP before the cluster is read, so that whoever waits can ask from the first moment on. */
  const open = async (handle: RouterHandle): Promise<void> => {
    const routes = apiRoutes(handle, () => ready)
    if (path !== undefined) {
      const control = createServer(
        (request, response) => void serveRequest(request, response, routes, () => true),
      )
      servers.push(control)
      await listenPrivately(control, path)
    }
    if (http !== undefined) {
      const server = httpServer(routes, http, token)
      servers.push(server)
      await listen(server, http, options.http!)
      const { port } = server.address() as AddressInfo
      url = `http://${http.host.includes(':') ? `[${http.host}]` : http.host}:${port}`
    }
    sayHello(handle, { path, url }, say)
    tellNews(handle, say)
  }
  try {
    const handle = await startRouter(
      // startRouter checks every key; the cast only says that they have not been checked yet.
      {
        ...(options.settings as unknown as RouterSettings),
        expected: options.expected,
        onProblem: options.onProblem ?? ((message) => say(`problem  ${message}`)),
      },
      options.locate,
      open,
    )
    ready = true
    sayCluster(handle, options.expected?.description, say)
    const stop = async (): Promise<void> => {
      close()
      await handle.stop()
    }
    return { handle, socket: path, url, stop }
  } catch (error) {
    close()
    throw error
  }
}
