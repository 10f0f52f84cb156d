// Rows of peers, routes, nodes, expected routes and events as tables, JSON or YAML.
import { stringify } from 'yaml'
import type { EventRow } from '../harness/event-log.ts'
import type { RowKind } from '../harness/handle.ts'
import { formatSpan } from '../harness/duration.ts'
import type { ExpectedRow, NodeRow, PeerRow, RouteRow } from '../harness/views.ts'
import type { Finding } from '../core/check/finding.ts'
import type { Micros } from '../core/speaker/contract.ts'
import { GrowingTable, type PrintOptions } from './table.ts'
import { clockTime } from './time.ts'

/** A column, perhaps one that only `-o wide` shows. `now` is the instant that ages are told from. */
export interface Column<Row> {
  readonly header: string
  readonly cell: (row: Row, now: Micros) => string
  readonly wide?: true
  /** Least width. */
  readonly width?: number
}

const NONE = '-'
const or = (text: string | undefined): string => (text === undefined || text === '' ? NONE : text)

const PEER_COLUMNS: readonly Column<PeerRow>[] = [
  { header: 'node', cell: (row) => or(row.node) },
  { header: 'peer as', cell: (row) => String(row.asn) },
  { header: 'address', cell: (row) => row.address },
  { header: 'router-id', cell: (row) => row.identifier },
  { header: 'state', cell: (row) => row.state },
  { header: 'since', cell: (row, now) => formatSpan(now - row.since) },
  { header: 'routes', cell: (row) => String(row.routes) },
  { header: 'stale', cell: (row) => String(row.stale) },
  { header: 'hold', cell: (row) => (row.holdTime === undefined ? NONE : `${row.holdTime}s`), wide: true },
  { header: 'end-of-rib', cell: (row) => or(row.endOfRib.join(',')), wide: true },
  { header: 'session', cell: (row) => String(row.session), wide: true },
  { header: 'opened by', cell: (row) => (row.direction === 'in' ? 'peer' : 'us'), wide: true },
  { header: 'sessions', cell: (row) => String(row.established), wide: true },
  { header: 'last close', cell: (row) => or(row.lastClose) },
]

const ROUTE_COLUMNS: readonly Column<RouteRow>[] = [
  { header: 'node', cell: (row) => or(row.node) },
  { header: 'prefix', cell: (row) => row.prefix },
  { header: 'next hop', cell: (row) => or(row.nextHop) },
  { header: 'as path', cell: (row) => or(row.asPath) },
  { header: 'communities', cell: (row) => or(row.communities) },
  { header: 'age', cell: (row, now) => formatSpan(now - row.since) },
  {
    header: 'stale',
    cell: (row, now) =>
      row.staleUntil === undefined ? NONE : `${formatSpan(Math.max(0, row.staleUntil - now))} left`,
  },
  { header: 'path id', cell: (row) => or(row.pathId?.toString()), wide: true },
  { header: 'event', cell: (row) => String(row.event), wide: true },
  { header: 'peer', cell: (row) => row.peer, wide: true },
]

const NODE_COLUMNS: readonly Column<NodeRow>[] = [
  { header: 'node', cell: (row) => row.node },
  { header: 'ciliumnode podcidrs', cell: (row) => or(row.podCidrs.join(',')) },
  { header: 'node podcidrs', cell: (row) => or(row.nodePodCidrs.join(',')) },
  { header: 'session', cell: (row) => row.state },
  { header: 'expected', cell: (row) => String(row.expected) },
  { header: 'announced', cell: (row) => String(row.announced) },
  { header: 'peers', cell: (row) => or(row.peers.join(',')), wide: true },
]

const EXPECTED_COLUMNS: readonly Column<ExpectedRow>[] = [
  { header: 'node', cell: (row) => row.node },
  { header: 'prefix', cell: (row) => row.prefix },
  { header: 'announced', cell: (row) => (row.announced ? 'yes' : 'no') },
  { header: 'from', cell: (row) => row.source },
  { header: 'instance', cell: (row) => or(row.instance) },
  { header: 'neighbor', cell: (row) => or(row.neighbor) },
]

