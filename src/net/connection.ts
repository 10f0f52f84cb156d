// One accepted TCP connection: bytes in, cut into messages; bytes out, batched and bounded; and how it ended.
import type { Socket } from 'node:net'
import type { Disconnect } from '../core/session/cause.ts'
import type { Endpoint } from '../core/speaker/contract.ts'
import { Framer } from './framer.ts'

/** Input handled before other sockets and timers get their turn: some thousand routes; so a keepalive is never late. */
const SLICE = 16 * 1024
/** After the peer's FIN nobody may ever read what is still queued: give up then. Milliseconds. */
const FLUSH_TIMEOUT = 2000
/** How much of an unfinished message the report of a close quotes. Octets. */
const QUOTED = 4096

/** What a connection reports. None of these is called from within `write` or `close`. */
export interface ConnectionHandler {
  /** One whole message. `bytes` is valid during this call only. */
  message(bytes: Uint8Array): void
  /** Bytes that are no message (RFC 4271 §6.1); later input is ignored. At most once. */
  unframed(bytes: Uint8Array, subcode: 1 | 2): void
  /** The connection is over; nothing is reported after it. Exactly once, after all that was received before. */
  closed(how: Disconnect, message?: string): void
}

export interface ConnectionOptions {
  readonly listener: string
  readonly local: Endpoint
  readonly remote: Endpoint
  /** Set when a limit was reached. */
  readonly refused: 'source' | 'total' | undefined
  /** Octets that may wait to be sent; one more resets the connection. */
  readonly writeQueue: number
}

export class Connection {
  readonly listener: string
  readonly local: Endpoint
  readonly remote: Endpoint
  readonly refused: 'source' | 'total' | undefined
  readonly #socket: Socket
  readonly #writeQueue: number
  #framer: Framer | undefined
  #handler: ConnectionHandler | undefined
  #corked = false
  /** Octets handled since the last yield. */
  #handled = 0
  #received = 0
  /** Read, and to be handled in later turns. */
  #waiting: Uint8Array | undefined
  #peerEnded = false
  #closing: 'fin' | 'rst' | undefined
  /** FIN follows what is queued. */
  #finishing = false
  readonly #written = (): void => {
    if (this.#finishing && this.#socket.writableLength === 0) this.#socket.end()
  }
  #failure: { readonly how: 'rst' | 'error'; readonly message: string } | undefined

