// Text tables that line up, and colours that appear on a terminal only.
import { styleText } from 'node:util'
import { printable } from '../core/errors/printable.ts'

/** How to print. */
export interface PrintOptions {
  readonly colour: boolean
  readonly headers: boolean
}

type Colour = 'red' | 'yellow' | 'green' | 'dim' | 'bold' | 'cyan'

/** Wraps text in a colour when colours are on. */
export function paint(text: string, colour: Colour, options: Pick<PrintOptions, 'colour'>): string {
  return options.colour ? styleText(colour, text, { validateStream: false }) : text
}

/** Columns two blanks apart, headers in capitals; the last column is not padded. */
export function table(
  headers: readonly string[],
  rows: readonly (readonly string[])[],
  options: PrintOptions = { colour: false, headers: true },
): string {
  const cells = rows.map((row) => row.map(printable))
  const shown = options.headers ? [headers.map((header) => header.toUpperCase()), ...cells] : cells
  const widths = headers.map((_, column) => Math.max(0, ...shown.map((row) => (row[column] ?? '').length)))
  return shown
    .map((row) =>
      row
        .map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column]!)))
        .join('  ')
        .trimEnd(),
    )
    .map((line) => `${line}\n`)
    .join('')
}
