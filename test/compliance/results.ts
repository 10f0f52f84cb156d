// What we measured of the four daemons, kept beside the scenarios; what differs now; the table that both are shown in.
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { DAEMON_NAMES, type DaemonName } from '../support/daemons/driver.ts'
import { SCENARIOS, type Outcome } from './graceful-restart.ts'
import type { Outcomes } from './play.ts'
import type { TargetName } from './target.ts'

const FILE = fileURLToPath(new URL('results.json', import.meta.url))

const NAMES: Record<TargetName, string> = {
  us: 'routewitness',
  bird: 'BIRD',
  frr: 'FRR',
  gobgp: 'GoBGP',
  openbgpd: 'OpenBGPD',
}

/** One daemon's column, with the version that it was measured on. */
export interface Column {
  readonly version: string
  readonly outcomes: Outcomes
}

type Stored = Partial<Record<DaemonName, Column>>

export function storedResults(): Stored {
  return JSON.parse(readFileSync(FILE, 'utf8')) as Stored
}

/** Replaces the columns given, and leaves the others as they are. */
export function storeResults(columns: Stored): void {
  const merged = { ...storedResults(), ...columns }
  const ordered = Object.fromEntries(
    DAEMON_NAMES.flatMap((name) => (merged[name] ? [[name, merged[name]]] : [])),
  )
  writeFileSync(FILE, `${JSON.stringify(ordered, null, 2)}\n`)
}

/** Scenarios in which we do not do what the RFC asks, in words. */
export function againstRfc(outcomes: Outcomes): string[] {
  return SCENARIOS.flatMap(({ id, text, rfc }) => {
    const outcome = outcomes[id]
    if (outcome?.verdict === rfc.verdict) return []
    return [`${id} ${text}: ${rfc.clause} asks for ${rfc.verdict}, seen ${words(outcome)}`]
  })
}

/** Where a daemon behaves otherwise than stored, in words. How long something took is not compared. */
export function againstStored(name: DaemonName, column: Column): string[] {
  const before = storedResults()[name]
  if (before === undefined) return [`${NAMES[name]} ${column.version}: nothing is stored`]
  return SCENARIOS.flatMap(({ id }) => {
    const [then, now] = [before.outcomes[id], column.outcomes[id]]
    if (essence(then) === essence(now)) return []
    return [
      `${NAMES[name]} ${id}: ${words(then)} with ${before.version}, now ${words(now)} with ${column.version}`,
    ]
  })
}

/** The table in Markdown; what deviates from the RFC is bold. */
export function resultTable(columns: Partial<Record<TargetName, Column>>): string {
  const shown = (['us', ...DAEMON_NAMES] as const).flatMap((name) =>
    columns[name] === undefined ? [] : [{ name, column: columns[name] }],
  )
  const heads = shown.map(({ name, column }) =>
    name === 'us' ? NAMES.us : `${NAMES[name]} ${column.version}`,
  )
  const rows = SCENARIOS.map(({ id, text, rfc }) => [
    id,
    text,
    `${rfc.verdict} (${rfc.clause})`,
    ...shown.map(({ column }) => {
      const outcome = column.outcomes[id]
      return outcome?.verdict === rfc.verdict ? words(outcome) : `**${words(outcome)}**`
    }),
  ])
  return markdown([['#', 'Scenario', 'RFC asks', ...heads], ...rows])
}

const words = (outcome: Outcome | undefined): string => {
  if (outcome === undefined) return 'not played'
  if (outcome.verdict === 'X') return outcome.note ?? 'X'
  return outcome.note === undefined ? outcome.verdict : `${outcome.verdict} (${outcome.note})`
}

const essence = (outcome: Outcome | undefined): string =>
  outcome?.verdict === 'X' ? words(outcome) : (outcome?.verdict ?? '')

/** Rows as a Markdown table with aligned columns, the way prettier formats it. */
function markdown(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(3, ...rows.map((row) => row[column]!.length)))
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`
  const [head, ...body] = rows
  return [line(head!), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)].join('\n')
}
