// The objects of the embedded API server, numbered, with a history that watches can resume from.
import type { ClusterObject } from '../core/stream/events.ts'

/** A request that the store refuses. `status` is the HTTP status. */
export class StoreError extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.name = 'StoreError'
    this.status = status
  }
}

export interface StoredEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  readonly object: ClusterObject
  readonly version: number
}

/** More than this is forgotten, and who asks for older events is told that they are gone. */
const HISTORY = 1000

export class ApiStore {
  readonly #objects = new Map<string, ClusterObject>()
  readonly #tell: (event: StoredEvent) => void
  #history: StoredEvent[] = []
  /** Events after this version are in the history. */
  #from = 0
  #version = 0

  constructor(tell: (event: StoredEvent) => void) {
    this.#tell = tell
  }

  /** The version of the last change. */
  get version(): number {
    return this.#version
  }

  get(kind: string, name: string, namespace?: string): ClusterObject | undefined {
    return this.#objects.get(keyOf(kind, name, namespace))
  }

  list(kind: string): readonly ClusterObject[] {
    return [...this.#objects.values()].filter((object) => object.kind === kind)
  }

  /** Creates or replaces. */
  put(object: ClusterObject): ClusterObject {
    const { name, namespace } = object.metadata
    const type = this.get(object.kind, name, namespace) === undefined ? 'ADDED' : 'MODIFIED'
    return this.#store(type, object)
  }

  create(object: ClusterObject): ClusterObject {
    const { name, namespace } = object.metadata
    if (this.get(object.kind, name, namespace) !== undefined)
      throw new StoreError(409, `"${name}" already exists`)
    return this.#store('ADDED', object)
  }

  /** Refuses when the object names another version than the stored one. */
  replace(object: ClusterObject): ClusterObject {
    const { name, namespace, resourceVersion } = object.metadata
    const stored = this.get(object.kind, name, namespace)
    if (stored === undefined) throw new StoreError(404, `"${name}" not found`)
    if (resourceVersion !== undefined && resourceVersion !== stored.metadata.resourceVersion)
      throw new StoreError(409, `"${name}" has been modified`)
    return this.#store('MODIFIED', object)
  }

  /** JSON merge patch, RFC 7396. */
  merge(kind: string, name: string, namespace: string | undefined, patch: unknown): ClusterObject {
    const stored = this.get(kind, name, namespace)
    if (stored === undefined) throw new StoreError(404, `"${name}" not found`)
    if (!isMap(patch)) throw new StoreError(400, 'the patch is not a map (only merge patches are served)')
    return this.#store('MODIFIED', mergePatch(stored, patch) as ClusterObject)
  }

  delete(kind: string, name: string, namespace?: string): ClusterObject | undefined {
    const key = keyOf(kind, name, namespace)
    const stored = this.#objects.get(key)
    if (stored === undefined) return undefined
    this.#objects.delete(key)
    return this.#log('DELETED', stored)
  }

  /** Events after a version; undefined when some of them were forgotten. */
  since(version: number): readonly StoredEvent[] | undefined {
    if (version < this.#from) return undefined
    return this.#history.filter((event) => event.version > version)
  }

  forgetHistory(): void {
    // A change nobody sees makes even the newest version too old, as a compaction after other writes does.
    this.#version++
    this.#from = this.#version
    this.#history = []
  }

  #store(type: 'ADDED' | 'MODIFIED', object: ClusterObject): ClusterObject {
    const { name, namespace } = object.metadata
    const uid = this.get(object.kind, name, namespace)?.metadata.uid ?? `uid-${this.#version + 1}`
    const logged = this.#log(type, { ...object, metadata: { uid, ...object.metadata } })
    this.#objects.set(keyOf(object.kind, name, namespace), logged)
    return logged
  }

  #log(type: StoredEvent['type'], object: ClusterObject): ClusterObject {
    this.#version++
    const numbered = { ...object, metadata: { ...object.metadata, resourceVersion: String(this.#version) } }
    const event: StoredEvent = { type, object: numbered, version: this.#version }
    this.#history.push(event)
    if (this.#history.length > HISTORY) this.#from = this.#history.shift()!.version
    this.#tell(event)
    return numbered
  }
}

function keyOf(kind: string, name: string, namespace: string | undefined): string {
  return `${kind}/${namespace ?? ''}/${name}`
}

function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isMap(patch)) return patch
  const result: Record<string, unknown> = isMap(target) ? { ...target } : {}
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name]
    else result[name] = mergePatch(result[name], value)
  }
  return result
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
