// What the cluster's objects amount to, kept up to date event by event: allocations, expectations, former owners.
import { prefixKey } from '../ip/arithmetic.ts'
import { formatPrefix, parsePrefix } from '../ip/text.ts'
import type { Prefix } from '../ip/prefix.ts'
import { AllocationTable, type PrefixKey } from '../expected/allocation.ts'
import { resolvePeerConfigs, type PeerAdvertisements } from '../expected/advertisements.ts'
import { expectedPeers, type ExpectedPeer } from '../expected/expectation.ts'
import type { ObjectProblem } from '../expected/field.ts'
import { IdentityIndex } from '../expected/identity.ts'
import { readNodeFacts, type NodeFacts } from '../expected/node-facts.ts'
import { staticFacts, STATIC_KIND } from '../expected/static-node.ts'
import { readService, readSlice } from '../expected/services.ts'
import { readSettings, UNKNOWN_SETTINGS, type Objects, type Settings } from '../expected/settings.ts'
import type { Micros } from '../speaker/contract.ts'
import type { ClusterObject } from '../stream/events.ts'
import { NO_VIP_CHANGES, VipBook, type VipChanges, type VipSnapshot } from './vip-book.ts'

/** Since when something is so, and the event that made it so. */
export interface Since {
  readonly prefix: Prefix
  readonly since: Micros
  readonly event: number
}

export interface NodeState {
  readonly facts: NodeFacts
  readonly peers: readonly ExpectedPeer[]
  readonly allocated: ReadonlyMap<PrefixKey, Since>
  /** What it should announce to anybody. */
  readonly expected: ReadonlyMap<PrefixKey, Since>
}

export interface FormerOwner extends Since {
  readonly node: string
}

/** A problem of an object, or a contradiction between two, with when it was seen first. */
export interface SeenProblem {
  readonly problem: ObjectProblem
  readonly since: Micros
  readonly event: number
}

/** What an object event changed. */
export interface Changes {
  /** Prefixes whose owners or expectation changed. */
  readonly prefixes: readonly Prefix[]
  /** Traits whose meaning changed. */
  readonly traits: readonly string[]
  /** Nodes of which something may have changed. */
  readonly nodes: readonly string[]
  /** Addresses of Services. */
  readonly vips: VipChanges
}

const NO_CHANGES: Changes = { prefixes: [], traits: [], nodes: [], vips: NO_VIP_CHANGES }

interface Instant {
  readonly at: Micros
  readonly event: number
}

const NODE_KINDS: ReadonlySet<string> = new Set([
  'Node',
  'CiliumNode',
  'CiliumBGPNodeConfig',
  'CiliumBGPNodeConfigOverride',
  STATIC_KIND,
])
const ADVERTISEMENT_KINDS: ReadonlySet<string> = new Set(['CiliumBGPPeerConfig', 'CiliumBGPAdvertisement'])
const SETTING_KINDS: ReadonlySet<string> = new Set(['ConfigMap', 'DaemonSet'])

/** Problems of settings and of peer configs are kept under these names, those of a node under the node's. */
const SETTINGS = '/settings'
const ADVERTISEMENTS = '/advertisements'

export class ClusterBook {
  readonly table = new AllocationTable()
  readonly identity = new IdentityIndex()
  readonly vips = new VipBook()
  readonly #nodes = new Map<string, NodeState>()
  readonly #former = new Map<PrefixKey, FormerOwner>()
  readonly #problems = new Map<string, readonly SeenProblem[]>()
  #settings: Settings = UNKNOWN_SETTINGS
  #peerConfigs: ReadonlyMap<string, PeerAdvertisements> = new Map()

