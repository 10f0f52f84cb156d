// The rows of all routes at one instant. They are read in turns before it and kept by node, so that at the instant itself only
// those of nodes that changed meanwhile have to be read.
import type { Observer } from '../core/check/observer.ts'
import { Budget } from './next-turn.ts'
import { peersByName, rowsOfPeers } from './route-reading.ts'
import { routeRows, type RouteRow } from './views.ts'

interface Kept {
  readonly version: string
  readonly rows: readonly RouteRow[]
}

export class RouteLook {
  readonly #observer: Observer
  readonly #kept = new Map<string, Kept>()

  constructor(observer: Observer) {
    this.#observer = observer
  }

  /** Reads in turns what is not known yet, or changed since it was read. */
  async read(pause: () => Promise<void>): Promise<void> {
    const budget = new Budget(pause)
    for (const [name, peers] of peersByName(this.#observer)) {
      if (this.#isKept(name, peers)) continue
      const version = this.#version(peers)
      const rows: RouteRow[] = []
      for await (const some of rowsOfPeers(this.#observer, [peers], budget)) rows.push(...some)
      this.#kept.set(name, { version, rows })
    }
  }

  /** Whether nothing changed since it was read. */
  get isCurrent(): boolean {
    return peersByName(this.#observer).every(([name, peers]) => this.#isKept(name, peers))
  }

  /** The rows of now, in the order of `routeRows`. What changed since it was read is read at once. */
  rows(): RouteRow[] {
    const all: RouteRow[] = []
    for (const [name, peers] of peersByName(this.#observer)) {
      const rows = this.#isKept(name, peers) ? this.#kept.get(name)!.rows : routeRows(this.#observer, peers)
      for (const row of rows) all.push(row)
    }
    return all
  }

  #isKept(name: string, peers: readonly string[]): boolean {
    return this.#kept.get(name)?.version === this.#version(peers)
  }

  /** The same twice means the same rows. */
  #version(peers: readonly string[]): string {
    const { checker, world } = this.#observer
    return peers
      .map((peer) => `${peer} ${world.speaker.revision(peer)} ${checker.nodeOf(peer) ?? ''}`)
      .join('\n')
  }
}
