// When prefixes last changed: until the settle time has passed since, nobody judges them.
import { prefixKey } from '../ip/arithmetic.ts'
import { formatPrefix, parsePrefix } from '../ip/text.ts'
import type { Prefix } from '../ip/prefix.ts'
import type { PrefixKey } from '../expected/allocation.ts'
import type { Micros } from '../speaker/contract.ts'

interface Change {
  readonly key: PrefixKey
  readonly prefix: Prefix
  readonly at: Micros
}

/** The queue may have this many changes that later ones of the same prefix have overtaken, beyond as many as count. */
const OVERTAKEN = 1024

/**
 * The time of each prefix's last change of routes, owners or expectation, whichever node it was: whether a node is
 * wrong-owner or another one's route missing depends on what all nodes do with the prefix.
 */
export class Settling {
  readonly settle: Micros
  /** The last change of each prefix that has not settled. */
  readonly #last = new Map<PrefixKey, Change>()
  /**
   * Changes in order of time, from `#head` on; one that is not the last of its prefix does not count. Asked at every
   * event for its first entry, which a Map in order of insertion would look for among all that were deleted before it.
   */
  #queue: Change[] = []
  #head = 0
  readonly #onChange: (key: PrefixKey) => void

  /** @param onChange told of prefixes that begin to settle anew, and of those that have settled */
  constructor(settle: Micros, onChange: (key: PrefixKey) => void = () => undefined) {
    this.settle = settle
    this.#onChange = onChange
  }

  change(prefix: Prefix, at: Micros): void {
    const change: Change = { key: prefixKey(prefix), prefix, at }
    this.#last.set(change.key, change)
    this.#queue.push(change)
    if (this.#queue.length > 2 * this.#last.size + OVERTAKEN) this.#compact()
    this.#onChange(change.key)
  }

  /** When the prefix settles, or undefined when it has by `at`. */
  until(key: PrefixKey, at: Micros): Micros | undefined {
    const changed = this.#last.get(key)
    if (changed === undefined) return undefined
    const until = changed.at + this.settle
    return until > at ? until : undefined
  }

  /** Forgets what has settled by `at`. */
  advance(at: Micros): void {
    for (let first = this.#first(); first !== undefined; first = this.#first()) {
      if (first.at + this.settle > at) return
      this.#last.delete(first.key)
      this.#onChange(first.key)
    }
  }

  /** When the next prefix settles. */
  next(): Micros | undefined {
    const first = this.#first()
    return first === undefined ? undefined : first.at + this.settle
  }

  snapshot(): SettlingSnapshot {
    this.#compact()
    return this.#queue.map(({ prefix, at }) => [formatPrefix(prefix), at])
  }

  restore(snapshot: SettlingSnapshot): void {
    for (const [text, at] of snapshot) this.change(parsePrefix(text), at)
  }

  /** The oldest change that counts. Each change is passed over once: constant time an event, on average. */
  #first(): Change | undefined {
    for (; this.#head < this.#queue.length; this.#head++) {
      const first = this.#queue[this.#head]!
      if (this.#last.get(first.key) === first) return first
    }
    this.#queue = []
    this.#head = 0
    return undefined
  }

  #compact(): void {
    this.#queue = this.#queue.filter((change) => this.#last.get(change.key) === change)
    this.#head = 0
  }
}

export type SettlingSnapshot = readonly (readonly [prefix: string, at: Micros])[]
