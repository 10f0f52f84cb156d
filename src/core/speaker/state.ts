// All that the speaker remembers, and the turn that one input takes.
import { PathTable } from '../rib/path-table.ts'
import type { Session } from '../session/state.ts'
import type { Micros } from '../session/terms.ts'
import { UpdateScan } from '../wire/update-scan.ts'
import type { Effect, SpeakerConfig } from './contract.ts'
import { Wanted } from './originate.ts'
import type { Peer } from './peer.ts'
import type { Told, TurnEffect } from './route-batch.ts'

/** A session and whom it belongs to. */
export interface Entry {
  readonly session: Session
  /** Place in `config.peers`; undefined when none matches. */
  readonly range: number | undefined
  /** Key of its peer, from the OPEN on. */
  peer: string | undefined
  /** Made once, because every message of the peer has this effect. */
  restartHold?: Extract<Effect, { do: 'start-timer' }>
}

export interface SpeakerState {
  readonly config: SpeakerConfig
  readonly sessions: Map<number, Entry>
  readonly peers: Map<string, Peer>
  readonly paths: PathTable
  /** For whoever reads the UPDATE of this turn. */
  readonly scan: UpdateScan
  wanted: Wanted
  stopped: boolean
  /** Old sessions are forgotten when there are this many. */
  forgetAt: number
}

/** One input being taken: what it leads to is gathered in `effects`. */
export interface Turn {
  readonly state: SpeakerState
  readonly now: Micros
  readonly event: number
  readonly effects: TurnEffect[]
}

/** How many sessions that are over stay visible, at least. */
const REMEMBERED = 1000

export function newState(config: SpeakerConfig): SpeakerState {
  return {
    config,
    sessions: new Map(),
    peers: new Map(),
    paths: new PathTable(),
    scan: new UpdateScan(),
    wanted: new Wanted(),
    stopped: false,
    forgetAt: 2 * REMEMBERED,
  }
}

export function tell(turn: Turn, news: Told): void {
  turn.effects.push({ do: 'tell', news })
}

/** Sends bytes on a session. */
export function send(turn: Turn, entry: Entry, bytes: Uint8Array): void {
  turn.effects.push({ do: 'send', session: entry.session.number, bytes })
}

/** Forgets the oldest sessions that are over, except each peer's last ones. */
export function forget(state: SpeakerState): void {
  if (state.sessions.size < state.forgetAt) return
  const named = new Set<number | undefined>()
  for (const peer of state.peers.values()) named.add(peer.last).add(peer.lastEstablished)
  const over = [...state.sessions.values()].filter(
    ({ session }) => session.state === 'closed' && !session.connected && !named.has(session.number),
  )
  for (const { session } of over.slice(0, -REMEMBERED)) state.sessions.delete(session.number)
  state.forgetAt = state.sessions.size + REMEMBERED
}
