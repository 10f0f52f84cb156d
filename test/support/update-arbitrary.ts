// Random UPDATEs for property tests: contents that are valid, and ways to damage their bytes.
import * as fc from 'fast-check'
import { masked } from '../../src/core/ip/arithmetic.ts'
import type { Address, Prefix } from '../../src/core/ip/prefix.ts'
import type { AsPathSegment, Attributes } from '../../src/core/wire/attribute-set.ts'
import { IPV4_UNICAST, IPV6_UNICAST, type CodecContext, type Nlri } from '../../src/core/wire/message.ts'
import type { UpdateContent } from '../../src/core/wire/update-encode.ts'

const u32 = fc.nat(0xffff_ffff)
const octets = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })

export const address4: fc.Arbitrary<Address> = u32.map((word) => ({ afi: 1, words: [word] }))
/** What NEXT_HOP may be (RFC 4271 §6.3). */
const host4: fc.Arbitrary<Address> = fc
  .integer({ min: 1, max: 0xdfff_ffff })
  .map((word) => ({ afi: 1, words: [word] }))
export const address6: fc.Arbitrary<Address> = fc
  .tuple(u32, u32, u32, u32)
  .map((words) => ({ afi: 2, words }))
export const prefix4: fc.Arbitrary<Prefix> = fc
  .tuple(address4, fc.nat(32))
  .map(([address, length]) => masked(address, length))
export const prefix6: fc.Arbitrary<Prefix> = fc
  .tuple(address6, fc.nat(128))
  .map(([address, length]) => masked(address, length))

function nlri(prefix: fc.Arbitrary<Prefix>, addPath: boolean, minLength: number): fc.Arbitrary<Nlri[]> {
  const one = addPath ? fc.record({ prefix, pathId: u32 }) : fc.record({ prefix })
  return fc.array(one, { minLength, maxLength: 5 })
}

function path(
  types: readonly AsPathSegment['type'][],
  largest: number,
  minLength: number,
): fc.Arbitrary<AsPathSegment[]> {
  const asns = fc.array(fc.integer({ min: 1, max: largest }), { minLength: 1, maxLength: 4 })
  return fc.array(fc.record({ type: fc.constantFrom(...types), asns }), { minLength, maxLength: 3 })
}

/** Attributes that a neighbour of this kind may send, ORIGIN and AS_PATH always among them. */
export function attributes(context: CodecContext): fc.Arbitrary<Attributes> {
  const largest = context.fourOctetAs ? 0xffff_ffff : 0xffff
  const aggregator = fc.record({ asn: fc.integer({ min: 1, max: largest }), address: u32 })
  const internal = {
    localPref: u32,
    originatorId: u32,
    clusterList: fc.array(u32, { minLength: 1, maxLength: 3 }),
  }
  const old = {
    as4Path: path([1, 2], 0xffff_ffff, 1),
    as4Aggregator: fc.record({ asn: fc.integer({ min: 1, max: 0xffff_ffff }), address: u32 }),
  }
  const unknown = fc.record({
    type: fc.constantFrom(20, 26, 28, 40, 99, 255),
    flags: fc.constantFrom(0x80, 0xc0, 0xe0),
    bytes: fc.uint8Array({ maxLength: 300 }),
  })
  const shape = {
    origin: fc.constantFrom(0 as const, 1 as const, 2 as const),
    asPath: path(context.internal ? [1, 2, 3, 4] : [1, 2], largest, 0),
    med: u32,
    atomicAggregate: fc.constant(true as const),
    aggregator,
    communities: fc.array(u32, { minLength: 1, maxLength: 70 }),
    extendedCommunities: fc.array(octets(8), { minLength: 1, maxLength: 3 }),
    largeCommunities: fc.array(fc.tuple(u32, u32, u32), { minLength: 1, maxLength: 3 }),
    ipv6ExtendedCommunities: fc.array(octets(20), { minLength: 1, maxLength: 3 }),
    onlyToCustomer: u32,
    unknown: fc.uniqueArray(unknown, { minLength: 1, maxLength: 3, selector: ({ type }) => type }),
    ...(context.internal ? internal : {}),
    ...(context.fourOctetAs ? {} : old),
  }
  return fc.record(shape, { requiredKeys: ['origin', 'asPath'] })
}

