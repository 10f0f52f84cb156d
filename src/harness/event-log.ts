// Events in words: the rows of `get events`, and what a timed-out wait says.
import { plural } from '../core/errors/plural.ts'
import type { Observer } from '../core/check/observer.ts'
import type { StreamEvent } from '../core/stream/events.ts'
import { describeCause } from '../core/session/describe.ts'
import { formatPrefix } from '../core/ip/text.ts'
import type { Micros, News, WithdrawCause } from '../core/speaker/contract.ts'
import { familyName } from '../core/wire/families.ts'
import { describeNotification } from '../core/wire/notification.ts'
import { messageText } from './message-text.ts'
import { probeText, sysctlText } from './probe-text.ts'

/** What a row is about, for programs; `text` says it for people. */
interface EventDetails {
  readonly prefix?: string | undefined
  readonly family?: string | undefined
  /** Why a session or a route went: "fin", "notification", "hold-expired", "wire", "restart-timer" … */
  readonly cause?: string | undefined
  /** Code of a finding. */
  readonly finding?: string | undefined
}

/** One line of the timeline. An event can have several, and some have none. */
export interface EventRow extends EventDetails {
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

/** A row without what its event gives all rows, and without names. */
interface Line extends EventDetails {
  readonly type: string
  readonly text: string
  readonly peer?: string | undefined
  readonly session?: number | undefined
  /** The node where no peer stands for it. */
  readonly node?: string | undefined
}

function newsLine(news: News): Line | undefined {
  const whose = {
    peer: 'peer' in news ? news.peer : undefined,
    session: 'session' in news ? news.session : undefined,
  }
  const family = 'family' in news ? familyName(news.family) : undefined
  switch (news.news) {
    case 'peer-bound': {
      const text = news.firstTime ? 'a new peer opens a session' : 'the peer opens a session again'
      return { type: 'peer', text, ...whose }
    }
    case 'peer-forgotten':
      return { type: 'peer', text: 'the peer has been gone for long and is forgotten', ...whose }
    case 'session-established':
      return { type: 'established', text: 'session Established', ...whose }
    case 'session-closed': {
      const text = `session closed: ${describeCause(news.cause)}`
      return { type: 'closed', text, cause: news.cause.kind, ...whose }
    }
    case 'route-announced': {
      const how = { new: 'announced', changed: 'announced with other attributes', same: 'announced again' }[
        news.change
      ]
      const prefix = formatPrefix(news.prefix)
      const text = `${prefix} ${how}${news.refreshed ? ', no longer stale' : ''}`
      return { type: 'announce', text, prefix, family, ...whose }
    }
    case 'route-withdrawn': {
      const prefix = formatPrefix(news.prefix)
      const text = `${prefix} ${howWithdrawn(news.cause)}${news.existed ? '' : ', never announced'}`
      const cause = news.cause.kind === 'stale-flush' ? news.cause.why : news.cause.kind
      return { type: 'withdraw', text, prefix, family, cause, ...whose }
    }
    case 'end-of-rib':
      return { type: 'end-of-rib', text: `End-of-RIB ${family}`, family, ...whose }
    case 'stale-started':
      return {
        type: 'stale',
        text: `${plural(news.routes, 'route')} kept as stale by graceful restart`,
        ...whose,
      }
    case 'stale-ended': {
      const text = `stale phase of ${family} over (${news.why}), ${news.removed} removed`
      return { type: 'stale', text, family, cause: news.why, ...whose }
    }
    case 'malformed-update':
      return { type: 'malformed', text: news.reasons.join('; '), ...whose }
    case 'notification':
      // What we sent has a row already, that of the message.
      return news.direction === 'in'
        ? { type: 'notification', text: notificationText(news), ...whose }
        : undefined
    case 'malformed-notification':
      return { type: 'malformed', text: 'a NOTIFICATION that cannot be read', ...whose }
    case 'route-refresh':
      return { type: 'refresh', text: `ROUTE-REFRESH ${family} received`, family, ...whose }
    case 'identifier-changed':
      return { type: 'identifier', text: `BGP identifier was ${news.before} before`, ...whose }
    case 'dial-failed': {
      const { address, port } = news.to
      const text = `connection to ${address}:${port} failed (attempt ${news.attempt}): ${news.message}`
      return { type: 'dial', text }
    }
    case 'path-ids-unexpected': {
      const text = `${family} routes seem to carry path identifiers, which were not negotiated (RFC 7911)`
      return { type: 'malformed', text, family, ...whose }
    }
    case 'silent': {
      const text = 'restarted (R=1), Established, and sends neither UPDATE nor End-of-RIB'
      return { type: 'silent', text, ...whose }
    }
  }
}

function notificationText({ code, subcode, text }: Extract<News, { news: 'notification' }>): string {
  const said = text === undefined || text === '' ? '' : ` "${text}"`
  return `NOTIFICATION ${code}/${subcode} received: ${describeNotification(code, subcode)}${said}`
}

function howWithdrawn(cause: WithdrawCause): string {
  switch (cause.kind) {
    case 'wire':
      return 'withdrawn'
    case 'malformed':
      return 'treated as withdrawn (malformed UPDATE, RFC 7606)'
    case 'session-closed':
      return `gone: ${describeCause(cause.cause)}`
    case 'stale-flush':
      return `stale route flushed (${cause.why})`
  }
}

/** @param said what a message says, see messageText() */
function eventLine(event: StreamEvent, said: string | undefined): Line | undefined {
  switch (event.type) {
    case 'started': {
      const text = `router AS ${event.config.asn} listens on ${event.listeners.join(', ')}`
      return { type: 'started', text }
    }
    case 'session-opened': {
      const { address, port } = event.remote
      const text = `connection ${event.dial === undefined ? 'from' : 'to'} ${address}:${port}${event.refused === undefined ? '' : ', refused'}`
      return { type: 'opened', text, session: event.session }
    }
    case 'message':
      return said === undefined ? undefined : { type: 'message', text: said, session: event.session }
    case 'session-blocked': {
      const text = event.blocked ? 'the peer does not read what we send' : 'the peer reads again'
      return { type: 'blocked', text, session: event.session }
    }
    case 'unframed': {
      const text = `${event.bytes.length} bytes that are no BGP message`
      return { type: 'unframed', text, session: event.session }
    }
    case 'timer':
      return {
        type: 'timer',
        text: event.key.of === 'check' ? 'settle time over' : `${event.key.timer} timer`,
        peer: event.key.of === 'peer' ? event.key.peer : undefined,
        session: event.key.of === 'session' ? event.key.session : undefined,
      }
    case 'command':
      return { type: 'command', text: event.command, peer: 'peer' in event ? event.peer : undefined }
    case 'object': {
      const text = `${event.object.kind} ${event.object.metadata.name} ${event.action}`
      return { type: 'object', text }
    }
    case 'resource': {
      const text = `${event.resource} ${event.state}${event.message === undefined ? '' : `: ${event.message}`}`
      return { type: 'resource', text }
    }
    case 'mark':
      return { type: 'mark', text: event.name }
    case 'reset':
      return { type: 'reset', text: 'reset between tests: marks before it are no longer known by name' }
    case 'probe': {
      const text = probeText(event)
      return text === undefined ? undefined : { type: 'probe', text, node: event.node, prefix: event.prefix }
    }
    case 'sysctl': {
      const text = sysctlText(event)
      return text === undefined ? undefined : { type: 'sysctl', text, node: event.node }
    }
    case 'gap':
      return { type: 'gap', text: `${event.events} events were not recorded: ${event.reason}` }
    case 'finding':
      return findingLine(event)
    case 'stopped':
      return { type: 'stopped', text: event.reason }
    case 'session-closed':
    case 'checkpoint':
      return undefined
    default:
      // An event of a type that a later version writes.
      return undefined
  }
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

function findingLine({ finding, action }: Extract<StreamEvent, { type: 'finding' }>): Line {
  const [code, node, prefix] = ['code', 'node', 'prefix'].map((key) => textOf(finding[key]))
  return {
    type: 'finding',
    text: [code, node, prefix, action].filter((part) => part !== undefined).join(' '),
    finding: code,
    prefix,
    family: textOf(finding['family']),
    peer: textOf(finding['peer']),
    node,
  }
}

/**
 * The timeline rows of one event and what followed from it.
 * @param said what a message says, where of the message itself only the header is left
 */
export function eventRows(
  event: StreamEvent,
  news: readonly News[],
  names: Names,
  said: string | undefined = event.type === 'message' ? messageText(event) : undefined,
): EventRow[] {
  const lines = [eventLine(event, said), ...news.map(newsLine)].filter((line) => line !== undefined)
  return lines.map(({ type, text, session, peer: told, node, ...details }) => {
    const peer = told ?? (session === undefined ? undefined : names.peerOf(session))
    return {
      seq: event.seq,
      at: event.at,
      type,
      session,
      node: peer === undefined ? node : names.nodeOf(peer),
      peer,
      remote: session === undefined ? undefined : names.remoteOf(session),
      text,
      ...details,
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
