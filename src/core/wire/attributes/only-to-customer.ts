import { lengthIs, ONE_U32, OPTIONAL, TRANSITIVE, TREAT_AS_WITHDRAW, type AttributeRow } from './row.ts'

/** ONLY_TO_CUSTOMER (type 35), RFC 9234 §5: the AS that let the route go only downwards. Recorded, not acted upon. */
export const onlyToCustomer: AttributeRow<number> = {
  type: 35,
  name: 'ONLY_TO_CUSTOMER',
  flags: OPTIONAL | TRANSITIVE,
  field: 'onlyToCustomer',
  malformed: { ...TREAT_AS_WITHDRAW, clause: 'RFC 9234 §5' },
  ...ONE_U32,
  check: (_bytes, start, end) => lengthIs(4, start, end),
  format: String,
}
