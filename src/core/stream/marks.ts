// Named instants. A name may be given twice: the last one is meant, and the earlier ones stay in the list.
import type { Micros } from '../speaker/contract.ts'
import type { StreamEvent } from './events.ts'

export interface Mark {
  readonly name: string
  /** Number of the mark's event: the state at the mark is the state after it. */
  readonly seq: number
  readonly at: Micros
}

export class Marks {
  readonly #all: Mark[]
  readonly #last = new Map<string, Mark>()

  constructor(marks: Iterable<Mark> = []) {
    this.#all = []
    for (const mark of marks) this.add(mark)
  }

  add(mark: Mark): void {
    this.#all.push(mark)
    this.#last.set(mark.name, mark)
  }

  /** The last mark of that name. */
  get(name: string): Mark | undefined {
    return this.#last.get(name)
  }

  /** Every mark in the order of the stream, those with a name that was given again included. */
  list(): readonly Mark[] {
    return [...this.#all]
  }
}

/** The marks among these events. */
export function marksOf(events: Iterable<StreamEvent>): Marks {
  const marks = new Marks()
  for (const event of events) {
    if (event.type === 'mark') marks.add({ name: event.name, seq: event.seq, at: event.at })
  }
  return marks
}
