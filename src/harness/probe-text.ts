// Probe reports and the sysctl census in words.
import { plural } from '../core/errors/plural.ts'
import type { ProbeReport, SysctlCensus } from '../core/stream/probe-events.ts'

/** Undefined for a summary that says that all is as before. */
export function probeText(report: ProbeReport): string | undefined {
  const { kind, target, nextHop, outcome, inRow, results, lost, reply, message, resets, ended } = report
  const path = `${kind} ${target}${nextHop === undefined ? '' : ` via ${nextHop}`}`
  if (ended === true) return `${path}: no longer probed`
  const goesOn = lost === 0 && inRow > results && (resets ?? 0) === 0
  if (goesOn) return undefined
  const reset = resets === undefined || resets === 0 ? '' : `, ${plural(resets, 'connection')} reset`
  const count = `${results - lost} of ${results} answered${reset}`
  if (outcome !== 'ok')
    return `${path}: ${outcome}, ${inRow} in a row (${count})${message === undefined ? '' : `: ${message}`}`
  const by = reply?.pod ?? reply?.node
  const millis = report.rtt === undefined ? '' : ` in ${(report.rtt / 1e3).toFixed(1)} ms`
  return `${path}: ok${by === undefined ? '' : `, ${by} answers`}${millis} (${count})`
}

const SHOWN = 4

/** What changed, of a first census how much there is; undefined when all is as before. */
export function sysctlText(census: SysctlCensus): string | undefined {
  if (census.ended === true) return 'the census is over'
  if (census.problem !== undefined) return `the census fails: ${census.problem}`
  const values = Object.entries(census.values)
  if (census.before === undefined) return `first census: ${values.length} values`
  const parts = values
    .slice(0, SHOWN)
    .map(([key, value]) => (value === null ? `${key} gone` : `${key} = ${value}`))
  if (values.length > SHOWN) parts.push(`${values.length - SHOWN} more`)
  if (census.settings !== undefined) parts.push('other settings in files')
  if (census.reversePathDrops !== undefined)
    parts.push(`TcpExtIPReversePathFilter ${census.reversePathDrops}`)
  for (const { rule, packets } of census.filters ?? []) parts.push(`${packets} packets dropped by ${rule}`)
  return parts.length === 0 ? undefined : parts.join(', ')
}
