// What we announce: the set that is wanted, and the UPDATEs that say it on one session.
import { prefixKey } from '../ip/arithmetic.ts'
import { formatPrefix, parseAddress } from '../ip/text.ts'
import type { Address, Prefix } from '../ip/prefix.ts'
import type { Session } from '../session/state.ts'
import type { Attributes } from '../wire/attribute-set.ts'
import { sameFamily } from '../wire/families.ts'
import type { Family, Nlri } from '../wire/message.ts'
import type { UpdateContent } from '../wire/update-encode.ts'
import { packUpdates } from '../wire/update-pack.ts'
import type { Origination } from './contract.ts'

const DEFAULT_LOCAL_PREF = 100

export interface WantedSnapshot {
  readonly all: readonly Origination[]
  readonly peers: readonly {
    readonly peer: string
    readonly announced: readonly Origination[]
    readonly withdrawn: readonly Prefix[]
  }[]
}

/** What one peer gets otherwise than all others: a route of its own, or undefined for none. */
type Exceptions = Map<string, { readonly prefix: Prefix; readonly route: Origination | undefined }>

/** The routes that we want to announce, to everybody or to one peer. The last order about a prefix counts. */
export class Wanted {
  readonly #all = new Map<string, Origination>()
  readonly #peers = new Map<string, Exceptions>()

  static restore(snapshot: WantedSnapshot): Wanted {
    const wanted = new Wanted()
    wanted.announce(undefined, snapshot.all)
    for (const { peer, announced, withdrawn } of snapshot.peers) {
      const exceptions = wanted.#exceptions(peer)
      for (const route of announced)
        exceptions.set(formatPrefix(route.prefix), { prefix: route.prefix, route })
      for (const prefix of withdrawn) exceptions.set(formatPrefix(prefix), { prefix, route: undefined })
    }
    return wanted
  }

