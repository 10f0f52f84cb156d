// What every format of `convert` is read into and written from: connections and the BGP messages on them.
import type { Address } from '../../core/ip/prefix.ts'
import type { Disconnect } from '../../core/session/cause.ts'
import type { Micros } from '../../core/speaker/contract.ts'

/** An end of a connection. MRT knows no ports. */
export interface End {
  readonly address: Address
  readonly port?: number
}

/** Which connection: the session's number (what MRT has of it is its low 16 bits, as interface index) and both ends. */
export interface Connection {
  readonly session: number
  readonly peer: End
  /** Where the recorder was. */
  readonly local: End
}

/** One whole BGP message, header included, and how it is to be read. */
export interface WireMessage extends Connection {
  readonly type: 'message'
  readonly at: Micros
  /** 'in': from the peer. */
  readonly direction: 'in' | 'out'
  readonly bytes: Uint8Array
  readonly fourOctetAs: boolean
  readonly addPath: boolean
  /** 0 where it is not known. */
  readonly peerAsn: number
  readonly localAsn: number
}

export type WireEvent =
  | (Connection & { readonly type: 'session-opened'; readonly at: Micros })
  | WireMessage
  /** Octets from the peer that are no message. */
  | (Connection & { readonly type: 'unframed'; readonly at: Micros; readonly bytes: Uint8Array })
  | (Connection & { readonly type: 'session-closed'; readonly at: Micros; readonly how: Disconnect })

/** A key for maps: the same session number may stand for several connections in a record of somebody else's. */
export function connectionKey({ session, peer, local }: Connection): string {
  return `${session} ${peer.address.words.join('.')} ${peer.port ?? ''} ${local.address.words.join('.')}`
}

/** What was left out or cut off while converting, in words, with how often. */
export class Notes {
  readonly #counts = new Map<string, number>()

  add(what: string, count = 1): void {
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + count)
  }

  /** "packets that the capture cut short (3)", in the order in which they first came. */
  list(): readonly string[] {
    return [...this.#counts].map(([what, count]) => `${what} (${count})`)
  }
}
