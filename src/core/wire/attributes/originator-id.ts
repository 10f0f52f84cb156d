import { formatIdentifier } from '../../ip/text.ts'
import { external, INTERNAL_ONLY, lengthIs, ONE_U32, OPTIONAL, type AttributeRow } from './row.ts'

/** ORIGINATOR_ID (type 9), RFC 4456 §8. Discarded when it comes from an external neighbour. */
export const originatorId: AttributeRow<number> = {
  type: 9,
  name: 'ORIGINATOR_ID',
  flags: OPTIONAL,
  field: 'originatorId',
  malformed: { ...INTERNAL_ONLY, clause: 'RFC 7606 §7.9' },
  ...ONE_U32,
  check: (_bytes, start, end, context) => external(context) ?? lengthIs(4, start, end),
  format: formatIdentifier,
}
