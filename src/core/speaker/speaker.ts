// The BGP speaker: peers above sessions. Pure: all it does depends on its configuration, its inputs and their times
// and numbers, so a replay of the recorded inputs gives the same state.
import { prefixKey } from '../ip/arithmetic.ts'
import type { Afi, Prefix } from '../ip/prefix.ts'
import { connectionOpened } from './admission.ts'
import type { SpeakerApi, SpeakerSnapshot } from './api.ts'
import { obey } from './commands.ts'
import type {
  DialView,
  Effect,
  Micros,
  PeerView,
  Route,
  SessionView,
  SpeakerConfig,
  SpeakerInput,
  TimerKey,
} from './contract.ts'
import { connectRetryExpired, dialFailed, startDialling } from './dialling.ts'
import { takePlainMessage } from './plain-message.ts'
import { effectsOf, type TurnEffect } from './route-batch.ts'
import { advance, drive } from './sessions.ts'
import { restoredState, snapshotOf } from './snapshot.ts'
import { expired } from './stale.ts'
import { newState, type SpeakerState, type Turn } from './state.ts'
import { dialViews, peerView, sessionView } from './views.ts'

/** Routes that went away are tidied up so many with each input. */
const TIDIED = 1000

export class Speaker implements SpeakerApi {
  readonly #state: SpeakerState

  /** A speaker that knows nothing yet, or goes on where the snapshot was taken (with the same configuration). */
  constructor(config: SpeakerConfig, snapshot?: SpeakerSnapshot) {
    this.#state = snapshot === undefined ? newState(config) : restoredState(config, snapshot)
  }

  input(input: SpeakerInput, now: Micros, event: number): Effect[] {
    return effectsOf(this.take(input, now, event))
  }

  take(input: SpeakerInput, now: Micros, event: number): TurnEffect[] {
    this.tidy(TIDIED)
    const turn: Turn = { state: this.#state, now, event, effects: [] }
    switch (input.type) {
      case 'start':
        startDialling(turn)
        break
      case 'dial-failed':
        dialFailed(turn, input, input.message)
        break
      case 'write-blocked': {
        const entry = this.#state.sessions.get(input.session)
        if (entry !== undefined) advance(turn, entry, { type: 'blocked', blocked: input.blocked })
        break
      }
      case 'connection-opened':
        drive(turn, connectionOpened(turn, input))
        break
      case 'message': {
        const entry = this.#state.sessions.get(input.session)
        if (entry !== undefined && !takePlainMessage(turn, entry, input.bytes)) advance(turn, entry, input)
        break
      }
      case 'unframed': {
        const entry = this.#state.sessions.get(input.session)
        if (entry !== undefined) advance(turn, entry, input)
        break
      }
      case 'connection-closed': {
        const entry = this.#state.sessions.get(input.session)
        if (entry !== undefined) advance(turn, entry, { ...input, type: 'disconnected' })
        break
      }
      case 'timer':
        this.#expire(turn, input.key)
        break
      case 'command':
        obey(turn, input)
    }
    return turn.effects
  }

  *peers(): IterableIterator<PeerView> {
    for (const peer of this.#state.peers.values()) yield peerView(this.#state, peer)
  }

  peerKeys(): Iterable<string> {
    return this.#state.peers.keys()
  }

  peer(key: string): PeerView | undefined {
    const peer = this.#state.peers.get(key)
    return peer && peerView(this.#state, peer)
  }

  *sessions(): IterableIterator<SessionView> {
    for (const entry of this.#state.sessions.values()) yield sessionView(entry)
  }

  session(number: number): SessionView | undefined {
    const entry = this.#state.sessions.get(number)
    return entry && sessionView(entry)
  }

  dials(): Iterable<DialView> {
    return dialViews(this.#state)
  }

  routes(peer: string): Iterable<Route> {
    return this.#state.peers.get(peer)?.rib.routes() ?? []
  }

  size(peer: string, afi: Afi): number {
    return this.#state.peers.get(peer)?.rib.size({ afi, safi: 1 }) ?? 0
  }

  misses(peer: string): number {
    return this.#state.peers.get(peer)?.rib.misses ?? 0
  }

  revision(peer: string): number {
    return this.#state.peers.get(peer)?.rib.revision ?? 0
  }

  *lookup(
    prefix: {
      afi: number
      words: readonly number[]
      length: number
    },
    of?: string,
  ): IterableIterator<{ peer: string; route: Route }> {
    const { words, length } = prefix
    const afi: Afi = prefix.afi === 1 ? 1 : 2
    const wanted: Prefix = { afi, words, length }
    const one = of === undefined ? undefined : this.#state.peers.get(of)
    const peers = of === undefined ? this.#state.peers.values() : one === undefined ? [] : [one]
    for (const { key, rib, pathIds } of peers) {
      const route = rib.get({ afi, safi: 1 }, { prefix: wanted })
      if (route !== undefined) yield { peer: key, route }
      if (!pathIds) continue
      // Which path identifiers a prefix has is in no index: few peers have any.
      for (const each of rib.routes())
        if (each.pathId !== undefined && prefixKey(each.prefix) === prefixKey(wanted))
          yield { peer: key, route: each }
    }
  }

  tidy(routes: number): boolean {
    return this.#state.paths.sweep(routes)
  }

  snapshot(lazy = false): SpeakerSnapshot {
    return snapshotOf(this.#state, lazy)
  }

  #expire(turn: Turn, key: TimerKey): void {
    if (key.of === 'session') {
      const entry = this.#state.sessions.get(key.session)
      if (entry !== undefined) advance(turn, entry, { type: 'timer', timer: key.timer })
      return
    }
    if (key.of === 'dial') return connectRetryExpired(turn, key.range)
    const peer = this.#state.peers.get(key.peer)
    if (peer !== undefined) expired(turn, peer, key.timer)
  }
}
