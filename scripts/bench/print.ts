// Results as tables of Markdown, for ../../docs/performance.md.
import type { Stall } from './launch.ts'
import type { SessionsResult } from './sessions.ts'
import type { TableResult } from './full-table.ts'
import type { VerdictRow } from './verdict.ts'
import type { WindowResult } from './window.ts'

/** The middle one, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >>> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

export function markdown(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

const fixed = (value: number | undefined, digits: number): string =>
  value === undefined || !Number.isFinite(value) ? '–' : value.toFixed(digits)

/** A stall, and how much of it was our own. */
const withRan = (stall: Stall | undefined): string =>
  stall === undefined ? '–' : `${fixed(stall.max, 0)} (${fixed(stall.ran, 0)})`

/**
 * Medians over rounds, with the ratio to bird. Stalls: median and worst, each less that of an idle process at the same
 * time, and how long the main thread had a processor in the worst.
 */
export function tableOfTables(results: ReadonlyMap<string, readonly TableResult[]>, routes: number): string {
  const of = (name: string, pick: (result: TableResult) => number): number =>
    median((results.get(name) ?? []).map(pick))
  const ratio = (name: string, pick: (result: TableResult) => number): string =>
    name === 'bird' || !results.has('bird') ? '' : ` (${(of(name, pick) / of('bird', pick)).toFixed(2)})`
  const stall = (name: string): string => {
    const phases = results.get(name)!.flatMap(({ announce, withdraw }) => [announce, withdraw])
    const known = phases.flatMap(({ stall: longest }) => longest ?? []).sort((a, b) => b.max - a.max)
    return known.length === 0
      ? '–'
      : `${median(known.map(({ max }) => max)).toFixed(0)} / ${withRan(known[0])}`
  }
  const cell = (name: string, pick: (result: TableResult) => number): string =>
    `${fixed(of(name, pick), 2)}${ratio(name, pick)}`
  return markdown(
    [
      'receiver',
      'rounds',
      'CPU s',
      'µs a route',
      'wall s',
      'withdraw CPU s',
      'withdraw wall s',
      'peak MB',
      'B a route',
      'stall ms (ran)',
      'sender CPU s',
    ],
    [...results].map(([name, { length }]) => [
      name,
      String(length),
      cell(name, ({ announce }) => announce.cpu),
      fixed((of(name, ({ announce }) => announce.cpu) * 1e6) / routes, 2),
      cell(name, ({ announce }) => announce.wall),
      cell(name, ({ withdraw }) => withdraw.cpu),
      cell(name, ({ withdraw }) => withdraw.wall),
      fixed(
        of(name, ({ peak }) => peak),
        0,
      ),
      fixed(
        of(name, ({ perRoute }) => perRoute),
        0,
      ),
      stall(name),
      fixed(
        of(name, ({ announce }) => announce.senderCpu),
        2,
      ),
    ]),
  )
}

export function tableOfSessions(results: ReadonlyMap<string, SessionsResult>): string {
  return markdown(
    [
      'receiver',
      'Established',
      'open s',
      'CPU s',
      'worst gap ms',
      'ended',
      'stall ms (ran)',
      'peak MB',
      'sender CPU s',
    ],
    [...results].map(([name, result]) => [
      name,
      String(result.established),
      fixed(result.open, 2),
      fixed(result.cpu, 1),
      fixed(result.gap, 0),
      result.ended === 0 ? '0' : `${result.ended} (${result.why ?? ''})`,
      withRan(result.stall),
      fixed(result.peak, 0),
      fixed(result.senderCpu, 1),
    ]),
  )
}

export function tableOfVerdicts(rows: readonly VerdictRow[]): string {
  return markdown(
    ['verdict', 'ms', 'longest turn before it ms', 'findings'],
    rows.map(({ what, ms, turn, findings }) => [what, fixed(ms, 1), fixed(turn, 1), String(findings)]),
  )
}

/** Milliseconds of CPU of each question, the first time and later. */
export function tableOfWindows({ asked }: WindowResult): string {
  const windows = [...new Set(asked.map(({ window }) => window))]
  const questions = [...new Set(asked.map(({ question }) => question))]
  return markdown(
    ['question', ...windows.flatMap((window) => [`${window}: rows`, 'first ms', 'later ms'])],
    questions.map((question) => [
      question,
      ...windows.flatMap((window) => {
        const one = asked.find((each) => each.question === question && each.window === window)!
        return [String(one.rows), fixed(one.first, 1), fixed(one.later, 1)]
      }),
    ]),
  )
}
