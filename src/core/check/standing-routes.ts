// The routes and expectations of now by node and by prefix, kept from one verdict to the next: only nodes to which
// something happened are read again. What it holds is what `makeView` (./view.ts) reads from scratch.
import { KeyedSets } from '../memory/keyed-sets.ts'
import { comparePrefixes } from '../ip/arithmetic.ts'
import type { PrefixKey } from '../expected/allocation.ts'
import type { SpeakerApi } from '../speaker/api.ts'
import type { PeerView } from '../speaker/contract.ts'
import { claimsOfPeers, type Claim, type ViewSources } from './view.ts'
import { dueRoutesOf, type Due } from './our-ends.ts'

type Sources = Pick<ViewSources, 'book' | 'ours' | 'label'>

/** A claim, and the place of the first peer that makes it among all peers: announcers are told in this order. */
interface PlacedClaim extends Claim {
  readonly place: number
}

interface NodeEntry {
  /** Places of its peers by key. */
  readonly members: Map<string, number>
  /** In order of place. */
  peers: readonly PeerView[]
  claims: readonly PlacedClaim[]
  due: readonly Due[]
}

const NONE: readonly never[] = []

export class StandingRoutes {
  readonly #sources: Sources
  readonly #nodes = new Map<string, NodeEntry>()
  readonly #nodeOfPeer = new Map<string, string>()
  readonly #byPrefix = new Map<PrefixKey, PlacedClaim[]>()
  readonly #dueAt = new KeyedSets<PrefixKey, string>()
  /** Nodes of peers that no object names. */
  readonly #strange = new Set<string>()
  readonly #peersToPlace = new Set<string>()
  readonly #nodesToRead = new Set<string>()
  #nextPlace = 0
  #claims = 0
  #due = 0
  /** All claims in order of prefix, and how they have changed since. */
  #sorted: readonly PlacedClaim[] | undefined
  readonly #gone = new Set<PlacedClaim>()
  #added: PlacedClaim[] = []

  constructor(sources: Sources) {
    this.#sources = sources
  }

  get claims(): number {
    return this.#claims
  }
  get due(): number {
    return this.#due
  }

  /** Something about the peer, its session, its label or its routes is otherwise than before. */
  peerChanged(peer: string): void {
    this.#peersToPlace.add(peer)
  }

  /** The peer is no more; one that comes under its key is a new one, behind all others. */
  peerForgotten(peer: string): void {
    this.#peersToPlace.delete(peer)
    const node = this.#nodeOfPeer.get(peer)
    if (node === undefined) return
    this.#nodeOfPeer.delete(peer)
    this.#nodes.get(node)?.members.delete(peer)
    this.#nodesToRead.add(node)
  }

  nodeChanged(node: string): void {
    this.#nodesToRead.add(node)
  }

