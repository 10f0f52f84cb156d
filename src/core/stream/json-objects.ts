// Cluster objects and checkpoints as JSON.
import { LazyList } from '../memory/lazy-list.ts'
import type { Checkpoint, ClusterObject, ResourceState } from './events.ts'
import { configFromJson, configToJson } from './json-config.ts'
import {
  JsonFieldError,
  type JsonObject,
  count,
  isObject,
  object,
  objects,
  oneOf,
  optional,
  text,
} from './json-fields.ts'
import { storedObject } from './stored-object.ts'
import { formatMicros, parseMicros } from './time.ts'

export const RESOURCE_STATES = [
  'synced',
  'absent',
  'not-given',
  'forbidden',
  'stale',
  'failed',
] as const satisfies readonly ResourceState[]

/** @throws JsonFieldError */
export function objectFromJson(json: JsonObject): ClusterObject {
  text(json, 'apiVersion')
  text(json, 'kind')
  text(object(json, 'metadata'), 'name')
  optional(object(json, 'metadata'), 'namespace', text)
  return json as unknown as ClusterObject
}

/** Objects and lazy parts are made when they are written. */
export function checkpointToJson(checkpoint: Checkpoint): JsonObject {
  return {
    config: checkpoint.config && configToJson(checkpoint.config),
    speaker: checkpoint.speaker,
    objects: new LazyList(() => stored(checkpoint.objects)),
    resources: checkpoint.resources,
    marks: checkpoint.marks.map(({ name, seq, at }) => ({ name, seq, at: formatMicros(at) })),
    check: checkpoint.check,
  }
}

function* stored(objects: readonly ClusterObject[]): Generator<ClusterObject> {
  for (const object of objects) yield storedObject(object)
}

/** @throws JsonFieldError */
export function checkpointFromJson(json: JsonObject): Checkpoint {
  const speaker = object(json, 'speaker')
  if (speaker['version'] !== 1)
    throw new JsonFieldError('speaker', `has the unknown version ${String(speaker['version'])}`)
  const resources = object(json, 'resources')
  return {
    ...optional(json, 'config', (from, field) => configFromJson(object(from, field))),
    speaker: { ...speaker, version: 1 },
    objects: objects(json, 'objects', objectFromJson),
    resources: Object.fromEntries(
      Object.keys(resources).map((name) => [name, oneOf(resources, name, RESOURCE_STATES)]),
    ),
    marks: objects(json, 'marks', (mark) => ({
      name: text(mark, 'name'),
      seq: count(mark, 'seq'),
      at: instant(mark),
    })),
    check: json['check'],
  }
}

/** The field `at`. */
export function instant(json: JsonObject): number {
  const at = parseMicros(text(json, 'at'))
  if (at === undefined) throw new JsonFieldError('at', 'is no RFC 3339 instant in UTC')
  return at
}

/** A JSON value that is an object, or an error that says that it is none. */
export function objectOrThrow(json: unknown): JsonObject {
  if (!isObject(json)) throw new Error('not a JSON object')
  return json
}
