// Events and news as JSON and back, octets included.
import type { EventAndNews } from '../harness/happenings.ts'

/** What octets become: an object with this key alone, and the octets as hex. */
const OCTETS = '$octets'

/** A copy of the value in which JSON loses nothing. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return { [OCTETS]: Buffer.from(value).toString('hex') }
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]))
}

function revived(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(revived)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value)
  const [first] = entries
  if (entries.length === 1 && first?.[0] === OCTETS && typeof first[1] === 'string')
    return new Uint8Array(Buffer.from(first[1], 'hex'))
  return Object.fromEntries(entries.map(([key, inner]) => [key, revived(inner)]))
}

/** A happening as it travels. */
export const happeningToJson = (happening: EventAndNews): unknown => plain(happening)

export const happeningFromJson = (json: unknown): EventAndNews => revived(json) as EventAndNews
