import { lengthIs, ONE_U32, OPTIONAL, TREAT_AS_WITHDRAW, type AttributeRow } from './row.ts'

/** MULTI_EXIT_DISC (type 4), RFC 4271 §5.1.4. */
export const med: AttributeRow<number> = {
  type: 4,
  name: 'MULTI_EXIT_DISC',
  flags: OPTIONAL,
  field: 'med',
  malformed: { ...TREAT_AS_WITHDRAW, clause: 'RFC 7606 §7.4' },
  ...ONE_U32,
  check: (_bytes, start, end) => lengthIs(4, start, end),
  format: String,
}
