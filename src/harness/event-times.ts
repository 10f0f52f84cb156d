// When which event of a trace happened: 16 octets an event.
import { Doubles, firstWhere } from '../core/window/columns.ts'
import type { Instant } from '../core/window/contract.ts'

export class EventTimes {
  readonly #seqs = new Doubles()
  readonly #times = new Doubles()

  /** Takes the events in order. */
  note({ seq, at }: Instant): void {
    this.#seqs.push(seq)
    this.#times.push(at)
  }

  /** The first event; undefined when there is none. */
  get first(): Instant | undefined {
    return this.#seqs.length === 0 ? undefined : { seq: this.#seqs.get(0), at: this.#times.get(0) }
  }

  /** The time of event `seq`; in a gap that of the last event before it, and of the first event before all. */
  of(seq: number): number {
    const after = firstWhere(this.#seqs.length, (index) => this.#seqs.get(index) > seq)
    return this.#times.get(Math.max(0, after - 1))
  }
}
