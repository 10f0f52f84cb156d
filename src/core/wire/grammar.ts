// binary-parser inside a wrapper that makes it strict. By itself it accepts fields that are cut short, arrays that run
// over their length and octets that are left over, and it yields objects in dictionary mode typed `any`.
import { Parser } from 'binary-parser/dist/binary_parser.js'
import { copy } from './bytes.ts'

/** Reads exactly the bytes it is given, or nothing. */
export type Grammar<Fields> = (bytes: Uint8Array) => Fields | undefined

/**
 * Makes a grammar of a parser. The bytes are copied first, so nothing in the result shares the receive buffer; all of
 * them must be consumed. `shape` copies the parsed object into the typed one; a RangeError from it, or from
 * a field, means that the bytes do not follow the grammar.
 */
export function grammar<Raw, Fields>(parser: Parser, shape: (raw: Raw) => Fields): Grammar<Fields> {
  const read = grammarWithRest(parser, (raw: Raw, rest) => (rest.length === 0 ? shape(raw) : undefined))
  return (bytes) => read(bytes)
}

/** A grammar of the beginning; `shape` is also given the octets behind it (which may be none). */
export function grammarWithRest<Raw, Fields>(
  parser: Parser,
  shape: (raw: Raw, rest: Uint8Array) => Fields,
): Grammar<Fields> {
  parser.saveOffset('consumed')
  return (bytes) => {
    const body = copy(bytes)
    try {
      const raw = parser.parse(body) as Raw & { consumed: number }
      return raw.consumed <= body.length ? shape(raw, body.subarray(raw.consumed)) : undefined
    } catch (error) {
      if (error instanceof RangeError) return undefined
      throw error
    }
  }
}

/** Options of a buffer field that must be as long as the field `lengthField` of the same object says. */
export function sized(lengthField: string): {
  length: string
  formatter: (this: Record<string, number>, value: Uint8Array) => Uint8Array
} {
  return {
    length: lengthField,
    formatter(value) {
      if (value.length !== this[lengthField]) throw new RangeError(`${lengthField} exceeds what is there`)
      return value
    },
  }
}

export { Parser }
