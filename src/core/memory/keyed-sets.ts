// Sets by key, most of which have one value: that value then stands alone, because to V8 a set of one is three objects, and
// thousands of peers have several.

/** Values by key; a key without any is not kept. A value may be neither a set nor undefined. */
export class KeyedSets<Key, Value extends string | number | object> {
  readonly #values = new Map<Key, Value | Set<Value>>()

  /** The values of a key; while somebody goes through them none may be added or deleted. */
  of(key: Key): Iterable<Value> {
    const held = this.#values.get(key)
    if (held === undefined) return []
    return held instanceof Set ? held : [held]
  }

  add(key: Key, value: Value): void {
    const held = this.#values.get(key)
    if (held === undefined) this.#values.set(key, value)
    else if (held instanceof Set) held.add(value)
    else if (held !== value) this.#values.set(key, new Set([held, value]))
  }

  delete(key: Key, value: Value): void {
    const held = this.#values.get(key)
    if (held instanceof Set) {
      held.delete(value)
      if (held.size === 0) this.#values.delete(key)
    } else if (held === value) this.#values.delete(key)
  }
}
