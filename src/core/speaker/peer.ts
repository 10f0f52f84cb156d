// A peer: (listener, remote AS, BGP identifier). It is bound when the OPEN arrives and outlives its sessions.
import { formatIdentifier } from '../ip/text.ts'
import type { TypedRib } from '../rib/typed-rib.ts'
import type { Family } from '../wire/message.ts'
import type { Micros } from '../session/terms.ts'

export interface Peer {
  readonly key: string
  readonly listener: string
  readonly asn: number
  /** Unsigned 32-bit. */
  readonly identifier: number
  /** Source address of its last session. */
  address: string
  readonly rib: TypedRib
  /** Number of the session in Established. */
  established: number | undefined
  /** Number of the session that was last admitted to OpenConfirm; it may be further, or over. */
  pending: number | undefined
  /** Its routes may have path identifiers. */
  pathIds: boolean
  /** Number of the last session that it was bound to. */
  last: number
  /** Number of the last session that reached Established: the one that announced what is stale. */
  lastEstablished: number | undefined
  /** Sessions that reached Established. */
  sessions: number
  /** Families whose stale phase runs: begun by a loss, ended by End-of-RIB or a flush. */
  staleFamilies: readonly Family[]
  /** When the restart timer and the stale timer end, while they run. */
  restartUntil: Micros | undefined
  staleUntil: Micros | undefined
  /** Families of which the peer is sending all routes again, and the event of its BoRR (RFC 7313). */
  refreshing: readonly { readonly family: Family; readonly event: number }[]
}

/** "listener AS identifier", for example "127.0.0.1:1790 64512 192.168.77.11". */
export function peerKey(listener: string, asn: number, identifier: number): string {
  return `${listener} ${asn} ${formatIdentifier(identifier)}`
}

export function newPeer(
  identity: Pick<Peer, 'listener' | 'asn' | 'identifier' | 'address' | 'last'>,
  rib: TypedRib,
): Peer {
  return {
    key: peerKey(identity.listener, identity.asn, identity.identifier),
    ...identity,
    rib,
    established: undefined,
    pending: undefined,
    pathIds: false,
    lastEstablished: undefined,
    sessions: 0,
    staleFamilies: [],
    restartUntil: undefined,
    staleUntil: undefined,
    refreshing: [],
  }
}
