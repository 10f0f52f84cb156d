// The path attributes that several routes share: interned by their bytes, decoded when somebody looks.

/** AS_PATH segment, RFC 4271 §4.3: 1 AS_SET, 2 AS_SEQUENCE, 3 and 4 the confederation ones of RFC 5065. */
export interface AsPathSegment {
  readonly type: 1 | 2 | 3 | 4
  readonly asns: readonly number[]
}

/** An attribute of a type that the table has no row for, byte for byte. */
export interface RawAttribute {
  readonly type: number
  readonly flags: number
  readonly bytes: Uint8Array
}

/** Decoded path attributes. Absent ones are undefined. */
export interface Attributes {
  readonly origin?: 0 | 1 | 2
  readonly asPath?: readonly AsPathSegment[]
  readonly med?: number
  readonly localPref?: number
  readonly atomicAggregate?: true
  /** `address` is an unsigned 32-bit integer. */
  readonly aggregator?: { readonly asn: number; readonly address: number }
  readonly communities?: readonly number[]
  readonly originatorId?: number
  readonly clusterList?: readonly number[]
  /** Each is eight octets. */
  readonly extendedCommunities?: readonly Uint8Array[]
  readonly as4Path?: readonly AsPathSegment[]
  readonly as4Aggregator?: { readonly asn: number; readonly address: number }
  /** RFC 5701: each is twenty octets. */
  readonly ipv6ExtendedCommunities?: readonly Uint8Array[]
  readonly largeCommunities?: readonly (readonly [number, number, number])[]
  /** AS number, RFC 9234 §5. */
  readonly onlyToCustomer?: number
  readonly unknown?: readonly RawAttribute[]
}

/** A set of attributes. Two sets with the same `key` are the same set. */
export interface AttributeSet {
  /** The attributes' bytes as a latin1 string, which is what sets are interned by. */
  readonly key: string
  readonly fourOctetAs: boolean
  /** Decodes on first use. */
  readonly decoded: Attributes
}
