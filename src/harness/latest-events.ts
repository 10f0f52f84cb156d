// The latest events of a running router in words. The record on disk has them all.
import type { EventRow } from './event-log.ts'
import type { Recent } from './recent.ts'

/** The latest rows of a running router. */
export class EventLog {
  readonly #recent: Recent
  readonly #capacity: number

  /** @param capacity how many rows are shown at most */
  constructor(recent: Recent, capacity = 20_000) {
    this.#recent = recent
    this.#capacity = capacity
  }

  /** Rows of events after `since` and up to `last`, the last `limit` of them. */
  rows(since = 0, limit = Infinity, last = Infinity): readonly EventRow[] {
    const most = Math.min(limit, this.#capacity)
    const found: EventRow[] = []
    for (const { seq, rows } of this.#recent.backwards()) {
      if (seq <= since || found.length >= most) break
      if (seq > last) continue
      // One session that is lost can bring a million rows: no spreading into a call.
      for (const row of rows.toReversed()) found.push(row)
    }
    return found.slice(0, most).reverse()
  }

  /** The last row about a node, or about the peer of this identifier, for explanations. */
  lastOf(node: string): EventRow | undefined {
    const isMeant = (name: string | undefined): boolean =>
      name === node || name?.endsWith(` ${node}`) === true
    for (const remembered of this.#recent.backwards()) {
      // That a route is missing is what is being explained.
      if (remembered.event.type === 'finding') continue
      if (remembered.node !== undefined && !isMeant(remembered.node)) continue
      const row = remembered.rows.findLast((one) => one.node === node || isMeant(one.peer))
      if (row !== undefined) return row
    }
    return undefined
  }
}
