// The cluster's objects as last seen.
import type { ClusterObject } from './events.ts'

/** Objects by kind, namespace and name. The API group is no part of the key: an object that moves to a newer version stays one object. */
export class ObjectStore {
  readonly #kinds = new Map<string, Map<string, ClusterObject>>()

  constructor(objects: Iterable<ClusterObject> = []) {
    for (const object of objects) this.set(object)
  }

  set(object: ClusterObject): void {
    let kind = this.#kinds.get(object.kind)
    if (kind === undefined) this.#kinds.set(object.kind, (kind = new Map()))
    kind.set(nameKey(object.metadata.name, object.metadata.namespace), object)
  }

  /** @returns whether there was such an object */
  delete(object: Pick<ClusterObject, 'kind' | 'metadata'>): boolean {
    const { name, namespace } = object.metadata
    return this.#kinds.get(object.kind)?.delete(nameKey(name, namespace)) ?? false
  }

  /** `namespace` is left out for objects that have none. */
  get(kind: string, name: string, namespace?: string): ClusterObject | undefined {
    return this.#kinds.get(kind)?.get(nameKey(name, namespace))
  }

  /** Objects of a kind, in the order in which they first appeared. */
  list(kind: string): readonly ClusterObject[] {
    return [...(this.#kinds.get(kind)?.values() ?? [])]
  }

  /** Every object, kind by kind. */
  all(): readonly ClusterObject[] {
    return [...this.#kinds.values()].flatMap((kind) => [...kind.values()])
  }

  get size(): number {
    let size = 0
    for (const kind of this.#kinds.values()) size += kind.size
    return size
  }
}

/** Neither a name nor a namespace can hold a slash. */
function nameKey(name: string, namespace: string | undefined): string {
  return `${namespace ?? ''}/${name}`
}
