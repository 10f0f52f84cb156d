// Merging the two files of a segment into the stream that they were.
import { stat } from 'node:fs/promises'
import { UserError, whatHappened } from '../core/errors/user-error.ts'
import type { StreamEvent } from '../core/stream/events.ts'
import { eventFromJson, type LineEvent } from '../core/stream/json.ts'
import { count, counts, isObject, type JsonObject, text } from '../core/stream/json-fields.ts'
import { TYPE_OPEN } from '../core/wire/framing.ts'
import { type Line, LineReader, RecordReader } from './blocks-read.ts'
import { POSITION } from './lines.ts'
import type { MrtMessage } from './mrt.ts'
import type { MrtDecoder } from './mrt-read.ts'
import type { Sessions } from './sessions.ts'

/** What goes from one segment to the next, and what the reader tells. */
export interface ReadState {
  readonly decoder: MrtDecoder
  readonly sessions: Sessions
  /** Number of the next event; undefined before the first. */
  nextSeq: number | undefined
  readonly truncated: { messages: number; events: number }
  /** Types of events that this version does not know. */
  readonly unknown: Set<string>
}

/**
 * The events of one segment, several at a time: each on its own would cost more than reading it. What a crash cut off is left
 * out and counted; messages count up to the offset of the last line, because an event that is lost might have stood between
 * later ones.
 * @throws UserError RW_TRACE for anything that a crash cannot explain
 */
export async function* readSegment(
  messagesPath: string,
  eventsPath: string,
  state: ReadState,
): AsyncGenerator<readonly StreamEvent[], void, undefined> {
  const segment = await OpenSegment.open(messagesPath, eventsPath, state)
  try {
    yield* segment.more()
    const { messages, events } = await segment.left()
    state.truncated.events += events
    state.truncated.messages += messages
  } finally {
    await segment.close()
  }
}

/** A segment that may still grow: what was read is not read again, and its files may be given other names meanwhile. */
export class OpenSegment {
  readonly #records: RecordReader
  readonly #lines: LineReader
  readonly #state: ReadState
  readonly #messagesPath: string
  readonly #eventsPath: string
  /** A line whose messages are not all there. */
  #waiting: { readonly line: Line; readonly parsed: ParsedLine } | undefined
  #endOfEvents = 0
  #endOfMessages = 0

  private constructor(
    paths: { readonly messages: string; readonly events: string },
    readers: { readonly records: RecordReader; readonly lines: LineReader },
    state: ReadState,
  ) {
    this.#messagesPath = paths.messages
    this.#eventsPath = paths.events
    this.#records = readers.records
    this.#lines = readers.lines
    this.#state = state
  }

  static async open(messagesPath: string, eventsPath: string, state: ReadState): Promise<OpenSegment> {
    const records = await RecordReader.open(messagesPath, state.decoder)
    try {
      const lines = await LineReader.open(eventsPath)
      return new OpenSegment({ messages: messagesPath, events: eventsPath }, { records, lines }, state)
    } catch (error) {
      await records.close()
      throw error
    }
  }

