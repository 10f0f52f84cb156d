// Which objects are of interest, and when one has changed.
import { WATCHED_KINDS } from '../core/expected/kinds.ts'
import type { ClusterObject } from '../core/stream/events.ts'
import { storedObject } from '../core/stream/stored-object.ts'

/** The object without what is not stored; undefined for what is no object of a watched kind (never a Secret). */
export function prune(value: unknown): ClusterObject | undefined {
  return isWatched(value) ? storedObject(value) : undefined
}

/** The content by which two versions of an object are compared: all that was kept but the version's number. */
export function contentOf(object: ClusterObject): string {
  const { resourceVersion: _version, generation: _generation, ...metadata } = object.metadata
  return JSON.stringify({ ...object, metadata })
}

function isWatched(value: unknown): value is ClusterObject {
  if (!isMap(value) || typeof value['kind'] !== 'string' || typeof value['apiVersion'] !== 'string')
    return false
  const { kind, metadata } = value
  if (!isMap(metadata) || typeof metadata['name'] !== 'string') return false
  const { name } = metadata
  return WATCHED_KINDS.some(
    (watched) => watched.kind === kind && (watched.name === undefined || watched.name === name),
  )
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
