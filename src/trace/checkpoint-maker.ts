// The line of a checkpoint while it is made, a slice in each turn of the event loop: a large table must stop nothing.
import type { Block } from './block.ts'

/** So much text is made in one turn: some 800 routes, which take a millisecond or two. */
const SLICE = 128 * 1024
/** Pieces can be as short as a comma. */
const SHORT = 4096

interface Making {
  readonly block: Block
  readonly pieces: Iterator<string, void, undefined>
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/** Makes one checkpoint at a time. */
export class CheckpointMaker {
  readonly #changed: () => void
  #making: Making | undefined

  /** @param changed called when one is whole, outside of every call but `finish` */
  constructor(changed: () => void) {
    this.#changed = changed
  }

  get busy(): boolean {
    return this.#making !== undefined
  }

  /** Begins to put the line at the end of a block; until it is whole `block.unmade` is there to wait for. */
  begin(block: Block, pieces: Iterator<string, void, undefined>): void {
    this.finish()
    block.unmade = new Promise((resolve, reject) => {
      this.#making = { block, pieces, resolve, reject }
    })
    // Whoever gives up the block does not wait for it.
    block.unmade.catch(() => undefined)
    const making = this.#making
    const advance = (): void => {
      if (this.#making === making && this.#advance(SLICE)) setImmediate(advance)
    }
    setImmediate(advance)
  }

  /** Makes the rest in one go: something comes that changes what it tells of. */
  finish(): void {
    this.#advance(Number.POSITIVE_INFINITY)
  }

  abandon(): void {
    this.#making = undefined
  }

  /** @returns whether there is more to make */
  #advance(octets: number): boolean {
    const making = this.#making
    if (making === undefined) return false
    const { block, pieces, resolve, reject } = making
    try {
      for (let made = 0; made < octets;) {
        let text = ''
        let last = false
        while (!last && text.length < SHORT) {
          const { value, done } = pieces.next()
          last = done === true
          if (value !== undefined) text += value
        }
        const length = block.events.appendText(text)
        block.exempt += length
        made += length
        if (!last) continue
        this.#making = undefined
        block.unmade = undefined
        resolve()
        this.#changed()
        return false
      }
      return true
    } catch (error) {
      // The block stays unmade, so that whoever wants to write it learns why it cannot be.
      this.#making = undefined
      reject(error)
      this.#changed()
      return false
    }
  }
}
