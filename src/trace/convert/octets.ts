// A file, or standard input, as octets that are asked for in pieces; what gzip packed is unpacked on the way.
import { createReadStream } from 'node:fs'
import { pipeline, Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { UserError, whatHappened } from '../../core/errors/user-error.ts'

const BLOCK = 256 * 1024
const LINE_FEED = 0x0a

export class OctetReader {
  readonly name: string
  readonly #chunks: AsyncIterator<Buffer>
  readonly #stream: Readable
  #rest: Buffer = Buffer.alloc(0)
  #position = 0

  private constructor(name: string, stream: Readable) {
    this.name = name
    this.#stream = stream
    this.#chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  }

  /** @param path a file; "-" is standard input */
  static async open(path: string): Promise<OctetReader> {
    const name = path === '-' ? 'standard input' : path
    const plain = new OctetReader(
      name,
      path === '-' ? process.stdin : createReadStream(path, { highWaterMark: BLOCK }),
    )
    const magic = await plain.peek(2)
    if (magic[0] !== 0x1f || magic[1] !== 0x8b) return plain
    const unpacked = createGunzip({ chunkSize: BLOCK })
    // Errors arrive at whoever reads `unpacked`.
    pipeline(Readable.from(plain.chunks(), { objectMode: false }), unpacked, () => undefined)
    return new OctetReader(name, unpacked)
  }

  /** Octets consumed so far. */
  get position(): number {
    return this.#position
  }

  /** Octets in memory that are not consumed: at the end of the file all that is left. */
  get left(): number {
    return this.#rest.length
  }

  /** At most so many octets, without consuming them; fewer only where the file ends. */
  async peek(octets: number): Promise<Buffer> {
    if (this.#rest.length < octets) await this.#fill(octets)
    return this.#rest.subarray(0, Math.min(octets, this.#rest.length))
  }

  /** Exactly so many octets; undefined, and nothing consumed, when the file ends before. They stay as they are. */
  async take(octets: number): Promise<Buffer | undefined> {
    if (this.#rest.length < octets) await this.#fill(octets)
    if (this.#rest.length < octets) return undefined
    const taken = this.#rest.subarray(0, octets)
    this.#rest = this.#rest.subarray(octets)
    this.#position += octets
    return taken
  }

  /** A line without its line feed. `whole` is false for what follows the last line feed. */
  async line(): Promise<{ readonly text: string; readonly whole: boolean } | undefined> {
    for (let searched = 0; ;) {
      const end = this.#rest.indexOf(LINE_FEED, searched)
      if (end >= 0) {
        const text = this.#rest.toString('utf8', 0, end)
        this.#consume(end + 1)
        return { text, whole: true }
      }
      searched = this.#rest.length
      if (await this.#more()) continue
      if (searched === 0) return undefined
      const text = this.#rest.toString('utf8')
      this.#consume(searched)
      return { text, whole: false }
    }
  }

  close(): void {
    if (this.#stream !== process.stdin) this.#stream.destroy()
  }

  async *chunks(): AsyncGenerator<Buffer> {
    while (this.#rest.length > 0 || (await this.#more())) {
      const chunk = this.#rest
      this.#consume(chunk.length)
      yield chunk
    }
  }

  #consume(octets: number): void {
    this.#rest = this.#rest.subarray(octets)
    this.#position += octets
  }

  async #fill(octets: number): Promise<void> {
    const pieces = [this.#rest]
    let length = this.#rest.length
    while (length < octets) {
      const chunk = await this.#next()
      if (chunk === undefined) break
      pieces.push(chunk)
      length += chunk.length
    }
    if (pieces.length > 1) this.#rest = Buffer.concat(pieces)
  }

  async #more(): Promise<boolean> {
    const chunk = await this.#next()
    if (chunk === undefined) return false
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    return true
  }

  async #next(): Promise<Buffer | undefined> {
    try {
      const { value, done } = await this.#chunks.next()
      return done === true ? undefined : value
    } catch (error) {
      throw new UserError('RW_TRACE', `${this.name} cannot be read: ${whatHappened(error)}`, {
        remedy: 'Name a file that can be read.',
        cause: error,
      })
    }
  }
}
