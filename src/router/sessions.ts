// The open connections by session number, and what the record needs to know of each.
import type { SessionView } from '../core/speaker/contract.ts'
import type { SessionTimer } from '../core/session/terms.ts'
import { TYPE_UPDATE } from '../core/wire/framing.ts'
import { openAsn } from '../core/wire/open.ts'
import type { Connection } from '../net/connection.ts'

/** How a message of the session is to be read, before and after the OPENs settled it. */
export interface Reading {
  /** RFC 6793. */
  readonly fourOctetAs: boolean
  /** NLRI carry path identifiers in a family of the session (RFC 7911, RFC 8050). */
  readonly addPath: boolean
  /** 0 until the peer's OPEN told it. */
  readonly peerAsn: number
}

const BEFORE_OPEN: Reading = { fourOctetAs: true, addPath: false, peerAsn: 0 }

/** A timer as the clock knows it. */
export interface EngineTimer {
  readonly name: string
  readonly fire: () => void
  /** It fired while input was held, or right after, and was put off. */
  late: boolean
}

/** A session while its connection is open. */
export class OpenSession {
  readonly number: number
  readonly connection: Connection
  /** Its timers that have ever been started. */
  readonly timers = new Map<SessionTimer, EngineTimer>()
  #reading = BEFORE_OPEN
  #settled = false

  constructor(number: number, connection: Connection) {
    this.number = number
    this.connection = connection
  }

  /** How a message is to be read. Path identifiers stand in received UPDATEs alone: we send none. */
  readingOf(bytes: Uint8Array, direction: 'in' | 'out'): Reading {
    if (!this.#reading.addPath || (direction === 'in' && bytes[18] === TYPE_UPDATE)) return this.#reading
    return { ...this.#reading, addPath: false }
  }

  /** The OPENs have been exchanged: what they settled holds until the end. */
  get settled(): boolean {
    return this.#settled
  }

  /** Takes over what the session has learnt; called after each message until it is settled. */
  learn(view: SessionView | undefined): void {
    if (view?.received === undefined) return
    this.#settled = view.state === 'established'
    this.#reading = {
      fourOctetAs: view.fourOctetAs,
      addPath: view.addPath.length > 0,
      peerAsn: openAsn(view.received),
    }
  }
}
