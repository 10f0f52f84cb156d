// The speaker's state as JSON, and back. OPENs are stored as they came, attribute sets once each.
import { Buffer } from 'node:buffer'
import type { RibSnapshot } from '../rib/adj-rib-in.ts'
import { LazyList } from '../memory/lazy-list.ts'
import { TypedRib } from '../rib/typed-rib.ts'
import type { CloseCause } from '../session/cause.ts'
import { negotiate, openFor } from '../session/negotiate.ts'
import { newSession, type Session } from '../session/state.ts'
import type { Direction, Endpoint, Micros, SessionState, SessionTimer } from '../session/terms.ts'
import type { AttributeSet } from '../wire/attribute-set.ts'
import { attributeSetFromKey } from '../wire/attributes/set.ts'
import { toHex } from '../wire/bytes.ts'
import { decodeMessage, DEFAULT_CONTEXT } from '../wire/codec.ts'
import type { Family, OpenMessage } from '../wire/message.ts'
import type { SpeakerSnapshot } from './api.ts'
import type { SpeakerConfig } from './contract.ts'
import { Wanted, type WantedSnapshot } from './originate.ts'
import { newPeer, type Peer } from './peer.ts'
import { termsOf } from './ranges.ts'
import { newState, type Dial, type Entry, type SpeakerState } from './state.ts'

interface SessionRecord {
  readonly session: number
  readonly range: number | undefined
  readonly peer: string | undefined
  /** Left out in older snapshots, where the peer opened every connection. */
  readonly direction?: Direction
  readonly listener: string
  readonly local: Endpoint
  readonly remote: Endpoint
  readonly openedAt: Micros
  readonly state: SessionState
  readonly connected: boolean
  readonly timers: readonly SessionTimer[]
  /** Our OPEN went out: it follows from the configuration. */
  readonly opened: boolean
  /** Hex of the peer's OPEN. */
  readonly received: string | undefined
  readonly negotiated: boolean
  readonly establishedAt: Micros | undefined
  readonly closedAt: Micros | undefined
  readonly cause: CloseCause | undefined
  readonly endOfRib: readonly string[]
  readonly updates: number
}

interface PeerRecord {
  readonly listener: string
  readonly asn: number
  readonly identifier: number
  readonly address: string
  readonly rib: RibSnapshot
  readonly established: number | undefined
  readonly last: number
  readonly lastEstablished: number | undefined
  readonly sessions: number
  readonly staleFamilies: readonly Family[]
  readonly restartUntil: Micros | undefined
  readonly staleUntil: Micros | undefined
  readonly refreshing: Peer['refreshing']
  /** Left out in older snapshots. */
  readonly pending?: number | undefined
  readonly pathIds?: boolean
}

interface Records extends SpeakerSnapshot {
  readonly stopped: boolean
  readonly forgetAt: number
  readonly wanted: WantedSnapshot
  readonly sessions: Iterable<SessionRecord>
  readonly peers: readonly PeerRecord[]
  /** Left out in older snapshots. */
  readonly dials?: readonly (Dial & { readonly range: number })[]
  /** Keys of attribute sets; routes name them by place. Last, because the list is made while routes are read. */
  readonly attributes: Iterable<string>
}

/** @param lazy routes are read when somebody reads them; all else is that of now */
export function snapshotOf(state: SpeakerState, lazy = false): SpeakerSnapshot {
  const attributes: string[] = []
  const places = new Map<string, number>()
  const numberOf = ({ key }: AttributeSet): number => {
    const place = places.get(key) ?? attributes.push(key) - 1
    places.set(key, place)
    return place
  }
  const sessions = [...state.sessions.values()].map(sessionRecord)
  const records: Records = {
    version: 1,
    stopped: state.stopped,
    forgetAt: state.forgetAt,
    wanted: state.wanted.snapshot(),
    sessions: lazy ? new LazyList(() => sessions) : sessions,
    peers: [...state.peers.values()].map(({ key: _key, rib, ...peer }) => ({
      ...peer,
      rib: rib.snapshot(numberOf, lazy),
    })),
    dials: [...state.dials].map(([range, dial]) => ({ range, ...dial })),
    attributes: lazy ? new LazyList(() => attributes) : attributes,
  }
  return records
}

/** The state that `snapshotOf` described, under the same configuration. */
export function restoredState(config: SpeakerConfig, snapshot: SpeakerSnapshot): SpeakerState {
  const records = snapshot as Records
  const state = newState(config)
  state.stopped = records.stopped
  state.forgetAt = records.forgetAt
  state.wanted = Wanted.restore(records.wanted)
  const sets = Array.from(records.attributes, attributeSetFromKey)
  for (const record of records.sessions) state.sessions.set(record.session, restoredSession(config, record))
  for (const record of records.peers) {
    const peer = restoredPeer(
      record,
      TypedRib.restore(record.rib, state.paths, (number) => sets[number]!),
    )
    state.peers.set(peer.key, peer)
    state.peersAt.add(peer)
  }
  for (const { range, ...dial } of records.dials ?? []) state.dials.set(range, dial)
  return state
}

function sessionRecord({ session, range, peer }: Entry): SessionRecord {
  const { number, listener, local, remote, openedAt, state, connected, receivedBytes, sent, negotiated } =
    session
  const { establishedAt, closedAt, cause, updates } = session
  return {
    session: number,
    range,
    peer,
    direction: session.direction,
    listener,
    local,
    remote,
    openedAt,
    state,
    connected,
    timers: [...session.timers],
    opened: sent !== undefined,
    received: receivedBytes && toHex(receivedBytes),
    negotiated: negotiated !== undefined,
    establishedAt,
    closedAt,
    cause,
    endOfRib: [...session.endOfRib],
    updates,
  }
}

function restoredSession(config: SpeakerConfig, record: SessionRecord): Entry {
  const { range, listener, local, remote, openedAt } = record
  const us = { asn: config.asn, identifier: config.identifier }
  const terms = termsOf(config.peers, range)
  const session: Session = newSession({
    number: record.session,
    us,
    terms,
    direction: record.direction ?? 'in',
    listener,
    local,
    remote,
    openedAt,
  })
  session.state = record.state
  session.connected = record.connected
  for (const timer of record.timers) session.timers.add(timer)
  if (record.opened && terms !== undefined) session.sent = openFor(us, terms)
  if (record.received !== undefined) {
    const bytes = new Uint8Array(Buffer.from(record.received, 'hex'))
    session.receivedBytes = bytes
    session.received = openOf(bytes)
  }
  if (record.negotiated && session.sent !== undefined && session.received !== undefined)
    session.negotiated = negotiate(session.sent, session.received)
  session.establishedAt = record.establishedAt
  session.closedAt = record.closedAt
  session.cause = record.cause
  session.endOfRib.push(...record.endOfRib)
  session.updates = record.updates
  return { session, range, peer: record.peer }
}

function openOf(bytes: Uint8Array): OpenMessage | undefined {
  const message = decodeMessage(bytes, DEFAULT_CONTEXT)
  return message.type === 'open' ? message : undefined
}

function restoredPeer(record: PeerRecord, rib: TypedRib): Peer {
  const { listener, asn, identifier, address, last, rib: _rib, ...rest } = record
  return { ...newPeer({ listener, asn, identifier, address, last }, rib), ...rest }
}
