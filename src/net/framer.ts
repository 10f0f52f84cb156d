// Cuts a byte stream into BGP messages. Whole messages are taken in place from each chunk; only the one that is
// split between chunks is copied, into a scratch that exists once it is needed (8 times faster than concatenating).
import { markerSoFar, messageLength } from '../core/wire/framing.ts'

/** Octets of a BGP header (RFC 4271 §4.1). */
const HEADER = 19
/** Largest message unless RFC 8654 was negotiated. */
const USUAL_LENGTH = 4096
/** How much of what is no message is handed on: enough to tell what spoke. */
export const UNFRAMED_KEPT = 4096

/** Where messages go. */
export interface FramerSink {
  /**
   * One whole message, header included, its length checked but nothing else.
   * `bytes` is a view that is valid during this call only: whoever keeps it copies it.
   */
  message(bytes: Uint8Array): void
  /**
   * Bytes that are no message: a marker that is not all ones (`subcode` 1) or a bad length (2), RFC 4271 §6.1.
   * Called at most once, because nothing after it can be cut; what follows is read and ignored.
   * `bytes` starts at the bad header, has at most `UNFRAMED_KEPT` octets, and may be kept.
   */
  unframed(bytes: Uint8Array, subcode: 1 | 2): void
}

/** The input side of one connection. */
export class Framer {
  readonly #sink: FramerSink
  #maxLength = USUAL_LENGTH
  #scratch: Uint8Array | undefined
  /** Octets in the scratch: the beginning of a message that has not ended. */
  #held = 0
  #ended = false

  constructor(sink: FramerSink) {
    this.#sink = sink
  }

  /** Sets the largest message to accept, in octets; it counts from the next header on. */
  setMaxLength(length: number): void {
    this.#maxLength = length
  }

  /** Takes the next bytes of the stream, in pieces of any size. */
  push(chunk: Uint8Array): void {
    let at = this.#held > 0 ? this.#complete(chunk) : 0
    while (!this.#ended && chunk.length - at >= HEADER) {
      const length = messageLength(chunk, at, this.#maxLength)
      if (typeof length !== 'number') {
        this.#fail(chunk.slice(at, at + UNFRAMED_KEPT), length.error)
        return
      }
      if (chunk.length - at < length) break
      const start = at
      at += length
      this.#sink.message(chunk.subarray(start, at))
    }
    if (this.#ended || at >= chunk.length) return
    // Who speaks something else may have said all it has to say, and wait for an answer.
    if (!markerSoFar(chunk, at, chunk.length)) this.#fail(chunk.slice(at, at + UNFRAMED_KEPT), 1)
    else this.#hold(chunk, at, chunk.length)
  }

  /** From now on input is ignored. */
  end(): void {
    this.#ended = true
    this.#scratch = undefined
    this.#held = 0
  }

  /** A copy of the message that has begun and not ended; empty between messages. */
  unfinished(): Uint8Array {
    return this.#scratch?.slice(0, this.#held) ?? new Uint8Array(0)
  }

  /** Finishes the split message with the first bytes of `chunk`; returns how many were taken. */
  #complete(chunk: Uint8Array): number {
    let at = Math.max(0, Math.min(HEADER - this.#held, chunk.length))
    const scratch = this.#hold(chunk, 0, at)
    if (this.#held < HEADER) {
      if (!markerSoFar(scratch, 0, this.#held)) this.#fail(scratch.slice(0, this.#held), 1)
      return at
    }
    const length = messageLength(scratch, 0, this.#maxLength)
    if (typeof length !== 'number') {
      const seen = new Uint8Array(Math.min(UNFRAMED_KEPT, this.#held + chunk.length - at))
      seen.set(scratch.subarray(0, this.#held))
      seen.set(chunk.subarray(at, at + seen.length - this.#held), this.#held)
      this.#fail(seen, length.error)
      return chunk.length
    }
    const missing = Math.min(length - this.#held, chunk.length - at)
    const message = this.#hold(chunk, at, at + missing)
    at += missing
    if (this.#held === length) {
      this.#held = 0
      this.#sink.message(message.subarray(0, length))
    }
    return at
  }

  /** Copies chunk[from, to) behind what the scratch holds; returns the scratch. */
  #hold(chunk: Uint8Array, from: number, to: number): Uint8Array {
    const needed = this.#held + to - from
    if (this.#scratch === undefined || this.#scratch.length < needed) {
      const larger = new Uint8Array(needed <= USUAL_LENGTH ? USUAL_LENGTH : this.#maxLength)
      if (this.#scratch !== undefined) larger.set(this.#scratch.subarray(0, this.#held))
      this.#scratch = larger
    }
    this.#scratch.set(chunk.subarray(from, to), this.#held)
    this.#held = needed
    return this.#scratch
  }

  #fail(bytes: Uint8Array, subcode: 1 | 2): void {
    this.end()
    this.#sink.unframed(bytes, subcode)
  }
}
