// A scripted BGP peer that drops and returns in a chosen way: the feeder of the graceful-restart scenarios.
import { formatPrefix } from '../../src/core/ip/text.ts'
import { DEFAULT_CONTEXT, decodeMessage, encodeMessage } from '../../src/core/wire/codec.ts'
import { IPV4_UNICAST, IPV6_UNICAST, type Message } from '../../src/core/wire/message.ts'
import { encodeEndOfRib } from '../../src/core/wire/update-encode.ts'
import { RawPeer } from '../support/raw-peer.ts'
import { keepalive, open, update, type Restart } from '../support/speaker-messages.ts'

const HANDSHAKE_MS = 3000
const RETRY_MS = 200

export interface FeederIdentity {
  /** Where it dials from. */
  readonly address: string
  readonly asn: number
  readonly identifier: string
}

/** All helpers offer both; one that waits for the End-of-RIB of all its families shall not wait in vain. */
const FAMILIES = [IPV4_UNICAST, IPV6_UNICAST]

/** FRR and GoBGP refuse routes with a next hop on loopback, where everybody is here. */
const NEXT_HOP = '198.51.100.1'

export interface FeederOpen {
  readonly holdTime?: number
  /** Left out: no graceful-restart capability. */
  readonly restart?: Restart
}

/** One session of the feeder, Established. */
export class FeederSession {
  readonly raw: RawPeer
  readonly #feeder: FeederIdentity

  constructor(raw: RawPeer, feeder: FeederIdentity) {
    this.raw = raw
    this.#feeder = feeder
  }

  async announces(...prefixes: string[]): Promise<void> {
    const { asn } = this.#feeder
    const attributes = { origin: 0, asPath: [{ type: 2, asns: [asn] }] } as const
    await this.raw.write(update({ prefixes, nextHop: NEXT_HOP, attributes }))
  }

  async endsRib(): Promise<void> {
    for (const family of FAMILIES) await this.raw.write(encodeEndOfRib(family))
  }

  async lives(): Promise<void> {
    await this.raw.write(keepalive)
  }

  /** Sends a NOTIFICATION and half-closes, so that it arrives. */
  async notifies(code: number, subcode: number): Promise<void> {
    const data = new Uint8Array(0)
    await this.raw.write(encodeMessage({ type: 'notification', code, subcode, data }, DEFAULT_CONTEXT))
    this.raw.finish()
  }

  /** RST. */
  resets(): void {
    this.raw.reset()
  }

  /** Every whole message received so far. */
  received(): Message[] {
    return messagesOf(this.raw)
  }

  /** Prefixes in the order in which they were announced or withdrawn: "+10.0.0.0/24", "-10.0.0.0/24". */
  changes(): string[] {
    return this.received().flatMap((message) => {
      if (message.type !== 'update') return []
      const { reach, unreach } = message
      return [
        ...unreach.flatMap(({ nlri }) => nlri.map(({ prefix }) => `-${formatPrefix(prefix)}`)),
        ...reach.flatMap(({ nlri }) => nlri.map(({ prefix }) => `+${formatPrefix(prefix)}`)),
      ]
    })
  }

  /** "4/0" of the first NOTIFICATION received, if any. */
  notification(): string | undefined {
    const message = this.received().find(({ type }) => type === 'notification')
    return message?.type === 'notification' ? `${message.code}/${message.subcode}` : undefined
  }
}

/** How one attempt to open a session went. */
export type Attempt =
  | { readonly session: FeederSession }
  /** 'refused': no TCP connection; otherwise what ended it. */
  | { readonly session: undefined; readonly why: string }

/** Dials once and tries to bring the session to Established. */
export async function attempt(feeder: FeederIdentity, address: string, fields: FeederOpen): Promise<Attempt> {
  let raw: RawPeer
  try {
    raw = await RawPeer.dial(address, { from: feeder.address })
  } catch (error) {
    return { session: undefined, why: error instanceof Error ? error.message : String(error) }
  }
  const { asn, identifier } = feeder
  const { holdTime = 90, restart } = fields
  const gracefulRestart = restart && { families: FAMILIES, ...restart }
  const timeout = setTimeout(() => raw.reset(), HANDSHAKE_MS)
  try {
    const common = { asn, identifier, holdTime, families: FAMILIES }
    await raw.write(open(gracefulRestart === undefined ? common : { ...common, gracefulRestart }))
    await raw.until(() => saw(raw, 'open'))
    await raw.write(keepalive)
    await raw.until(() => saw(raw, 'keepalive'))
    return { session: new FeederSession(raw, feeder) }
  } catch {
    const said = new FeederSession(raw, feeder).notification()
    const how = raw.ended ?? 'gone'
    raw.reset()
    return { session: undefined, why: said === undefined ? how : `NOTIFICATION ${said}` }
  } finally {
    clearTimeout(timeout)
  }
}

/** Dials again and again until the session is Established. Throws when it is not within the time. */
export async function connect(
  feeder: FeederIdentity,
  address: string,
  fields: FeederOpen,
  seconds = 60,
): Promise<FeederSession> {
  const end = performance.now() + seconds * 1000
  for (;;) {
    const result = await attempt(feeder, address, fields)
    if (result.session !== undefined) return result.session
    if (performance.now() > end) throw new Error(`no session with ${address} in ${seconds} s: ${result.why}`)
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
  }
}

function saw(raw: RawPeer, type: Message['type']): true | undefined {
  return messagesOf(raw).some((message) => message.type === type) ? true : undefined
}

function messagesOf(raw: RawPeer): Message[] {
  const bytes = raw.received
  const messages: Message[] = []
  for (let at = 0; bytes.length - at >= 19;) {
    const length = (bytes[at + 16]! << 8) | bytes[at + 17]!
    if (bytes.length - at < length) break
    messages.push(decodeMessage(bytes.subarray(at, at + length), DEFAULT_CONTEXT))
    at += length
  }
  return messages
}
