// Addresses of Services (VIPs), and on which nodes their endpoints are: kept up to date object by object.
import { prefixKey } from '../ip/arithmetic.ts'
import { formatPrefix } from '../ip/text.ts'
import type { Afi, Prefix } from '../ip/prefix.ts'
import type { PrefixKey } from '../expected/allocation.ts'
import {
  NO_ENDPOINTS,
  type Endpoints,
  type ServiceAddress,
  type ServiceFacts,
  type SliceFacts,
} from '../expected/services.ts'
import type { Micros } from '../speaker/contract.ts'

interface Instant {
  readonly at: Micros
  readonly event: number
}

/** A Service that has the address. */
export interface VipUse extends ServiceAddress {
  readonly service: ServiceState
  /** Since when the Service has it, with this policy. */
  readonly since: Micros
  readonly event: number
}

export interface ServiceState {
  readonly facts: ServiceFacts
  /** By name of the node; '' for endpoints that name none. */
  endpoints(afi: Afi): ReadonlyMap<string, Endpoints>
  /** When the last ready endpoint of the node went; undefined when none was ever seen there, and while one is. */
  emptied(afi: Afi, node: string): Instant | undefined
}

/** What a Service or an EndpointSlice changed. */
export interface VipChanges {
  /** Addresses about which nodes are to decide anew: they have to settle. */
  readonly settle: readonly Prefix[]
  /** Addresses of which only what is said about them has changed. */
  readonly reword: readonly PrefixKey[]
}

export const NO_VIP_CHANGES: VipChanges = { settle: [], reword: [] }

const AFIS: readonly Afi[] = [1, 2]
const CONDITIONS = Object.keys(NO_ENDPOINTS) as (keyof Endpoints)[]
const NOBODY: readonly VipUse[] = []
const NOWHERE: ReadonlyMap<string, Endpoints> = new Map()

class Entry implements ServiceState {
  /** Undefined while only its slices are there. */
  service: ServiceFacts | undefined
  /** By `useKey`. */
  uses: Map<string, VipUse> = new Map()
  readonly slices = new Set<string>()
  /** By family and node. */
  readonly lost = new Map<string, Instant>()
  readonly #endpoints = new Map<Afi, ReadonlyMap<string, Endpoints>>()

  get facts(): ServiceFacts {
    return this.service!
  }

  endpoints(afi: Afi): ReadonlyMap<string, Endpoints> {
    return this.#endpoints.get(afi) ?? NOWHERE
  }

  emptied(afi: Afi, node: string): Instant | undefined {
    return this.lost.get(place(afi, node))
  }

  /**
   * Counts anew.
   * @returns the nodes whose endpoints have changed; `lost`: one of them has no ready one any more. A node that has got its
   *   first need not wait for anything.
   */
  count(afi: Afi, slices: Iterable<SliceFacts>, now: Instant): { lost: boolean; nodes: ReadonlySet<string> } {
    const before = this.endpoints(afi)
    const after = summed(slices, afi)
    const nodes = new Set<string>()
    let lost = false
    for (const node of new Set([...before.keys(), ...after.keys()])) {
      const [was, is] = [before.get(node) ?? NO_ENDPOINTS, after.get(node) ?? NO_ENDPOINTS]
      if (CONDITIONS.every((condition) => was[condition] === is[condition])) continue
      nodes.add(node)
      if (is.ready > 0) this.lost.delete(place(afi, node))
      else if (was.ready > 0) {
        this.lost.set(place(afi, node), now)
        lost = true
      }
    }
    this.#endpoints.set(afi, after)
    return { lost, nodes }
  }
}

export class VipBook {
  readonly #services = new Map<string, Entry>()
  readonly #slices = new Map<string, SliceFacts>()
  readonly #vips = new Map<PrefixKey, VipUse[]>()
  readonly #local = new Set<string>()

  /** Services that have an address with the traffic policy Local. */
  get localServices(): number {
    return this.#local.size
  }

