// All that the speaker remembers, and the turn that one input takes.
import { AttributeTable } from '../rib/attribute-table.ts'
import type { Session } from '../session/state.ts'
import type { Micros } from '../session/terms.ts'
import type { DialPhase, Effect, News, SpeakerConfig } from './contract.ts'
import { Wanted } from './originate.ts'
import type { Peer } from './peer.ts'

/** A session and whom it belongs to. */
export interface Entry {
  readonly session: Session
  /** Place in `config.peers`; undefined when none matches. */
  readonly range: number | undefined
  /** Key of its peer, from the OPEN on. */
  peer: string | undefined
}

/** A peer that we dial; `state` as in DialView. */
export interface Dial {
  state: DialPhase
  /** Attempts so far: a result that bears another number is of no account. */
  attempt: number
  /** Why the last attempt failed, until one succeeds. */
  problem: string | undefined
  /** Our connection, while the state is 'open'. */
  session: number | undefined
  /** Sessions with the peer in Established, whoever opened them, and since when there is one. */
  established: number
  since: Micros
  /** Sessions in a row that did not last, for damping. */
  flaps: number
}

export interface SpeakerState {
  readonly config: SpeakerConfig
  readonly sessions: Map<number, Entry>
  readonly peers: Map<string, Peer>
  readonly attributes: AttributeTable
  /** By place in `config.peers`. */
  readonly dials: Map<number, Dial>
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
  readonly effects: Effect[]
}

/** How many sessions that are over stay visible, at least. */
const REMEMBERED = 1000

export function newState(config: SpeakerConfig): SpeakerState {
  return {
    config,
    sessions: new Map(),
    peers: new Map(),
    attributes: new AttributeTable(),
    dials: new Map(),
    wanted: new Wanted(),
    stopped: false,
    forgetAt: 2 * REMEMBERED,
  }
}

export function tell(turn: Turn, news: News): void {
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
