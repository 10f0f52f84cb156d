import type { AsPathSegment } from '../attribute-set.ts'
import { setU16, setU32, u16, u32 } from '../bytes.ts'
import { bad, TRANSITIVE, TREAT_AS_WITHDRAW, type AttributeRow, type Problem } from './row.ts'

/** Stands for an AS number that does not fit into two octets (RFC 6793 §9). */
export const AS_TRANS = 23456
const AS_SEQUENCE = 2
/** A segment's count is one octet. */
const MOST = 255
const BRACKETS = { 1: ['{', '}', ','], 2: ['', '', ' '], 3: ['(', ')', ' '], 4: ['[', ']', ','] } as const

/** AS_PATH (type 2), RFC 4271 §5.1.2: segments in wire order, AS numbers of two or four octets (RFC 6793). */
export const asPath: AttributeRow<readonly AsPathSegment[]> = {
  type: 2,
  name: 'AS_PATH',
  flags: TRANSITIVE,
  field: 'asPath',
  malformed: { ...TREAT_AS_WITHDRAW, clause: 'RFC 7606 §7.2' },

  check: (bytes, start, end, context) =>
    segmentsProblem(bytes, start, end, context.fourOctetAs ? 4 : 2, context.internal),
  decode: (bytes, start, end, context) => readSegments(bytes, start, end, context.fourOctetAs ? 4 : 2),
  encodedLength: (segments, context) => segmentsLength(segments, context.fourOctetAs ? 4 : 2),
  encode: (segments, out, at, context) => writeSegments(segments, out, at, context.fourOctetAs ? 4 : 2),
  format: (segments) => formatAsPath(segments),
}

/**
 * What is wrong with the segments of AS_PATH or AS4_PATH. Confederation segments are malformed unless `confederation`:
 * we are in none, so only an internal neighbour can be inside ours (RFC 5065 §5).
 */
export function segmentsProblem(
  bytes: Uint8Array,
  start: number,
  end: number,
  size: 2 | 4,
  confederation: boolean,
): Problem | undefined {
  for (let at = start; at < end;) {
    if (end - at < 2) return bad('one octet is left after the last segment', 'BGP_ERR_UPDATE_AS_PATH')
    const type = bytes[at]!
    const count = bytes[at + 1]!
    if (type < 1 || type > 4) return bad(`unknown segment type ${type}`, 'BGP_ERR_UPDATE_AS_PATH')
    if (type > 2 && !confederation)
      return bad(`confederation segment type ${type} from outside`, 'BGP_ERR_UPDATE_AS_PATH', 'RFC 5065 §5')
    if (count === 0) return bad('a segment of length 0', 'BGP_ERR_UPDATE_AS_PATH')
    const next = at + 2 + count * size
    if (next > end)
      return bad(`a segment of ${count} AS numbers overruns the attribute`, 'BGP_ERR_UPDATE_AS_PATH')
    for (at += 2; at < next; at += size) {
      const asn = size === 4 ? u32(bytes, at) : u16(bytes, at)
      if (asn === 0) return bad('AS 0 in the path', 'BGP_ERR_UPDATE_AS_PATH', 'RFC 7607 §2')
    }
  }
  return undefined
}

export function readSegments(bytes: Uint8Array, start: number, end: number, size: 2 | 4): AsPathSegment[] {
  const segments: AsPathSegment[] = []
  for (let at = start; at < end;) {
    const type = bytes[at] as AsPathSegment['type']
    const next = at + 2 + bytes[at + 1]! * size
    const asns: number[] = []
    for (at += 2; at < next; at += size) asns.push(size === 4 ? u32(bytes, at) : u16(bytes, at))
    segments.push({ type, asns })
  }
  return segments
}

export function segmentsLength(segments: readonly AsPathSegment[], size: 2 | 4): number {
  return segments.reduce((sum, { asns }) => sum + 2 * Math.ceil(asns.length / MOST) + asns.length * size, 0)
}

/** Writes segments; a sequence of more than 255 AS numbers becomes several. Numbers above 65535 become AS_TRANS in two octets. */
export function writeSegments(
  segments: readonly AsPathSegment[],
  out: Uint8Array,
  at: number,
  size: 2 | 4,
): number {
  let next = at
  for (const { type, asns } of segments) {
    if (asns.length > MOST && type !== AS_SEQUENCE)
      throw new RangeError(`an AS set holds at most ${MOST} numbers`)
    for (let from = 0; from < asns.length; from += MOST) {
      const part = asns.slice(from, from + MOST)
      out[next] = type
      out[next + 1] = part.length
      next += 2
      for (const asn of part)
        next = size === 4 ? setU32(out, asn, next) : setU16(out, asn > 0xffff ? AS_TRANS : asn, next)
    }
  }
  return next
}

/** "65001 65002 {65003,65004}": sets in braces, confederation sequences in parentheses, confederation sets in brackets. */
export function formatAsPath(segments: readonly AsPathSegment[]): string {
  return segments
    .map(({ type, asns }) => {
      const [open, close, separator] = BRACKETS[type]
      return `${open}${asns.join(separator)}${close}`
    })
    .join(' ')
}
