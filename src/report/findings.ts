// A verdict as text: the findings one by one, what was not judged, and a closing line.
import type { Finding, NearRoute, Severity, Verdict } from '../core/check/finding.ts'
import { plural } from '../core/errors/plural.ts'
import { printable } from '../core/errors/printable.ts'
import { overlaps } from '../core/ip/arithmetic.ts'
import { parsePrefix } from '../core/ip/text.ts'
import { paint, table, type PrintOptions } from './table.ts'
import { clockTime, rfc3339 } from './time.ts'

const COLOUR: Record<Severity, 'red' | 'yellow' | 'cyan'> = { error: 'red', warning: 'yellow', info: 'cyan' }

/** Longest list of unjudged or unsettled routes that the short form prints. */
const SHORT_LIST = 5

/** A route near by number alone says nothing: it shares the node or addresses with what the finding is about. */
function isRelated(finding: Finding, near: NearRoute): boolean {
  if (near.node === finding.node || near.node === finding.owner) return true
  return finding.prefix !== undefined && overlaps(parsePrefix(near.prefix), parsePrefix(finding.prefix))
}

/** One finding in the words of `check`. */
export function findingText(finding: Finding, options: PrintOptions): string {
  return describe(finding, false, options)
}

function describe(finding: Finding, wide: boolean, options: PrintOptions): string {
  const subject = finding.prefix === undefined ? finding.node : `${finding.node}  ${finding.prefix}`
  const lines = [
    `${paint(subject, 'bold', options)}  ${paint(finding.code, COLOUR[finding.severity], options)}`,
    `  ${printable(finding.summary)}`,
  ]
  const detail = (label: string, text: string | undefined): void => {
    if (text !== undefined && text !== '')
      lines.push(`  ${paint(label.padEnd(8), 'dim', options)} ${printable(text)}`)
  }
  detail('cause', finding.cause)
  detail('impact', finding.impact)
  detail('remedy', finding.remedy)
  if (finding.evidence.length > 0)
    detail('evidence', `event${finding.evidence.length === 1 ? '' : 's'} ${finding.evidence.join(', ')}`)
  const nearest = wide ? finding.near : finding.near.filter((near) => isRelated(finding, near))
  if (nearest.length > 0) {
    detail('nearest', 'recorded routes, and what differs')
    const rows = nearest.map((near) => [
      near.node,
      near.prefix,
      near.nextHop,
      near.differs.length === 0 ? 'nothing: it is as its owner should announce it' : near.differs.join(', '),
    ])
    lines.push(
      ...table(['', '', '', ''], rows, { ...options, headers: false })
        .trimEnd()
        .split('\n')
        .map((line) => `             ${line}`),
    )
  }
  if (wide) {
    detail('since', rfc3339(finding.since))
    detail('peer', finding.peer)
    detail('session', finding.session === undefined ? undefined : String(finding.session))
  }
  return lines.join('\n')
}

function listed(title: string, rows: readonly (readonly string[])[], wide: boolean): string {
  if (rows.length === 0) return ''
  const shown = wide ? rows : rows.slice(0, SHORT_LIST)
  const rest = rows.length - shown.length
  const headers = shown[0]!.map(() => '')
  const body = table(headers, shown, { colour: false, headers: false }).replace(/^/gm, '  ').trimEnd()
  return `${title}\n${body}\n${rest > 0 ? `  and ${rest} more (-o wide lists all)\n` : ''}\n`
}

/** One line: "4 errors, 0 warnings; 4 routes of 4 nodes checked, 4 expected". */
export function closingLine(verdict: Verdict, options: PrintOptions): string {
  const count = (severity: Severity): number =>
    verdict.findings.filter((finding) => finding.severity === severity).length
  const errors = count('error')
  const warnings = count('warning')
  const { routes, nodes, expected } = verdict.checked
  const open = verdict.unsettled.length > 0 || !verdict.known
  const found =
    errors + warnings === 0
      ? open
        ? 'no finding so far'
        : 'no finding'
      : `${plural(errors, 'error')}, ${plural(warnings, 'warning')}`
  const colour = errors > 0 ? 'red' : warnings > 0 || open ? 'yellow' : 'green'
  const extra = [
    ...(verdict.notJudged.length > 0 ? [`${verdict.notJudged.length} not judged`] : []),
    ...(verdict.unsettled.length > 0 ? [`${verdict.unsettled.length} not settled yet`] : []),
    ...(verdict.known ? [] : ['state unknown across a gap']),
  ]
  const tail = extra.length === 0 ? '' : `; ${extra.join(', ')}`
  return `${paint(found, colour, options)}: ${plural(routes, 'route')} of ${plural(nodes, 'node')} compared with ${expected} expected${tail}`
}

/** The whole verdict; `wide` adds times, peers and full lists. */
export function findingsText(verdict: Verdict, wide: boolean, options: PrintOptions): string {
  const parts = verdict.findings.map((finding) => `${describe(finding, wide, options)}\n\n`)
  parts.push(
    listed(
      'not judged',
      verdict.notJudged.map((route) => [route.node, route.prefix, route.reason]),
      wide,
    ),
    listed(
      'not settled',
      verdict.unsettled.map((route) => [route.node, route.prefix, `due ${clockTime(route.until)}`]),
      wide,
    ),
  )
  for (const caveat of verdict.caveats) parts.push(`${paint('note', 'yellow', options)}  ${caveat}\n`)
  return `${parts.join('')}${closingLine(verdict, options)}\n`
}
