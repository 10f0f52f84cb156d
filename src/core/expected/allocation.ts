// Which node owns which prefix: the table of allocations of the whole cluster.
import { comparePrefixes, contains, masked, prefixKey } from '../ip/arithmetic.ts'
import type { Prefix } from '../ip/prefix.ts'

export type PrefixKey = number | string

interface Entry {
  readonly prefix: Prefix
  readonly nodes: Set<string>
}

const NOBODY: ReadonlySet<string> = new Set()

/** Prefix → the nodes to which the cluster allocates exactly it. */
export class AllocationTable {
  readonly #entries = new Map<PrefixKey, Entry>()
  /** How many allocations there are of each length, per family. */
  readonly #lengths = new Map<string, number>()
  #sorted: readonly Entry[] | undefined

  add(prefix: Prefix, node: string): void {
    const key = prefixKey(prefix)
    const entry = this.#entries.get(key)
    if (entry !== undefined) {
      entry.nodes.add(node)
      return
    }
    this.#entries.set(key, { prefix, nodes: new Set([node]) })
    this.#count(prefix, 1)
  }

  remove(prefix: Prefix, node: string): void {
    const key = prefixKey(prefix)
    const entry = this.#entries.get(key)
    if (entry === undefined || !entry.nodes.delete(node) || entry.nodes.size > 0) return
    this.#entries.delete(key)
    this.#count(prefix, -1)
  }

  get size(): number {
    return this.#entries.size
  }

  owners(key: PrefixKey): ReadonlySet<string> {
    return this.#entries.get(key)?.nodes ?? NOBODY
  }

  /** An allocation of another length that has addresses in common with the prefix: the longest above it, else the first below it. */
  overlapping(prefix: Prefix): { readonly prefix: Prefix; readonly nodes: ReadonlySet<string> } | undefined {
    for (let length = prefix.length - 1; length >= 0; length--) {
      if (!this.#lengths.has(`${prefix.afi}/${length}`)) continue
      const above = this.#entries.get(prefixKey(masked(prefix, length)))
      if (above !== undefined) return above
    }
    return this.#below(prefix)
  }

  #below(prefix: Prefix): Entry | undefined {
    const sorted = (this.#sorted ??= [...this.#entries.values()].sort((a, b) =>
      comparePrefixes(a.prefix, b.prefix),
    ))
    let low = 0
    let high = sorted.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (comparePrefixes(sorted[middle]!.prefix, prefix) <= 0) low = middle + 1
      else high = middle
    }
    const next = sorted[low]
    return next !== undefined && contains(prefix, next.prefix) ? next : undefined
  }

  #count(prefix: Prefix, change: 1 | -1): void {
    const key = `${prefix.afi}/${prefix.length}`
    const count = (this.#lengths.get(key) ?? 0) + change
    if (count === 0) this.#lengths.delete(key)
    else this.#lengths.set(key, count)
    this.#sorted = undefined
  }
}
