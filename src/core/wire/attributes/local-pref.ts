import { external, INTERNAL_ONLY, lengthIs, ONE_U32, TRANSITIVE, type AttributeRow } from './row.ts'

/** LOCAL_PREF (type 5), RFC 4271 §5.1.5. Discarded when it comes from an external neighbour. */
export const localPref: AttributeRow<number> = {
  type: 5,
  name: 'LOCAL_PREF',
  flags: TRANSITIVE,
  field: 'localPref',
  malformed: { ...INTERNAL_ONLY, clause: 'RFC 7606 §7.5' },
  ...ONE_U32,
  check: (_bytes, start, end, context) => external(context) ?? lengthIs(4, start, end),
  format: String,
}
