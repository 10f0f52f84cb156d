import { bad, lengthIs, TRANSITIVE, TREAT_AS_WITHDRAW, type AttributeRow } from './row.ts'

const NAMES = ['IGP', 'EGP', 'INCOMPLETE'] as const

/** ORIGIN (type 1), RFC 4271 §5.1.1: 0 IGP, 1 EGP, 2 INCOMPLETE. */
export const origin: AttributeRow<0 | 1 | 2> = {
  type: 1,
  name: 'ORIGIN',
  flags: TRANSITIVE,
  field: 'origin',
  malformed: { ...TREAT_AS_WITHDRAW, clause: 'RFC 7606 §7.1' },

  check(bytes, start, end) {
    const problem = lengthIs(1, start, end)
    if (problem !== undefined) return problem
    return bytes[start]! > 2 ? bad(`undefined value ${bytes[start]}`, 'BGP_ERR_UPDATE_ORIGIN') : undefined
  },
  decode: (bytes, start) => bytes[start] as 0 | 1 | 2,
  encodedLength: () => 1,
  encode(value, out, at) {
    out[at] = value
    return at + 1
  },
  format: (value) => NAMES[value],
}
