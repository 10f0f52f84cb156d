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
  return new GrowingTable(headers, options).rows(rows)
}

/** A table that is printed piece by piece: later rows line up with earlier ones, and a column widens when it must. */
export class GrowingTable {
  readonly #widths: number[]
  #header: readonly string[] | undefined

  /** @param widths the least widths of the first columns, where what is to come is known to be wider than the header */
  constructor(headers: readonly string[], options: PrintOptions, widths: readonly number[] = []) {
    this.#header = options.headers ? headers.map((header) => header.toUpperCase()) : undefined
    this.#widths = headers.map((_, column) => widths[column] ?? 0)
  }

  /** The next rows; the header stands above the first. */
  rows(rows: readonly (readonly string[])[]): string {
    const cells = rows.map((row) => row.map(printable))
    const shown = this.#header === undefined ? cells : [this.#header, ...cells]
    this.#header = undefined
    for (const row of shown)
      for (const [column, cell] of row.entries())
        this.#widths[column] = Math.max(this.#widths[column] ?? 0, cell.length)
    return shown
      .map((row) =>
        row
          .map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(this.#widths[column]!)))
          .join('  ')
          .trimEnd(),
      )
      .map((line) => `${line}\n`)
      .join('')
  }
}
