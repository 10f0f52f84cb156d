// Durations as people write them: 30s, 2m, 1m30s, 500ms.
import { UserError } from '../core/errors/user-error.ts'
import type { Micros } from '../core/speaker/contract.ts'

const UNITS: Record<string, number> = { us: 1, ms: 1e3, s: 1e6, m: 60e6, h: 3600e6 }
const PART = /(\d+(?:\.\d+)?)(us|ms|s|m|h)/gy

/**
 * A duration in text ("1m30s") or in milliseconds as a number. Gives microseconds; throws RW_USAGE on anything else, which
 * begins with `what` where the caller does not name the place itself.
 */
export function parseDuration(value: string | number, what?: string): Micros {
  if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return Math.round(value * 1e3)
  const text = String(value).trim()
  let total = 0
  let end = 0
  PART.lastIndex = 0
  for (let part = PART.exec(text); part !== null; part = PART.exec(text)) {
    total += Number(part[1]) * UNITS[part[2]!]!
    end = PART.lastIndex
  }
  if (end === 0 || end !== text.length) {
    throw new UserError('RW_USAGE', `${what === undefined ? '' : `${what}: `}"${text}" is no duration`, {
      remedy: 'Write for example 500ms, 30s, 2m or 1m30s.',
    })
  }
  return Math.round(total)
}

/** Short text of a span, kubectl's way: 4.2s, 95s, 3m, 2h5m. */
export function formatSpan(span: Micros): string {
  const seconds = span / 1e6
  if (seconds < 0.9995) return `${Math.round(seconds * 1000)}ms`
  if (seconds < 10) return `${seconds.toFixed(1)}s`
  if (seconds < 120) return `${Math.round(seconds)}s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 10) return `${minutes}m${Math.floor(seconds % 60)}s`
  if (minutes < 120) return `${minutes}m`
  const hours = Math.floor(minutes / 60)
  return hours < 48 ? `${hours}h${minutes % 60}m` : `${Math.floor(hours / 24)}d`
}
