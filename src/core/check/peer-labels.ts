// Which node each peer is, as far as anybody could tell so far.
import { keysOfTraits, type Evidence, type IdentityIndex, type PeerTraits } from '../expected/identity.ts'
import { isLoopback } from '../expected/identity.ts'
import { KeyedSets } from '../memory/keyed-sets.ts'
import type { IdentifierChange } from './identifier-changes.ts'
import type { Micros, PeerView } from '../speaker/contract.ts'

export interface PeerLabel {
  /** The last node that the evidence named; it stays when the objects go. */
  readonly node: string | undefined
  /** Set while the evidence contradicts itself. */
  readonly conflict:
    { readonly since: Micros; readonly event: number; readonly evidence: readonly Evidence[] } | undefined
}

const UNLABELLED: PeerLabel = { node: undefined, conflict: undefined }

export class PeerLabels {
  readonly #labels = new Map<string, PeerLabel>()
  readonly #peersByTrait = new KeyedSets<string, string>()
  readonly #traits = new Map<string, readonly string[]>()
  /** Those with a conflict, so that a verdict need not look at all. */
  readonly #conflicted = new Set<string>()

  /** How many peers there are. */
  get size(): number {
    return this.#labels.size
  }

  /** Keys of all peers, in the order in which they came. */
  keys(): Iterable<string> {
    return this.#labels.keys()
  }

  /** Keys of peers about whom the evidence contradicts itself. */
  conflicted(): Iterable<string> {
    return this.#conflicted
  }

  label(peer: string): PeerLabel {
    return this.#labels.get(peer) ?? UNLABELLED
  }

  /** Peers with one of these traits. */
  withTraits(traits: Iterable<string>): ReadonlySet<string> {
    const peers = new Set<string>()
    for (const trait of traits) for (const peer of this.#peersByTrait.of(trait)) peers.add(peer)
    return peers
  }

  /**
   * Identifies a peer by its last session.
   * @returns whether its label changed
   */
  identify(peer: PeerView, index: IdentityIndex, at: Micros, event: number): boolean {
    const traits = traitsOf(peer)
    this.#remember(peer.key, keysOfTraits(traits))
    const before = this.label(peer.key)
    const identity = index.identify(traits)
    const conflict = identity.conflict
      ? {
          since: before.conflict?.since ?? at,
          event: before.conflict?.event ?? event,
          evidence: identity.evidence,
        }
      : undefined
    const after: PeerLabel = { node: identity.node ?? before.node, conflict }
    this.#set(peer.key, after)
    return after.node !== before.node || (after.conflict === undefined) !== (before.conflict === undefined)
  }

  /** The peer is no more. */
  forget(peer: string): void {
    this.#remember(peer, [])
    this.#traits.delete(peer)
    this.#labels.delete(peer)
    this.#conflicted.delete(peer)
  }

  #set(peer: string, label: PeerLabel): void {
    this.#labels.set(peer, label)
    if (label.conflict === undefined) this.#conflicted.delete(peer)
    else this.#conflicted.add(peer)
  }

  #remember(peer: string, keys: readonly string[]): void {
    for (const key of this.#traits.get(peer) ?? []) this.#peersByTrait.delete(key, peer)
    this.#traits.set(peer, keys)
    for (const key of keys) this.#peersByTrait.add(key, peer)
  }

  snapshot(): LabelsSnapshot {
    return [...this.#labels].map(([peer, label]) => [peer, label.node ?? null, label.conflict ?? null])
  }

  restore(snapshot: LabelsSnapshot): void {
    for (const [peer, node, conflict] of snapshot)
      this.#set(peer, { node: node ?? undefined, conflict: conflict ?? undefined })
  }
}

export type LabelsSnapshot = readonly (readonly [
  peer: string,
  node: string | null,
  conflict: PeerLabel['conflict'] | null,
])[]

function traitsOf(peer: PeerView): PeerTraits {
  const session = peer.established ?? peer.last
  const fqdn = session.received?.capabilities.find((capability) => capability.code === 73)
  return {
    host: fqdn?.host,
    domain: fqdn?.domain,
    source: session.remote.address,
    identifier: peer.identifier,
    asn: peer.asn,
    onLoopback: isLoopback(session.local.address),
  }
}

export interface LabelledPeer {
  readonly peer: PeerView
  readonly label: PeerLabel
  /** How it came to be a peer, if under another identifier it was one before. */
  readonly change: IdentifierChange | undefined
}
