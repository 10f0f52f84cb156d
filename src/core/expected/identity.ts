// Which node a peer is: the FQDN capability, the source address and the router-id say so, and must agree.
import { KeyedSets } from '../memory/keyed-sets.ts'
import type { NodeFacts } from './node-facts.ts'

/** What a session tells about who the peer is. */
export interface PeerTraits {
  /** FQDN capability (73). */
  readonly host: string | undefined
  readonly domain: string | undefined
  /** TCP source address, canonical text. */
  readonly source: string
  /** BGP identifier, dotted quad. */
  readonly identifier: string
  /** AS number of its OPEN. */
  readonly asn?: number | undefined
  /** Our own end of the session is on loopback: addresses there belong to everybody. */
  readonly onLoopback: boolean
}

/** One witness and the nodes that it names. */
export interface Evidence {
  readonly by: 'FQDN' | 'source address' | 'router-id' | 'AS number'
  readonly value: string
  readonly nodes: readonly string[]
}

export interface Identity {
  /** Undefined when nothing names a node, or when the evidence disagrees or is ambiguous. */
  readonly node: string | undefined
  readonly conflict: boolean
  readonly evidence: readonly Evidence[]
}

/** Names, addresses and router-ids → nodes. Keys look like "name:master1", "address:10.0.0.1", "local:127.0.0.11", "id:10.0.0.1", "asn:64512". */
export class IdentityIndex {
  readonly #nodes = new KeyedSets<string, string>()
  readonly #keys = new Map<string, readonly string[]>()

  /**
   * Takes the facts of a node as they are now.
   * @returns the keys that came or went: peers with one of these traits have to be identified anew
   */
  update(facts: NodeFacts): readonly string[] {
    const before = this.#keys.get(facts.name) ?? []
    const after = keysOfNode(facts)
    const gone = before.filter((key) => !after.includes(key))
    const come = after.filter((key) => !before.includes(key))
    for (const key of gone) this.#nodes.delete(key, facts.name)
    for (const key of come) this.#nodes.add(key, facts.name)
    if (after.length === 0) this.#keys.delete(facts.name)
    else this.#keys.set(facts.name, after)
    return [...gone, ...come]
  }

  /** What the traits of a peer say. A trait that belongs to no node is no evidence. */
  identify(traits: PeerTraits): Identity {
    const named = this.#fqdn(traits)
    const numbered = this.#evidence('router-id', traits.identifier, [
      `id:${traits.identifier}`,
      `address:${traits.identifier}`,
    ])
    // Only nodes that were given by hand are known by an AS number; several may share one.
    const numberedAs = this.#evidence('AS number', String(traits.asn), [`asn:${traits.asn}`])
    const local = this.#evidence('source address', traits.source, [`local:${traits.source}`])
    if (traits.onLoopback) {
      // Addresses prove nothing here, but a configured localAddress may still name who nobody else names.
      const strong = [named, numbered].filter(given)
      return judge([...(strong.length > 0 ? strong : [local].filter(given)), ...[numberedAs].filter(given)])
    }
    const source = this.#evidence('source address', traits.source, [
      `local:${traits.source}`,
      `address:${traits.source}`,
    ])
    return judge([named, source, numbered, numberedAs].filter(given))
  }

  #fqdn({ host, domain }: PeerTraits): Evidence | undefined {
    if (host === undefined || host === '') return undefined
    const full = domain === undefined || domain === '' ? host : `${host}.${domain}`
    return this.#evidence('FQDN', full, [`name:${full.toLowerCase()}`, `name:${host.toLowerCase()}`])
  }

  #evidence(by: Evidence['by'], value: string, keys: readonly string[]): Evidence | undefined {
    const nodes = new Set(keys.flatMap((key) => [...this.#nodes.of(key)]))
    return nodes.size === 0 ? undefined : { by, value, nodes: [...nodes].sort() }
  }
}

/** The keys under which a peer with these traits could be found. */
export function keysOfTraits(traits: PeerTraits): readonly string[] {
  const host = traits.host?.toLowerCase() ?? ''
  const names =
    host === ''
      ? []
      : [`name:${host}`, ...(traits.domain ? [`name:${host}.${traits.domain.toLowerCase()}`] : [])]
  return [
    ...names,
    `address:${traits.source}`,
    `local:${traits.source}`,
    `id:${traits.identifier}`,
    `address:${traits.identifier}`,
    ...(traits.asn === undefined ? [] : [`asn:${traits.asn}`]),
  ]
}

function keysOfNode(facts: NodeFacts): readonly string[] {
  if (!facts.exists && facts.localAddresses.length === 0 && facts.routerIds.length === 0) return []
  return [
    ...facts.hostNames.map((host) => `name:${host}`),
    ...facts.addresses.map((address) => `address:${address}`),
    ...facts.localAddresses.map((address) => `local:${address}`),
    ...facts.routerIds.map((id) => `id:${id}`),
    ...(facts.asn === undefined ? [] : [`asn:${facts.asn}`]),
  ]
}

function judge(evidence: readonly Evidence[]): Identity {
  const [first, ...rest] = evidence
  if (first === undefined) return { node: undefined, conflict: false, evidence }
  const common = first.nodes.filter((node) => rest.every((other) => other.nodes.includes(node)))
  return { node: common.length === 1 ? common[0] : undefined, conflict: common.length === 0, evidence }
}

function given<T>(value: T | undefined): value is T {
  return value !== undefined
}

/** True for 127.0.0.0/8 and ::1. */
export function isLoopback(address: string): boolean {
  return address.startsWith('127.') || address === '::1'
}
