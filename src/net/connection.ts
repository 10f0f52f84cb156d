// One TCP connection: bytes in, cut into messages; bytes out, batched and bounded; and how it ended.
import type { Socket } from 'node:net'
import type { Disconnect } from '../core/session/cause.ts'
import type { Endpoint } from '../core/speaker/contract.ts'
import { Framer } from './framer.ts'
import type { Turns } from './turns.ts'

/** After the peer's FIN nobody may ever read what is still queued: give up then. Milliseconds. */
const FLUSH_TIMEOUT = 2000
/** How much of an unfinished message the report of a close quotes. Octets. */
const QUOTED = 4096
/** More of a peer's input than this is not read before it has its turn. Octets. */
const AHEAD = 4096
/** The end of a connection is as much work as so many octets of input. */
const END_SHARE = 1024
const NOTHING = new Uint8Array(0)
/** A peer that has taken nothing of what waits for it for this long does not read. Milliseconds. */
const BLOCKED_AFTER = 1000

/** What a connection reports. None of these is called from within `write` or `close`. */
export interface ConnectionHandler {
  /** One whole message. `bytes` is valid during this call only. */
  message(bytes: Uint8Array): void
  /** Bytes that are no message (RFC 4271 §6.1); later input is ignored. At most once. */
  unframed(bytes: Uint8Array, subcode: 1 | 2): void
  /** Nothing of what waits to be sent has gone for a second; false: some of it has. */
  blocked?(blocked: boolean): void
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
  /** Shared with all other connections. */
  readonly turns: Turns
}

export class Connection {
  readonly listener: string
  readonly local: Endpoint
  readonly remote: Endpoint
  readonly refused: 'source' | 'total' | undefined
  readonly #socket: Socket
  readonly #writeQueue: number
  readonly #turns: Turns
  #framer: Framer | undefined
  #handler: ConnectionHandler | undefined
  #corked = false
  /** Read and not yet handled. While there is much, the socket is paused. */
  #input: Uint8Array = NOTHING
  /** No more will come from the socket: it ended, also while it was paused. */
  #ended: 'end' | 'close' | undefined
  #received = 0
  #closing: 'fin' | 'rst' | undefined
  /** FIN follows what is queued. */
  #finishing = false
  /** Writes that were completed. */
  #progress = 0
  #blocked = false
  #watch: NodeJS.Timeout | undefined
  readonly #written = (): void => {
    this.#progress += 1
    if (this.#blocked) {
      this.#blocked = false
      this.#handler?.blocked?.(false)
    }
    this.#watchQueue()
    if (this.#finishing && this.#socket.writableLength === 0) this.#socket.end()
  }
  #failure: { readonly how: 'rst' | 'error'; readonly message: string } | undefined

