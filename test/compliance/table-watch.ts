// Looks at a target's table again and again; all scenarios that run at once share the looks.
import type { Target } from './target.ts'

const PAUSE_MS = 100

export class TableWatch {
  readonly #target: Target
  #next: Promise<ReadonlySet<string>> | undefined

  constructor(target: Target) {
    this.#target = target
  }

  /** The prefixes that are there now: asked after this call. */
  look(): Promise<ReadonlySet<string>> {
    this.#next ??= this.#lookSoon()
    return this.#next
  }

  /**
   * Waits until all of these prefixes are there, or until one is gone. Gives seconds since `from` (performance.now()),
   * undefined when it did not come to that within `seconds` of it.
   */
  async until(
    what: 'there' | 'gone',
    prefixes: readonly string[],
    seconds: number,
    from = performance.now(),
  ): Promise<number | undefined> {
    for (;;) {
      const table = await this.look()
      const after = (performance.now() - from) / 1000
      const there = prefixes.every((prefix) => table.has(prefix))
      if (there === (what === 'there')) return after
      if (after > seconds) return undefined
    }
  }

  async #lookSoon(): Promise<ReadonlySet<string>> {
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
    this.#next = undefined
    return this.#target.routes()
  }
}