  /** A node that is no more is not remembered as one that had endpoints. */
  forgetNode(node: string): void {
    for (const name of this.#local)
      for (const afi of AFIS) this.#services.get(name)?.lost.delete(place(afi, node))
  }

  /** The Services that have the address, in order of name. */
  at(key: PrefixKey): readonly VipUse[] {
    return this.#vips.get(key) ?? NOBODY
  }

  /** Takes a Service, or that there is none of this name any more. */
  service(name: string, facts: ServiceFacts | undefined, now: Instant): VipChanges {
    const entry = this.#entry(name)
    const before = entry.uses
    const labels = JSON.stringify([...(entry.service?.labels ?? [])])
    entry.service = facts
    const uses = new Map<string, VipUse>()
    for (const address of facts?.addresses ?? []) {
      const key = useKey(address, facts?.otherClass)
      const since = { since: now.at, event: now.event }
      uses.set(key, before.get(key) ?? { ...address, service: entry, ...since })
    }
    entry.uses = uses
    const settle: Prefix[] = []
    const reword: PrefixKey[] = []
    for (const [key, use] of before) {
      if (uses.has(key)) continue
      this.#drop(use)
      this.#left(use.prefix, now)
      settle.push(use.prefix)
    }
    const reworded = JSON.stringify([...(facts?.labels ?? [])]) !== labels
    for (const [key, use] of uses) {
      if (!before.has(key)) {
        this.#add(use)
        settle.push(use.prefix)
      } else if (reworded) reword.push(prefixKey(use.prefix))
    }
    if ([...uses.values()].some(({ local }) => local)) this.#local.add(name)
    else this.#local.delete(name)
    if (facts === undefined) entry.lost.clear()
    this.#forget(name, entry)
    return { settle, reword }
  }

  /** Takes an EndpointSlice, or that there is none of this name any more. */
  slice(key: string, facts: SliceFacts | undefined, now: Instant): VipChanges {
    const before = this.#slices.get(key)
    if (facts === undefined) this.#slices.delete(key)
    else this.#slices.set(key, facts)
    if (before?.service !== undefined) this.#services.get(before.service)?.slices.delete(key)
    if (facts?.service !== undefined) this.#entry(facts.service).slices.add(key)
    const settle: Prefix[] = []
    const reword: PrefixKey[] = []
    for (const name of new Set([before?.service, facts?.service])) {
      const entry = name === undefined ? undefined : this.#services.get(name)
      if (entry === undefined) continue
      const slices = [...entry.slices].flatMap((one) => this.#slices.get(one) ?? [])
      for (const afi of AFIS) {
        const { lost, nodes } = entry.count(afi, slices, now)
        for (const { prefix, local } of entry.uses.values()) {
          // Endpoints that name no node count for addresses of both families.
          const counts = prefix.afi === afi ? nodes.size > 0 : nodes.has('')
          if (!local || !counts) continue
          if (lost) settle.push(prefix)
          else reword.push(prefixKey(prefix))
        }
      }
      this.#forget(name!, entry)
    }
    return { settle, reword }
  }

  /** As JSON: since when things are as the objects say. */
  snapshot(): VipSnapshot {
    return [...this.#local].map((name) => {
      const { uses, lost } = this.#services.get(name)!
      return [
        name,
        [...uses].map(([key, { since, event }]) => [key, since, event]),
        [...lost].map(([where, { at, event }]) => [where, at, event]),
      ]
    })
  }

  /** Takes a snapshot, after the objects of the same checkpoint. */
  restore(snapshot: VipSnapshot): void {
    for (const [name, uses, lost] of snapshot) {
      const entry = this.#services.get(name)
      if (entry === undefined) continue
      const remembered = new Map(uses.map(([key, since, event]) => [key, { since, event }]))
      for (const [key, use] of entry.uses) {
        const was = remembered.get(key)
        if (was === undefined) continue
        const restored = { ...use, ...was }
        entry.uses.set(key, restored)
        this.#drop(use)
        this.#add(restored)
      }
      for (const [where, at, event] of lost) entry.lost.set(where, { at, event })
    }
  }

  #entry(name: string): Entry {
    let entry = this.#services.get(name)
    if (entry === undefined) this.#services.set(name, (entry = new Entry()))
    return entry
  }

  #forget(name: string, { service, slices }: Entry): void {
    if (service === undefined && slices.size === 0) this.#services.delete(name)
  }

  #add(use: VipUse): void {
    const key = prefixKey(use.prefix)
    this.#vips.set(key, [...(this.#vips.get(key) ?? []), use].sort(byName))
  }

  /** Another Service no longer shares the address: it all depends on those that still have it, from now on. */
  #left(prefix: Prefix, { at: since, event }: Instant): void {
    const key = prefixKey(prefix)
    const uses = this.at(key)
    for (const use of uses) {
      const now = { ...use, since, event }
      this.#drop(use)
      this.#add(now)
      const entry = this.#services.get(use.service.facts.name)
      for (const [name, known] of entry?.uses ?? []) if (known === use) entry!.uses.set(name, now)
    }
  }

  #drop(use: VipUse): void {
    const key = prefixKey(use.prefix)
    const uses = this.#vips.get(key)!.filter((other) => other !== use)
    if (uses.length === 0) this.#vips.delete(key)
    else this.#vips.set(key, uses)
  }
}

type SinceRow = readonly [what: string, since: Micros, event: number]

export type VipSnapshot = readonly (readonly [
  service: string,
  uses: readonly SinceRow[],
  lost: readonly SinceRow[],
])[]

const place = (afi: Afi, node: string): string => `${afi} ${node}`

/** Another policy or class makes it another use. */
function useKey({ prefix, type, local }: ServiceAddress, otherClass: string | undefined): string {
  return [formatPrefix(prefix), type, local ? 'Local' : 'Cluster', otherClass ?? ''].join(' ')
}

function byName(a: VipUse, b: VipUse): number {
  const [first, second] = [a, b].map(({ service, type }) => `${service.facts.name} ${type}`)
  return first! < second! ? -1 : first! > second! ? 1 : 0
}

/** Endpoints of one family by node, nodes in order of name. */
function summed(slices: Iterable<SliceFacts>, afi: Afi): ReadonlyMap<string, Endpoints> {
  const sums = new Map<string, Endpoints>()
  for (const slice of slices) {
    if (slice.afi !== afi) continue
    for (const [node, more] of slice.nodes) {
      const sum = sums.get(node) ?? NO_ENDPOINTS
      sums.set(node, {
        ready: sum.ready + more.ready,
        draining: sum.draining + more.draining,
        notReady: sum.notReady + more.notReady,
        ending: sum.ending + more.ending,
      })
    }
  }
  return new Map([...sums].sort(([a], [b]) => (a < b ? -1 : 1)))
}
