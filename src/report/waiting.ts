// What a wait tells as it goes: only what is new since it last said something.
import { waitingLine, type Waiting } from '../harness/waiting.ts'

/** Remembers what was told. A line that went away and comes again is told again. */
export class ChangedLines {
  #told: ReadonlySet<string> = new Set()

  /** The lines among these that the last call had not. */
  of(waiting: readonly Waiting[]): readonly string[] {
    const lines = waiting.map(waitingLine)
    const changed = lines.filter((line) => !this.#told.has(line))
    this.#told = new Set(lines)
    return changed
  }
}
