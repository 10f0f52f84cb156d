// Peers by the address that they last came from.
import type { Peer } from './peer.ts'

const NOBODY: ReadonlySet<Peer> = new Set()

export class PeersAt {
  readonly #peers = new Map<string, Set<Peer>>()

  /** In no order that a replay would keep. */
  of(address: string): Iterable<Peer> {
    return this.#peers.get(address) ?? NOBODY
  }

  add(peer: Peer): void {
    const peers = this.#peers.get(peer.address)
    if (peers === undefined) this.#peers.set(peer.address, new Set([peer]))
    else peers.add(peer)
  }

  delete(peer: Peer): void {
    const peers = this.#peers.get(peer.address)
    peers?.delete(peer)
    if (peers?.size === 0) this.#peers.delete(peer.address)
  }

  /** The peer came from another address. */
  move(peer: Peer, address: string): void {
    if (peer.address === address) return
    this.delete(peer)
    peer.address = address
    this.add(peer)
  }
}