  /** Everything is to be read again, in place. */
  allChanged(): void {
    for (const node of this.#nodes.keys()) this.#nodesToRead.add(node)
    for (const node of this.#sources.book.nodes.keys()) this.#nodesToRead.add(node)
  }

  /**
   * Looks at changed peers and reads changed nodes again, at most so many.
   * @param read told of each of them, with the prefixes whose claims or dues may have changed
   * @returns how many they were
   */
  update(
    speaker: SpeakerApi,
    limit: number,
    read: (node: string, keys: Iterable<PrefixKey>) => void,
  ): number {
    let count = 0
    for (const key of this.#peersToPlace) {
      if (count >= limit) return count
      this.#peersToPlace.delete(key)
      this.#place(speaker, key)
      count++
    }
    for (const node of this.#nodesToRead) {
      if (count >= limit) break
      this.#nodesToRead.delete(node)
      read(node, this.#read(speaker, node))
      count++
    }
    return count
  }

  claimsOf(node: string): readonly Claim[] {
    return this.#nodes.get(node)?.claims ?? NONE
  }
  dueOf(node: string): readonly Due[] {
    return this.#nodes.get(node)?.due ?? NONE
  }
  peersOf(node: string): readonly PeerView[] {
    return this.#nodes.get(node)?.peers ?? NONE
  }
  announcers(key: PrefixKey): readonly Claim[] {
    return this.#byPrefix.get(key) ?? NONE
  }

  /** Nodes whose claims or dues have the prefix. */
  *nodesAt(key: PrefixKey): Iterable<string> {
    for (const { node } of this.#byPrefix.get(key) ?? NONE) yield node
    yield* this.#dueAt.of(key)
  }

  /** Peers that no object names, in the order of all peers. */
  strangers(): readonly PeerView[] {
    const placed: { readonly peer: PeerView; readonly place: number }[] = []
    for (const node of this.#strange) {
      const entry = this.#nodes.get(node)
      for (const peer of entry?.peers ?? NONE)
        if (this.#sources.label(peer.key).node === undefined)
          placed.push({ peer, place: entry!.members.get(peer.key)! })
    }
    return placed.sort((a, b) => a.place - b.place).map(({ peer }) => peer)
  }

  /** All claims in order of prefix. */
  sorted(): readonly Claim[] {
    const fresh = (): PlacedClaim[] => [...this.#nodes.values()].flatMap(({ claims }) => claims)
    const kept = this.#sorted
    const few = 2 * (this.#gone.size + this.#added.length) < this.#claims
    this.#sorted =
      kept === undefined || !few
        ? fresh().sort(byPrefix)
        : merged(
            kept.filter((claim) => !this.#gone.has(claim)),
            this.#added.filter((claim) => !this.#gone.has(claim)).sort(byPrefix),
          )
    const sorted = this.#sorted
    this.#forgetOrder()
    this.#sorted = sorted
    return sorted
  }

  #forgetOrder(): void {
    this.#sorted = undefined
    this.#gone.clear()
    this.#added = []
  }

  #place(speaker: SpeakerApi, key: string): void {
    const peer = speaker.peer(key)
    const before = this.#nodeOfPeer.get(key)
    if (before !== undefined) this.#nodesToRead.add(before)
    if (peer === undefined) return
    const node = this.#sources.label(key).node ?? peer.identifier
    if (node === before) return
    const place =
      (before === undefined ? undefined : this.#nodes.get(before)?.members.get(key)) ?? this.#nextPlace++
    if (before !== undefined) this.#nodes.get(before)?.members.delete(key)
    this.#nodeOfPeer.set(key, node)
    this.#entry(node).members.set(key, place)
    this.#nodesToRead.add(node)
  }

  #entry(node: string): NodeEntry {
    let entry = this.#nodes.get(node)
    if (entry === undefined) {
      entry = { members: new Map(), peers: NONE, claims: NONE, due: NONE }
      this.#nodes.set(node, entry)
    }
    return entry
  }

  /** @returns the prefixes of before and of now */
  #read(speaker: SpeakerApi, node: string): Set<PrefixKey> {
    const { book, ours, label } = this.#sources
    const entry = this.#entry(node)
    const keys = new Set<PrefixKey>()
    for (const claim of entry.claims) {
      keys.add(claim.key)
      this.#dropClaim(claim)
    }
    for (const due of entry.due) {
      keys.add(due.key)
      this.#dueAt.delete(due.key, node)
    }
    this.#claims -= entry.claims.length
    this.#due -= entry.due.length

    const places = [...entry.members].sort((a, b) => a[1] - b[1])
    entry.peers = places.flatMap(([key]) => speaker.peer(key) ?? [])
    entry.claims = claimsOfPeers(entry.peers, { speaker, book, ours, label }).map((claim) => ({
      ...claim,
      place: entry.members.get(claim.sightings[0]!.peer.key)!,
    }))
    const state = book.nodes.get(node)
    entry.due = state === undefined ? NONE : [...dueRoutesOf(node, state, entry.peers, ours)]

    for (const claim of entry.claims) {
      keys.add(claim.key)
      this.#addClaim(claim)
    }
    for (const due of entry.due) {
      keys.add(due.key)
      this.#dueAt.add(due.key, node)
    }
    this.#claims += entry.claims.length
    this.#due += entry.due.length
    if (entry.peers.some((peer) => label(peer.key).node === undefined)) this.#strange.add(node)
    else this.#strange.delete(node)
    if (entry.members.size === 0 && state === undefined) this.#nodes.delete(node)
    return keys
  }

  #dropClaim(claim: PlacedClaim): void {
    if (this.#sorted !== undefined) this.#gone.add(claim)
    // Nobody asked for long: sorting anew costs less than remembering.
    if (this.#gone.size > this.#claims) this.#forgetOrder()
    const claims = this.#byPrefix.get(claim.key)!
    if (claims.length === 1) this.#byPrefix.delete(claim.key)
    else claims.splice(claims.indexOf(claim), 1)
  }

  #addClaim(claim: PlacedClaim): void {
    if (this.#sorted !== undefined) this.#added.push(claim)
    const claims = this.#byPrefix.get(claim.key)
    if (claims === undefined) {
      this.#byPrefix.set(claim.key, [claim])
      return
    }
    let at = claims.length
    while (at > 0 && claims[at - 1]!.place > claim.place) at--
    claims.splice(at, 0, claim)
  }
}

function byPrefix(a: PlacedClaim, b: PlacedClaim): number {
  return comparePrefixes(a.prefix, b.prefix) || a.place - b.place
}

function merged(a: readonly PlacedClaim[], b: readonly PlacedClaim[]): readonly PlacedClaim[] {
  if (b.length === 0) return a
  const result: PlacedClaim[] = []
  let next = 0
  for (const claim of a) {
    while (next < b.length && byPrefix(b[next]!, claim) < 0) result.push(b[next++]!)
    result.push(claim)
  }
  while (next < b.length) result.push(b[next++]!)
  return result
}
