// The load of the loss run: a peer that sends UPDATE 0, 1, 2 … as fast as the other side takes them.
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { keepalive, open, update } from '../../test/support/speaker-messages.ts'

/** Sequences of communities that the messages take turns with, so that their lengths differ: 62 to 314 octets. */
const SHAPES = 64
/** Number that stands for the message's own in a template. */
const NUMBER = 0x7a6b5c4d
const CHUNK = 32 * 1024

interface Template {
  readonly bytes: Uint8Array
  /** Where MED stands. */
  readonly med: number
}

const TEMPLATES: readonly Template[] = Array.from({ length: SHAPES }, (_, length) => {
  const communities = Array.from({ length }, (_, at) => 0xfde80000 + at)
  const attributes = { origin: 0 as const, asPath: [{ type: 2 as const, asns: [64700] }], med: NUMBER }
  const bytes = update({
    prefixes: ['10.0.0.0/24'],
    attributes: length === 0 ? attributes : { ...attributes, communities },
  })
  return { bytes, med: Buffer.from(bytes).indexOf(Buffer.from('7a6b5c4d', 'hex')) }
})

/** UPDATE `number`: its number is its MED, and one of 20,000 prefixes. */
export function numbered(number: number): Uint8Array {
  const { bytes, med } = TEMPLATES[number % SHAPES]!
  const out = Buffer.from(bytes)
  out.writeUInt32BE(number, med)
  out.writeUInt16BE(number % 20_000, out.length - 2)
  return out
}

/** What precedes UPDATE 0. */
export const FIRST: readonly Uint8Array[] = [
  open({ asn: 64700, identifier: '192.0.2.70', holdTime: 90 }),
  keepalive,
]

export class Load {
  readonly socket: Socket
  /** Octets that were handed to the kernel, or wait for it. */
  sent = 0
  #stopped = false

  private constructor(socket: Socket) {
    this.socket = socket
    socket.on('error', () => (this.#stopped = true))
    socket.on('close', () => (this.#stopped = true))
    socket.resume()
  }

  /** Connects, and begins to send. */
  static async start(port: number): Promise<Load> {
    const socket = connect({ host: '127.0.0.1', port })
    await once(socket, 'connect')
    const load = new Load(socket)
    load.#write(FIRST)
    load.#send(0)
    return load
  }

  stop(): void {
    this.#stopped = true
    this.socket.destroy()
  }

  #send(from: number): void {
    if (this.#stopped) return
    const messages: Uint8Array[] = []
    let number = from
    for (let length = 0; length < CHUNK; number++) {
      const message = numbered(number)
      messages.push(message)
      length += message.length
    }
    this.#write(messages, () => this.#send(number))
  }

  #write(messages: readonly Uint8Array[], written?: () => void): void {
    const bytes = Buffer.concat(messages)
    this.sent += bytes.length
    this.socket.write(bytes, written)
  }
}
