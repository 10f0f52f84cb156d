// Instants as people read them. Everything is UTC.
import type { Micros } from '../core/speaker/contract.ts'

/** "12:00:01.204" */
export function clockTime(at: Micros): string {
  return new Date(Math.floor(at / 1e3)).toISOString().slice(11, 23)
}

/** RFC 3339 with microseconds: "2026-11-21T12:00:01.204511Z" */
export function rfc3339(at: Micros): string {
  const micros = String(at % 1_000_000).padStart(6, '0')
  return `${new Date(Math.floor(at / 1e3)).toISOString().slice(0, 19)}.${micros}Z`
}

/** "4.12 s"; milliseconds below one second. */
export const describeSpan = (span: Micros): string =>
  Math.abs(span) < 1e6 ? `${Math.round(span / 1e3)} ms` : `${(span / 1e6).toFixed(2)} s`