  announce(peer: string | undefined, routes: readonly Origination[]): void {
    for (const route of routes) {
      const key = formatPrefix(route.prefix)
      if (peer !== undefined) {
        this.#exceptions(peer).set(key, { prefix: route.prefix, route })
        continue
      }
      for (const exceptions of this.#peers.values()) exceptions.delete(key)
      this.#all.set(key, route)
    }
  }

  withdraw(peer: string | undefined, prefixes: readonly Prefix[]): void {
    for (const prefix of prefixes) {
      const key = formatPrefix(prefix)
      if (peer !== undefined) {
        if (this.#all.has(key)) this.#exceptions(peer).set(key, { prefix, route: undefined })
        else this.#peers.get(peer)?.delete(key)
        continue
      }
      for (const exceptions of this.#peers.values()) exceptions.delete(key)
      this.#all.delete(key)
    }
  }

  /** Everything that a peer is to have. */
  of(peer: string): Origination[] {
    const exceptions: Exceptions = this.#peers.get(peer) ?? new Map()
    const routes: Origination[] = []
    for (const [key, route] of this.#all) if (!exceptions.has(key)) routes.push(route)
    for (const { route } of exceptions.values()) if (route !== undefined) routes.push(route)
    return routes
  }

  /** True when the peer is to have a route for the prefix. */
  has(peer: string, prefix: Prefix): boolean {
    const key = formatPrefix(prefix)
    const exception = this.#peers.get(peer)?.get(key)
    return exception === undefined ? this.#all.has(key) : exception.route !== undefined
  }

  snapshot(): WantedSnapshot {
    return {
      all: [...this.#all.values()],
      peers: [...this.#peers].map(([peer, exceptions]) => ({
        peer,
        announced: [...exceptions.values()].flatMap(({ route }) => route ?? []),
        withdrawn: [...exceptions.values()].flatMap(({ prefix, route }) =>
          route === undefined ? prefix : [],
        ),
      })),
    }
  }

  #exceptions(peer: string): Exceptions {
    let exceptions = this.#peers.get(peer)
    if (exceptions === undefined) {
      exceptions = new Map()
      this.#peers.set(peer, exceptions)
    }
    return exceptions
  }
}

/**
 * The UPDATEs that announce these routes on an established session, those with the same attributes together.
 * Families that were not negotiated are left out, and so is a route whose attributes alone exceed a message.
 */
export function announcements(session: Session, routes: readonly Origination[]): Uint8Array[] {
  const groups = new Map<string, { content: Grouped; nlri: Nlri[] }>()
  for (const route of routes) {
    const family = familyOf(route.prefix)
    if (!isNegotiated(session, family)) continue
    const content: Grouped = {
      family,
      nextHop: nextHopFor(session, route),
      attributes: attributesFor(session, route),
    }
    const key = JSON.stringify(content)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, { content, nlri: [{ prefix: route.prefix }] })
    else group.nlri.push({ prefix: route.prefix })
  }
  return [...groups.values()].flatMap(({ content: { family, nextHop, attributes }, nlri }) =>
    packed(session, { reach: [{ family, nextHop: { global: nextHop }, nlri }], attributes }),
  )
}

/** The UPDATEs that withdraw these prefixes on an established session. */
export function withdrawals(session: Session, prefixes: readonly Prefix[]): Uint8Array[] {
  return (session.negotiated?.families ?? []).flatMap((family) => {
    const mine = prefixes.filter((prefix) => sameFamily(familyOf(prefix), family))
    const nlri = [...new Map(mine.map((prefix) => [prefixKey(prefix), { prefix }])).values()]
    return packed(session, { unreach: [{ family, nlri }] })
  })
}

interface Grouped {
  readonly family: Family
  readonly nextHop: Address
  readonly attributes: Attributes
}

/** AS_PATH, LOCAL_PREF and the rest by the kind of session (RFC 4271 §5.1). */
function attributesFor(session: Session, route: Origination): Attributes {
  const internal = session.negotiated?.internal ?? false
  const path = route.asPath ?? (internal ? [] : [session.us.asn])
  return {
    origin: 0,
    asPath: path.length === 0 ? [] : [{ type: 2, asns: path }],
    ...(route.med === undefined ? {} : { med: route.med }),
    ...(internal ? { localPref: route.localPref ?? DEFAULT_LOCAL_PREF } : {}),
    ...(route.communities === undefined ? {} : { communities: route.communities }),
    ...(route.largeCommunities === undefined ? {} : { largeCommunities: route.largeCommunities }),
  }
}

/**
 * The next hop that the route names, otherwise our address on the session. Where that is of the other kind: IPv6
 * routes get it IPv4-mapped; IPv4 routes get an IPv6 next hop where RFC 8950 was negotiated, else our identifier.
 */
function nextHopFor(session: Session, route: Origination): Address {
  const { prefix } = route
  const address = route.nextHop ?? parseAddress(withoutZone(session.local.address))
  if (address.afi === prefix.afi) return { afi: address.afi, words: address.words }
  if (prefix.afi === 2) return { afi: 2, words: [0, 0, 0xffff, address.words[0]!] }
  if (route.nextHop !== undefined || session.negotiated?.extendedNextHop === true) return address
  return { afi: 1, words: [session.us.identifier] }
}

/** The UPDATEs for one group; none when its attributes and one prefix exceed a message (RFC 8654 §4). */
function packed(session: Session, content: UpdateContent): Uint8Array[] {
  const context = session.negotiated?.send
  if (context === undefined) return []
  try {
    return packUpdates(content, context)
  } catch (error) {
    if (error instanceof RangeError) return []
    throw error
  }
}

function familyOf(prefix: Prefix): Family {
  return { afi: prefix.afi, safi: 1 }
}

function isNegotiated(session: Session, family: Family): boolean {
  return session.negotiated?.families.some((other) => sameFamily(other, family)) ?? false
}

/** "fe80::1%eth0" → "fe80::1". */
export function withoutZone(address: string): string {
  const zone = address.indexOf('%')
  return zone < 0 ? address : address.slice(0, zone)
}
