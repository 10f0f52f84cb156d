// What there was when a ledger began, read bit by bit while the stream goes on: of a million routes it takes a second.
import type { LiveHeld, RouteKey } from './held.ts'

/** The peer whose routes are being read. */
interface Reading {
  readonly key: string
  readonly peer: number
  readonly misses: number
  readonly routes: Iterator<RouteKey>
}

/** Routes of peers, as they are when their turn comes. What is there all the time is shown, what comes and goes may be. */
export class Intake {
  readonly #held: () => LiveHeld
  readonly #peers: Iterator<readonly [string, number]>
  #reading: Reading | undefined

  /** @param peers keys, and the numbers by which they are shown */
  constructor(held: () => LiveHeld, peers: ReadonlyMap<string, number>) {
    this.#held = held
    this.#peers = peers.entries()
  }

  /** Shows at most so many routes, some perhaps once more. @returns whether there are none left */
  take(routes: number, show: (peer: number, route: RouteKey) => void): boolean {
    const held = this.#held()
    for (let shown = 0; shown < routes;) {
      if (this.#reading === undefined) {
        const next = this.#peers.next()
        if (next.done === true) return true
        this.#reading = this.#begin(...next.value)
      }
      const { value, done } = this.#reading.routes.next() as IteratorResult<RouteKey, undefined>
      // Where the place was lost since the last time, the peer is read again from its beginning.
      if (this.#reading.misses !== held.misses(this.#reading.key)) {
        this.#reading = this.#begin(this.#reading.key, this.#reading.peer)
        continue
      }
      if (done === true) this.#reading = undefined
      else {
        show(this.#reading.peer, value)
        shown++
      }
    }
    return false
  }

  #begin(key: string, peer: number): Reading {
    const held = this.#held()
    return { key, peer, misses: held.misses(key), routes: held.routes(key)[Symbol.iterator]() }
  }
}
