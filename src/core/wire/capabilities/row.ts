// What every capability's file says about it. The table (./table.ts) lists the rows.
import type { Capability } from '../message.ts'

export type TypedCode = Exclude<Capability['code'], 'raw'>
export type CapabilityOf<Code extends Capability['code']> = Extract<Capability, { readonly code: Code }>

/** A capability of one code (RFC 5492 §4). */
export interface CapabilityRow<Code extends TypedCode> {
  readonly code: Code
  readonly name: string
  readonly clause: string
  /**
   * What a malformed value costs: 'refuse' the OPEN with 2/0 (RFC 4271 §6.2), because the session would be negotiated
   * wrongly, or 'ignore' the capability, which is then kept as raw bytes.
   */
  readonly malformed: 'refuse' | 'ignore'
  /** Undefined when the value is malformed. */
  decode(value: Uint8Array): CapabilityOf<Code> | undefined
  /** The value, without code and length. */
  encode(capability: CapabilityOf<Code>): Uint8Array
  /** Details for people; empty when the name says all. */
  format(capability: CapabilityOf<Code>): string
}

/** A row of a capability whose presence is all: its value is empty. */
export function flagRow<Code extends 2 | 6 | 70>(
  code: Code,
  name: string,
  clause: string,
): CapabilityRow<Code> {
  return {
    code,
    name,
    clause,
    malformed: 'ignore',
    decode: (value) => (value.length === 0 ? ({ code } as CapabilityOf<Code>) : undefined),
    encode: () => new Uint8Array(0),
    format: () => '',
  }
}
