// The folder and the pair of files that is being written.
import type { SegmentEntry } from './manifest.ts'
import type { TraceFile, TraceFileSystem } from './files.ts'
import { inFolder } from './files.ts'
import { EVENTS, MESSAGES, numberedEvents, numberedMessages, numbersIn, segmentsIn } from './names.ts'

interface OpenFile {
  readonly path: string
  readonly file: TraceFile
  /** Octets that are whole: what stands behind them is left of a write that failed. */
  length: number
}

/** The current segment. Every method rejects as the file system does. */
export class Segment {
  readonly #files: TraceFileSystem
  readonly #messages: OpenFile
  readonly #events: OpenFile

  private constructor(files: TraceFileSystem, messages: OpenFile, events: OpenFile) {
    this.#files = files
    this.#messages = messages
    this.#events = events
  }

  /** Starts a segment in a folder that has no current one. */
  static async create(files: TraceFileSystem, directory: string): Promise<Segment> {
    const messages = await createFile(files, inFolder(directory, MESSAGES))
    try {
      return new Segment(files, messages, await createFile(files, inFolder(directory, EVENTS)))
    } catch (error) {
      await messages.file.close()
      await files.remove(messages.path)
      throw error
    }
  }

  get messagesLength(): number {
    return this.#messages.length
  }
  get length(): number {
    return this.#messages.length + this.#events.length
  }

  /** Whether the files still have their names: writing into a file that somebody removed succeeds, and is lost. */
  async intact(): Promise<boolean> {
    const same = async ({ path, file }: OpenFile): Promise<boolean> =>
      (await this.#files.identity(path)) === file.identity
    // At once: every wait for the disk is a turn of the event loop in which more comes that a crash would lose.
    return (await Promise.all([same(this.#messages), same(this.#events)])).every(Boolean)
  }

  /**
   * Appends to both files. Messages go first, so that a reader of what a crash left finds the messages that a line
   * says precede it. When it rejects, what was whole before is what is whole after.
   */
  async append(messages: readonly Uint8Array[], events: readonly Uint8Array[]): Promise<void> {
    const messagesEnd = await writeAll(this.#messages, messages)
    this.#events.length = await writeAll(this.#events, events)
    this.#messages.length = messagesEnd
  }

  /** Cuts off what a failed write left. */
  async repair(): Promise<void> {
    await this.#messages.file.truncate(this.#messages.length)
    await this.#events.file.truncate(this.#events.length)
  }

  async close(): Promise<void> {
    const files = [this.#messages.file, this.#events.file]
    const synced = await Promise.allSettled(files.map((file) => file.sync()))
    const closed = await Promise.allSettled(files.map((file) => file.close()))
    const failed = [...synced, ...closed].find((result) => result.status === 'rejected')
    if (failed !== undefined) throw failed.reason
  }
}

/**
 * Gives the files of the current segment, if there are any, the next number.
 * @returns the files that now have a number, oldest segment first
 */
export async function moveAside(files: TraceFileSystem, directory: string): Promise<readonly number[]> {
  const names = await files.list(directory)
  const numbers = numbersIn(names)
  const last = segmentsIn(names).at(-1)
  if (last === undefined) return numbers
  const number = last.number ?? (numbers.at(-1) ?? 0) + 1
  if (last.events === EVENTS) {
    await files.rename(inFolder(directory, EVENTS), inFolder(directory, numberedEvents(number)))
  }
  if (last.messages === MESSAGES) {
    await files.rename(inFolder(directory, MESSAGES), inFolder(directory, numberedMessages(number)))
  }
  return last.number === undefined ? [...numbers, number] : numbers
}

/** Removes the oldest finished segments until `keep` are left. @returns the numbers that are left */
export async function removeOldest(
  files: TraceFileSystem,
  directory: string,
  numbers: readonly number[],
  keep: number,
): Promise<readonly number[]> {
  const excess = Math.max(0, numbers.length - keep)
  for (const number of numbers.slice(0, excess)) {
    await files.remove(inFolder(directory, numberedMessages(number)))
    await files.remove(inFolder(directory, numberedEvents(number)))
  }
  return numbers.slice(excess)
}

/** Entries of the manifest under the names that their files now have. */
export function renamed(
  entries: readonly SegmentEntry[],
  numbers: readonly number[],
): readonly SegmentEntry[] {
  const kept = new Set(numbers.map(numberedEvents))
  const last = numbers.at(-1)
  return entries
    .map((entry) =>
      entry.events === EVENTS && last !== undefined
        ? { ...entry, events: numberedEvents(last), messages: numberedMessages(last) }
        : entry,
    )
    .filter((entry) => kept.has(entry.events))
}

async function createFile(files: TraceFileSystem, path: string): Promise<OpenFile> {
  return { path, file: await files.create(path), length: 0 }
}

async function writeAll(target: OpenFile, pieces: readonly Uint8Array[]): Promise<number> {
  let end = target.length
  for (const piece of pieces) {
    await target.file.write(piece, end)
    end += piece.length
  }
  return end
}
