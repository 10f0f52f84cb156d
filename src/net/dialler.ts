// Opening TCP connections. How long an attempt may take, and when the next one comes, is not decided here.
import { Socket } from 'node:net'
import { Connection } from './connection.ts'
import { normalizeText } from '../core/ip/arithmetic.ts'
import { formatListenAddress, parseListenAddress } from './endpoint.ts'
import { WRITE_QUEUE } from './listener.ts'
import type { SocketSecurity } from './socket-security.ts'
import type { Turns } from './turns.ts'

/** One attempt, named by the two numbers. */
export interface Attempt {
  readonly range: number
  readonly attempt: number
}

export interface DialTarget extends Attempt {
  readonly address: string
  readonly port: number
  /** Our address; undefined lets the system choose. */
  readonly localAddress?: string | undefined
}

/** How an attempt ended: exactly one of these is called, unless it is aborted first. Never from within `connect`. */
export interface DialHandler {
  /** The connection waits, unread, until it is started. */
  connected(connection: Connection): void
  /** In words, for example "refused: nobody listens on 127.0.0.1:179". */
  failed(message: string): void
}

export interface DiallerOptions {
  /** Where we listen, as text with port: a peer's two connections are found to be its own by this name. */
  readonly listeners: readonly string[]
  /** Octets that may wait to be sent on one connection. */
  readonly writeQueue?: number
  /** Shared with the connections that peers open: the input of all of them takes turns. */
  readonly turns: Turns
  /** Keys and TTLs of peers. */
  readonly security?: SocketSecurity | undefined
}

/** Our outgoing connections. */
export class Dialler {
  readonly #listeners: readonly string[]
  readonly #writeQueue: number
  readonly #turns: Turns
  readonly #security: SocketSecurity | undefined
  readonly #attempts = new Map<string, Socket>()
  #open = 0

  constructor(options: DiallerOptions) {
    this.#listeners = options.listeners
    this.#writeQueue = options.writeQueue ?? WRITE_QUEUE
    this.#turns = options.turns
    this.#security = options.security
  }

  /** Connections that we opened and that are open now. */
  get open(): number {
    return this.#open
  }

  /** Begins an attempt. */
  connect(target: DialTarget, handler: DialHandler): void {
    const { address, port, localAddress } = target
    const key = keyOf(target)
    const socket = this.#socketFor(address)
    if (!socket.destroyed)
      socket
        .setNoDelay(true)
        .connect({ host: address, port, ...(localAddress !== undefined && { localAddress }) })
    // What the peer says first must wait until somebody reads.
    socket.pause()
    this.#attempts.set(key, socket)
    const failed = (error: NodeJS.ErrnoException): void => {
      if (this.#attempts.get(key) !== socket) return
      this.#attempts.delete(key)
      handler.failed(explain(error, target))
    }
    socket.on('error', failed)
    socket.once('connect', () => {
      if (this.#attempts.get(key) !== socket) return
      const { localAddress: ours, localPort, remoteAddress, remotePort } = socket
      if (
        ours === undefined ||
        localPort === undefined ||
        remoteAddress === undefined ||
        remotePort === undefined
      )
        return failed(Object.assign(new Error('reset'), { code: 'ECONNRESET' }))
      try {
        this.#security?.connected(socket)
      } catch (error) {
        socket.destroy()
        return failed(error as Error)
      }
      this.#attempts.delete(key)
      this.#open += 1
      socket.once('close', () => (this.#open -= 1))
      const connection = new Connection(socket, {
        listener: this.#listenerFor(target, normalizeText(ours)),
        local: { address: normalizeText(ours), port: localPort },
        remote: { address: normalizeText(remoteAddress), port: remotePort },
        refused: undefined,
        writeQueue: this.#writeQueue,
        turns: this.#turns,
      })
      socket.removeListener('error', failed)
      handler.connected(connection)
    })
  }

  /** One that cannot be had is destroyed, and will tell why as one that cannot connect does. */
  #socketFor(address: string): Socket {
    try {
      return this.#security?.dialling(address) ?? new Socket({ allowHalfOpen: true })
    } catch (error) {
      return new Socket().destroy(error instanceof Error ? error : new Error(String(error)))
    }
  }

  /** Gives up an attempt that has not ended: neither of its handler's functions is called any more. */
  abort(attempt: Attempt): void {
    const key = keyOf(attempt)
    this.#attempts.get(key)?.destroy()
    this.#attempts.delete(key)
  }

  /** Gives up every attempt. Open connections stay. */
  close(): void {
    for (const socket of this.#attempts.values()) socket.destroy()
    this.#attempts.clear()
  }

  /**
   * The listener that the peer would have come to: the one on our address of the connection, else a wildcard of that
   * kind of address, else the first.
   */
  #listenerFor(target: DialTarget, ours: string): string {
    const wildcard = ours.includes(':') ? '::' : '0.0.0.0'
    const on = (host: string): string | undefined =>
      this.#listeners.find((listener) => parseListenAddress(listener).host === host)
    return on(ours) ?? on(wildcard) ?? on('::') ?? this.#listeners[0] ?? `dial ${formatTarget(target)}`
  }
}

function keyOf({ range, attempt }: Attempt): string {
  return `${range} ${attempt}`
}

function formatTarget({ address, port }: DialTarget): string {
  return formatListenAddress({ host: address, port })
}

/** Says what a failed attempt means. */
function explain(error: NodeJS.ErrnoException, target: DialTarget): string {
  const to = formatTarget(target)
  switch (error.code) {
    case 'ECONNREFUSED':
      return `refused: nobody listens on ${to}`
    case 'ECONNRESET':
      return `reset by ${to}`
    case 'ETIMEDOUT':
      return `no answer from ${to}`
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return `no route to ${to}`
    case 'EADDRNOTAVAIL':
      return `${target.localAddress ?? 'the local address'} is no address of this machine, or ${to} cannot be reached from it`
    case 'EADDRINUSE':
      return `no free port on ${target.localAddress ?? 'the local address'} to reach ${to}`
    default:
      return error.message
  }
}
