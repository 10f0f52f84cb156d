// What there is at an instant: peers, and the routes that they announce.
import type { Afi, Prefix } from '../ip/prefix.ts'
import type { Family } from '../wire/message.ts'

/** What a ledger begins with, and goes on with after a gap. */
export interface Held {
  peers(): Iterable<{
    readonly key: string
    readonly staleFamilies: readonly Family[]
    readonly established: { readonly session: number } | undefined
  }>
  routes(peer: string): Iterable<RouteKey>
}

export interface RouteKey {
  readonly family: Family
  readonly prefix: Prefix
  readonly pathId?: number | undefined
}

/** The same of a running router: its routes can be read bit by bit. */
export interface LiveHeld extends Held {
  /** How many unicast routes. */
  size(peer: string, afi: Afi): number
  /** Counts how often somebody who read the routes of a peer bit by bit lost the place: who does begins again. */
  misses(peer: string): number
}
