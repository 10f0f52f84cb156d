// Probes and sysctls as text.
import { plural } from '../core/errors/plural.ts'
import type { Finding } from '../core/check/finding.ts'
import type { Micros } from '../core/speaker/contract.ts'
import type { SysctlCensus } from '../core/stream/probe-events.ts'
import { formatMicros } from '../core/stream/time.ts'
import { formatSpan } from '../harness/duration.ts'
import type { ProbeRow } from '../probe/rows.ts'
import { findingText } from './findings.ts'
import { rowsPrinter, type Column, type RowFormat } from './rows.ts'
import { table, type PrintOptions } from './table.ts'

const NONE = '-'

const COLUMNS: readonly Column<ProbeRow>[] = [
  { header: 'node', cell: (row) => row.node ?? NONE },
  { header: 'target', cell: (row) => row.target },
  { header: 'next hop', cell: (row) => row.nextHop ?? (row.kind === 'ecmp' ? 'all' : 'any') },
  { header: 'kind', cell: (row) => row.kind },
  { header: 'result', cell: (row) => (row.ended ? `${row.outcome}, ended` : row.outcome) },
  { header: 'for', cell: (row, now) => formatSpan(Math.max(0, now - row.since)) },
  { header: 'lost', cell: (row) => `${row.lost}/${row.results}` },
  { header: 'resets', cell: (row) => String(row.resets) },
  { header: 'answered by', cell: (row) => row.answeredBy ?? NONE },
  {
    header: 'rtt',
    cell: (row) => (row.rtt === undefined ? NONE : `${(row.rtt / 1e3).toFixed(1)}ms`),
    wide: true,
  },
  { header: 'prefix', cell: (row) => row.prefix, wide: true },
  { header: 'pinned', cell: (row) => (row.pinned ? 'yes' : 'no'), wide: true },
]

/** Series of probes as a table, JSON or YAML. */
export function probesTable(rows: readonly ProbeRow[], now: Micros, format: RowFormat): string {
  return rowsPrinter(COLUMNS, format)(rows, now)
}

const SHOWN = /^net\.ipv4\.conf\.(all|default|lxc.*|cilium_.*)\.rp_filter$|forward/

/** What was read, and what the rules say of it. */
export function censusTable(
  censuses: readonly SysctlCensus[],
  findings: readonly Finding[],
  options: PrintOptions,
): string {
  const rows = censuses.flatMap(({ node, values }) => {
    const shown = Object.entries(values).filter(([key]) => SHOWN.test(key))
    return shown.map(([key, value]) => [node, key, value ?? NONE])
  })
  const files = censuses.flatMap(({ node, settings = [] }) =>
    settings.map(({ file, key, value }) => [node, `${key} = ${value}`, file]),
  )
  const parts = [table(['node', 'sysctl', 'value'], rows, options)]
  if (files.length > 0) parts.push(table(['node', 'set at boot', 'by'], files, options))
  for (const finding of findings) parts.push(`${findingText(finding, options)}\n`)
  const last = censuses.at(-1)
  const at = last === undefined ? '' : ` at ${formatMicros(last.read)}`
  parts.push(`${plural(censuses.length, 'node')} read${at}: ${plural(findings.length, 'finding')}\n`)
  return parts.join('\n')
}
