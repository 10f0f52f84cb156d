// Events in words: the rows of `get events`, and what a timed-out wait says.
import type { Observer } from '../core/check/observer.ts'
import type { StreamEvent } from '../core/stream/events.ts'
import { describeCause } from '../core/session/describe.ts'
import { formatPrefix } from '../core/ip/text.ts'
import type { Micros, News } from '../core/speaker/contract.ts'
import { familyName } from '../core/wire/families.ts'

/** One line of the timeline. An event can have several, and some have none. */
export interface EventRow {
  readonly seq: number
  readonly at: Micros
  readonly type: string
  readonly session: number | undefined
  /** Undefined while no object says which node the peer is. */
  readonly node: string | undefined
  /** Key of the peer: "listener AS identifier". */
  readonly peer: string | undefined
  /** Address that the connection comes from. */
  readonly remote: string | undefined
  readonly text: string
}

/** What a row needs to know about names. */
export interface Names {
  nodeOf(peer: string): string | undefined
  peerOf(session: number): string | undefined
  remoteOf(session: number): string | undefined
}

type Line = readonly [type: string, text: string, peer?: string | undefined, session?: number | undefined]

const MESSAGE_TYPES: Record<number, string> = {
  1: 'OPEN',
  2: 'UPDATE',
  3: 'NOTIFICATION',
  4: 'KEEPALIVE',
  5: 'ROUTE-REFRESH',
}
const KEEPALIVE = 4

function newsLine(news: News): Line | undefined {
  switch (news.news) {
    case 'peer-bound':
      return [
        'peer',
        news.firstTime ? 'a new peer opens a session' : 'the peer opens a session again',
        news.peer,
        news.session,
      ]
    case 'session-established':
      return ['established', 'session Established', news.peer, news.session]
    case 'session-closed':
      return ['closed', `session closed: ${describeCause(news.cause)}`, news.peer, news.session]
    case 'route-announced': {
      const how = { new: 'announced', changed: 'announced with other attributes', same: 'announced again' }[
        news.change
      ]
      return [
        'announce',
        `${formatPrefix(news.prefix)} ${how}${news.refreshed ? ', no longer stale' : ''}`,
        news.peer,
        news.session,
      ]
    }
    case 'route-withdrawn': {
      const cause = news.cause
      const why =
        cause.kind === 'wire'
          ? 'withdrawn'
          : cause.kind === 'malformed'
            ? 'treated as withdrawn (malformed UPDATE, RFC 7606)'
            : cause.kind === 'session-closed'
              ? `gone: ${describeCause(cause.cause)}`
              : `stale route flushed (${cause.why})`
      return [
        'withdraw',
        `${formatPrefix(news.prefix)} ${why}${news.existed ? '' : ', never announced'}`,
        news.peer,
        news.session,
      ]
    }
    case 'end-of-rib':
      return ['end-of-rib', `End-of-RIB ${familyName(news.family)}`, news.peer, news.session]
    case 'stale-started':
      return ['stale', `${news.routes} routes kept as stale by graceful restart`, news.peer]
    case 'stale-ended':
      return [
        'stale',
        `stale phase of ${familyName(news.family)} over (${news.why}), ${news.removed} removed`,
        news.peer,
      ]
    case 'malformed-update':
      return ['malformed', news.reasons.join('; '), news.peer, news.session]
    case 'notification':
      return news.direction === 'in'
        ? ['notification', `NOTIFICATION ${news.code}/${news.subcode} received`, news.peer, news.session]
        : undefined
    case 'malformed-notification':
      return ['malformed', 'a NOTIFICATION that cannot be read', news.peer, news.session]
    case 'route-refresh':
      return ['refresh', `ROUTE-REFRESH ${familyName(news.family)} received`, news.peer, news.session]
    case 'identifier-changed':
      return ['identifier', `BGP identifier was ${news.before} before`, news.peer, news.session]
    case 'silent':
      return [
        'silent',
        'restarted (R=1), Established, and sends neither UPDATE nor End-of-RIB',
        news.peer,
        news.session,
      ]
  }
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

function eventLine(event: StreamEvent): Line | undefined {
  switch (event.type) {
    case 'started':
      return ['started', `router AS ${event.config.asn} listens on ${event.listeners.join(', ')}`]
    case 'session-opened':
      return [
        'opened',
        `connection from ${event.remote.address}:${event.remote.port}${event.refused === undefined ? '' : ', refused'}`,
        undefined,
        event.session,
      ]
    case 'message': {
      const type = event.bytes[18] ?? 0
      if (type === KEEPALIVE) return undefined
      // What an UPDATE or NOTIFICATION of the peer means is told by its news.
      return event.direction === 'out' || type === 1
        ? [
            'message',
            `${MESSAGE_TYPES[type] ?? `type ${type}`} ${event.direction === 'in' ? 'received' : 'sent'}`,
            undefined,
            event.session,
          ]
        : undefined
    }
    case 'unframed':
      return ['unframed', `${event.bytes.length} bytes that are no BGP message`, undefined, event.session]
    case 'timer':
      return [
        'timer',
        event.key.of === 'check' ? 'settle time over' : `${event.key.timer} timer`,
        event.key.of === 'peer' ? event.key.peer : undefined,
        event.key.of === 'session' ? event.key.session : undefined,
      ]
    case 'command':
      return ['command', event.command, 'peer' in event ? event.peer : undefined]
    case 'object':
      return ['object', `${event.object.kind} ${event.object.metadata.name} ${event.action}`]
    case 'resource':
      return [
        'resource',
        `${event.resource} ${event.state}${event.message === undefined ? '' : `: ${event.message}`}`,
      ]
    case 'mark':
      return ['mark', event.name]
    case 'gap':
      return ['gap', `${event.events} events were not recorded: ${event.reason}`]
    case 'finding':
      return [
        'finding',
        `${['code', 'node', 'prefix'].map((key) => textOf(event.finding[key])).join(' ')} ${event.action}`,
      ]
    case 'stopped':
      return ['stopped', event.reason]
    case 'session-closed':
    case 'checkpoint':
      return undefined
    default:
      // An event of a type that a later version writes.
      return undefined
  }
}

/** The timeline rows of one event and what followed from it. */
export function eventRows(event: StreamEvent, news: readonly News[], names: Names): EventRow[] {
  const lines = [eventLine(event), ...news.map(newsLine)].filter((line) => line !== undefined)
  return lines.map(([type, text, peer, session]) => {
    const known = peer ?? (session === undefined ? undefined : names.peerOf(session))
    return {
      seq: event.seq,
      at: event.at,
      type,
      session,
      node: known === undefined ? undefined : names.nodeOf(known),
      peer: known,
      remote: session === undefined ? undefined : names.remoteOf(session),
      text,
    }
  })
}

/** Names as an observer knows them. */
export function namesOf(observer: Observer): Names {
  return {
    nodeOf: (peer) => observer.checker.nodeOf(peer),
    peerOf: (session) => observer.world.speaker.session(session)?.peer,
    remoteOf: (session) => observer.world.speaker.session(session)?.remote.address,
  }
}