  /** @param socket accepted with allowHalfOpen, and paused */
  constructor(socket: Socket, options: ConnectionOptions) {
    this.listener = options.listener
    this.local = options.local
    this.remote = options.remote
    this.refused = options.refused
    this.#socket = socket
    this.#writeQueue = options.writeQueue
    // Errors can come before `start`; a socket without this listener would end the process.
    socket.on('error', (error: NodeJS.ErrnoException) => this.#fail(error))
  }

  /** Octets received so far. */
  get received(): number {
    return this.#received
  }

  /** Begins to read and to report. */
  start(handler: ConnectionHandler): void {
    this.#handler = handler
    this.#framer = new Framer(handler)
    const socket = this.#socket
    if (socket.closed) {
      setImmediate(() => this.#report())
      return
    }
    socket.on('data', (chunk: Buffer) => this.#receive(chunk))
    socket.on('end', () => this.#peerFinished())
    socket.on('close', () => this.#drainAndReport())
    socket.resume()
  }

  /** Sets the largest message to accept (RFC 8654), in octets. */
  setMaxLength(length: number): void {
    this.#framer?.setMaxLength(length)
  }

  /**
   * Sends bytes; what is written in one turn leaves together. The bytes must not change afterwards.
   * @returns false when they will not be sent, because the connection is closing or gone
   */
  write(bytes: Uint8Array): boolean {
    const socket = this.#socket
    if (this.#closing !== undefined || !socket.writable) return false
    if (socket.writableLength + bytes.length > this.#writeQueue) {
      const message = `the peer does not read: ${socket.writableLength} octets wait to be sent`
      this.#failure ??= { how: 'error', message }
      this.#reset()
      return false
    }
    if (!this.#corked) {
      this.#corked = true
      socket.cork()
      process.nextTick(() => this.#uncork())
    }
    socket.write(bytes, this.#written)
    return true
  }

  /**
   * Ends the connection. 'fin' sends what is queued and FIN, and reads on until the peer's FIN: closing at once
   * while input is unread would make the kernel send RST, and the peer would lose our last message.
   * 'rst' drops everything; it may follow 'fin'.
   */
  close(how: 'fin' | 'rst'): void {
    if (this.#closing === 'rst' || this.#closing === how) return
    this.#closing = how
    if (how === 'rst') {
      this.#framer?.end()
      this.#reset()
      return
    }
    this.#uncork()
    this.#finish()
  }

  #receive(chunk: Uint8Array): void {
    this.#received += chunk.length
    this.#handled += chunk.length
    const bytes = new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length)
    if (this.#handled <= SLICE) {
      this.#framer?.push(bytes)
      return
    }
    this.#socket.pause()
    this.#waiting = bytes
    this.#slice()
  }

  /** Handles some of what was read, and the rest when the others had their turn. */
  #slice(): void {
    const bytes = this.#waiting
    if (bytes === undefined) {
      this.#handled = 0
      if (this.#peerEnded) this.#peerFinished()
      else this.#socket.resume()
      return
    }
    this.#waiting = bytes.length > SLICE ? bytes.subarray(SLICE) : undefined
    this.#framer?.push(bytes.subarray(0, SLICE))
    setImmediate(() => this.#slice())
  }

  /** The socket destroys itself once both sides have sent FIN. */
  #peerFinished(): void {
    // Node tells of the FIN also while the socket is paused.
    this.#peerEnded = true
    if (this.#waiting !== undefined) return
    this.#report()
    this.#uncork()
    const timer = setTimeout(() => this.#reset(), FLUSH_TIMEOUT)
    timer.unref()
    this.#socket.once('close', () => clearTimeout(timer))
    this.#finish()
  }

  /** Sends FIN, but not before all else is sent: until then a reset is still possible. */
  #finish(): void {
    this.#finishing = true
    if (this.#socket.writableLength === 0) this.#socket.end()
  }

  #reset(): void {
    const socket = this.#socket
    if (socket.destroyed) return
    // While FIN is on its way out libuv refuses to reset, and Node would leak the socket.
    if (socket.writableEnded && !socket.writableFinished) socket.destroy()
    else socket.resetAndDestroy()
  }

  #fail(error: NodeJS.ErrnoException): void {
    const reset = error.code === 'ECONNRESET' || error.code === 'EPIPE'
    this.#failure ??= { how: reset ? 'rst' : 'error', message: error.message }
  }

  /** What was read before a reset, and not yet handled because other sockets had their turn, comes before the report. */
  #drainAndReport(): void {
    const over = this.#handler === undefined || this.#closing === 'rst'
    const unread: Uint8Array | null = over ? null : this.#socket.read()
    this.#received += unread?.length ?? 0
    const parts = [over ? undefined : this.#waiting, unread ?? undefined].filter((part) => part !== undefined)
    this.#waiting = undefined
    if (parts.length === 0) return this.#report()
    const rest = new Uint8Array(Buffer.concat(parts))
    let at = 0
    const next = (): void => {
      const slice = rest.subarray(at, at + SLICE)
      if (slice.length === 0) return this.#report()
      at += slice.length
      this.#framer?.push(slice)
      setImmediate(next)
    }
    next()
  }

  #report(): void {
    const handler = this.#handler
    if (handler === undefined) return
    this.#handler = undefined
    const how = this.#closing ? 'closed-by-us' : (this.#failure?.how ?? 'fin')
    const unfinished = this.#framer?.unfinished() ?? new Uint8Array(0)
    const parts = how === 'error' && this.#failure ? [this.#failure.message] : []
    if (unfinished.length > 0) parts.push(quote(unfinished))
    this.#framer?.end()
    if (parts.length > 0) handler.closed(how, parts.join('; '))
    else handler.closed(how)
  }

  #uncork(): void {
    if (!this.#corked) return
    this.#corked = false
    this.#socket.uncork()
  }
}

/** What the peer had begun to say: it is in no message, and the record must have it. */
function quote(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes.subarray(0, QUOTED)).toString('hex')
  return `ended inside a message, after ${bytes.length} octets: ${hex}`
}
