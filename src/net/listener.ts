// Listening on one or several addresses.
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { UserError, whatHappened } from '../core/errors/user-error.ts'
import { normalizeText } from '../core/ip/arithmetic.ts'
import { Connection } from './connection.ts'
import { formatListenAddress, parseListenAddress, type ListenAddress } from './endpoint.ts'
import { Admissions, DEFAULT_LIMITS, type ConnectionLimits } from './limits.ts'
import type { SocketSecurity } from './socket-security.ts'
import { Turns } from './turns.ts'

/** A reconnect storm of a large lab fits; the kernel's somaxconn caps it. */
const BACKLOG = 8192
/** A new connection is as much work as so many octets of input. */
const TURNS_SHARE = 1024
/** Octets that may wait for a peer that reads slowly: a large table fits. */
export const WRITE_QUEUE = 64 * 1024 * 1024

export interface ListenOptions {
  readonly limits?: Partial<ConnectionLimits>
  /** Octets that may wait to be sent on one connection. */
  readonly writeQueue?: number
  /** Keys and TTLs of peers. */
  readonly security?: SocketSecurity | undefined
  /** Told of what went wrong while listening, for example no file descriptors left. */
  readonly onProblem?: (message: string) => void
}

/** Our listening sockets. Connections wait, unread, until `accept` says who takes them. */
export class Listeners {
  readonly #servers: { readonly server: Server; readonly address: string }[] = []
  readonly #admissions: Admissions
  readonly #writeQueue: number
  /** For whoever opens connections himself: the input of all connections takes turns. */
  readonly turns = new Turns()
  readonly #security: SocketSecurity | undefined
  readonly #onProblem: (message: string) => void
  #handler: ((connection: Connection) => void) | undefined
  #waiting: Connection[] = []
  #dropped = 0

  private constructor(options: ListenOptions) {
    this.#admissions = new Admissions({ ...DEFAULT_LIMITS, ...options.limits })
    this.#writeQueue = options.writeQueue ?? WRITE_QUEUE
    this.#security = options.security
    this.#onProblem = options.onProblem ?? (() => undefined)
  }

  /**
   * Listens on all of these addresses, or on none.
   * @param addresses "127.0.0.1:1790", "[::1]:1790"; port 0 lets the system choose
   * @throws UserError RW_CONFIG, RW_PORT_IN_USE, RW_PORT_DENIED, RW_ADDRESS, RW_SOCKET_OPTIONS
   */
  static async open(addresses: readonly string[], options: ListenOptions = {}): Promise<Listeners> {
    const parsed = addresses.map(parseListenAddress)
    const listeners = new Listeners(options)
    try {
      for (const address of parsed) await listeners.#listen(address, parsed)
    } catch (error) {
      listeners.close()
      throw error
    }
    return listeners
  }

  /** Where we listen, with the actual ports. */
  get addresses(): readonly string[] {
    return this.#servers.map(({ address }) => address)
  }

  /** Connections open now. */
  get open(): number {
    return this.#admissions.open
  }

  /** Connections that were reset unseen: far beyond a limit, or gone before they could be taken. */
  get dropped(): number {
    return this.#dropped
  }

  /** Says who takes connections, those that came before included. They are handed over in turns. */
  accept(handler: (connection: Connection) => void): void {
    this.#handler = handler
    if (this.#waiting.length > 0) this.turns.wait(this.#handOver)
  }

  /** Accepts no more. Open connections stay. */
  close(): void {
    for (const connection of this.#waiting) connection.close('rst')
    this.#waiting = []
    for (const { server } of this.#servers) server.close()
  }

  async #listen(wanted: ListenAddress, all: readonly ListenAddress[]): Promise<void> {
    const server = createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true })
    // The dual-stack wildcard would collide with our own IPv4 listener on the same port.
    const ipv6Only = all.some(({ host, port }) => !host.includes(':') && port === wanted.port && port !== 0)
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error: NodeJS.ErrnoException) => reject(explain(error, wanted)))
      server.listen({ host: wanted.host, port: wanted.port, backlog: BACKLOG, ipv6Only }, resolve)
    })
    server.removeAllListeners('error')
    this.#secure(server)
    const { port } = server.address() as AddressInfo
    const address = formatListenAddress({ host: wanted.host, port })
    server.on('error', (error) => this.#onProblem(`listening on ${address}: ${error.message}`))
    server.on('connection', (socket) => this.#connected(socket, address))
    this.#servers.push({ server, address })
  }

  #secure(server: Server): void {
    try {
      this.#security?.listening(server)
    } catch (error) {
      server.close()
      throw error
    }
  }

  #connected(socket: Socket, listener: string): void {
    const { localAddress, localPort, remoteAddress, remotePort } = socket
    // Reset before we looked: the kernel no longer knows who it was.
    if (
      localAddress === undefined ||
      localPort === undefined ||
      remoteAddress === undefined ||
      remotePort === undefined
    ) {
      return this.#drop(socket)
    }
    const source = normalizeText(remoteAddress)
    const admission = this.#admissions.enter(source)
    if (admission === 'dropped') return this.#drop(socket)
    socket.once('close', () => this.#admissions.leave(source))
    try {
      this.#security?.connected(socket)
    } catch (error) {
      this.#onProblem(`a connection from ${source}: ${whatHappened(error)}`)
      return this.#drop(socket)
    }
    const connection = new Connection(socket, {
      listener,
      local: { address: normalizeText(localAddress), port: localPort },
      remote: { address: source, port: remotePort },
      refused: admission === 'accepted' ? undefined : admission.refused,
      writeQueue: this.#writeQueue,
      turns: this.turns,
    })
    const handler = this.#handler
    if (handler !== undefined && this.#waiting.length === 0 && this.turns.take(TURNS_SHARE) > 0) {
      handler(connection)
      return this.turns.done()
    }
    this.#waiting.push(connection)
    if (handler !== undefined && this.#waiting.length === 1) this.turns.wait(this.#handOver)
  }

  /** Hands over the next of those that wait: a storm of them takes turns with what others send. */
  readonly #handOver = (): void => {
    this.turns.take(TURNS_SHARE)
    const connection = this.#waiting.shift()
    if (connection !== undefined) this.#handler?.(connection)
    this.turns.done()
    if (this.#waiting.length > 0) this.turns.wait(this.#handOver)
  }

  #drop(socket: Socket): void {
    this.#dropped += 1
    socket.on('error', () => undefined)
    socket.resetAndDestroy()
  }
}

/** Says what a failed bind means, and what to do. */
function explain(error: NodeJS.ErrnoException, wanted: ListenAddress): Error {
  const where = formatListenAddress(wanted)
  switch (error.code) {
    case 'EADDRINUSE':
      return new UserError('RW_PORT_IN_USE', `cannot listen on ${where}: the port is in use`, {
        cause: error,
      })
    case 'EACCES':
    case 'EPERM':
      return new UserError(
        'RW_PORT_DENIED',
        `cannot listen on ${where}: no right to use port ${wanted.port}`,
        {
          cause: error,
        },
      )
    case 'EADDRNOTAVAIL':
    case 'EAFNOSUPPORT':
    case 'EINVAL':
    case 'ENOTFOUND':
      return new UserError('RW_ADDRESS', `cannot listen on ${where}: not an address of this machine`, {
        cause: error,
      })
    default:
      return error
  }
}
