// Reading fields of a JSON object that may hold anything: each function names the field that is not what it must be.
import { Buffer } from 'node:buffer'

export type JsonObject = Readonly<Record<string, unknown>>

/** A field that is missing or of the wrong kind. */
export class JsonFieldError extends Error {
  constructor(field: string, problem: string) {
    super(`"${field}" ${problem}`)
    this.name = 'JsonFieldError'
  }
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function object(from: JsonObject, field: string): JsonObject {
  const value = from[field]
  if (!isObject(value)) throw new JsonFieldError(field, 'is no object')
  return value
}

export function text(from: JsonObject, field: string): string {
  const value = from[field]
  if (typeof value !== 'string') throw new JsonFieldError(field, 'is no text')
  return value
}

/** A whole number that is not negative. */
export function count(from: JsonObject, field: string): number {
  const value = from[field]
  if (!Number.isSafeInteger(value) || (value as number) < 0)
    throw new JsonFieldError(field, 'is no whole number')
  return value as number
}

export function flag(from: JsonObject, field: string): boolean {
  const value = from[field]
  if (typeof value !== 'boolean') throw new JsonFieldError(field, 'is neither true nor false')
  return value
}

/** One of the words given. */
export function oneOf<const T extends string | number>(
  from: JsonObject,
  field: string,
  words: readonly T[],
): T {
  const value = words.find((word) => word === from[field])
  if (value === undefined) throw new JsonFieldError(field, `is none of ${words.join(', ')}`)
  return value
}

/** A list, each element read by `read`. */
export function list<T>(from: JsonObject, field: string, read: (element: unknown) => T): readonly T[] {
  const value = from[field]
  if (!Array.isArray(value)) throw new JsonFieldError(field, 'is no list')
  return value.map((element) => read(element))
}

/** A list of objects, each read by `read`. */
export function objects<T>(from: JsonObject, field: string, read: (element: JsonObject) => T): readonly T[] {
  return list(from, field, (element) => {
    if (!isObject(element)) throw new JsonFieldError(field, 'holds something that is no object')
    return read(element)
  })
}

/** A list of whole numbers. */
export function counts(from: JsonObject, field: string): readonly number[] {
  return list(from, field, (element) => count({ [field]: element }, field))
}

/** A list of texts. */
export function texts(from: JsonObject, field: string): readonly string[] {
  return list(from, field, (element) => text({ [field]: element }, field))
}

/** Bytes written as lower-case hex. */
export function bytes(from: JsonObject, field: string): Uint8Array {
  const hex = text(from, field)
  if (hex.length % 2 !== 0 || !/^[0-9a-f]*$/.test(hex)) throw new JsonFieldError(field, 'is no hex')
  // A copy without the slack of Buffer's pool, so that equal bytes compare equal.
  return new Uint8Array(Buffer.from(hex, 'hex'))
}

/** Text that `parse` reads; what it throws is told with the field's name. */
export function parsed<T>(from: JsonObject, field: string, parse: (text: string) => T): T {
  const value = text(from, field)
  try {
    return parse(value)
  } catch (error) {
    throw new JsonFieldError(
      field,
      `cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    )
  }
}

/** The field as `{ [field]: value }`, or nothing when it is absent: spreads into objects with optional fields. */
export function optional<K extends string, T>(
  from: JsonObject,
  field: K,
  read: (from: JsonObject, field: K) => T,
): { readonly [P in K]?: T } {
  return from[field] === undefined ? {} : ({ [field]: read(from, field) } as { readonly [P in K]?: T })
}

export function hex(value: Uint8Array): string {
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex')
}
