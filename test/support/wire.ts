// A TCP relay between two BGP speakers that can cut the stream into single octets, or swallow one direction.
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'

type Side = 'us' | 'them'

export interface WireOptions {
  /** Where it listens, and the source address of what it dials: both sides know the other by it. */
  readonly address: string
  /** Octets that go on at once; undefined: as they came. */
  readonly chunk?: number
  /** Who dials. */
  readonly dialler: Side
}

export interface Place {
  readonly host: string
  readonly port: number
}

export class Wire implements AsyncDisposable {
  readonly #server: Server
  readonly #options: WireOptions
  readonly #target: Place
  readonly #sockets = new Set<Socket>()
  /** Octets that went through. */
  octets = 0
  /** Set to swallow what this side sends. */
  swallow: Side | undefined

  private constructor(server: Server, options: WireOptions, target: Place) {
    this.#server = server
    this.#options = options
    this.#target = target
    server.on('connection', (socket) => this.#relay(socket))
  }

  /** Listens; every connection is carried on to the target. */
  static async listen(options: WireOptions, target: Place): Promise<Wire> {
    const server = createServer({ allowHalfOpen: true, noDelay: true })
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(0, options.address, resolve)
    })
    return new Wire(server, options, target)
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  #relay(dialler: Socket): void {
    const { host, port } = this.#target
    const localAddress = this.#options.address
    const listener = connect({ host, port, localAddress, allowHalfOpen: true, noDelay: true })
    for (const socket of [dialler, listener]) {
      this.#sockets.add(socket)
      socket.once('close', () => this.#sockets.delete(socket))
    }
    const side = this.#options.dialler
    void this.#carry(side, dialler, listener)
    void this.#carry(side === 'us' ? 'them' : 'us', listener, dialler)
  }

  async #carry(side: Side, from: Socket, to: Socket): Promise<void> {
    try {
      for await (const data of from as AsyncIterable<Buffer>) {
        if (this.swallow === side) continue
        const step = this.#options.chunk ?? data.length
        for (let at = 0; at < data.length; at += step) {
          const piece = data.subarray(at, at + step)
          await new Promise<void>((resolve, reject) =>
            to.write(piece, (error) => (error ? reject(error) : resolve())),
          )
          this.octets += piece.length
        }
      }
      to.end()
    } catch {
      // One side is gone: so is the other.
      to.destroy()
      from.destroy()
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await new Promise<void>((resolve) => this.#server.close(() => resolve()))
  }
}
