// A peer that waits to be dialled, over real TCP: each connection that comes is a scripted peer.
import { createServer, type AddressInfo, type Server } from 'node:net'
import { onTestFinished } from 'vitest'
import { RawPeer } from './raw-peer.ts'
import { ScriptedPeer } from './scripted-peer.ts'

export class ListeningPeer {
  readonly address: string
  readonly #server: Server
  readonly #connections: RawPeer[] = []
  readonly #waiting: ScriptedPeer[] = []
  #wake: () => void = () => undefined

  private constructor(server: Server, address: string) {
    this.#server = server
    this.address = address
    server.on('connection', (socket) => {
      const raw = RawPeer.of(socket)
      raw.socket.once('end', () => raw.finish())
      this.#connections.push(raw)
      this.#waiting.push(new ScriptedPeer(raw))
      this.#wake()
    })
  }

  /** Listens until the test ends. */
  static async listen(host: string, port = 0): Promise<ListeningPeer> {
    const server = createServer({ allowHalfOpen: true, noDelay: true })
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(port, host, resolve)
    })
    const peer = new ListeningPeer(server, `${host}:${(server.address() as AddressInfo).port}`)
    onTestFinished(() => peer.close())
    return peer
  }

  get port(): number {
    return Number(this.address.split(':')[1])
  }

  /** The next connection that comes, or has come. */
  async accept(): Promise<ScriptedPeer> {
    while (this.#waiting.length === 0) await new Promise<void>((resolve) => (this.#wake = resolve))
    return this.#waiting.shift()!
  }

  /** Listens no more, and resets what is open. */
  close(): void {
    this.#server.close()
    for (const raw of this.#connections) raw.reset()
  }
}
