// A BGP peer over real TCP that does what a test says, right or wrong, and remembers what it was told.
import { onTestFinished } from 'vitest'
import { DEFAULT_CONTEXT, decodeMessage } from '../../src/core/wire/codec.ts'
import type { CodecContext, Message } from '../../src/core/wire/message.ts'
import { RawPeer } from './raw-peer.ts'
import { keepalive, open, update, type OpenFields } from './speaker-messages.ts'

const CONTEXT: CodecContext = { ...DEFAULT_CONTEXT, fourOctetAs: true, internal: false, maxLength: 65_535 }

type MessageOf<Type extends Message['type']> = Extract<Message, { type: Type }>

export class ScriptedPeer {
  readonly raw: RawPeer
  /** How many of the messages received `next` has gone past. */
  #seen = 0

  constructor(raw: RawPeer) {
    this.raw = raw
  }

  /**
   * Connects, and disconnects when the test ends.
   * @param options.from source address
   */
  static async dial(address: string, options: { readonly from?: string } = {}): Promise<ScriptedPeer> {
    const raw = await RawPeer.dial(address, options)
    onTestFinished(() => raw.reset())
    // A peer closes when it is told to: without this a router that stops would wait for it.
    raw.socket.once('end', () => raw.finish())
    return new ScriptedPeer(raw)
  }

  /** Connects and brings the session to Established: our End-of-RIB for every family has come. */
  static async establish(
    address: string,
    options: OpenFields & { readonly from?: string } = {},
  ): Promise<ScriptedPeer> {
    const { from, ...fields } = options
    const peer = await ScriptedPeer.dial(address, from === undefined ? {} : { from })
    await peer.comesUp(fields)
    return peer
  }

  /** OPEN, KEEPALIVE, and the wait for the other side's. */
  async comesUp(fields: OpenFields = {}): Promise<void> {
    await this.sends(open(fields))
    await this.next('open')
    await this.next('keepalive')
    await this.sends(keepalive)
    // End-of-RIB of each family.
    for (let n = 0; n < (fields.families?.length ?? 1); n++) await this.next('update')
  }

  /** Resolves when the kernel has the bytes. */
  async sends(...messages: readonly Uint8Array[]): Promise<void> {
    await this.raw.write(Buffer.concat(messages))
  }

  async announces(...prefixes: string[]): Promise<void> {
    await this.sends(update({ prefixes }))
  }

  async withdraws(...withdrawn: string[]): Promise<void> {
    await this.sends(update({ prefixes: [], withdrawn }))
  }

  /** Every whole message received so far. */
  get received(): Message[] {
    return [...this.#messages()].map((bytes) => decodeMessage(bytes, CONTEXT))
  }

  /** The next message of this type, after the one that the last call gave; those between are passed over. */
  async next<Type extends Message['type']>(type: Type): Promise<MessageOf<Type>> {
    return this.raw.until(() => {
      const rest = this.received.slice(this.#seen)
      const index = rest.findIndex((message) => message.type === type)
      if (index < 0) return undefined
      this.#seen += index + 1
      return rest[index] as MessageOf<Type>
    })
  }

  /** Code and subcode of the next NOTIFICATION: "6/5". */
  async notification(): Promise<string> {
    const { code, subcode } = await this.next('notification')
    return `${code}/${subcode}`
  }

  *#messages(): Iterable<Uint8Array> {
    const bytes = this.raw.received
    for (let at = 0; bytes.length - at >= 19;) {
      const length = (bytes[at + 16]! << 8) | bytes[at + 17]!
      if (bytes.length - at < length) return
      yield bytes.subarray(at, at + length)
      at += length
    }
  }
}
