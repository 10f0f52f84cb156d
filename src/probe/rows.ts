// Series of probes as plain rows, and one reading of sysctls with its verdict.
import { probeFindings } from '../core/check/probe-findings.ts'
import { ProbeBook } from '../core/check/probe-book.ts'
import type { Finding } from '../core/check/finding.ts'
import type { Observer } from '../core/check/observer.ts'
import { UserError } from '../core/errors/user-error.ts'
import type { Micros } from '../core/speaker/contract.ts'
import type { ProbeKind, ProbeOutcome, SysctlCensus } from '../core/stream/probe-events.ts'
import type { Access } from './access.ts'
import { censusEvent, parseReading } from './census-read.ts'
import { openShell } from './census.ts'

export interface ProbeRow {
  readonly node: string | undefined
  readonly prefix: string
  readonly target: string
  readonly kind: ProbeKind
  readonly nextHop: string | undefined
  readonly pinned: boolean
  readonly outcome: ProbeOutcome
  /** Since when probes end like that, and how many in a row. */
  readonly since: Micros
  readonly inRow: number
  /** Since the series began. */
  readonly results: number
  readonly lost: number
  readonly resets: number
  readonly rtt: Micros | undefined
  /** Pod, else node, that answered last. */
  readonly answeredBy: string | undefined
  /** Nobody probes it any more. */
  readonly ended: boolean
}

/** What is probed, or was a moment ago, at the instant of the last event, in a stable order. */
export function probeRows(observer: Observer): readonly ProbeRow[] {
  const rows = observer.checker.probes.series(observer.world.lastEvent.at).map((series): ProbeRow => {
    const { node, prefix, target, kind, nextHop, pinned, outcome, since, inRow } = series
    const { results, lost, resets, rtt, reply } = series
    const answeredBy = reply?.is.pod ?? reply?.is.node
    return {
      ...{ node, prefix, target, kind, nextHop, pinned, outcome, since, inRow },
      ...{ results, lost, resets, rtt, answeredBy, ended: series.ended === true },
    }
  })
  const key = (row: ProbeRow): string => `${row.target} ${row.nextHop ?? '~'} ${row.kind}`
  return rows.sort((a, b) => (key(a) < key(b) ? -1 : 1))
}

/**
 * Reads a node once.
 * @throws UserError RW_PROBE when there is no way to it
 */
export async function takeCensus(access: Access, now: () => Micros): Promise<SysctlCensus> {
  const asked = now()
  const text = await shell(access)
  const end = text.indexOf('#end')
  const reading = parseReading(text.slice(0, end).split('\n'), asked, now())
  // An empty answer must not pass for a node in order.
  if (reading.values.size === 0)
    throw new UserError('RW_PROBE', `${access.text} shows no sysctls of ${access.node}`, {
      remedy: 'Is it Linux, and is /proc mounted there?',
    })
  return censusEvent(access.node, undefined, reading)!
}

/** What the rules say of censuses alone. */
export function judgeCensuses(censuses: readonly SysctlCensus[]): readonly Finding[] {
  const book = new ProbeBook()
  censuses.forEach((census, at) => book.apply({ type: 'sysctl', ...census, seq: at + 1, at: census.read }))
  return [...probeFindings([], book.censuses(0), 0)].map((finding) => ({ ...finding, evidence: [] }))
}

function shell(access: Access): Promise<string> {
  const { node, text } = access
  const child = openShell(access)
  child.stdin.end('all\n')
  let out = ''
  let complaint = ''
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (complaint += chunk.toString()))
  return new Promise((resolve, reject) => {
    const failed = (why: string): void =>
      reject(
        new UserError('RW_PROBE', `the sysctls of ${node} cannot be read (${text}): ${why}`, {
          remedy: 'Run the command by hand to see why.',
        }),
      )
    child.once('error', (error) => failed(error.message))
    child.once('close', (code) => {
      if (out.includes('#end')) resolve(out)
      else failed(complaint.trim().slice(0, 300) || `the shell ended with ${code}`)
    })
  })
}
