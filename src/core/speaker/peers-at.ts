// Peers by the address that they last came from.
import { KeyedSets } from '../memory/keyed-sets.ts'
import type { Peer } from './peer.ts'

export class PeersAt {
  readonly #peers = new KeyedSets<string, Peer>()

  /** In no order that a replay would keep. */
  of(address: string): Iterable<Peer> {
    return this.#peers.of(address)
  }

  add(peer: Peer): void {
    this.#peers.add(peer.address, peer)
  }

  delete(peer: Peer): void {
    this.#peers.delete(peer.address, peer)
  }

  /** The peer came from another address. */
  move(peer: Peer, address: string): void {
    if (peer.address === address) return
    this.delete(peer)
    peer.address = address
    this.add(peer)
  }
}
