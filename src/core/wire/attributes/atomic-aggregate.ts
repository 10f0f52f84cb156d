import { DISCARD, lengthIs, TRANSITIVE, type AttributeRow } from './row.ts'

/** ATOMIC_AGGREGATE (type 6), RFC 4271 §5.1.6: no value, only its presence counts. */
export const atomicAggregate: AttributeRow<true> = {
  type: 6,
  name: 'ATOMIC_AGGREGATE',
  flags: TRANSITIVE,
  field: 'atomicAggregate',
  malformed: { ...DISCARD, clause: 'RFC 7606 §7.6' },

  check: (_bytes, start, end) => lengthIs(0, start, end),
  decode: () => true,
  encodedLength: () => 0,
  encode: (_value, _out, at) => at,
  format: () => 'yes',
}
