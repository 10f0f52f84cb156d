// An address is its family and its bits as integers; so is a prefix. Text lives in ./text.ts.

/** Address Family Identifier as on the wire: 1 is IPv4, 2 is IPv6. */
export type Afi = 1 | 2

/** An IP address. IPv4: `words` has one unsigned 32-bit integer; IPv6: four, most significant first. */
export interface Address {
  readonly afi: Afi
  readonly words: readonly number[]
}

/** A prefix whose host bits are zero. `length` is in bits: 0 to 32, or 0 to 128. */
export interface Prefix extends Address {
  readonly length: number
}
