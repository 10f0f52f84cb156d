// A BGP speaker that only opens a session, keeps it alive and sends blobs of ready messages.
import { connect, type Socket } from 'node:net'

export interface PeerOptions {
  readonly port: number
  readonly localAddress: string
  readonly asn: number
  /** Unsigned 32-bit. */
  readonly identifier: number
  /** Seconds. */
  readonly holdTime: number
  readonly families: readonly (1 | 2)[]
}

const HEADER = 19
const MARKER = Buffer.alloc(16, 0xff)
const KEEPALIVE = Buffer.concat([MARKER, Buffer.from([0, 19, 4])])

/** One session. Times are milliseconds of performance.now(). */
export class Peer {
  readonly #socket: Socket
  readonly #options: PeerOptions
  #rest: Buffer = Buffer.alloc(0)
  #timer: NodeJS.Timeout | undefined
  #lastHeard = 0
  #resolve: (() => void) | undefined
  #reject: ((error: Error) => void) | undefined
  /** Settles when the other side's KEEPALIVE has accepted our OPEN. */
  readonly established: Promise<void>
  establishedAt = 0
  /** The longest time without a KEEPALIVE or anything else from the other side since Established. */
  worstGap = 0
  /** Why the session ended before `close`. */
  ended: string | undefined

  constructor(options: PeerOptions) {
    this.#options = options
    this.established = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    this.established.catch(() => undefined)
    const { port, localAddress } = options
    this.#socket = connect({ port, host: '127.0.0.1', localAddress, noDelay: true })
    this.#socket.on('connect', () => this.#socket.write(this.#open()))
    this.#socket.on('data', (chunk) => this.#receive(chunk))
    this.#socket.on('error', (error) => this.#end(error.message))
    this.#socket.on('close', () => this.#end('the connection closed'))
  }

  /** Resolves when the last octet is handed to the kernel. */
  send(bytes: Uint8Array, block = 256 * 1024): Promise<void> {
    return new Promise((resolve, reject) => {
      let at = 0
      const next = (): void => {
        if (this.ended !== undefined) return reject(new Error(this.ended))
        const piece = bytes.subarray(at, at + block)
        at += piece.length
        if (at >= bytes.length) this.#socket.write(piece, () => resolve())
        else this.#socket.write(piece, () => next())
      }
      next()
    })
  }

  /** Begins to count gaps anew. */
  resetGap(): void {
    this.worstGap = 0
    this.#lastHeard = performance.now()
  }

  close(): void {
    this.ended ??= 'closed by us'
    clearInterval(this.#timer)
    this.#socket.destroy()
  }

  #receive(chunk: Buffer): void {
    const now = performance.now()
    if (this.establishedAt > 0) this.worstGap = Math.max(this.worstGap, now - this.#lastHeard)
    this.#lastHeard = now
    let bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    while (bytes.length >= HEADER) {
      const length = bytes.readUInt16BE(16)
      if (bytes.length < length) break
      this.#take(bytes[18]!, bytes.subarray(HEADER, length), now)
      bytes = bytes.subarray(length)
    }
    this.#rest = Buffer.from(bytes)
  }

  #take(type: number, body: Buffer, now: number): void {
    if (type === 1) {
      this.#socket.write(KEEPALIVE)
      if (this.#options.holdTime > 0) {
        // Spread, so that thousands of sessions do not beat in step.
        const interval = ((this.#options.holdTime * 1000) / 3) * (0.75 + 0.25 * Math.random())
        this.#timer = setInterval(() => this.#socket.write(KEEPALIVE), interval)
      }
    } else if (type === 3)
      this.#end(`NOTIFICATION ${body[0]}/${body[1]} ${body.subarray(2).toString('latin1')}`)
    else if (type === 4 && this.establishedAt === 0) {
      this.establishedAt = now
      this.#resolve?.()
    }
  }

  #end(why: string): void {
    clearInterval(this.#timer)
    this.ended ??= why
    this.#reject?.(new Error(this.ended))
  }

  #open(): Buffer {
    const { asn, identifier, holdTime, families } = this.#options
    const capabilities = [
      ...families.map((afi) => Buffer.from([1, 4, 0, afi, 0, 1])),
      Buffer.from([2, 0]),
      Buffer.from([65, 4, asn >>> 24, (asn >>> 16) & 255, (asn >>> 8) & 255, asn & 255]),
    ]
    const parameter = Buffer.concat(capabilities)
    const body = Buffer.alloc(12 + parameter.length)
    body[0] = 4
    body.writeUInt16BE(asn > 0xffff ? 23456 : asn, 1)
    body.writeUInt16BE(holdTime, 3)
    body.writeUInt32BE(identifier, 5)
    body[9] = parameter.length + 2
    body[10] = 2
    body[11] = parameter.length
    parameter.copy(body, 12)
    const length = HEADER + body.length
    return Buffer.concat([MARKER, Buffer.from([length >>> 8, length & 255, 1]), body])
  }
}
