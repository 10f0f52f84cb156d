// Events of the stream as JSON objects and back: bytes as lower-case hex, instants as RFC 3339 in UTC with
// microseconds, prefixes and addresses as text. Messages are not among them: they are stored as MRT.
import type { Disconnect } from '../session/cause.ts'
import type { DialAttempt, PeerTimer, SessionTimer } from '../speaker/contract.ts'
import type { EventBody, StreamEvent } from './events.ts'
import { commandFromJson, commandToJson } from './json-command.ts'
import { configFromJson, configToJson, endpointFromJson } from './json-config.ts'
import {
  type JsonObject,
  bytes,
  count,
  flag,
  hex,
  object,
  oneOf,
  optional,
  text,
  texts,
} from './json-fields.ts'
import {
  RESOURCE_STATES,
  checkpointFromJson,
  checkpointToJson,
  instant,
  objectFromJson,
  objectOrThrow,
} from './json-objects.ts'
import { censusFromJson, censusToJson, probeFromJson, probeToJson } from './json-probe.ts'
import { storedObject } from './stored-object.ts'
import { formatMicros } from './time.ts'

/** An event that is stored as a line of JSON. */
export type LineEvent = Exclude<StreamEvent, { readonly type: 'message' }>
type LineBody = Exclude<EventBody, { readonly type: 'message' }>

const DISCONNECTS = ['fin', 'rst', 'error', 'closed-by-us'] as const satisfies readonly Disconnect[]
const SESSION_TIMERS = [
  'open',
  'hold',
  'keepalive',
  'linger',
  'silence',
  'send-hold',
] as const satisfies readonly SessionTimer[]
const PEER_TIMERS = ['restart', 'stale'] as const satisfies readonly PeerTimer[]

/** What JSON.stringify takes. `seq`, `at` and `type` come first; undefined fields are for JSON.stringify to leave out. */
export function eventToJson(event: LineEvent): JsonObject {
  return { seq: event.seq, at: formatMicros(event.at), type: event.type, ...bodyToJson(event) }
}

/**
 * Reads what `eventToJson` wrote.
 * @returns undefined for an event of a type that this version does not know
 * @throws an Error that says what is wrong with it
 */
export function eventFromJson(json: unknown): LineEvent | undefined {
  const from = objectOrThrow(json)
  const head = { seq: count(from, 'seq'), at: instant(from) }
  const body = bodyFromJson(text(from, 'type'), from)
  return body && { ...head, ...body }
}

function bodyToJson(event: LineEvent): JsonObject {
  switch (event.type) {
    case 'started': {
      const { version, config, settle, listeners } = event
      return { version, config: configToJson(config), settle, listeners }
    }
    case 'unframed':
      return { session: event.session, subcode: event.subcode, bytes: hex(event.bytes) }
    case 'command':
      return commandToJson(event)
    case 'object':
      return { action: event.action, object: storedObject(event.object) }
    case 'checkpoint':
      return { checkpoint: checkpointToJson(event.checkpoint) }
    case 'probe':
      return probeToJson(event)
    case 'sysctl':
      return censusToJson(event)
    default: {
      const { seq: _seq, at: _at, type: _type, ...rest } = event
      return rest
    }
  }
}

function bodyFromJson(type: string, from: JsonObject): LineBody | undefined {
  switch (type) {
    case 'started':
      return {
        type,
        version: text(from, 'version'),
        config: configFromJson(object(from, 'config')),
        settle: count(from, 'settle'),
        listeners: texts(from, 'listeners'),
      }
    case 'session-opened':
      return {
        type,
        session: count(from, 'session'),
        listener: text(from, 'listener'),
        local: endpointFromJson(object(from, 'local')),
        remote: endpointFromJson(object(from, 'remote')),
        ...optional(from, 'refused', (json, field) => oneOf(json, field, ['source', 'total'])),
        ...optional(from, 'dial', (json, field) => attempt(object(json, field))),
      }
    case 'dial-failed':
      return {
        type,
        ...attempt(from),
        to: endpointFromJson(object(from, 'to')),
        message: text(from, 'message'),
      }
    case 'session-blocked':
      return { type, session: count(from, 'session'), blocked: flag(from, 'blocked') }
    case 'unframed':
      return {
        type,
        session: count(from, 'session'),
        subcode: oneOf(from, 'subcode', [1, 2]),
        bytes: bytes(from, 'bytes'),
      }
    case 'session-closed':
      return {
        type,
        session: count(from, 'session'),
        how: oneOf(from, 'how', DISCONNECTS),
        ...optional(from, 'message', text),
      }
    case 'timer':
      return { type, key: timerKey(object(from, 'key')) }
    case 'command':
      return { type, ...commandFromJson(from) }
    case 'object':
      return {
        type,
        action: oneOf(from, 'action', ['set', 'deleted']),
        object: objectFromJson(object(from, 'object')),
      }
    case 'resource':
      return {
        type,
        resource: text(from, 'resource'),
        state: oneOf(from, 'state', RESOURCE_STATES),
        ...optional(from, 'message', text),
      }
    case 'mark':
      return { type, name: text(from, 'name') }
    case 'reset':
      return { type }
    case 'probe':
      return { type, ...probeFromJson(from) }
    case 'sysctl':
      return { type, ...censusFromJson(from) }
    case 'gap':
      return { type, events: count(from, 'events'), reason: text(from, 'reason') }
    case 'checkpoint':
      return { type, checkpoint: checkpointFromJson(object(from, 'checkpoint')) }
    case 'finding':
      return { type, action: oneOf(from, 'action', ['opened', 'closed']), finding: object(from, 'finding') }
    case 'stopped':
      return { type, reason: text(from, 'reason') }
    default:
      return undefined
  }
}

type Timer = Extract<EventBody, { readonly type: 'timer' }>['key']

function attempt(json: JsonObject): DialAttempt {
  return { range: count(json, 'range'), attempt: count(json, 'attempt') }
}

function timerKey(json: JsonObject): Timer {
  const of = oneOf(json, 'of', ['session', 'peer', 'dial', 'check'])
  switch (of) {
    case 'dial':
      return { of, range: count(json, 'range'), timer: oneOf(json, 'timer', ['connect-retry']) }
    case 'session':
      return { of, session: count(json, 'session'), timer: oneOf(json, 'timer', SESSION_TIMERS) }
    case 'peer':
      return { of, peer: text(json, 'peer'), timer: oneOf(json, 'timer', PEER_TIMERS) }
    case 'check':
      return { of, timer: oneOf(json, 'timer', ['settle']) }
  }
}
