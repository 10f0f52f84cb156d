// The other end of a TCP connection, byte by byte: sends what it is told, and keeps all that comes.
import { connect, type Socket } from 'node:net'

export class RawPeer {
  readonly socket: Socket
  #received: Uint8Array = new Uint8Array(0)
  #waiting: (() => void)[] = []
  #ended: 'fin' | 'rst' | undefined

  private constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', (chunk) => {
      this.#received = Buffer.concat([this.#received, chunk])
      this.#wake()
    })
    socket.on('end', () => this.#end('fin'))
    socket.on('error', () => this.#end('rst'))
    socket.on('close', () => this.#end('rst'))
  }

  /** The peer at this end of a connection that it accepted. */
  static of(socket: Socket): RawPeer {
    return new RawPeer(socket)
  }

  /**
   * Connects to "127.0.0.1:1790" or "[::1]:1790".
   * @param options.from source address
   */
  static async dial(address: string, options: { readonly from?: string } = {}): Promise<RawPeer> {
    const { hostname, port } = new URL(`tcp://${address}`)
    const socket = connect({
      host: hostname.replace(/^\[|\]$/g, ''),
      port: Number(port),
      allowHalfOpen: true,
      noDelay: true,
      ...(options.from !== undefined && { localAddress: options.from }),
    })
    const peer = new RawPeer(socket)
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve)
      // A connection that is reset at once may show so in connect().
      socket.once('error', (error: NodeJS.ErrnoException) =>
        error.code === 'ECONNRESET' ? resolve() : reject(error),
      )
    })
    return peer
  }

  /** Everything received so far. */
  get received(): Uint8Array {
    return this.#received
  }

  /** How the other side ended; undefined while it has not. */
  get ended(): 'fin' | 'rst' | undefined {
    return this.#ended
  }

  /** Hands the bytes to the kernel; resolves when it has them all. */
  async write(bytes: Uint8Array): Promise<void> {
    await new Promise<void>((resolve) => this.socket.write(bytes, () => resolve()))
  }

  /** Sends the bytes in pieces of `size`, with a turn of the event loop after each, so that the other side reads it alone. */
  async writeInPieces(bytes: Uint8Array, size = 1): Promise<void> {
    for (let at = 0; at < bytes.length; at += size) {
      await this.write(bytes.subarray(at, at + size))
      await new Promise((resolve) => setImmediate(resolve))
    }
  }

  /** Sends FIN and reads on. */
  finish(): void {
    this.socket.end()
  }

  /** Sends RST. */
  reset(): void {
    // While FIN is on its way out libuv refuses to reset, and Node would leak the socket.
    if (this.socket.writableEnded && !this.socket.writableFinished) this.socket.destroy()
    else this.socket.resetAndDestroy()
  }

  /** Leaves what comes in the kernel's buffer. */
  stopReading(): void {
    this.socket.pause()
  }

  startReading(): void {
    this.socket.resume()
  }

  /** Settles when the condition holds; asked again whenever something came or the connection ended. */
  async until<T>(condition: () => T | undefined): Promise<T> {
    for (;;) {
      const value = condition()
      if (value !== undefined) return value
      if (this.#ended !== undefined) throw new Error(`the connection ended (${this.#ended}) before that`)
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
  }

  /** Settles with how the other side ended. */
  async end(): Promise<'fin' | 'rst'> {
    while (this.#ended === undefined) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    return this.#ended
  }

  #end(how: 'fin' | 'rst'): void {
    this.#ended ??= how
    this.#wake()
  }

  #wake(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const resolve of waiting) resolve()
  }
}
