// When prefixes last changed: until the settle time has passed since, nobody judges them.
import { prefixKey } from '../ip/arithmetic.ts'
import { formatPrefix, parsePrefix } from '../ip/text.ts'
import type { Prefix } from '../ip/prefix.ts'
import type { PrefixKey } from '../expected/allocation.ts'
import type { Micros } from '../speaker/contract.ts'

/**
 * The time of each prefix's last change of routes, owners or expectation, whichever node it was: whether a node is
 * wrong-owner or another one's route missing depends on what all nodes do with the prefix.
 */
export class Settling {
  readonly settle: Micros
  /** In order of time, because a change puts its prefix at the end. */
  readonly #changed = new Map<PrefixKey, { readonly prefix: Prefix; readonly at: Micros }>()

  constructor(settle: Micros) {
    this.settle = settle
  }

  change(prefix: Prefix, at: Micros): void {
    const key = prefixKey(prefix)
    this.#changed.delete(key)
    this.#changed.set(key, { prefix, at })
  }

  /** When the prefix settles, or undefined when it has by `at`. */
  until(key: PrefixKey, at: Micros): Micros | undefined {
    const changed = this.#changed.get(key)
    if (changed === undefined) return undefined
    const until = changed.at + this.settle
    return until > at ? until : undefined
  }

  /** Forgets what has settled by `at`. */
  advance(at: Micros): void {
    for (const [key, changed] of this.#changed) {
      if (changed.at + this.settle > at) return
      this.#changed.delete(key)
    }
  }

  /** When the next prefix settles. */
  next(): Micros | undefined {
    for (const changed of this.#changed.values()) return changed.at + this.settle
    return undefined
  }

  snapshot(): SettlingSnapshot {
    return [...this.#changed.values()].map(({ prefix, at }) => [formatPrefix(prefix), at])
  }

  restore(snapshot: SettlingSnapshot): void {
    for (const [text, at] of snapshot) this.change(parsePrefix(text), at)
  }
}

export type SettlingSnapshot = readonly (readonly [prefix: string, at: Micros])[]
