// Peers that came back under another BGP identifier.
import { isLoopback } from '../expected/identity.ts'
import type { Micros, News, PeerView } from '../speaker/contract.ts'

export interface IdentifierChange {
  /** Key of the peer that it was. */
  readonly former: string
  /** Dotted quad. */
  readonly before: string
  readonly since: Micros
  readonly event: number
}

export class IdentifierChanges {
  /** By key of the peer that it is now. */
  readonly #changes = new Map<string, IdentifierChange>()

  /**
   * Takes what the speaker tells of its peers. A change is remembered until the former identifier comes back or one of
   * the two peers is forgotten.
   * @param peer the peer that the news is about, as it is now
   */
  take(news: News, peer: PeerView | undefined, at: Micros, event: number): void {
    if (news.news === 'peer-forgotten') this.#end(news.peer, true)
    if (news.news === 'peer-bound') this.#end(news.peer, false)
    if (news.news !== 'identifier-changed' || peer === undefined) return
    // A key ends in the identifier.
    const former = peer.key.slice(0, -peer.identifier.length) + news.before
    this.#changes.set(peer.key, { former, before: news.before, since: at, event })
  }

  /**
   * The change by which a peer came to be, while its session is Established. The speaker goes by source address and AS
   * alone; where the evidence names two nodes, or several may stand behind a loopback address, nobody changed.
   */
  of(peer: PeerView, nodeOf: (peer: string) => string | undefined): IdentifierChange | undefined {
    const change = this.#changes.get(peer.key)
    if (change === undefined || peer.established === undefined) return undefined
    const [now, before] = [nodeOf(peer.key), nodeOf(change.former)]
    const known = now !== undefined && before !== undefined
    const same = known ? now === before : !isLoopback(peer.established.local.address)
    return same ? change : undefined
  }

  /** Keys of the peers that came to be by a change. */
  peers(): Iterable<string> {
    return this.#changes.keys()
  }

  snapshot(): IdentifierChangesSnapshot {
    return [...this.#changes]
  }

  restore(snapshot: IdentifierChangesSnapshot): void {
    for (const [peer, change] of snapshot) this.#changes.set(peer, change)
  }

  #end(peer: string, forgotten: boolean): void {
    if (forgotten) this.#changes.delete(peer)
    for (const [key, { former }] of this.#changes) if (former === peer) this.#changes.delete(key)
  }
}

export type IdentifierChangesSnapshot = readonly (readonly [peer: string, change: IdentifierChange])[]
