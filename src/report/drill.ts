// A drill's result for people and for CI.
import { describeSpan } from './time.ts'
import { junitSuite, type JunitCase } from './junit.ts'
import { paint, table, type PrintOptions } from './table.ts'
import { clockTime } from './time.ts'
import type { Bar, BarVerdict, Drill, DrillResult, DrillVerdict, Margin } from '../drill/contract.ts'
import { printable } from '../core/errors/printable.ts'

const COLOUR = { pass: 'green', fail: 'red', warn: 'yellow', info: 'cyan', skip: 'yellow' } as const

const word = (verdict: BarVerdict | DrillVerdict, options: PrintOptions): string =>
  paint(verdict.padEnd(4), COLOUR[verdict], options)

/** The catalogue: `drill list`. */
export function drillTable(drills: readonly Drill[], options: PrintOptions): string {
  const rows = drills.map(({ id, name, does, needs, seconds }) => [
    id,
    name,
    needsText(needs),
    `${seconds} s`,
    does,
  ])
  return table(['id', 'name', 'needs', 'time', 'does'], rows, options)
}

function needsText({ gracefulRestart, services, abilities = [] }: Drill['needs']): string {
  const needs = [
    ...(gracefulRestart === 'any' ? [] : [`GR ${gracefulRestart}`]),
    ...(services === true ? ['Services'] : []),
    ...(abilities.includes('cut') ? ['root'] : []),
  ]
  return needs.length === 0 ? '-' : needs.join(', ')
}

/** Steps with times, bars with what was expected and seen, margins, the verdict, and where the record lies. */
export function drillText(result: DrillResult, options: PrintOptions): string {
  const title = `${paint(`${result.id} ${result.name}`, 'bold', options)}  ${result.does}`
  const version = result.to === undefined ? result.version : `${result.version} → ${result.to}`
  const parts = [
    `${title}\n${result.cluster}${version === '' ? '' : `, Cilium ${version}`}, ${describeSpan(result.ended - result.begun)}\n`,
    section('steps', stepLines(result, options)),
    section(
      'bars',
      grouped(result.bars).flatMap((group) => barLines(group, options)),
    ),
    section(
      'margins',
      result.margins.map((margin) => marginLine(margin)),
    ),
    section(
      'measured',
      result.notes.map((note) => `  ${printable(note)}`),
    ),
    section(
      'put back',
      result.undone.map((what) => `  ${printable(what)}`),
    ),
    `${verdictLine(result, options)}\n`,
    ...(result.trace === undefined ? [] : [`trace    ${result.trace}\n`]),
  ]
  return parts.filter((part) => part !== '').join('\n')
}

const section = (name: string, lines: readonly string[]): string =>
  lines.length === 0 ? '' : `${name}\n${lines.join('\n')}\n`

function stepLines({ steps }: DrillResult, options: PrintOptions): string[] {
  if (steps.length === 0) return []
  const rows = steps.map(({ name, begin, end, failed }, at) => [
    `  ${at + 1}`,
    clockTime(begin.at),
    describeSpan(end.at - begin.at),
    failed === undefined ? name : `${name}: ${failed}`,
  ])
  return table(['', '', '', ''], rows, { ...options, headers: false })
    .trimEnd()
    .split('\n')
}

/** The same bar of several nodes with the same outcome is told once. */
function grouped(bars: readonly Bar[]): Bar[][] {
  const groups = new Map<string, Bar[]>()
  for (const bar of bars) {
    const key = JSON.stringify([bar.name, bar.verdict, bar.expected, bar.source, bar.node === undefined])
    groups.set(key, [...(groups.get(key) ?? []), bar])
  }
  return [...groups.values()]
}

const unique = (texts: readonly (string | undefined)[]): string[] => [
  ...new Set(texts.filter((text) => text !== undefined)),
]

function barLines(group: readonly Bar[], options: PrintOptions): string[] {
  const bar = group[0]!
  const nodes = unique(group.map(({ node }) => node)).join(', ')
  const observed = unique(group.map((one) => one.observed)).join(', ')
  const evidence = group.flatMap((one) => one.evidence).slice(0, 6)
  const where = nodes === '' ? '' : `  ${paint(nodes, 'dim', options)}`
  const source = bar.versions === undefined ? bar.source : `${bar.source}; Cilium ${bar.versions}`
  const head = `  ${word(bar.verdict, options)}  ${printable(bar.name)}${where}`
  const seen =
    bar.expected === observed
      ? `        ${printable(observed)}`
      : `        expected ${printable(bar.expected)}; observed ${printable(observed)}`
  const events = evidence.length === 0 || bar.verdict === 'pass' ? '' : `, events ${evidence.join(', ')}`
  return [head, `${seen}  ${paint(`[${source}${events}]`, 'dim', options)}`]
}

/** "restart  node01  took 8.21 s of 60.00 s, 86 % left" */
const marginLine = ({ name, node, measured, limit, left }: Margin): string => {
  const rest = left < 0 ? `${describeSpan(-left)} too late` : `${Math.floor((left / limit) * 100)} % left`
  return `  ${name}${node === undefined ? '' : ` of ${node}`} took ${describeSpan(measured)} of ${describeSpan(limit)}, ${rest}`
}

function verdictLine({ verdict, why, bars }: DrillResult, options: PrintOptions): string {
  const count = (wanted: BarVerdict): number => bars.filter((bar) => bar.verdict === wanted).length
  const counts = `${bars.length} bars: ${count('pass')} pass, ${count('fail')} fail, ${count('warn')} warn, ${count('info')} info`
  return `${paint(`verdict  ${verdict}`, COLOUR[verdict], options)}  ${why === undefined ? counts : why}`
}

/** One test case a bar; information passes, warnings pass and say so. */
export function drillJunit(result: DrillResult): string {
  const classname = `routewitness.drill.${result.id}`
  const cases = result.bars.map((bar): JunitCase => {
    const name = bar.node === undefined ? bar.name : `${bar.name} (${bar.node})`
    const text = `expected ${bar.expected}\nobserved ${bar.observed}\nsource ${bar.source}${bar.versions === undefined ? '' : `, Cilium ${bar.versions}`}\nevents ${bar.evidence.join(', ')}`
    if (bar.verdict !== 'fail') return { classname, name, output: `${bar.verdict}\n${text}` }
    const message = `expected ${bar.expected}; observed ${bar.observed}`
    return { classname, name, failure: { type: 'bar', message, text } }
  })
  // A drill that was interrupted, or that judged nothing, is no green suite.
  if (result.verdict === 'skip') {
    const message = result.why ?? 'nothing was checked'
    cases.push({ classname, name: 'something to check', failure: { type: 'skip', message, text: message } })
  }
  return junitSuite(`routewitness drill ${result.id} ${result.name}`, cases)
}
