// What waits to be written.

const SMALLEST = 4 * 1024
const LARGEST = 512 * 1024
/** Pieces that are kept for later: more do not wait at a time where the disk follows. */
const KEPT = 4

/** Largest pieces that were written. A new one for each write would be most of what the garbage collector is called for. */
export class SparePieces {
  readonly #pieces: Buffer[] = []

  take(): Buffer {
    return this.#pieces.pop() ?? Buffer.allocUnsafeSlow(LARGEST)
  }

  give(piece: Buffer): void {
    if (this.#pieces.length < KEPT) this.#pieces.push(piece)
  }
}

/** Bytes that grow at the end, in pieces that grow quickly, so that nothing is copied twice and writes are few. */
export class ByteQueue {
  readonly #full: Uint8Array[] = []
  readonly #spare: SparePieces
  /** Pieces to give back when all is written. */
  #largest: Buffer[] = []
  #piece: Buffer = Buffer.alloc(0)
  #used = 0
  #length = 0

  constructor(spare: SparePieces) {
    this.#spare = spare
  }

  get length(): number {
    return this.#length
  }

  /** Where `reserve` made room. */
  get piece(): Buffer {
    return this.#piece
  }

  /** Makes room for `length` octets, which the caller then writes into `piece`. @returns where they begin there */
  reserve(length: number): number {
    if (this.#used + length > this.#piece.length) {
      this.#seal()
      const size = Math.max(length, Math.min(LARGEST, Math.max(SMALLEST, 7 * this.#length)))
      if (size === LARGEST) {
        this.#piece = this.#spare.take()
        this.#largest.push(this.#piece)
      } else this.#piece = Buffer.allocUnsafeSlow(size)
    }
    const at = this.#used
    this.#used += length
    this.#length += length
    return at
  }

  /** @returns the octets that the text takes */
  appendText(text: string): number {
    const length = Buffer.byteLength(text)
    const at = this.reserve(length)
    this.#piece.write(text, at)
    return length
  }

  pieces(): readonly Uint8Array[] {
    this.#seal()
    return this.#full
  }

  /** All of it is written, and nobody looks at it again. */
  written(): void {
    for (const piece of this.#largest) this.#spare.give(piece)
    this.#largest = []
    this.#full.length = 0
  }

  #seal(): void {
    if (this.#used > 0) this.#full.push(this.#piece.subarray(0, this.#used))
    this.#piece = Buffer.alloc(0)
    this.#used = 0
  }
}

/** A stretch of the stream that goes to the disk in one go, all of it in one segment. */
export class Block {
  readonly messages: ByteQueue
  readonly events: ByteQueue
  /** The segment before it is finished first. */
  readonly startsSegment: boolean
  /** Number that its first event has, or will have, and when it was begun. */
  readonly firstSeq: number
  readonly from: number
  /** Number and instant of its last event so far. */
  lastSeq: number
  lastAt: number
  /** Octets that messages.mrt will have when this is written. */
  end: number
  /** Messages follow the last line. */
  unconfirmed = false
  /** Octets of checkpoints, which have to be written whatever the limit is. */
  exempt = 0
  /** Settles when the checkpoint at its end is whole: until then nothing may follow in it, nor may it be written. */
  unmade: Promise<void> | undefined
  /** Events that its gap speaks of; undefined when it has no gap. */
  gap: number | undefined

  constructor(options: {
    startsSegment?: boolean
    firstSeq: number
    at: number
    end: number
    spare: SparePieces
  }) {
    this.messages = new ByteQueue(options.spare)
    this.events = new ByteQueue(options.spare)
    this.startsSegment = options.startsSegment ?? false
    this.firstSeq = options.firstSeq
    this.from = options.at
    this.lastSeq = options.firstSeq - 1
    this.lastAt = options.at
    this.end = options.end
  }

  get length(): number {
    return this.messages.length + this.events.length
  }
}