  /** The events up to where both files end now, several at a time. */
  async *more(): AsyncGenerator<readonly StreamEvent[], void, undefined> {
    const state = this.#state
    for (;;) {
      const next = this.#waiting ?? (await this.#nextLine())
      if (next === undefined) return
      const { line, parsed } = next
      const isNew = this.#waiting === undefined
      this.#waiting = next
      if (isNew && line.number === 1) yield gapBefore(parsed, state, this.#eventsPath)
      for await (const { events, end } of messagesTo(
        parsed.offset,
        this.#records,
        this.#messagesPath,
        state,
      )) {
        this.#endOfMessages = end
        yield events
      }
      if (this.#endOfMessages < parsed.offset) return
      if (this.#endOfMessages !== parsed.offset) {
        throw broken(
          this.#eventsPath,
          line,
          `"offset" ${parsed.offset} is inside a record of ${this.#messagesPath}`,
        )
      }
      this.#waiting = undefined
      const event = numbered(parsed, line, state, this.#eventsPath)
      this.#endOfEvents = this.#lines.position
      if (event === undefined) continue
      state.sessions.observe(event)
      if (event.type === 'checkpoint') state.sessions.adopt(parsed.sessions)
      yield [event]
    }
  }

  async #nextLine(): Promise<{ readonly line: Line; readonly parsed: ParsedLine } | undefined> {
    const line = await this.#lines.next()
    return line === undefined ? undefined : { line, parsed: parseLine(line, this.#eventsPath) }
  }

  /** Octets that no whole event was made of. */
  async left(): Promise<{ readonly messages: number; readonly events: number }> {
    return {
      messages: (await this.#records.size()) - this.#endOfMessages,
      events: (await this.#lines.size()) - this.#endOfEvents,
    }
  }

  /** Whether the path is that of its events, whatever name they had when it was opened. */
  async isOf(eventsPath: string): Promise<boolean> {
    const found = await stat(eventsPath).catch(() => undefined)
    return found !== undefined && found.ino === (await this.#lines.inode())
  }

  async close(): Promise<void> {
    await this.#records.close()
    await this.#lines.close()
  }
}

interface ParsedLine {
  readonly seq: number
  readonly offset: number
  readonly type: string
  readonly sessions: readonly number[]
  /** Undefined for lines that are no events, and for those of an unknown type. */
  readonly event: LineEvent | undefined
}

function parseLine(line: Line, path: string): ParsedLine {
  try {
    const json: unknown = JSON.parse(line.text)
    if (!isObject(json)) throw new Error('no JSON object')
    const from: JsonObject = json
    const type = text(from, 'type')
    return {
      seq: count(from, 'seq'),
      offset: count(from, 'offset'),
      type,
      sessions: from['sessions'] === undefined ? [] : counts(from, 'sessions'),
      event: type === POSITION ? undefined : eventFromJson(from),
    }
  } catch (error) {
    throw broken(path, line, whatHappened(error), error)
  }
}

/** Events are missing before a segment when an earlier one was cut short or removed. */
function gapBefore(line: ParsedLine, state: ReadState, path: string): readonly StreamEvent[] {
  const before = state.nextSeq
  state.nextSeq = line.seq
  if (line.event?.type === 'gap') return []
  if (before === undefined) {
    // A trace of which the oldest segments were removed begins with a checkpoint, and that is as good as a beginning.
    if (line.seq === 1 || line.type === 'started' || line.type === 'checkpoint') return []
  } else if (line.seq <= before) {
    if (line.seq === before) return []
    throw new UserError(
      'RW_TRACE',
      `${path} begins with event ${line.seq}, but the segment before it ends with ${before - 1}`,
    )
  }
  const at = line.event?.at ?? 0
  const events = line.seq - (before ?? 1)
  return [{ type: 'gap', seq: line.seq, at, events, reason: 'the record before this is missing' }]
}

/** Checks the number, and counts. @returns the event, or undefined when the line has none to give */
function numbered(parsed: ParsedLine, line: Line, state: ReadState, path: string): LineEvent | undefined {
  const { seq, type, event } = parsed
  if (type === 'gap') {
    if (seq < (state.nextSeq ?? 0))
      throw broken(path, line, `event ${seq} comes after event ${(state.nextSeq ?? 0) - 1}`)
    state.nextSeq = seq
    return event
  }
  if (seq !== state.nextSeq) throw broken(path, line, `event ${seq} stands where ${state.nextSeq} should`)
  if (type === 'checkpoint' || type === POSITION) return event
  state.nextSeq = seq + 1
  if (event === undefined) state.unknown.add(type)
  return event
}

const DAMAGED =
  'The file was changed or damaged after it was written: take it from a copy, or cut it off there and read what is before.'

/** Messages, and the offset behind the last of them. */
interface Messages {
  readonly events: readonly StreamEvent[]
  readonly end: number
}

/** The messages up to an offset, as many at a time as are in memory. Fewer than that where the file is cut off. */
async function* messagesTo(
  offset: number,
  records: RecordReader,
  path: string,
  state: ReadState,
): AsyncGenerator<Messages, void, undefined> {
  let isMore = true
  while (isMore && records.position < offset) {
    const events: StreamEvent[] = []
    let end = records.position
    let problem: unknown
    try {
      while (end < offset) {
        const message = records.take()
        if (message === undefined) break
        end = records.position
        events.push(messageEvent(message, state))
      }
    } catch (error) {
      problem = error
    }
    if (events.length > 0) yield { events, end }
    if (problem !== undefined) {
      if (await records.zerosToEnd()) return
      throw new UserError('RW_TRACE', `${path} at octet ${end}: ${whatHappened(problem)}`, {
        cause: problem,
        remedy: DAMAGED,
      })
    }
    isMore = end >= offset || (await records.fill())
  }
}

function messageEvent(message: MrtMessage, state: ReadState): StreamEvent {
  const seq = state.nextSeq ?? 1
  state.nextSeq = seq + 1
  return {
    type: 'message',
    seq,
    at: message.at,
    session: state.sessions.number(message.interfaceIndex),
    direction: message.local ? 'out' : 'in',
    // A speaker keeps parts of OPENs, which would keep the block that they were read with.
    bytes: message.bytes[18] === TYPE_OPEN ? message.bytes.slice() : message.bytes,
    fourOctetAs: message.fourOctetAs,
    addPath: message.addPath,
    peerAsn: message.peerAsn,
  }
}

function broken(path: string, line: Line, problem: string, cause?: unknown): UserError {
  return new UserError('RW_TRACE', `${path} line ${line.number}: ${problem}`, { cause, remedy: DAMAGED })
}
