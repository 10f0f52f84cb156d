// Our UPDATE decoder and the independent grammar (update-grammar.ts), asked the same question.
import { expect } from 'vitest'
import { familyKey } from '../../src/core/wire/families.ts'
import type { CodecContext, Nlri, UpdateMessage } from '../../src/core/wire/message.ts'
import { decodeUpdate } from '../../src/core/wire/update.ts'
import { toHex } from './hex.ts'
import { parseUpdate, type OracleUpdate } from './update-grammar.ts'

const HEADER = 19

function opinion(bytes: Uint8Array, context: CodecContext): OracleUpdate | { readonly unclean: string } {
  return parseUpdate(bytes.subarray(HEADER), {
    fourOctetAs: context.fourOctetAs,
    internal: context.internal,
    addPath: context.addPath.size > 0,
  })
}

function routeText({ prefix, pathId }: Nlri): string {
  const octets = prefix.words.map((word) => word.toString(16).padStart(8, '0')).join('')
  return `${pathId ?? '-'} ${prefix.length} ${octets.slice(0, Math.ceil(prefix.length / 8) * 2)}`
}

/** What our decoder found, in the oracle's terms: routes by place, attributes by type. */
function inOracleTerms(update: UpdateMessage, oracle: OracleUpdate): unknown {
  const mpReach = oracle.attributes.has(14)
  const legacyReach = update.reach[mpReach ? 1 : 0]
  const legacyUnreach = oracle.withdrawn.length > 0 ? update.unreach[0] : undefined
  const mpUnreach = update.unreach.find((one) => one !== legacyUnreach)
  const of = (entry: { nlri: readonly Nlri[]; raw?: Uint8Array }) =>
    entry.raw === undefined ? entry.nlri.map(routeText) : toHex(entry.raw)
  const reach = update.reach[0]
  const decoded = update.attributes.decoded
  return {
    withdrawn: legacyUnreach?.nlri.map(routeText) ?? [],
    nlri: legacyReach?.nlri.map(routeText) ?? [],
    nextHop: legacyReach === undefined ? undefined : toHex(legacyReach.nextHopBytes),
    reach: mpReach
      ? { family: familyKey(reach!.family), nextHop: toHex(reach!.nextHopBytes), routes: of(reach!) }
      : undefined,
    // MP_UNREACH_NLRI without routes leaves no entry.
    unreach: mpUnreach && { family: familyKey(mpUnreach.family), routes: of(mpUnreach) },
    attributes: {
      1: decoded.origin,
      2: decoded.asPath,
      4: decoded.med,
      5: decoded.localPref,
      6: decoded.atomicAggregate,
      7: decoded.aggregator,
      8: decoded.communities?.map((value) => [value]),
      9: decoded.originatorId,
      10: decoded.clusterList?.map((value) => [value]),
      16: decoded.extendedCommunities?.map((value) => [
        toHex(value.subarray(0, 4)),
        toHex(value.subarray(4)),
      ]),
      17: decoded.as4Path,
      18: decoded.as4Aggregator,
      25: decoded.ipv6ExtendedCommunities?.map(toHex).join(''),
      32: decoded.largeCommunities,
      35: decoded.onlyToCustomer,
      ...Object.fromEntries((decoded.unknown ?? []).map(({ type, bytes }) => [type, toHex(bytes)])),
    },
  }
}

/** The same of the oracle. */
function oracleTerms(oracle: OracleUpdate): unknown {
  const { attributes, withdrawn, nlri } = oracle
  const hex32 = (value: number) => value.toString(16).padStart(8, '0')
  const typed = Object.fromEntries([...attributes].filter(([type]) => ![3, 14, 15].includes(type)))
  const extended = attributes.get(16) as [number, number][] | undefined
  const unreach = attributes.get(15) as { family: string; routes: string[] | string } | undefined
  return {
    withdrawn,
    nlri,
    nextHop: nlri.length === 0 ? undefined : hex32(attributes.get(3) as number),
    reach: attributes.get(14),
    unreach: unreach === undefined || unreach.routes.length === 0 ? undefined : unreach,
    attributes: { ...typed, 16: extended?.map((value) => value.map(hex32)) },
  }
}

/** Both agree: clean or not, and if clean, on everything in it. */
export function expectAgreement(bytes: Uint8Array, context: CodecContext): void {
  const update = decodeUpdate(bytes, context)
  const oracle = opinion(bytes, context)
  if ('unclean' in oracle) {
    expect(update.malformed, `the grammar says: ${oracle.unclean}`).not.toEqual([])
    return
  }
  expect(update.malformed).toEqual([])
  expect(inOracleTerms(update, oracle)).toEqual(oracleTerms(oracle))
}
