// The speaker as the rooms downstairs see it.
import type { Afi } from '../ip/prefix.ts'
import type { DialView, Effect, Micros, PeerView, Route, SessionView, SpeakerInput } from './contract.ts'
import type { TurnEffect } from './route-batch.ts'

/** State of a speaker as JSON, for checkpoints. */
export type SpeakerSnapshot = { readonly version: 1; readonly [key: string]: unknown }

export interface SpeakerApi {
  /** Takes one input. Never throws on what a peer sent. `event` is the input's number in the stream. */
  input(input: SpeakerInput, now: Micros, event: number): Effect[]
  /** The same, with routes in batches that are to be read before the bytes of the input change. */
  take(input: SpeakerInput, now: Micros, event: number): TurnEffect[]
  peers(): Iterable<PeerView>
  peerKeys(): Iterable<string>
  peer(key: string): PeerView | undefined
  sessions(): Iterable<SessionView>
  session(number: number): SessionView | undefined
  /** Peers that we dial, in the order of the configuration. */
  dials(): Iterable<DialView>
  /** The Adj-RIB-In of a peer, in no particular order. */
  routes(peer: string): Iterable<Route>
  /** How many unicast routes a peer has. */
  size(peer: string, afi: Afi): number
  /** Counts how often somebody who read `routes` of a peer bit by bit, with inputs in between, lost the place, and may have missed some. */
  misses(peer: string): number
  /** Another number whenever routes of a peer may be others than before, or otherwise stale. */
  revision(peer: string): number
  /**
   * Goes on with what is left to do with routes that went away, and in tables of which little is left, at most so many. It
   * changes nothing that can be seen.
   * @returns false when more is left
   */
  tidy(routes: number): boolean
  /** Routes of all peers, or of one, for one prefix: by the index of each table. */
  lookup(
    prefix: {
      afi: number
      words: readonly number[]
      length: number
    },
    peer?: string,
  ): Iterable<{ readonly peer: string; readonly route: Route }>
  /** @param lazy routes are read only when somebody reads them: until then no input may come that changes them */
  snapshot(lazy?: boolean): SpeakerSnapshot
}