  readonly #handleMore = (): void => {
    if (this.#input.length > 0) this.#handle()
    if (this.#input.length > 0) this.#turns.wait(this.#handleMore)
    else if (this.#ended !== undefined) this.#end()
    else if (this.#socket.isPaused()) this.#socket.resume()
  }

  /** @param socket connected, with allowHalfOpen, and paused */
  constructor(socket: Socket, options: ConnectionOptions) {
    this.listener = options.listener
    this.local = options.local
    this.remote = options.remote
    this.refused = options.refused
    this.#socket = socket
    this.#writeQueue = options.writeQueue
    this.#turns = options.turns
    // Errors can come before `start`; a socket without this listener would end the process.
    socket.on('error', (error: NodeJS.ErrnoException) => this.#fail(error))
  }

  /** Octets received so far. */
  get received(): number {
    return this.#received
  }

  /** Some of what came from the peer, its end included, has not had its turn yet. */
  get waits(): boolean {
    return this.#input.length > 0 || (this.#ended !== undefined && this.#handler !== undefined)
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
    socket.on('end', () => {
      this.#ended = 'end'
      if (this.#input.length === 0) this.#end()
    })
    socket.on('close', () => this.#disappeared())
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
    const waits = this.#input.length > 0
    const input = new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length)
    this.#input = waits ? joined(this.#input, input) : input
    if (!waits) this.#handle()
    if (this.#input.length > AHEAD) this.#socket.pause()
    if (!waits && this.#input.length > 0) this.#turns.wait(this.#handleMore)
  }

  /** Handles as much of what was read as this turn allows. */
  #handle(): void {
    const input = this.#input
    const length = this.#turns.take(input.length)
    const isAll = length === input.length
    // An empty view of what was read would keep it until more comes.
    this.#input = isAll ? NOTHING : input.subarray(length)
    this.#framer?.push(isAll ? input : input.subarray(0, length))
    this.#turns.done()
  }

  /** Ends are input too: those of thousands of connections, when a network is cut, take turns with what others send. */
  #end(): void {
    // A socket that ended closes, too: that is no second end.
    if (this.#handler === undefined) return
    if (this.#turns.take(END_SHARE) === 0) return this.#turns.wait(this.#handleMore)
    if (this.#ended === 'close') this.#report()
    else this.#peerEnded()
    this.#turns.done()
  }

  /**
   * libuv says that a connection ended also when it was reset with unread input, of which it then reads all. Sending nothing
   * fails on a connection that was reset.
   */
  #peerEnded(): void {
    const socket = this.#socket
    if (!socket.writable || socket.writableLength > 0) return this.#peerFinished()
    socket.write(NOTHING, (error?: NodeJS.ErrnoException | null) => {
      // EPIPE: the reset came after a FIN. Of any other error the socket's own event tells.
      if (error === null || error === undefined || error.code === 'EPIPE') this.#peerFinished()
    })
  }

  /** The socket destroys itself once both sides have sent FIN. */
  #peerFinished(): void {
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
    // What we wrote after the peer's FIN was answered with a reset: it ended with the FIN.
    if (error.code === 'EPIPE' && this.#ended === 'end') return
    const reset = error.code === 'ECONNRESET' || error.code === 'EPIPE'
    this.#failure ??= { how: reset ? 'rst' : 'error', message: error.message }
  }

  /** After a reset, what was read before it and has not had its turn yet comes before the report. */
  #disappeared(): void {
    this.#ended = 'close'
    const waits = this.#input.length > 0
    const unread = this.#socket.read() as Uint8Array | null
    if (unread !== null) {
      this.#received += unread.length
      this.#input = joined(this.#input, unread)
    }
    if (waits) return
    if (this.#input.length > 0) this.#turns.wait(this.#handleMore)
    else this.#end()
  }

  #report(): void {
    const handler = this.#handler
    if (handler === undefined) return
    this.#handler = undefined
    clearTimeout(this.#watch)
    const how = this.#closing ? 'closed-by-us' : (this.#failure?.how ?? 'fin')
    const unfinished = this.#framer?.unfinished() ?? NOTHING
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
    this.#watchQueue()
  }

  /** Looks again in a while whether what waits now has moved. */
  #watchQueue(): void {
    if (this.#watch !== undefined || this.#blocked || this.#socket.writableLength === 0) return
    const progress = this.#progress
    this.#watch = setTimeout(() => {
      this.#watch = undefined
      if (this.#socket.destroyed || this.#socket.writableLength === 0) return
      if (this.#progress !== progress) return this.#watchQueue()
      this.#blocked = true
      this.#handler?.blocked?.(true)
    }, BLOCKED_AFTER)
    this.#watch.unref()
  }
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const both = new Uint8Array(first.length + second.length)
  both.set(first)
  both.set(second, first.length)
  return both
}

/** What the peer had begun to say: it is in no message, and the record must have it. */
function quote(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes.subarray(0, QUOTED)).toString('hex')
  return `ended inside a message, after ${bytes.length} octets: ${hex}`
}
