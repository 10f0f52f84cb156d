// A trace folder, read as the stream that it is.
import { readFile, readdir } from 'node:fs/promises'
import { UserError, whatHappened } from '../core/errors/user-error.ts'
import type { StreamEvent } from '../core/stream/events.ts'
import { eventFromJson } from '../core/stream/json.ts'
import { Marks } from '../core/stream/marks.ts'
import { LineReader } from './blocks-read.ts'
import { errorCode, inFolder } from './files.ts'
import { manifestFromText, type TraceManifest } from './manifest.ts'
import { MrtDecoder } from './mrt-read.ts'
import { MANIFEST, type SegmentFiles, segmentsIn } from './names.ts'
import { type ReadState, readSegment } from './segment-read.ts'
import { Sessions } from './sessions.ts'

/** Octets at the end of files that a crash cut short, or that no whole event follows. */
export interface Truncated {
  readonly messages: number
  readonly events: number
}

export class TraceReader {
  readonly directory: string
  readonly manifest: TraceManifest
  readonly #segments: readonly SegmentFiles[]
  #truncated: Truncated = { messages: 0, events: 0 }
  #unknown: ReadonlySet<string> = new Set()

  constructor(directory: string, manifest: TraceManifest, segments: readonly SegmentFiles[]) {
    this.directory = directory
    this.manifest = manifest
    this.#segments = segments
  }

  /** What was cut off, as far as the last `events()` has read. */
  get truncated(): Truncated {
    return this.#truncated
  }

  /** Types of events that this version does not know and has left out, as far as the last `events()` has read. */
  get unknownTypes(): readonly string[] {
    return [...this.#unknown]
  }

  /**
   * Every event in the order of the stream. Files are read in blocks; the bytes of a message keep its block in memory: copy
   * what you hold for long.
   * @throws UserError RW_TRACE, while iterating, for what a crash cannot explain
   */
  events(): AsyncGenerator<StreamEvent, void, undefined> {
    return this.#read(this.#segments)
  }

  /** The marks, from events.jsonl alone: those in a part that is cut off are among them. */
  async marks(): Promise<Marks> {
    const marks = new Marks()
    for (const { events } of this.#segments) {
      if (events === undefined) continue
      const lines = await LineReader.open(inFolder(this.directory, events))
      try {
        for (let line = await lines.next(); line !== undefined; line = await lines.next()) {
          if (!line.text.includes('"type":"mark"')) continue
          const event = parse(line.text)
          if (event?.type === 'mark') marks.add({ name: event.name, seq: event.seq, at: event.at })
        }
      } finally {
        await lines.close()
      }
    }
    return marks
  }

  /** Number of the last event; 0 when there is none. Reads the last segment that has any. */
  async lastSeq(): Promise<number> {
    for (const segment of [...this.#segments].reverse()) {
      const state = newReadState()
      for await (const _events of readFiles(this.directory, segment, state));
      if (state.nextSeq !== undefined) return state.nextSeq - 1
    }
    return 0
  }

  async *#read(segments: readonly SegmentFiles[]): AsyncGenerator<StreamEvent, void, undefined> {
    const state = newReadState()
    this.#truncated = state.truncated
    this.#unknown = state.unknown
    for (const segment of segments)
      for await (const events of readFiles(this.directory, segment, state)) yield* events
  }
}

/**
 * Opens a trace; nothing but trace.json is read.
 * @throws UserError RW_TRACE when the folder is no trace, RW_TRACE_VERSION when a newer version wrote it
 */
export async function openTrace(directory: string): Promise<TraceReader> {
  const path = inFolder(directory, MANIFEST)
  let content: string
  let names: readonly string[]
  try {
    names = await readdir(directory)
    content = await readFile(path, 'utf8')
  } catch (error) {
    const code = errorCode(error)
    if (code === 'ENOENT')
      throw new UserError('RW_TRACE', `${directory} is no trace: there is no ${path}`, { cause: error })
    if (code === 'ENOTDIR') throw new UserError('RW_TRACE', `${directory} is no folder`, { cause: error })
    throw new UserError('RW_TRACE', `${directory} cannot be read: ${whatHappened(error)}`, { cause: error })
  }
  const manifest = manifestFromText(content, path)
  const segments = segmentsIn(names)
  if (segments.length === 0) {
    throw new UserError(
      'RW_TRACE',
      `${directory} has a trace.json, but neither messages.mrt nor events.jsonl`,
    )
  }
  return new TraceReader(directory, manifest, segments)
}

/** A segment of which one file was removed cannot be read; the one after it then begins with a gap. */
async function* readFiles(
  directory: string,
  segment: SegmentFiles,
  state: ReadState,
): AsyncGenerator<readonly StreamEvent[]> {
  const { messages, events } = segment
  if (messages === undefined || events === undefined) return
  yield* readSegment(inFolder(directory, messages), inFolder(directory, events), state)
}

/** Of a reader that begins. */
export function newReadState(): ReadState {
  return {
    decoder: new MrtDecoder(),
    sessions: new Sessions(),
    nextSeq: undefined,
    truncated: { messages: 0, events: 0 },
    unknown: new Set(),
  }
}

function parse(text: string): StreamEvent | undefined {
  try {
    return eventFromJson(JSON.parse(text))
  } catch {
    return undefined // events() says what is wrong with it
  }
}
