// The two files of a segment, read in blocks.
import { type FileHandle, open } from 'node:fs/promises'
import { MRT_HEADER, type MrtMessage } from './mrt.ts'
import { isMessageRecord, type MrtDecoder, MrtError } from './mrt-read.ts'

const BLOCK = 256 * 1024

/** A stretch of a file in memory that moves on. */
class Window {
  readonly #file: FileHandle
  #buffer = Buffer.alloc(0)
  #start = 0
  /** Octets of the file before what is in memory, `#start` included. */
  #position = 0

  constructor(file: FileHandle) {
    this.#file = file
  }

  /** Offset in the file of the first octet that was not consumed. */
  get position(): number {
    return this.#position
  }

  /** What is in memory and was not consumed. */
  get rest(): Buffer {
    return this.#buffer.subarray(this.#start)
  }

  consume(octets: number): void {
    this.#start += octets
    this.#position += octets
  }

  /** Reads on, at least as much as there is already. @returns false at the end of the file */
  async fill(): Promise<boolean> {
    const rest = this.rest
    const larger = Buffer.allocUnsafeSlow(rest.length + Math.max(BLOCK, rest.length))
    const { bytesRead } = await this.#file.read(
      larger,
      rest.length,
      larger.length - rest.length,
      this.#position + rest.length,
    )
    if (bytesRead === 0) return false
    larger.set(rest)
    this.#buffer = larger.subarray(0, rest.length + bytesRead)
    this.#start = 0
    return true
  }

  async size(): Promise<number> {
    return (await this.#file.stat()).size
  }

  async inode(): Promise<number> {
    return (await this.#file.stat()).ino
  }

  async close(): Promise<void> {
    await this.#file.close()
  }
}

export interface Line {
  readonly text: string
  /** Counts from 1. */
  readonly number: number
  /** Offset of its first octet. */
  readonly start: number
}

/** Whole lines of a file: what follows the last line feed is none. */
export class LineReader {
  readonly #window: Window
  #number = 0

  private constructor(window: Window) {
    this.#window = window
  }

  static async open(path: string): Promise<LineReader> {
    return new LineReader(new Window(await open(path, 'r')))
  }

  /** Offset behind the last line that `next` gave. */
  get position(): number {
    return this.#window.position
  }

  async next(): Promise<Line | undefined> {
    let searched = 0
    for (;;) {
      const rest = this.#window.rest
      const end = rest.indexOf(0x0a, searched)
      if (end >= 0) {
        const line = {
          text: rest.toString('utf8', 0, end),
          number: ++this.#number,
          start: this.#window.position,
        }
        this.#window.consume(end + 1)
        return line
      }
      searched = rest.length
      if (!(await this.#window.fill())) return undefined
    }
  }

  size(): Promise<number> {
    return this.#window.size()
  }

  /** By which the file is known, whatever it is called by now. */
  inode(): Promise<number> {
    return this.#window.inode()
  }

  close(): Promise<void> {
    return this.#window.close()
  }
}

/** Whole MRT records of a file. */
export class RecordReader {
  readonly #window: Window
  readonly #decoder: MrtDecoder

  private constructor(window: Window, decoder: MrtDecoder) {
    this.#window = window
    this.#decoder = decoder
  }

  static async open(path: string, decoder: MrtDecoder): Promise<RecordReader> {
    return new RecordReader(new Window(await open(path, 'r')), decoder)
  }

  /** Offset behind the last record that was taken. */
  get position(): number {
    return this.#window.position
  }

  /**
   * The next record, when all of it is in memory.
   * @throws MrtError when it is no BGP message
   */
  take(): MrtMessage | undefined {
    const rest = this.#window.rest
    if (rest.length < MRT_HEADER) return undefined
    const header = this.#decoder.header(rest, 0)
    if (!isMessageRecord(header)) {
      throw new MrtError(`a record of type ${header.type}/${header.subtype}, which is no BGP message`)
    }
    const end = MRT_HEADER + header.length
    if (rest.length < end) return undefined
    const message = this.#decoder.message(header, rest.subarray(MRT_HEADER, end))
    this.#window.consume(end)
    // What was received was framed by its length, so that this cannot be: zeros stand where a message should.
    if (message?.local === false && message.bytes[16] === 0 && message.bytes[17] === 0) {
      throw new MrtError('a record whose message has no length')
    }
    return message
  }

  /** Reads on. @returns false at the end of the file: what is left is no whole record */
  fill(): Promise<boolean> {
    return this.#window.fill()
  }

  /** Whether nothing but zeros is left: what a power cut leaves behind the last octets that reached the disk. */
  async zerosToEnd(): Promise<boolean> {
    for (;;) {
      const rest = this.#window.rest
      if (!rest.every((octet) => octet === 0)) return false
      this.#window.consume(rest.length)
      if (!(await this.#window.fill())) return true
    }
  }

  size(): Promise<number> {
    return this.#window.size()
  }

  close(): Promise<void> {
    return this.#window.close()
  }
}
