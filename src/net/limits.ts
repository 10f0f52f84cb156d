// How many connections may be open at once, per source address and in all.

export interface ConnectionLimits {
  readonly perSource: number
  readonly total: number
}

/** Room for a large lab behind one address, and an end to a peer that redials in a loop. */
export const DEFAULT_LIMITS: ConnectionLimits = { perSource: 1024, total: 8192 }

/** `refused` is opened and recorded, so that it can be told why; `dropped` is not even that. */
export type Admission = 'accepted' | { readonly refused: 'source' | 'total' } | 'dropped'

/** Counts open connections. */
export class Admissions {
  readonly #limits: ConnectionLimits
  readonly #bySource = new Map<string, number>()
  #total = 0

  constructor(limits: ConnectionLimits) {
    this.#limits = limits
  }

  /** Connections open now, refused ones that have not ended included. */
  get open(): number {
    return this.#total
  }

  /** Counts one more from this address, unless it is dropped: beyond twice a limit even refusing costs too much. */
  enter(source: string): Admission {
    const fromSource = this.#bySource.get(source) ?? 0
    if (this.#total >= 2 * this.#limits.total || fromSource >= 2 * this.#limits.perSource) return 'dropped'
    this.#total += 1
    this.#bySource.set(source, fromSource + 1)
    if (fromSource >= this.#limits.perSource) return { refused: 'source' }
    if (this.#total > this.#limits.total) return { refused: 'total' }
    return 'accepted'
  }

  /** One of this address has ended. */
  leave(source: string): void {
    const fromSource = this.#bySource.get(source) ?? 0
    this.#total -= 1
    if (fromSource <= 1) this.#bySource.delete(source)
    else this.#bySource.set(source, fromSource - 1)
  }
}
