// Nodes whose routes were given by hand instead of by a cluster: they travel in the stream as objects of a kind of our own.
import { comparePrefixes, prefixKey } from '../ip/arithmetic.ts'
import type { Prefix } from '../ip/prefix.ts'
import { formatPrefix } from '../ip/text.ts'
import type { ClusterObject } from '../stream/events.ts'
import { fieldOf, type Complain } from './field.ts'
import type { NodeFacts } from './node-facts.ts'
import type { Objects } from './settings.ts'

/** Kind of these objects. One of a node's name stands in place of all that a cluster says about the node. */
export const STATIC_KIND = 'ExpectedNode'

/** A node, what it should announce to us, and by what its peer is known. */
export interface StaticNode {
  readonly name: string
  readonly prefixes: readonly Prefix[]
  /** Canonical text. */
  readonly addresses: readonly string[]
  /** Dotted quads. */
  readonly identifiers: readonly string[]
  readonly asn: number | undefined
}

export function staticObject({ name, prefixes, addresses, identifiers, asn }: StaticNode): ClusterObject {
  return {
    apiVersion: 'routewitness/v1',
    kind: STATIC_KIND,
    metadata: { name },
    spec: {
      prefixes: prefixes.map(formatPrefix),
      addresses,
      identifiers,
      ...(asn === undefined ? {} : { asn }),
    },
  }
}

/** What such an object says about the node; undefined when there is none of that name. */
export function staticFacts(objects: Objects, name: string, complain: Complain): NodeFacts | undefined {
  const spec = fieldOf(objects.get(STATIC_KIND, name), complain)?.at('spec')
  if (spec === undefined) return undefined
  const unique = new Map<number | string, Prefix>()
  for (const field of spec.at('prefixes').items()) {
    const prefix = field.prefix()
    if (prefix !== undefined) unique.set(prefixKey(prefix), prefix)
  }
  const texts = (key: string): string[] =>
    spec
      .at(key)
      .items()
      .map((field) => field.address())
      .filter((text) => text !== undefined)
  const addresses = texts('addresses')
  return {
    name,
    exists: true,
    byHand: true,
    allocated: [...unique.values()].sort(comparePrefixes),
    nodePodCidrs: [],
    ciliumPodCidrs: [],
    addresses,
    // They count on loopback too: somebody wrote them down for this very test.
    localAddresses: addresses,
    routerIds: texts('identifiers'),
    asn: spec.at('asn').integer(),
    hostNames: [name.toLowerCase()],
  }
}
