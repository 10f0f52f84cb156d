// Which configured ranges a connection falls into.
import { contains, unmapped } from '../ip/arithmetic.ts'
import type { Address } from '../ip/prefix.ts'
import { AddressError, parseAddress } from '../ip/text.ts'
import type { PeerTerms } from '../session/terms.ts'
import type { PeerRange } from './contract.ts'
import { withoutZone } from './originate.ts'

/**
 * The place in `config.peers` whose terms our OPEN carries: the first of the longest prefixes that contain the source.
 * @param text the source address
 */
export function matching(ranges: readonly PeerRange[], text: string): number | undefined {
  const address = addressOf(text)
  if (address === undefined) return undefined
  let best: number | undefined
  for (const [place, { from }] of ranges.entries())
    if (contains(from, address) && (best === undefined || from.length > ranges[best]!.from.length))
      best = place
  return best
}

/**
 * The terms of a place in `config.peers`, with the AS numbers of every range around it. Ranges either contain each
 * other or have nothing in common, so the ranges around the most specific one are those that contain the source.
 * Whichever of them an OPEN fits, the terms are those that our OPEN named already.
 */
export function termsOf(ranges: readonly PeerRange[], place: number | undefined): PeerTerms | undefined {
  const range = place === undefined ? undefined : ranges[place]
  if (range?.asn === undefined) return range
  const asns = ranges.filter(({ from }) => contains(from, range.from)).map(({ asn }) => asn)
  if (asns.includes(undefined)) return { ...range, asn: undefined }
  const others = new Set(asns.filter((asn) => asn !== undefined && asn !== range.asn) as number[])
  return others.size === 0 ? range : { ...range, otherAsns: [...others] }
}

function addressOf(text: string): Address | undefined {
  try {
    return unmapped(parseAddress(withoutZone(text)))
  } catch (error) {
    if (error instanceof AddressError) return undefined
    throw error
  }
}
