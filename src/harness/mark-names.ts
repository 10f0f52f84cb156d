// Names of instants: which are allowed, and which a running router knows.
import { UserError } from '../core/errors/user-error.ts'
import type { Mark, Marks } from '../core/stream/marks.ts'

/** Throws RW_USAGE for what is no line of text, or a number: numbers mean events. */
export function checkMarkName(name: string): void {
  if (name.trim() === '' || /[\r\n]/.test(name))
    throw new UserError('RW_USAGE', 'the name of a mark is a line of text', {
      remedy: 'Give it a name such as before-upgrade.',
    })
  if (/^\d+$/.test(name))
    throw new UserError('RW_USAGE', `the name of a mark is no number: ${name} means event ${name}`, {
      remedy: 'Give it a name such as before-upgrade.',
    })
}

/** The marks that count since a reset; the record keeps all. */
export class MarksSince {
  readonly #all: Marks
  readonly #after: number

  constructor(all: Marks, after: number) {
    this.#all = all
    this.#after = after
  }

  /** The last mark of that name. */
  get(name: string): Mark | undefined {
    const mark = this.#all.get(name)
    return mark !== undefined && mark.seq > this.#after ? mark : undefined
  }

  list(): readonly Mark[] {
    return this.#all.list().filter(({ seq }) => seq > this.#after)
  }
}
