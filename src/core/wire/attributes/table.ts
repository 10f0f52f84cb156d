// Every path attribute that is typed, in type order. Adding one takes its file and its line here.
import { aggregator } from './aggregator.ts'
import { as4Aggregator } from './as4-aggregator.ts'
import { as4Path } from './as4-path.ts'
import { asPath } from './as-path.ts'
import { atomicAggregate } from './atomic-aggregate.ts'
import { clusterList } from './cluster-list.ts'
import { communities } from './communities.ts'
import { extendedCommunities } from './extended-communities.ts'
import { ipv6ExtendedCommunities } from './ipv6-extended-communities.ts'
import { largeCommunities } from './large-communities.ts'
import { localPref } from './local-pref.ts'
import { med } from './med.ts'
import { mpReach } from './mp-reach.ts'
import { mpUnreach } from './mp-unreach.ts'
import { nextHop } from './next-hop.ts'
import { onlyToCustomer } from './only-to-customer.ts'
import { origin } from './origin.ts'
import { originatorId } from './originator-id.ts'
import type { AttributeRow } from './row.ts'

export const ATTRIBUTES: readonly AttributeRow<unknown>[] = [
  origin,
  asPath,
  nextHop,
  med,
  localPref,
  atomicAggregate,
  aggregator,
  communities,
  originatorId,
  clusterList,
  mpReach,
  mpUnreach,
  extendedCommunities,
  as4Path,
  as4Aggregator,
  ipv6ExtendedCommunities,
  largeCommunities,
  onlyToCustomer,
]

const BY_TYPE: readonly (AttributeRow<unknown> | undefined)[] = Array.from({ length: 256 }, (_, type) =>
  ATTRIBUTES.find((row) => row.type === type),
)

/** The row of a type code; undefined for attributes that stay raw. */
export function attributeRow(type: number): AttributeRow<unknown> | undefined {
  return BY_TYPE[type]
}
