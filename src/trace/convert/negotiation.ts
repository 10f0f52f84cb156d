// What the OPENs of a connection settled about how its messages are to be read.
import { DEFAULT_CONTEXT, decodeMessage } from '../../core/wire/codec.ts'
import { familyKey } from '../../core/wire/families.ts'
import { MAX_EXTENDED_LENGTH, TYPE_OPEN } from '../../core/wire/framing.ts'
import type { CodecContext, OpenMessage } from '../../core/wire/message.ts'
import { capabilities, capability, openAsn } from '../../core/wire/open.ts'
import type { WireMessage } from './wire-event.ts'

type Direction = 'in' | 'out'
const OTHER: Readonly<Record<Direction, Direction>> = { in: 'out', out: 'in' }
const RECEIVE = 1
const SEND = 2

/** One for each connection; it is told of every message before that is read. */
export class Negotiation {
  readonly #opens: Partial<Record<Direction, OpenMessage>> = {}

  observe(direction: Direction, bytes: Uint8Array): void {
    if (bytes[18] !== TYPE_OPEN) return
    // Another OPEN in the same direction: the number stands for another connection now.
    if (this.#opens[direction] !== undefined) delete this.#opens[OTHER[direction]]
    delete this.#opens[direction]
    try {
      const open = decodeMessage(bytes, DEFAULT_CONTEXT)
      if (open.type === 'open') this.#opens[direction] = open
    } catch {
      // an OPEN that cannot be read settles nothing
    }
  }

  /** Whether both sides offered four-octet AS numbers; true, too, as long as an OPEN is missing. */
  get fourOctetAs(): boolean {
    return Object.values(this.#opens).every((open) => capability(open, 65) !== undefined)
  }

  /** The AS number of the side that sends in this direction; 0 before its OPEN. */
  asn(direction: Direction): number {
    const open = this.#opens[direction]
    return open === undefined ? 0 : openAsn(open)
  }

  /** Families whose NLRI in this direction carry path identifiers (RFC 7911 §4); undefined when an OPEN is missing. */
  addPath(direction: Direction): ReadonlySet<string> | undefined {
    const sender = this.#opens[direction]
    const receiver = this.#opens[OTHER[direction]]
    if (sender === undefined || receiver === undefined) return undefined
    const offers = (open: OpenMessage, bit: number): string[] =>
      capabilities(open, 69).flatMap(({ entries }) =>
        entries.filter((entry) => (entry.direction & bit) !== 0).map(({ family }) => familyKey(family)),
      )
    const receives = new Set(offers(receiver, RECEIVE))
    return new Set(offers(sender, SEND).filter((family) => receives.has(family)))
  }
}

const BOTH_UNICAST: ReadonlySet<string> = new Set(['1/1', '2/1'])
const NONE: ReadonlySet<string> = new Set()

/** How to read a message: what the record says of AS numbers and path identifiers, families as the OPENs have them. */
export function contextOf(message: WireMessage, negotiation: Negotiation | undefined): CodecContext {
  const families = message.addPath ? negotiation?.addPath(message.direction) : NONE
  return {
    fourOctetAs: message.fourOctetAs,
    internal: message.peerAsn !== 0 && message.peerAsn === message.localAsn,
    addPath: families === undefined || (message.addPath && families.size === 0) ? BOTH_UNICAST : families,
    families: undefined,
    maxLength: MAX_EXTENDED_LENGTH,
  }
}
