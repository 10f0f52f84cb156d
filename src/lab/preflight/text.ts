// Results of the checks for people.
import { plural } from '../../core/errors/plural.ts'
import { printable } from '../../core/errors/printable.ts'
import { paint, type PrintOptions } from '../../report/table.ts'
import type { CheckVerdict } from './contract.ts'
import type { CheckResult } from './run.ts'

const COLOURS = { ok: 'green', warning: 'yellow', error: 'red', skipped: 'dim' } as const
/** Of a verdict, so that what follows lines up. */
const WIDTH = 'warning'.length

/** A check with what it found: a line for what is well, more for what is not. */
export function checkText({ id, verdict, title, outcomes }: CheckResult, options: PrintOptions): string {
  const lines = [`${sign(verdict, options)}  ${paint(id, 'bold', options)}  ${title}`]
  for (const { verdict: one, what, remedy } of outcomes) {
    lines.push(
      `${' '.repeat(WIDTH)}  ${outcomes.length > 1 ? `${sign(one, options)}  ` : ''}${printable(what)}`,
    )
    if (remedy !== undefined)
      lines.push(
        `${' '.repeat(WIDTH)}  ${outcomes.length > 1 ? ' '.repeat(WIDTH + 2) : ''}${paint('→', 'dim', options)} ${printable(remedy)}`,
      )
  }
  return `${lines.join('\n')}\n`
}

const sign = (verdict: CheckVerdict, options: PrintOptions): string =>
  paint(verdict.padEnd(WIDTH), COLOURS[verdict], options)

/** The closing line: "19 checks: 3 errors, 1 warning, 12 ok, 3 skipped". */
export function summaryText(results: readonly CheckResult[]): string {
  const count = (verdict: CheckVerdict): number =>
    results.filter((result) => result.verdict === verdict).length
  return `${plural(results.length, 'check')}: ${plural(count('error'), 'error')}, ${plural(count('warning'), 'warning')}, ${count('ok')} ok, ${count('skipped')} skipped\n`
}
