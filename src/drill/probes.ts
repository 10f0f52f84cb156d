// What probes that ran beside a drill say of it. Pure.
import type { ProbeReport } from '../core/stream/probe-events.ts'
import { formatMicros } from '../core/stream/time.ts'
import { holds, info } from './bars.ts'
import type { Bar, Drill } from './contract.ts'

/** A report of a prober that runs beside the drill. */
export type ProbeSeen = ProbeReport & { readonly seq: number }

/** Counts the probes of all series; told, and judged where the drill promises that none is lost. */
export function probeBar({ id, losesNoProbe }: Drill, reports: readonly ProbeSeen[]): Bar {
  const sent = reports.reduce((sum, { results }) => sum + results, 0)
  const bad = reports.filter(({ lost }) => lost > 0)
  const lost = bad.reduce((sum, report) => sum + report.lost, 0)
  const seen = `${lost} of ${sent} lost${lost === 0 ? '' : `, ${where(bad)}`}`
  const evidence = bad.map(({ seq }) => seq).slice(0, 20)
  const claim = { name: 'probes beside the drill', evidence }
  return losesNoProbe === true
    ? holds(
        { ...claim, source: `${id}: routes and sessions are kept, so packets pass` },
        `0 of ${sent} lost`,
        seen,
        lost === 0,
      )
    : info({ ...claim, source: 'what the operation costs' }, 'not judged', seen)
}

/** Behind which nodes, and between which instants of sending. */
function where(reports: readonly ProbeSeen[]): string {
  const nodes = [...new Set(reports.map(({ node, nextHop }) => node ?? nextHop ?? '(any)'))].sort()
  const from = Math.min(...reports.map((report) => report.from))
  const to = Math.max(...reports.map((report) => report.sent))
  return `behind ${nodes.join(', ')}, sent from ${time(from)} to ${time(to)}`
}

const time = (at: number): string => formatMicros(at).slice(11, 23)
