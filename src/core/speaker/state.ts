// All that the speaker remembers, and the turn that one input takes.
import { PathTable } from '../rib/path-table.ts'
import type { Session } from '../session/state.ts'
import type { Micros } from '../session/terms.ts'
import { UpdateScan } from '../wire/update-scan.ts'
import type { DialPhase, Effect, SpeakerConfig } from './contract.ts'
import { Wanted } from './originate.ts'
import type { Peer } from './peer.ts'
import { PeersAt } from './peers-at.ts'
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
  readonly peersAt: PeersAt
  readonly paths: PathTable
  /** For whoever reads the UPDATE of this turn. */
  readonly scan: UpdateScan
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
  readonly effects: TurnEffect[]
}

/** How many sessions that are over stay visible, at least, and how many peers that have nothing left. */
const REMEMBERED = 1000

export function newState(config: SpeakerConfig): SpeakerState {
  return {
    config,
    sessions: new Map(),
    peers: new Map(),
    peersAt: new PeersAt(),
    paths: new PathTable(),
    scan: new UpdateScan(),
    dials: new Map(),
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

/** Forgets the oldest of the peers that have nothing left, then the oldest sessions that are over, except each peer's last ones. */
export function forget(turn: Turn): void {
  const { state } = turn
  if (state.sessions.size < state.forgetAt) return
  forgetPeers(turn)
  const named = new Set<number | undefined>()
  for (const peer of state.peers.values()) named.add(peer.last).add(peer.lastEstablished)
  const over = [...state.sessions.values()].filter(
    ({ session }) => session.state === 'closed' && !session.connected && !named.has(session.number),
  )
  for (const { session } of over.slice(0, -REMEMBERED)) state.sessions.delete(session.number)
  state.forgetAt = state.sessions.size + REMEMBERED
}

/** Of peers without open session, route and stale phase those stay that were heard of last. */
function forgetPeers(turn: Turn): void {
  const { sessions, peers } = turn.state
  const open = new Set<string | undefined>()
  for (const { session, peer } of sessions.values())
    if (session.state !== 'closed' || session.connected) open.add(peer)
  const idle = [...peers.values()].filter(
    ({ key, rib, staleFamilies, restartUntil, staleUntil }) =>
      !open.has(key) &&
      rib.size() === 0 &&
      staleFamilies.length === 0 &&
      restartUntil === undefined &&
      staleUntil === undefined,
  )
  for (const peer of idle.sort((a, b) => a.last - b.last).slice(0, -REMEMBERED)) {
    const { key } = peer
    peers.delete(key)
    turn.state.peersAt.delete(peer)
    tell(turn, { news: 'peer-forgotten', peer: key })
  }
}