  get settings(): Settings {
    return this.#settings
  }
  get nodes(): ReadonlyMap<string, NodeState> {
    return this.#nodes
  }
  /** How many nodes a cluster's objects name, without those that were given by hand. */
  get clusterNodes(): number {
    let count = 0
    for (const { facts } of this.#nodes.values()) if (!facts.byHand) count += 1
    return count
  }
  /** Some peer is to get addresses of Services. */
  get advertisesServices(): boolean {
    if (this.#settings.announceServices) return true
    for (const { others } of this.#peerConfigs.values())
      if (others.some(({ type }) => type === 'Service')) return true
    return false
  }
  /** Prefixes that somebody owned once and nobody owns now. */
  get former(): ReadonlyMap<PrefixKey, FormerOwner> {
    return this.#former
  }
  *problems(): Iterable<SeenProblem> {
    for (const problems of this.#problems.values()) yield* problems
  }

  /** Takes an object that was set or deleted; `objects` has it already. */
  object({ kind, metadata }: ClusterObject, objects: Objects, now: Instant): Changes {
    const { name, namespace } = metadata
    if (kind === 'Service' || kind === 'EndpointSlice') {
      const vips = this.#readVips(kind, name, namespace, objects, now)
      return { ...NO_CHANGES, vips }
    }
    if (NODE_KINDS.has(kind)) return this.#refresh([name], objects, now)
    if (ADVERTISEMENT_KINDS.has(kind) && this.#readPeerConfigs(objects, now))
      return this.#refresh(configured(objects), objects, now)
    if (SETTING_KINDS.has(kind) && this.#readSettings(objects, now))
      return this.#refresh(allNames(objects, this.#nodes), objects, now)
    return NO_CHANGES
  }

  /** Reads everything, as after a checkpoint. */
  load(objects: Objects, now: Instant): void {
    this.#readSettings(objects, now)
    this.#readPeerConfigs(objects, now)
    this.#refresh(allNames(objects, this.#nodes), objects, now)
    for (const kind of ['Service', 'EndpointSlice'] as const)
      for (const { metadata } of objects.list(kind))
        this.#readVips(kind, metadata.name, metadata.namespace, objects, now)
  }

  #readVips(
    kind: 'Service' | 'EndpointSlice',
    name: string,
    namespace: string | undefined,
    objects: Objects,
    now: Instant,
  ): VipChanges {
    const object = objects.get(kind, name, namespace)
    const key = `${namespace ?? ''}/${name}`
    return this.#read(`${kind} ${key}`, now, (complain) => {
      if (kind === 'Service')
        return this.vips.service(key, object === undefined ? undefined : readService(object, complain), now)
      return this.vips.slice(key, object === undefined ? undefined : readSlice(object, complain), now)
    })
  }

  #readSettings(objects: Objects, now: Instant): boolean {
    const before = JSON.stringify(this.#settings)
    this.#settings = this.#read(SETTINGS, now, (complain) => readSettings(objects, complain))
    return JSON.stringify(this.#settings) !== before
  }

  #readPeerConfigs(objects: Objects, now: Instant): boolean {
    const before = JSON.stringify([...this.#peerConfigs])
    this.#peerConfigs = this.#read(ADVERTISEMENTS, now, (complain) => resolvePeerConfigs(objects, complain))
    return JSON.stringify([...this.#peerConfigs]) !== before
  }

  #refresh(names: Iterable<string>, objects: Objects, now: Instant): Changes {
    const prefixes: Prefix[] = []
    const traits: string[] = []
    const nodes = [...names]
    for (const name of nodes) {
      const before = this.#nodes.get(name)
      const { facts, peers } = this.#read(name, now, (complain) => {
        const facts =
          staticFacts(objects, name, complain) ?? readNodeFacts(objects, name, this.#settings.ipam, complain)
        if (this.#settings.ipam === 'kubernetes') contradiction(facts, objects, complain)
        return { facts, peers: expectedPeers(objects, facts, this.#settings, this.#peerConfigs, complain) }
      })
      const allocated = sinces(facts.allocated, before?.allocated, now)
      const expected = sinces(
        peers.flatMap((peer) => peer.prefixes),
        before?.expected,
        now,
      )
      this.#reallocate(name, before?.allocated, allocated, now, prefixes)
      difference(before?.expected, expected, prefixes)
      traits.push(...this.identity.update(facts))
      if (facts.exists || peers.length > 0) this.#nodes.set(name, { facts, peers, allocated, expected })
      else {
        this.#nodes.delete(name)
        this.vips.forgetNode(name)
      }
    }
    return { prefixes, traits, nodes, vips: NO_VIP_CHANGES }
  }

  #reallocate(
    node: string,
    before: ReadonlyMap<PrefixKey, Since> | undefined,
    after: ReadonlyMap<PrefixKey, Since>,
    now: Instant,
    changed: Prefix[],
  ): void {
    for (const [key, { prefix }] of after) {
      if (before?.has(key)) continue
      this.table.add(prefix, node)
      this.#former.delete(key)
      changed.push(prefix)
    }
    for (const [key, { prefix }] of before ?? []) {
      if (after.has(key)) continue
      this.table.remove(prefix, node)
      if (this.table.owners(key).size === 0)
        this.#former.set(key, { prefix, node, since: now.at, event: now.event })
      changed.push(prefix)
    }
  }

  /** Runs a reader and keeps what it complains about; a complaint that was there before keeps its time. */
  #read<T>(unit: string, now: Instant, reader: (complain: (problem: ObjectProblem) => void) => T): T {
    const problems = new Map<string, ObjectProblem>()
    const result = reader((problem) => problems.set(JSON.stringify(problem), problem))
    if (problems.size === 0) {
      this.#problems.delete(unit)
      return result
    }
    const known = new Map(
      (this.#problems.get(unit) ?? []).map((seen) => [JSON.stringify(seen.problem), seen]),
    )
    this.#problems.set(
      unit,
      [...problems].map(([key, problem]) => known.get(key) ?? { problem, since: now.at, event: now.event }),
    )
    return result
  }

  /** As JSON: what cannot be read from the objects again. */
  snapshot(): BookSnapshot {
    const list = (map: ReadonlyMap<PrefixKey, Since>): SinceRow[] =>
      [...map.values()].map(({ prefix, since, event }) => [formatPrefix(prefix), since, event])
    return {
      nodes: [...this.#nodes].map(([name, state]) => [name, list(state.allocated), list(state.expected)]),
      former: [...this.#former.values()].map(({ prefix, node, since, event }) => [
        formatPrefix(prefix),
        node,
        since,
        event,
      ]),
      problems: [...this.#problems],
      vips: this.vips.snapshot(),
    }
  }

  /** Takes a snapshot; call `load` first, with the objects of the same checkpoint. */
  restore(snapshot: BookSnapshot): void {
    for (const [name, allocated, expected] of snapshot.nodes) {
      const state = this.#nodes.get(name)
      if (state === undefined) continue
      this.#nodes.set(name, {
        ...state,
        allocated: remembered(state.allocated, allocated),
        expected: remembered(state.expected, expected),
      })
    }
    for (const [text, node, since, event] of snapshot.former) {
      const prefix = parsePrefix(text)
      const key = prefixKey(prefix)
      if (this.table.owners(key).size === 0) this.#former.set(key, { prefix, node, since, event })
    }
    for (const [unit, problems] of snapshot.problems)
      if (this.#problems.has(unit)) this.#problems.set(unit, problems)
    this.vips.restore(snapshot.vips ?? [])
  }
}

type SinceRow = readonly [prefix: string, since: Micros, event: number]

export interface BookSnapshot {
  readonly nodes: readonly (readonly [
    name: string,
    allocated: readonly SinceRow[],
    expected: readonly SinceRow[],
  ])[]
  readonly former: readonly (readonly [prefix: string, node: string, since: Micros, event: number])[]
  readonly problems: readonly (readonly [unit: string, problems: readonly SeenProblem[]])[]
  /** Left out by writers that did not know of it. */
  readonly vips?: VipSnapshot
}

function remembered(
  now: ReadonlyMap<PrefixKey, Since>,
  rows: readonly SinceRow[],
): ReadonlyMap<PrefixKey, Since> {
  const result = new Map(now)
  for (const [text, since, event] of rows) {
    const prefix = parsePrefix(text)
    const key = prefixKey(prefix)
    if (result.has(key)) result.set(key, { prefix, since, event })
  }
  return result
}

function sinces(
  prefixes: readonly Prefix[],
  before: ReadonlyMap<PrefixKey, Since> | undefined,
  now: Instant,
): ReadonlyMap<PrefixKey, Since> {
  const result = new Map<PrefixKey, Since>()
  for (const prefix of prefixes) {
    const key = prefixKey(prefix)
    result.set(key, before?.get(key) ?? { prefix, since: now.at, event: now.event })
  }
  return result
}

function difference(
  before: ReadonlyMap<PrefixKey, Since> | undefined,
  after: ReadonlyMap<PrefixKey, Since>,
  changed: Prefix[],
): void {
  for (const [key, { prefix }] of after) if (!before?.has(key)) changed.push(prefix)
  for (const [key, { prefix }] of before ?? []) if (!after.has(key)) changed.push(prefix)
}

/** In ipam=kubernetes the agent copies Node's CIDRs to CiliumNode, so both must be the same. */
function contradiction(facts: NodeFacts, objects: Objects, complain: (problem: ObjectProblem) => void): void {
  if (facts.nodePodCidrs.length === 0 || facts.ciliumPodCidrs.length === 0) return
  if (objects.get('Node', facts.name) === undefined) return
  const text = (prefixes: readonly Prefix[]): string => prefixes.map(formatPrefix).join(', ')
  const [node, ciliumNode] = [text(facts.nodePodCidrs), text(facts.ciliumPodCidrs)]
  if (node === ciliumNode) return
  const message = `is ${ciliumNode}, but Node.spec.podCIDRs is ${node}: with ipam kubernetes both must agree`
  complain({ kind: 'CiliumNode', name: facts.name, field: 'spec.ipam.podCIDRs', message })
}

function configured(objects: Objects): Set<string> {
  return new Set([...objects.list('CiliumBGPNodeConfig')].map((object) => object.metadata.name))
}

function allNames(objects: Objects, known: ReadonlyMap<string, unknown>): Set<string> {
  const names = new Set(known.keys())
  for (const kind of NODE_KINDS) for (const object of objects.list(kind)) names.add(object.metadata.name)
  return names
}
