// Between two-octet and four-octet AS numbers (RFC 6793 §4.2).
import type { AsPathSegment, Attributes } from './attribute-set.ts'
import { AS_TRANS } from './attributes/as-path.ts'

const AS_SET = 1
const AS_SEQUENCE = 2

/**
 * Attributes for a speaker with two-octet AS numbers: AS4_PATH and AS4_AGGREGATOR carry what becomes AS_TRANS
 * (RFC 6793 §4.2.2). Those given explicitly stay.
 */
export function splitAs4(attributes: Attributes): Attributes {
  const { asPath, aggregator } = attributes
  const wide =
    asPath?.some(({ type, asns }) => type <= AS_SEQUENCE && asns.some((asn) => asn > 0xffff)) ?? false
  return {
    ...(wide ? { as4Path: asPath!.filter(({ type }) => type <= AS_SEQUENCE) } : {}),
    ...(aggregator !== undefined && aggregator.asn > 0xffff ? { as4Aggregator: aggregator } : {}),
    ...attributes,
  }
}

/**
 * The attributes that a speaker with two-octet AS numbers meant: AS4_PATH and AS4_AGGREGATOR merged into AS_PATH and
 * AGGREGATOR, and gone (RFC 6793 §4.2.3).
 */
export function mergeAs4(attributes: Attributes): Attributes {
  const { as4Path, as4Aggregator, ...rest } = attributes
  if (rest.aggregator !== undefined && rest.aggregator.asn !== AS_TRANS) return rest
  return {
    ...rest,
    ...(rest.aggregator !== undefined && as4Aggregator !== undefined ? { aggregator: as4Aggregator } : {}),
    ...(rest.asPath !== undefined && as4Path !== undefined
      ? { asPath: mergePaths(rest.asPath, as4Path) }
      : {}),
  }
}

/** The leading part of `path`, by as much as it is longer, then `as4`; a longer `as4` is ignored. */
function mergePaths(path: readonly AsPathSegment[], as4: readonly AsPathSegment[]): readonly AsPathSegment[] {
  let missing = pathLength(path) - pathLength(as4)
  if (missing < 0) return path
  const merged: AsPathSegment[] = []
  for (const segment of path) {
    const length = pathLength([segment])
    // A confederation segment counts 0: it is kept when it leads or follows a segment that is kept whole.
    if (length > 0 && missing === 0) break
    if (length <= missing) merged.push(segment)
    else {
      merged.push({ type: segment.type, asns: segment.asns.slice(0, missing) })
      missing = 0
      break
    }
    missing -= length
  }
  const last = merged.at(-1)
  const [first, ...others] = as4
  if (last?.type !== AS_SEQUENCE || first?.type !== AS_SEQUENCE || last.asns.length + first.asns.length > 255)
    return [...merged, ...as4]
  return [...merged.slice(0, -1), { type: AS_SEQUENCE, asns: [...last.asns, ...first.asns] }, ...others]
}

/** The number of AS numbers as RFC 4271 §9.1.2.2 and RFC 5065 §5.3 count: a set 1, confederation segments 0. */
export function pathLength(path: readonly AsPathSegment[]): number {
  return path.reduce(
    (sum, { type, asns }) => sum + (type === AS_SEQUENCE ? asns.length : type === AS_SET ? 1 : 0),
    0,
  )
}
