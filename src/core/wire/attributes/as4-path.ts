import type { AsPathSegment } from '../attribute-set.ts'
import { formatAsPath, readSegments, segmentsLength, segmentsProblem, writeSegments } from './as-path.ts'
import { bad, DISCARD, OPTIONAL, TRANSITIVE, type AttributeRow } from './row.ts'

/**
 * AS4_PATH (type 17), RFC 6793 §3: the four-octet path beside a two-octet AS_PATH. Discarded between speakers that both
 * know four-octet AS numbers; confederation segments are dropped (§6).
 */
export const as4Path: AttributeRow<readonly AsPathSegment[]> = {
  type: 17,
  name: 'AS4_PATH',
  flags: OPTIONAL | TRANSITIVE,
  field: 'as4Path',
  malformed: { ...DISCARD, clause: 'RFC 6793 §6' },

  check(bytes, start, end, { fourOctetAs }) {
    if (fourOctetAs) return bad('both speakers know four-octet AS numbers', 'BGP_ERR_UPDATE_OPTIONAL')
    if (end - start < 6) return bad(`length ${end - start} is less than 6`)
    return segmentsProblem(bytes, start, end, 4, true)
  },
  decode: (bytes, start, end) => readSegments(bytes, start, end, 4).filter(({ type }) => type <= 2),
  encodedLength: (segments) => segmentsLength(segments, 4),
  encode: (segments, out, at) => writeSegments(segments, out, at, 4),
  format: formatAsPath,
}
