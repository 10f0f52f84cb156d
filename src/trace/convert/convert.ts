// From one format of BGP messages into another: streams, so that a file may be larger than memory.
import { once } from 'node:events'
import { open, stat } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { Readable, type Writable } from 'node:stream'
import { isUserError, UserError, whatHappened } from '../../core/errors/user-error.ts'
import { errorCode } from '../files.ts'
import { isCapture, readPackets } from './capture-read.ts'
import { JsonLines, readJsonLines } from './jsonl-format.ts'
import { mrtRecord, readMrt } from './mrt-format.ts'
import { OctetReader } from './octets.ts'
import { PcapngWriter } from './pcapng-write.ts'
import { BgpStreams } from './streams.ts'
import { readTraceFolder } from './trace-format.ts'
import { Notes, type WireEvent } from './wire-event.ts'

export const FORMATS = ['mrt', 'pcapng', 'jsonl'] as const
export type Format = (typeof FORMATS)[number]

export interface Progress {
  readonly messages: number
  /** Octets written. */
  readonly octets: number
}

export interface Converted extends Progress {
  /** What was left out or cut off, in words. */
  readonly notes: readonly string[]
}

export interface ConvertOptions {
  /** A trace folder, a file of any of the formats (gzip is unpacked), or "-" for standard input. */
  readonly input: string
  readonly to: Format
  /** A path, or a stream that stays open. */
  readonly output: string | Writable
  /** Called after every `CHUNK` octets of output. */
  readonly onProgress?: (progress: Progress) => void
}

const CHUNK = 64 * 1024
/** MRT types there have ever been; the first octets of anything else are no MRT. */
const MRT_TYPES = new Set([11, 12, 13, 16, 17, 32, 33, 48, 49])

/**
 * Converts a record. What a crash or a full disk has cut short is converted up to the last whole record, and noted.
 * @throws UserError RW_TRACE when the input is none of the formats, damaged, or has no message; RW_USAGE when the
 *   output cannot be written
 */
export async function convert({ input, to, output, onProgress }: ConvertOptions): Promise<Converted> {
  const notes = new Notes()
  const total = { messages: 0, octets: 0 }
  const events = openRecord(input, notes)
  // The output is not touched before the input was found to be something.
  const first = await events.next()
  if (first.done === true) throw empty(input, notes)
  const counted = counting(prepended(first.value, events), total)
  const chunks = chunked(encoded(counted, to, notes), (octets) => {
    total.octets += octets
    onProgress?.({ ...total })
  })
  try {
    await write(chunks, input, output)
  } finally {
    await events.return(undefined)
  }
  if (total.messages === 0) throw empty(input, notes)
  return { ...total, notes: notes.list() }
}

/** The connections and messages of a record in whatever format it is. */
export async function* openRecord(input: string, notes: Notes): AsyncGenerator<WireEvent> {
  if (input !== '-' && (await isDirectory(input))) return yield* readTraceFolder(input, notes)
  const octets = await OctetReader.open(input)
  try {
    const head = await octets.peek(12)
    if (isCapture(head)) {
      const streams = new BgpStreams(notes)
      for await (const packet of readPackets(octets, head, notes)) yield* streams.events(packet)
    } else if (head[0] === 0x7b) yield* readJsonLines(octets, notes)
    else if (head.length >= 6 && MRT_TYPES.has(head.readUInt16BE(4))) yield* readMrt(octets, notes)
    else {
      const problem = head.length === 0 ? 'is empty' : 'is neither MRT, pcapng, pcap nor JSON lines'
      throw new UserError('RW_TRACE', `${octets.name} ${problem}`, { remedy: REMEDY })
    }
  } finally {
    octets.close()
  }
}

const REMEDY = 'Give a trace folder, an MRT file, a capture, or lines that `convert --to jsonl` wrote.'

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory()
  } catch (error) {
    const problem = errorCode(error) === 'ENOENT' ? 'there is no such file or folder' : whatHappened(error)
    throw new UserError('RW_TRACE', `${path}: ${problem}`, { remedy: REMEDY, cause: error })
  }
}

function empty(input: string, notes: Notes): UserError {
  const why = notes.list().length === 0 ? '' : `: ${notes.list().join('; ')}`
  return new UserError('RW_TRACE', `${input} has no BGP message${why}`, { remedy: REMEDY })
}

async function* prepended(first: WireEvent, rest: AsyncGenerator<WireEvent>): AsyncGenerator<WireEvent> {
  yield first
  yield* rest
}

async function* counting(
  events: AsyncGenerator<WireEvent>,
  total: { messages: number },
): AsyncGenerator<WireEvent> {
  for await (const event of events) {
    if (event.type === 'message') total.messages++
    yield event
  }
}

async function* encoded(events: AsyncGenerator<WireEvent>, to: Format, notes: Notes): AsyncGenerator<Buffer> {
  if (to === 'pcapng') {
    const writer = new PcapngWriter()
    yield writer.header()
    for await (const event of events) yield writer.packets(event)
  } else if (to === 'jsonl') {
    const lines = new JsonLines()
    for await (const event of events) yield lines.line(event)
  } else {
    for await (const event of events) {
      const record = mrtRecord(event, notes)
      if (record !== undefined) yield record
    }
  }
}

/** Few large pieces instead of many small ones. */
async function* chunked(
  pieces: AsyncGenerator<Buffer>,
  written: (octets: number) => void,
): AsyncGenerator<Buffer> {
  let waiting: Buffer[] = []
  let length = 0
  for await (const piece of pieces) {
    waiting.push(piece)
    length += piece.length
    if (length < CHUNK) continue
    yield Buffer.concat(waiting)
    written(length)
    waiting = []
    length = 0
  }
  if (length === 0) return
  yield Buffer.concat(waiting)
  written(length)
}

async function write(
  chunks: AsyncGenerator<Buffer>,
  input: string,
  output: string | Writable,
): Promise<void> {
  if (typeof output !== 'string') {
    await pipeline(Readable.from(chunks), output, { end: false })
    if (output.writableNeedDrain) await once(output, 'drain')
    return
  }
  if (await isSame(input, output)) throw unwritable(output, 'it is the input')
  try {
    const file = await open(output, 'w')
    await pipeline(Readable.from(chunks), file.createWriteStream())
  } catch (error) {
    // Errors of the input come this way too.
    if (isUserError(error) || errorCode(error) === undefined) throw error
    throw unwritable(output, whatHappened(error), error)
  }
}

async function isSame(input: string, output: string): Promise<boolean> {
  if (input === '-') return false
  try {
    const [from, to] = await Promise.all([stat(input), stat(output)])
    return from.dev === to.dev && from.ino === to.ino
  } catch {
    return false // there is no output yet
  }
}

function unwritable(output: string, problem: string, cause?: unknown): UserError {
  return new UserError('RW_USAGE', `${output} cannot be written: ${problem}`, {
    remedy: 'Name another file with -o.',
    cause,
  })
}
