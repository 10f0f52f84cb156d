// The trace folder as the writer sees it: made, resumed, rotated and mended.
import { hostname } from 'node:os'
import { isUserError, UserError, whatHappened } from '../core/errors/user-error.ts'
import type { Micros } from '../core/speaker/contract.ts'
import { errorCode, inFolder, nodeFiles, type TraceFileSystem } from './files.ts'
import { FORMAT, manifestToText, type SegmentEntry, type TraceManifest } from './manifest.ts'
import { EVENTS, MANIFEST, MESSAGES, segmentsIn } from './names.ts'
import { openTrace } from './reader.ts'
import { moveAside, removeOldest, renamed, Segment } from './segment.ts'
import type { TraceWriterOptions } from './writer-options.ts'

/** What will stand first in a segment. */
export interface SegmentStart {
  readonly seq: number
  readonly at: Micros
}

export class Folder {
  readonly directory: string
  readonly #files: TraceFileSystem
  readonly #keep: number
  readonly #tell: (problem: string) => void
  #manifest: TraceManifest
  /** trace.json does not say what the manifest says. */
  #stale = true
  /** Undefined while a new one is being made, or after that failed. */
  #segment: Segment | undefined

  constructor(directory: string, manifest: TraceManifest, options: TraceWriterOptions) {
    this.directory = directory
    this.#manifest = manifest
    this.#files = options.files ?? nodeFiles
    this.#keep = options.keepSegments ?? Number.POSITIVE_INFINITY
    this.#tell = options.onProblem
  }

  /** Octets of messages.mrt of the current segment that are written. */
  get messagesLength(): number {
    return this.#segment?.messagesLength ?? 0
  }

  /** Octets of both files of the current segment that are written. */
  get length(): number {
    return this.#segment?.length ?? 0
  }

  /** Appends to the current segment, messages first. */
  async append(messages: readonly Uint8Array[], events: readonly Uint8Array[]): Promise<void> {
    if (this.#segment === undefined || !(await this.#segment.intact())) {
      throw new Error(`the files in ${this.directory} were moved or removed`)
    }
    await this.#segment.append(messages, events)
  }

  /** Finishes the current segment, gives it a number and starts another. */
  async rotate(first: SegmentStart): Promise<void> {
    const finished = this.#segment
    this.#segment = undefined
    await finished?.close()
    await this.start(first)
  }

  /** Brings the folder to where appending can succeed again, from whatever a failure or a person left. */
  async repair(first: SegmentStart): Promise<void> {
    const before = this.#segment
    if (before !== undefined && (await before.intact())) {
      await before.repair()
      if (this.#stale) await this.#writeManifest()
      return
    }
    this.#segment = undefined
    // What becomes of files that have lost their name matters to nobody.
    await before?.close().catch(() => undefined)
    await this.start(first)
  }

  /** Starts a segment; files of one that has no number get one. */
  async start(first: SegmentStart): Promise<void> {
    await this.#files.makeDirectory(this.directory)
    const numbers = await moveAside(this.#files, this.directory)
    const segment = await Segment.create(this.#files, this.directory)
    this.#segment = segment
    this.#stale = true
    const kept = await this.#removeOldest(numbers)
    const current: SegmentEntry = { messages: MESSAGES, events: EVENTS, firstSeq: first.seq, from: first.at }
    this.#manifest = { ...this.#manifest, segments: [...renamed(this.#manifest.segments, kept), current] }
    await this.#writeManifest()
  }

  async close(): Promise<void> {
    await this.#segment?.close()
  }

  async #removeOldest(numbers: readonly number[]): Promise<readonly number[]> {
    try {
      return await removeOldest(this.#files, this.directory, numbers, this.#keep)
    } catch (error) {
      this.#tell(`an old segment in ${this.directory} could not be removed: ${whatHappened(error)}`)
      return numbers
    }
  }

  async #writeManifest(): Promise<void> {
    await this.#files.replace(inFolder(this.directory, MANIFEST), manifestToText(this.#manifest))
    this.#stale = false
  }
}

/**
 * Makes the folder and its first segment, or a further one.
 * @returns the folder, and the number of the next event
 * @throws UserError RW_USAGE, RW_TRACE_IO, RW_NO_SPACE; and as `openTrace` does when there is a trace to resume
 */
export async function openFolder(
  directory: string,
  options: TraceWriterOptions,
): Promise<{ readonly folder: Folder; readonly nextSeq: number }> {
  const files = options.files ?? nodeFiles
  let fresh = false
  let folder: Folder | undefined
  try {
    await files.makeDirectory(directory)
    const names = await files.list(directory)
    fresh = !names.includes(MANIFEST) && segmentsIn(names).length === 0
    if (!fresh && options.resume !== true) {
      throw new UserError('RW_USAGE', `${directory} already holds a trace`, {
        remedy: 'Go on with it (--resume, or the option trace.resume), or give another folder (--trace DIR).',
      })
    }
    const before = fresh ? undefined : await openTrace(directory)
    const nextSeq = before === undefined ? 1 : (await before.lastSeq()) + 1
    folder = new Folder(directory, manifestOf(options, before?.manifest), options)
    await folder.start({ seq: nextSeq, at: options.now() })
    return { folder, nextSeq }
  } catch (error) {
    await folder?.close().catch(() => undefined)
    if (isUserError(error)) throw error
    // A half-made trace would be in the way of the next attempt.
    if (fresh) await removeBeginnings(files, directory)
    throw cannotWrite(directory, error)
  }
}

/** What a person is told when a trace cannot be written at `directory`. */
function cannotWrite(directory: string, error: unknown): UserError {
  const code = errorCode(error)
  const full = code === 'ENOSPC' || code === 'EDQUOT'
  const problem = `the trace cannot be written to ${directory}: ${whatHappened(error)}`
  return new UserError(full ? 'RW_NO_SPACE' : 'RW_TRACE_IO', problem, { cause: error })
}

async function removeBeginnings(files: TraceFileSystem, directory: string): Promise<void> {
  for (const name of [MANIFEST, `${MANIFEST}.new`, MESSAGES, EVENTS]) {
    await files.remove(inFolder(directory, name)).catch(() => undefined)
  }
}

function manifestOf({ info, now }: TraceWriterOptions, before: TraceManifest | undefined): TraceManifest {
  const created = now()
  return {
    format: FORMAT,
    version: info.version,
    created: before?.created ?? created,
    host: info.host ?? hostname(),
    node: info.node ?? process.version,
    clock: { anchor: info.clockAnchor ?? created },
    config: info.config,
    settle: info.settle,
    segments: before?.segments ?? [],
  }
}