const FINDING_COLUMNS: readonly Column<Finding>[] = [
  { header: 'severity', cell: (row) => row.severity },
  { header: 'node', cell: (row) => row.node },
  { header: 'prefix', cell: (row) => or(row.prefix) },
  { header: 'finding', cell: (row) => row.code },
  { header: 'owner', cell: (row) => or(row.owner) },
  { header: 'age', cell: (row, now) => formatSpan(now - row.since) },
  { header: 'cause', cell: (row) => or(row.cause), wide: true },
]

/** The node; of a stranger in parentheses where it comes from, else its identifier, with which its key ends. */
function whose({ node, remote, peer }: EventRow): string {
  if (node !== undefined) return node
  const stranger = remote ?? peer?.split(' ').at(-1)
  return stranger === undefined ? NONE : `(${stranger})`
}

const EVENT_COLUMNS: readonly Column<EventRow>[] = [
  { header: 'event', cell: (row) => String(row.seq) },
  { header: 'time', cell: (row) => clockTime(row.at) },
  { header: 'node', cell: whose },
  { header: 'session', cell: (row) => (row.session === undefined ? NONE : String(row.session)) },
  { header: 'type', cell: (row) => row.type },
  { header: 'what', cell: (row) => row.text },
]

/** What most events fit in: a watch prints the first before it knows the next. */
const EVENT_WIDTHS: Readonly<Record<string, number>> = {
  event: '100000'.length,
  time: '12:00:01.204'.length,
  node: '(198.18.100.100)'.length,
  type: 'notification'.length,
}
const WATCHED_EVENT_COLUMNS = EVENT_COLUMNS.map((column) => ({
  ...column,
  width: EVENT_WIDTHS[column.header] ?? column.header.length,
}))

/** What became of a row, first in the tables of a watch. */
const OP_COLUMN: Column<{ readonly op?: string }> = {
  header: 'op',
  cell: (row) => or(row.op),
  width: 'changed'.length,
}

/** How rows are printed; `watched` rows say what became of them. */
export interface RowFormat extends PrintOptions {
  /** table, wide, json or yaml */
  readonly format: string
  readonly watched?: boolean
}

/** Prints rows piece by piece; `print` gives the text of the next ones. JSON of a watch is one object a line. */
export function rowsPrinter<Row>(
  columns: readonly Column<Row>[],
  { format, watched = false, ...options }: RowFormat,
): (rows: readonly Row[], now: Micros) => string {
  if (format === 'json')
    return (rows) =>
      watched
        ? rows.map((row) => `${JSON.stringify(row)}\n`).join('')
        : `${JSON.stringify(rows, undefined, 2)}\n`
  if (format === 'yaml')
    return (rows) => (watched && rows.length === 0 ? '' : stringify(rows, { lineWidth: 0 }))
  const shown = columns.filter((column) => column.wide !== true || format === 'wide')
  const printed = new GrowingTable(
    shown.map((column) => column.header),
    options,
    shown.map((column) => column.width ?? 0),
  )
  return (rows, now) => printed.rows(rows.map((row) => shown.map((column) => column.cell(row, now))))
}

const COLUMNS = {
  peers: PEER_COLUMNS,
  routes: ROUTE_COLUMNS,
  nodes: NODE_COLUMNS,
  expected: EXPECTED_COLUMNS,
  findings: FINDING_COLUMNS,
  events: EVENT_COLUMNS,
}

/** The rows that a format shows: timers are for the wide table and for programs. */
export function shownRows(kind: RowKind, format: string, rows: readonly unknown[]): readonly unknown[] {
  return kind === 'events' && format === 'table'
    ? (rows as readonly EventRow[]).filter((row) => row.type !== 'timer')
    : rows
}

/** The columns of a kind of rows. Events do not change and go: their watch needs no column for it. */
export function columnsOf(kind: RowKind, watched = false): readonly Column<never>[] {
  if (kind === 'events' && watched) return WATCHED_EVENT_COLUMNS
  return watched ? [OP_COLUMN, ...COLUMNS[kind]] : COLUMNS[kind]
}
