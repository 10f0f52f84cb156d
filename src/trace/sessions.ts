// MRT has 16 bits for the session (the interface index) and knows sessions by their addresses. This is what joins
// the two: the last session that was opened under each 16-bit number.
import type { Address } from '../core/ip/prefix.ts'
import { parseAddress } from '../core/ip/text.ts'
import type { StreamEvent } from '../core/stream/events.ts'

/** What an MRT record says of a session. */
export interface SessionAddresses {
  readonly peer: Address
  readonly local: Address
}

interface Known extends SessionAddresses {
  readonly session: number
  open: boolean
}

const NOWHERE: SessionAddresses = { peer: { afi: 1, words: [0] }, local: { afi: 1, words: [0] } }

/** Holds at most 65,536 sessions: a number is not reused while its session lives. */
export class Sessions {
  readonly #byIndex = new Map<number, Known>()

  /** Learns from session-opened and session-closed events; others are ignored. */
  observe(event: StreamEvent): void {
    if (event.type === 'session-opened') {
      const { session, remote, local } = event
      this.#byIndex.set(session & 0xffff, {
        session,
        ...addressesOf(remote.address, local.address),
        open: true,
      })
    } else if (event.type === 'session-closed') {
      const known = this.#byIndex.get(event.session & 0xffff)
      // The entry stays: our last bytes may be recorded after the connection's end.
      if (known?.session === event.session) known.open = false
    }
  }

  /** Learns numbers of sessions whose opening is not in the record. */
  adopt(numbers: readonly number[]): void {
    for (const session of numbers) this.#byIndex.set(session & 0xffff, { session, ...NOWHERE, open: true })
  }

  /** The session that an interface index means; the index itself when no session is known. */
  number(index: number): number {
    return this.#byIndex.get(index)?.session ?? index
  }

  /** Addresses of a session; zeros when it was never opened. */
  addresses(session: number): SessionAddresses {
    return this.#byIndex.get(session & 0xffff) ?? NOWHERE
  }

  /** Numbers of the sessions that are open. */
  open(): readonly number[] {
    return [...this.#byIndex.values()].flatMap(({ session, open }) => (open ? [session] : []))
  }
}

function addressesOf(remote: string, local: string): SessionAddresses {
  const peer = addressOf(remote)
  const ours = addressOf(local)
  // A record has one address family for both ends.
  return peer && ours && peer.afi === ours.afi ? { peer, local: ours } : NOWHERE
}

function addressOf(written: string): Address | undefined {
  try {
    return parseAddress(written.split('%', 1)[0] ?? '') // a record has no place for a zone
  } catch {
    return undefined
  }
}
