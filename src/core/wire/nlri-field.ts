// Prefixes that stay bytes until somebody wants them as objects.
import type { Afi } from '../ip/prefix.ts'
import { setU32 } from './bytes.ts'
import type { Nlri } from './message.ts'
import { readNlri } from './nlri.ts'

/** A field of prefixes without problems (see `nlriProblem`), as it stands on the wire. */
export class NlriField implements Iterable<Nlri> {
  readonly bytes: Uint8Array
  readonly start: number
  readonly end: number
  readonly afi: Afi
  readonly addPath: boolean
  /** How many prefixes. */
  readonly length: number

  constructor(bytes: Uint8Array, start: number, end: number, afi: Afi, addPath: boolean, length: number) {
    this.bytes = bytes
    this.start = start
    this.end = end
    this.afi = afi
    this.addPath = addPath
    this.length = length
  }

  [Symbol.iterator](): Iterator<Nlri> {
    return readNlri(this.bytes, this.start, this.end, this.afi, this.addPath)[Symbol.iterator]()
  }
}

/** Writes prefixes, given as 32-bit integers, into a field that grows. */
export class NlriWriter {
  #bytes = new Uint8Array(64)
  #at = 0
  #length = 0

  /** @param key the path identifier where `addPath` says so, then the words of the address */
  add(key: Int32Array, length: number, addPath: boolean): void {
    if (this.#at + 32 > this.#bytes.length) {
      const larger = new Uint8Array(2 * this.#bytes.length)
      larger.set(this.#bytes)
      this.#bytes = larger
    }
    const out = this.#bytes
    const first = addPath ? 1 : 0
    if (addPath) this.#at = setU32(out, key[0]!, this.#at)
    out[this.#at++] = length
    const octets = (length + 7) >>> 3
    for (let index = 0; index < octets; index++)
      out[this.#at++] = key[first + (index >>> 2)]! >>> (24 - 8 * (index & 3))
    this.#length++
  }

  field(afi: Afi, addPath: boolean): NlriField {
    return new NlriField(this.#bytes, 0, this.#at, afi, addPath, this.#length)
  }
}