/** What an UPDATE may say: routes in each of the four places or not, attributes when there is anything to announce. */
export function updateContent(context: CodecContext): fc.Arbitrary<UpdateContent> {
  const addPath = context.addPath.size > 0
  const v6Hop = fc.oneof(
    fc.record({ global: address6 }),
    fc.record({ global: address6, linkLocal: address6 }),
  )
  const legacy = fc.record({
    family: fc.constant(IPV4_UNICAST),
    nextHop: fc.record({ global: host4 }),
    nlri: nlri(prefix4, addPath, 1),
  })
  const mp = fc.oneof(
    fc.record({ family: fc.constant(IPV6_UNICAST), nextHop: v6Hop, nlri: nlri(prefix6, addPath, 0) }),
    fc.record({ family: fc.constant(IPV4_UNICAST), nextHop: v6Hop, nlri: nlri(prefix4, addPath, 0) }),
    fc.record({
      family: fc.constant({ afi: 25, safi: 70 }),
      nextHopBytes: octets(4),
      nlri: fc.constant([]),
      raw: fc.uint8Array({ maxLength: 9 }),
    }),
  )
  const withdrawn = fc.record({ family: fc.constant(IPV4_UNICAST), nlri: nlri(prefix4, addPath, 1) })
  const mpUnreach = fc.oneof(
    fc.record({ family: fc.constant(IPV6_UNICAST), nlri: nlri(prefix6, addPath, 0) }),
    fc.record({
      family: fc.constant({ afi: 25, safi: 70 }),
      nlri: fc.constant([]),
      raw: fc.uint8Array({ maxLength: 9 }),
    }),
  )
  const some = <T>(...choices: fc.Arbitrary<T>[]) =>
    fc
      .tuple(...choices.map((choice) => fc.option(choice, { nil: undefined })))
      .map((list) => list.filter((one) => one !== undefined))
  return fc.record(
    {
      reach: some<NonNullable<UpdateContent['reach']>[number]>(legacy, mp),
      unreach: some<NonNullable<UpdateContent['unreach']>[number]>(withdrawn, mpUnreach),
      attributes: attributes(context),
    },
    { requiredKeys: ['reach', 'unreach', 'attributes'] },
  )
}

/** Each type with the flags that it should have. */
const TYPES = [
  [1, 0x40],
  [2, 0x40],
  [3, 0x40],
  [4, 0x80],
  [5, 0x40],
  [6, 0x40],
  [7, 0xc0],
  [8, 0xc0],
  [9, 0x80],
  [10, 0x80],
  [14, 0x80],
  [15, 0x80],
  [16, 0xc0],
  [17, 0xc0],
  [18, 0xc0],
  [25, 0xc0],
  [32, 0xc0],
  [35, 0xc0],
  [99, 0xc0],
] as const

/**
 * Attributes whose headers are right, and whose values are anything: now and then right, often nearly. Some stand
 * twice, some are missing.
 */
export function roughAttributes(): fc.Arbitrary<string> {
  const octet = fc.oneof({ weight: 4, arbitrary: fc.nat(5) }, { weight: 1, arbitrary: fc.nat(255) })
  const lengths = fc.constantFrom(0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 16, 24)
  const value = lengths.chain((length) => fc.array(octet, { minLength: length, maxLength: length }))
  const path = fc.tuple(fc.nat(5), fc.nat(3), value).map(([type, count, asns]) => [type, count, ...asns])
  const reach = fc
    .tuple(fc.constantFrom(1, 2), fc.constantFrom(4, 16, 24, 32), fc.array(octet, { maxLength: 8 }))
    .map(([afi, length, nlri]) => [0, afi, 1, length, ...Array.from({ length }, () => 0xfd), 0, ...nlri])
  const rough = fc.constantFrom(...TYPES).chain(([type, flags]) => {
    const values = type === 2 || type === 17 ? path : type === 14 ? fc.oneof(reach, value) : value
    return values.map((bytes) => [flags, type, bytes.length, ...bytes])
  })
  const mandatory = fc.subarray([
    [0x40, 1, 1, 0],
    [0x40, 2, 0],
    [0x40, 3, 4, 10, 0, 0, 1],
  ])
  return fc
    .tuple(mandatory, fc.array(rough, { maxLength: 2 }))
    .map(([good, others]) => Buffer.from([...good, ...others].flat()).toString('hex'))
}

/** One to four changes: an octet overwritten, a run removed, or octets put in. */
export function damage(): fc.Arbitrary<(body: Uint8Array) => Uint8Array> {
  const one = fc.tuple(
    fc.constantFrom('overwrite', 'overwrite', 'overwrite', 'remove', 'insert'),
    fc.noBias(fc.nat(0xffff)),
    fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 2, 4, 14, 15, 32, 33, 0x40, 0x80, 0xc0, 255)),
    fc.integer({ min: 1, max: 4 }),
  )
  return fc.array(one, { minLength: 1, maxLength: 4 }).map(
    (changes) => (body) =>
      changes.reduce<Uint8Array>((bytes, [how, where, value, count]) => {
        const at = where % Math.max(bytes.length, 1)
        if (how === 'overwrite')
          return Uint8Array.from(bytes, (octet, index) => (index === at ? value : octet))
        const skip = how === 'remove' ? count : 0
        const added = how === 'insert' ? Array.from({ length: count }, () => value) : []
        return new Uint8Array([...bytes.subarray(0, at), ...added, ...bytes.subarray(at + skip)])
      }, body),
  )
}
