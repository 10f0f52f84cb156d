// What every path attribute's file says about it. The table (./table.ts) lists the rows; decoder, encoder, RFC 7606 and
// the printer read nothing else.
import type { BgpErrorCode } from '../../errors/bgp-codes.ts'
import { u16, u32, setU32 } from '../bytes.ts'
import type { Attributes } from '../attribute-set.ts'
import type { CodecContext, Disposition } from '../message.ts'

export const OPTIONAL = 0x80
export const TRANSITIVE = 0x40
export const EXTENDED_LENGTH = 0x10

/** What is wrong with a value: in words, and as the UPDATE error that a reset would send. */
export interface Problem {
  readonly reason: string
  readonly error: BgpErrorCode
  /** The rule, where it is not the one of the row. */
  readonly clause?: string
}

/** What a malformed attribute costs, by kind of session, and the rule that says so. */
export interface Policy {
  readonly ebgp: Disposition
  readonly ibgp: Disposition
  readonly clause: string
}

export type DecodeContext = Pick<CodecContext, 'fourOctetAs' | 'addPath'>
export type EncodeContext = Pick<CodecContext, 'fourOctetAs'>

/** A path attribute of one type. Positions are those of the value, without flags, type and length. */
export interface AttributeRow<Value> {
  readonly type: number
  readonly name: string
  /** The Optional and Transitive bits, as sent and as required. */
  readonly flags: number
  /** Where the value stands in `Attributes`; undefined for NEXT_HOP, MP_REACH_NLRI and MP_UNREACH_NLRI. */
  readonly field: keyof Attributes | undefined
  readonly malformed: Policy
  /** When Optional or Transitive conflict with `flags`, where it is not treat-as-withdraw (RFC 7606 §3 c). */
  readonly wrongFlags?: Policy
  /** Says what is wrong with a value as received; the other functions may then rely on it. */
  check(bytes: Uint8Array, start: number, end: number, context: CodecContext): Problem | undefined
  decode(bytes: Uint8Array, start: number, end: number, context: DecodeContext): Value
  encodedLength(value: Value, context: EncodeContext): number
  /** Writes the value at `at` and returns the position after it. */
  encode(value: Value, out: Uint8Array, at: number, context: EncodeContext): number
  /** One line for people. */
  format(value: Value): string
}

export const TREAT_AS_WITHDRAW = { ebgp: 'treat-as-withdraw', ibgp: 'treat-as-withdraw' } as const
export const DISCARD = { ebgp: 'attribute-discard', ibgp: 'attribute-discard' } as const
/** Discarded whatever it holds when it comes from an external neighbour (RFC 7606 §7.5, §7.9, §7.10). */
export const INTERNAL_ONLY = { ebgp: 'attribute-discard', ibgp: 'treat-as-withdraw' } as const
export const RESET = { ebgp: 'session-reset', ibgp: 'session-reset' } as const

export function bad(reason: string, error: BgpErrorCode = 'BGP_ERR_UPDATE_LENGTH', clause?: string): Problem {
  return clause === undefined ? { reason, error } : { reason, error, clause }
}

/** The problem of an attribute that only internal neighbours may send. */
export function external(context: CodecContext): Problem | undefined {
  return context.internal ? undefined : bad('received from an external neighbour', 'BGP_ERR_UPDATE_OPTIONAL')
}

export function lengthIs(expected: number, start: number, end: number): Problem | undefined {
  return end - start === expected ? undefined : bad(`length ${end - start} is not ${expected}`)
}

export function lengthIsMultiple(unit: number, start: number, end: number): Problem | undefined {
  const length = end - start
  return length > 0 && length % unit === 0
    ? undefined
    : bad(`length ${length} is not a non-zero multiple of ${unit}`)
}

/** Decode, encode and length of one unsigned 32-bit integer. */
export const ONE_U32 = {
  decode: (bytes: Uint8Array, start: number): number => u32(bytes, start),
  encodedLength: (): number => 4,
  encode: (value: number, out: Uint8Array, at: number): number => setU32(out, value, at),
}

/** Decode, encode and length of a list of unsigned 32-bit integers. */
export const MANY_U32 = {
  decode(bytes: Uint8Array, start: number, end: number): readonly number[] {
    const values: number[] = []
    for (let at = start; at < end; at += 4) values.push(u32(bytes, at))
    return values
  },
  encodedLength: (values: readonly number[]): number => values.length * 4,
  encode(values: readonly number[], out: Uint8Array, at: number): number {
    let next = at
    for (const value of values) next = setU32(out, value, next)
    return next
  },
}

/** An attribute as it stands in a message: where its header, its value and its end are. */
export interface Located {
  readonly type: number
  readonly flags: number
  readonly start: number
  readonly value: number
  readonly end: number
}

/** The attribute that starts at `at`, or undefined when it does not fit before `end` (RFC 7606 §4). */
export function locate(bytes: Uint8Array, at: number, end: number): Located | undefined {
  if (end - at < 3) return undefined
  const flags = bytes[at]!
  const extended = (flags & EXTENDED_LENGTH) !== 0
  if (extended && end - at < 4) return undefined
  const value = at + (extended ? 4 : 3)
  const after = value + (extended ? u16(bytes, at + 2) : bytes[at + 2]!)
  return after > end ? undefined : { type: bytes[at + 1]!, flags, start: at, value, end: after }
}
