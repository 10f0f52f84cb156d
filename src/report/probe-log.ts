// What a prober tells people while it runs: what changes, a line of how it stands, and a summary in the end.
import { printable } from '../core/errors/printable.ts'
import type { Micros } from '../core/speaker/contract.ts'
import type { ProbeReport } from '../core/stream/probe-events.ts'
import { probeText, sysctlText } from '../harness/probe-text.ts'
import type { ProbeBody } from '../probe/prober.ts'
import { table, type PrintOptions } from './table.ts'
import { clockTime } from './time.ts'

/** Changes of one series that come faster are told together. */
const PAUSE: Micros = 1_000_000
const NONE = '-'

interface Seen {
  readonly path: ProbeReport
  /** What was told last, and when. */
  told: ProbeReport
  toldAt: Micros
  /** Changes that were not told yet. */
  untold: number
  /** Ends as the last report said. */
  last: ProbeReport
  results: number
  lost: number
  resets: number
}

/** The reports of one prober, in their order. Pure: times are those of the reports. */
export class ProbeLog {
  readonly #seen = new Map<string, Seen>()

  /** The line that the report is worth; undefined for one that says that all is as before. */
  take(body: ProbeBody): string | undefined {
    if (body.type === 'sysctl') return line(body.read, body.node, sysctlText(body))
    const key = `${body.target} ${body.nextHop ?? '~'} ${body.kind}`
    const seen = this.#seen.get(key)
    if (seen === undefined) {
      this.#seen.set(key, {
        path: body,
        ...{ told: body, toldAt: body.sent, untold: 0, last: body },
        ...{ results: body.results, lost: body.lost, resets: body.resets ?? 0 },
      })
      return line(body.sent, body.node, textOf(body))
    }
    seen.results += body.results
    seen.lost += body.lost
    seen.resets += body.resets ?? 0
    if (isChange(seen.last, body)) seen.untold += 1
    // The report that a series is over may stand for no probe.
    seen.last = body.results === 0 ? { ...seen.last, ended: body.ended } : body
    if (seen.untold === 0 || (body.sent - seen.toldAt < PAUSE && body.ended !== true)) return undefined
    const more = seen.untold > 1 ? `, the last of ${seen.untold} changes` : ''
    seen.told = body
    seen.toldAt = body.sent
    seen.untold = 0
    return line(body.sent, body.node, `${textOf(body)}${more}`)
  }

  /** How it stands, in one line: "4 series: 3 answered, 1 lost; 12 of 480 probes lost". */
  status(): string {
    const all = [...this.#seen.values()]
    const running = all.filter(({ last }) => last.ended !== true)
    const good = running.filter(({ last }) => last.outcome === 'ok').length
    const sum = (count: (seen: Seen) => number): number => all.reduce((total, seen) => total + count(seen), 0)
    return `${running.length} series: ${good} answered, ${running.length - good} lost; ${sum(({ lost }) => lost)} of ${sum(({ results }) => results)} probes lost`
  }

  /** A row for every series that there was, in a stable order; empty where there was none. */
  summary(options: PrintOptions): string {
    if (this.#seen.size === 0) return ''
    const rows = [...this.#seen.entries()]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, { path, last, results, lost, resets }]) => [
        path.node ?? NONE,
        path.target,
        path.nextHop ?? (path.kind === 'ecmp' ? 'all' : 'any'),
        path.kind,
        `${lost}/${results}`,
        String(resets),
        last.outcome,
      ])
    return table(['node', 'target', 'next hop', 'kind', 'lost', 'resets', 'last'], rows, options)
  }
}

const line = (at: Micros, node: string | undefined, text: string | undefined): string | undefined =>
  text === undefined ? undefined : `${clockTime(at)}  ${printable(node ?? NONE)}  ${printable(text)}`

/** As the record has it, where that says anything; what is as before is told here only as the end of untold changes. */
const textOf = (report: ProbeReport): string =>
  probeText(report) ?? probeText({ ...report, inRow: report.results }) ?? ''

function isChange(before: ProbeReport, now: ProbeReport): boolean {
  if (now.ended !== before.ended) return true
  if (now.results === 0) return false
  if (before.outcome !== now.outcome) return true
  if (now.outcome !== 'ok') return false
  // Over several next hops another one answers each time; that is no change.
  const other = now.kind !== 'ecmp' && whoOf(before) !== whoOf(now)
  return other || now.lost > 0 || (now.resets ?? 0) > 0
}

const whoOf = ({ reply }: ProbeReport): string =>
  `${reply?.pod ?? ''} ${reply?.node ?? ''} ${reply?.client ?? ''}`
