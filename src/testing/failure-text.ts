// What a failed claim says: the claim, what was found instead, why, the events that tell the story, the nearest routes, what
// to do, and where the trace lies.
import { isAbsolute, relative } from 'node:path'
import { printable } from '../core/errors/printable.ts'
import type { EventRow } from '../harness/event-log.ts'
import { formatSpan } from '../harness/duration.ts'
import { clockTime } from '../report/time.ts'
import type { Outcome } from './claims/claim.ts'
import { sideBySide } from './near.ts'

/** Where and how a claim was looked at. */
export interface Looked {
  readonly name: string
  /** The function that was called, where that is no matcher: its name says whether it is a negation. */
  readonly called?: string | undefined
  readonly args: readonly unknown[]
  readonly negated: boolean
  /** The claim as it was made, negated where it was. */
  readonly claim: string
  /** What it was made about, "state", "window" or "router". */
  readonly label: string
  readonly trace: string | undefined
  /** The instant or the two instants that it was about. */
  readonly at: { readonly from?: number; readonly seq: number } | undefined
  readonly events: readonly EventRow[]
  /** On a running router: how long and how often. */
  readonly waited?: { readonly micros: number; readonly looks: number } | undefined
}

const TIMELINE = 10
const LABEL = 10

/** A value in a call, shortly: what it is where it is one of ours. */
function argument(value: unknown): string {
  if (typeof value === 'object' && value !== null && 'label' in value && 'name' in value)
    return String(value.name)
  if (Array.isArray(value)) return `[${value.map(argument).join(', ')}]`
  if (typeof value === 'object' && value !== null) {
    const parts = Object.entries(value)
      .filter(([, part]) => part !== undefined)
      .map(([key, part]) => `${key}: ${argument(part)}`)
    return parts.length === 0 ? '{}' : `{ ${parts.join(', ')} }`
  }
  return typeof value === 'string' ? `'${value}'` : String(value)
}

/** "expect(tor).not.toAdvertise('10.5.112.0/24', { node: 'node01' })", "assertDoesNotAdvertise(tor, '10.5.112.0/24')" */
export function callText({
  name,
  called,
  args,
  negated,
  label,
}: Pick<Looked, 'name' | 'called' | 'args' | 'negated' | 'label'>): string {
  const given = args.filter((value) => value !== undefined).map(argument)
  if (called !== undefined) return `${called}(${[label, ...given].join(', ')})`
  return `expect(${label}).${negated ? 'not.' : ''}${name}(${given.join(', ')})`
}

const section = (label: string, lines: readonly string[]): readonly string[] =>
  lines.map((line, at) => `  ${(at === 0 ? label : '').padEnd(LABEL)}${line}`.trimEnd())

const who = ({ node, remote, peer }: EventRow): string => {
  const stranger = remote ?? peer?.split(' ').at(-1)
  return node ?? (stranger === undefined ? '' : `(${stranger})`)
}

/** The latest of the events that tell the story, a line each. */
function timeline(events: readonly EventRow[], about: Outcome['about']): readonly string[] {
  const rows = about === undefined ? [] : events.filter(about)
  const shown = rows.slice(-TIMELINE)
  const seq = Math.max(0, ...shown.map((row) => String(row.seq).length))
  const name = Math.max(0, ...shown.map((row) => who(row).length))
  const left = rows.length - shown.length
  return [
    ...(left > 0 ? [`… ${left} earlier`] : []),
    ...shown.map(
      (row) =>
        `${clockTime(row.at)}  #${String(row.seq).padEnd(seq)}  ${who(row).padEnd(name)}  ${printable(row.text)}`,
    ),
  ]
}

/** A path as it is shorter to write, and the same on another machine: from here when it lies below. */
export function fromHere(path: string): string {
  const short = relative(process.cwd(), path)
  return short === '' || short.startsWith('..') || isAbsolute(short) ? path : short
}

/** A folder in a command line; quoted where it has to be. */
const quoted = (path: string): string =>
  /^[\w./:@%+=-]+$/.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`

function traceLines({ trace: path, at }: Looked): readonly string[] {
  const trace = path === undefined ? undefined : fromHere(path)
  if (trace === undefined) return ['none is kept: give startRouter({ trace }) a folder, or use routerTest']
  if (at === undefined) return [trace]
  const command =
    at.from === undefined
      ? `routewitness check --trace ${quoted(trace)} --at ${at.seq}`
      : `routewitness get events --trace ${quoted(trace)} --since ${at.from} --at ${at.seq}`
  return [trace, command]
}

/** The whole text. */
export function failureText(looked: Looked, outcome: Outcome): string {
  const { waited, negated } = looked
  const [first = '', ...more] = outcome.found
  const story = timeline(looked.events, outcome.about)
  return [
    callText(looked),
    '',
    ...section('claim', [looked.claim]),
    ...section(outcome.says === 'undecided' ? 'undecided' : 'but', [
      printable(first),
      ...more.map((line) => `  ${printable(line)}`),
    ]),
    ...(outcome.says === 'undecided' && negated
      ? section('', ['(so its negation cannot be claimed either)'])
      : []),
    ...(waited === undefined
      ? []
      : section('waited', [
          `${formatSpan(waited.micros)}, looked ${waited.looks === 1 ? 'once' : `${waited.looks} times`}`,
        ])),
    ...(outcome.cause === undefined ? [] : section('cause', [printable(outcome.cause)])),
    ...(outcome.impact === undefined ? [] : section('impact', [printable(outcome.impact)])),
    ...(story.length === 0 ? [] : section('timeline', story)),
    ...(outcome.near === undefined
      ? []
      : section('nearest', sideBySide(outcome.near.routes(), outcome.near.wanted))),
    ...(outcome.hint === undefined ? [] : section('hint', [outcome.hint])),
    ...section('trace', traceLines(looked)),
  ].join('\n')
}
