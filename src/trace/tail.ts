// A trace that is being written, read along: each look gives what came since the one before, and reads nothing twice.
import { readdir } from 'node:fs/promises'
import type { StreamEvent } from '../core/stream/events.ts'
import { inFolder } from './files.ts'
import { type SegmentFiles, segmentsIn } from './names.ts'
import { newReadState, openTrace } from './reader.ts'
import { OpenSegment } from './segment-read.ts'

/** A segment is finished when its files have a number; until then it has none, and that is the one after all others. */
const numberOf = ({ number }: SegmentFiles): number => number ?? Infinity

export class TraceTail {
  readonly #directory: string
  readonly #state = newReadState()
  #open: OpenSegment | undefined
  /** Number of the last segment that was finished when it was left or passed over. */
  #done = 0

  private constructor(directory: string) {
    this.#directory = directory
  }

  /** Throws RW_TRACE as openTrace does; reads no event yet. */
  static async open(directory: string): Promise<TraceTail> {
    await openTrace(directory)
    return new TraceTail(directory)
  }

  /**
   * What is in the files now and was not given before. One look at a time.
   * @throws UserError RW_TRACE for what a crash cannot explain
   */
  async *more(): AsyncGenerator<StreamEvent, void, undefined> {
    for (;;) {
      if (this.#open !== undefined) {
        // Names first: a segment that is finished by then has its last event in it.
        const place = await this.#placeOf(this.#open)
        for await (const events of this.#open.more()) yield* events
        if (place === 'current') return
        // One that was removed meanwhile was older than all that there are.
        if (place !== 'removed') this.#done = place
        await this.close()
      }
      const next = await this.#next()
      if (next === undefined) return
      const { number, messages, events } = next
      if (messages === undefined || events === undefined) {
        // Of the current one the other file is about to come; a finished one cannot be read.
        if (number === undefined) return
        this.#done = number
        continue
      }
      const opened = await this.#opened(messages, events)
      // Files that were given other names meanwhile may be those of two segments.
      if (JSON.stringify(await this.#next()) === JSON.stringify(next)) this.#open = opened
      else await opened?.close()
    }
  }

  /** The number that the segment has by now. */
  async #placeOf(open: OpenSegment): Promise<number | 'current' | 'removed'> {
    for (const { number, events } of await this.#todo())
      if (events !== undefined && (await open.isOf(inFolder(this.#directory, events))))
        return number ?? 'current'
    return 'removed'
  }

  async #next(): Promise<SegmentFiles | undefined> {
    return (await this.#todo())[0]
  }

  /** Segments that are not done; the one that is read along is the first of them unless it was removed. */
  async #todo(): Promise<readonly SegmentFiles[]> {
    const segments = segmentsIn(await readdir(this.#directory))
    return segments.filter((segment) => numberOf(segment) > this.#done)
  }

  /** Undefined: a file was given another name just now. */
  async #opened(messages: string, events: string): Promise<OpenSegment | undefined> {
    const paths = [inFolder(this.#directory, messages), inFolder(this.#directory, events)] as const
    try {
      return await OpenSegment.open(...paths, this.#state)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      throw error
    }
  }

  async close(): Promise<void> {
    const open = this.#open
    this.#open = undefined
    await open?.close()
  }
}
