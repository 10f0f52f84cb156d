// Instants of the stream as text and back.
import type { Micros } from '../speaker/contract.ts'

const RFC3339 = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.(\d{1,6}))?Z$/

/** RFC 3339 in UTC, always with six digits: "2026-11-21T12:00:01.204511Z". `at` is whole microseconds since 1970. */
export function formatMicros(at: Micros): string {
  const seconds = Math.floor(at / 1_000_000)
  const micros = String(at - seconds * 1_000_000).padStart(6, '0')
  return `${new Date(seconds * 1000).toISOString().slice(0, 19)}.${micros}Z`
}

/** Undefined when the text is no RFC 3339 instant in UTC of at most six decimals. */
export function parseMicros(text: string): Micros | undefined {
  const match = RFC3339.exec(text)
  if (match === null) return undefined
  const seconds = Date.parse(`${match[1]}Z`) / 1000
  if (Number.isNaN(seconds)) return undefined
  return seconds * 1_000_000 + Number((match[2] ?? '').padEnd(6, '0'))
}
