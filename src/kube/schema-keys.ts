// The keys that a schema knows at a place, for messages about wrong ones.
import type { z } from 'zod'

/** What of a schema is looked at. */
interface Definition {
  readonly type: string
  readonly shape?: Readonly<Record<string, z.core.$ZodType>>
  readonly element?: z.core.$ZodType
  readonly innerType?: z.core.$ZodType
  readonly options?: readonly z.core.$ZodType[]
}

const definitionOf = (schema: z.core.$ZodType): Definition => schema._zod.def

/** The keys of the mapping at `path`; none where there is no mapping. */
export function keysAt(schema: z.core.$ZodType, path: readonly PropertyKey[]): readonly string[] {
  const { shape, element, innerType, options } = definitionOf(schema)
  if (innerType !== undefined) return keysAt(innerType, path)
  if (options !== undefined) return options.flatMap((option) => keysAt(option, path))
  const [first, ...rest] = path
  if (shape !== undefined) {
    if (first === undefined) return Object.keys(shape)
    const next = shape[String(first)]
    return next === undefined ? [] : keysAt(next, rest)
  }
  return element === undefined || first === undefined ? [] : keysAt(element, rest)
}
