// Finding the parts of an UPDATE without making objects. It takes the usual forms of a message and finds nothing wrong in
// them; whatever else comes is left to ./update.ts, which says what is wrong (RFC 7606) or reads the unusual form.
import type { Afi } from '../ip/prefix.ts'
import { locate, OPTIONAL, TRANSITIVE } from './attributes/row.ts'
import { attributeRow } from './attributes/table.ts'
import { isHost } from './attributes/next-hop.ts'
import { u16, u32 } from './bytes.ts'
import { HEADER_LENGTH } from './framing.ts'
import { IPV4_UNICAST, IPV6_UNICAST, type CodecContext, type Family } from './message.ts'
import { NlriField } from './nlri-field.ts'

const ORIGIN = 1
const AS_PATH = 2
const NEXT_HOP = 3
const MP_REACH = 14
const MP_UNREACH = 15
const EXTENDED_LENGTH = 0x10
const CLASS = OPTIONAL | TRANSITIVE

/** The parts of one UPDATE. It is used again for the next one. */
export class UpdateScan {
  /** Routes that are announced and withdrawn; never both of one family. */
  reach: NlriField | undefined
  reachFamily: Family = IPV4_UNICAST
  unreach: NlriField | undefined
  unreachFamily: Family = IPV4_UNICAST
  /** The next hop of `reach`: where its octets begin, and how many there are. */
  nextHop = 0
  nextHopLength = 0
  /** Where the attributes stand that routes share, in type order: start and end of each run, `runs` of them. */
  readonly shared = new Int32Array(8)
  runs = 0
  #bytes: Uint8Array = new Uint8Array(0)
  #context: CodecContext | undefined
  #legacyNextHop = 0
  /** Types that were seen and must be there: bit 0 ORIGIN, 1 AS_PATH. */
  #mandatory = 0

  /**
   * Takes one whole UPDATE, header included, whose length has been checked.
   * @returns false when the message is of another form, or has an error outside of its shared attributes
   */
  read(bytes: Uint8Array, context: CodecContext): boolean {
    this.#bytes = bytes
    this.#context = context
    this.reach = this.unreach = undefined
    this.runs = 0
    this.#mandatory = 0
    this.#legacyNextHop = 0
    const withdrawn = HEADER_LENGTH + 2
    const withdrawnEnd = withdrawn + u16(bytes, HEADER_LENGTH)
    const attributes = withdrawnEnd + 2
    if (attributes > bytes.length) return false
    const end = attributes + u16(bytes, withdrawnEnd)
    if (end > bytes.length) return false
    const legacy = withdrawnEnd > withdrawn || bytes.length > end
    if (legacy && !this.#accepts(IPV4_UNICAST)) return false
    if (withdrawnEnd > withdrawn) {
      this.unreach = this.#field(withdrawn, withdrawnEnd, 1)
      this.unreachFamily = IPV4_UNICAST
      if (this.unreach === undefined) return false
    }
    if (!this.#attributes(attributes, end)) return false
    if (bytes.length > end) {
      if (this.reach !== undefined || this.#legacyNextHop === 0) return false
      if (!isHost(u32(bytes, this.#legacyNextHop))) return false
      this.reach = this.#field(end, bytes.length, 1)
      if (this.reach === undefined) return false
      this.reachFamily = IPV4_UNICAST
      this.nextHop = this.#legacyNextHop
      this.nextHopLength = 4
    }
    if (this.reach !== undefined)
      return this.#mandatory === 3 && (this.unreach === undefined || this.unreachFamily !== this.reachFamily)
    // With attributes and nothing announced, an error would cost the session (RFC 7606 §5.2).
    return this.unreach !== undefined && this.runs === 0 && this.#legacyNextHop === 0
  }

  /** Whether the shared attributes are well formed. They need be asked for once for each set of octets and kind of session. */
  isValid(): boolean {
    const bytes = this.#bytes
    for (let run = 0; run < this.runs; run++) {
      const end = this.shared[2 * run + 1]!
      for (let at = this.shared[2 * run]!; at < end;) {
        const found = locate(bytes, at, end)
        if (found === undefined) return false
        const row = attributeRow(found.type)
        if (row === undefined) {
          if ((found.flags & OPTIONAL) === 0) return false
        } else if (((found.flags ^ row.flags) & CLASS) !== 0) return false
        else if (row.check(bytes, found.value, found.end, this.#context!) !== undefined) return false
        at = found.end
      }
    }
    return true
  }

  #attributes(start: number, end: number): boolean {
    const bytes = this.#bytes
    let last = 0
    let runEnd = -1
    for (let at = start; at < end;) {
      if (end - at < 3) return false
      const flags = bytes[at]!
      const type = bytes[at + 1]!
      const extended = (flags & EXTENDED_LENGTH) !== 0
      if (extended && end - at < 4) return false
      const value = at + (extended ? 4 : 3)
      const after = value + (extended ? u16(bytes, at + 2) : bytes[at + 2]!)
      if (after > end) return false
      if (type === MP_REACH || type === MP_UNREACH) {
        if ((flags & CLASS) !== OPTIONAL) return false
        if (!(type === MP_REACH ? this.#mpReach(value, after) : this.#mpUnreach(value, after))) return false
      } else if (type <= last) return false
      else {
        last = type
        if (type === NEXT_HOP) {
          if ((flags & CLASS) !== TRANSITIVE || after - value !== 4) return false
          this.#legacyNextHop = value
        } else {
          if (type === ORIGIN) this.#mandatory |= 1
          else if (type === AS_PATH) this.#mandatory |= 2
          if (runEnd === at) this.shared[2 * this.runs - 1] = after
          else {
            if (this.runs === 4) return false
            this.shared[2 * this.runs] = at
            this.shared[2 * this.runs + 1] = after
            this.runs++
          }
          runEnd = after
        }
      }
      at = after
    }
    return true
  }

  #mpReach(start: number, end: number): boolean {
    if (this.reach !== undefined || end - start < 5) return false
    const bytes = this.#bytes
    const family = this.#family(start)
    const length = bytes[start + 3]!
    if (family === undefined) return false
    if (length !== 16 && length !== 32 && (length !== 4 || family.afi !== 1)) return false
    const nlri = start + 5 + length
    if (nlri >= end) return false
    this.reach = this.#field(nlri, end, family.afi === 1 ? 1 : 2)
    this.reachFamily = family
    this.nextHop = start + 4
    this.nextHopLength = length
    return this.reach !== undefined
  }

  #mpUnreach(start: number, end: number): boolean {
    if (this.unreach !== undefined || end - start < 4) return false
    const family = this.#family(start)
    if (family === undefined) return false
    this.unreach = this.#field(start + 3, end, family.afi === 1 ? 1 : 2)
    this.unreachFamily = family
    return this.unreach !== undefined
  }

  /** IPv4 or IPv6 unicast, if it was negotiated. */
  #family(at: number): Family | undefined {
    const bytes = this.#bytes
    const afi = u16(bytes, at)
    if (bytes[at + 2] !== 1 || (afi !== 1 && afi !== 2)) return undefined
    const family = afi === 1 ? IPV4_UNICAST : IPV6_UNICAST
    return this.#accepts(family) ? family : undefined
  }

  #accepts(family: Family): boolean {
    const families = this.#context!.families
    return families === undefined || families.has(family === IPV4_UNICAST ? '1/1' : '2/1')
  }

  /** The prefixes of a field; undefined when one of them is malformed. */
  #field(start: number, end: number, afi: Afi): NlriField | undefined {
    const bytes = this.#bytes
    const { addPath: keys } = this.#context!
    const addPath = keys.size > 0 && keys.has(afi === 1 ? '1/1' : '2/1')
    const longest = afi === 1 ? 32 : 128
    // Two default routes to begin with look like path identifiers that nobody negotiated.
    if (!addPath && end - start >= 2 && bytes[start] === 0 && bytes[start + 1] === 0) return undefined
    let length = 0
    for (let at = start; at < end; length++) {
      if (addPath) at += 4
      if (at >= end) return undefined
      const bits = bytes[at]!
      at += 1 + ((bits + 7) >>> 3)
      if (bits > longest || at > end) return undefined
    }
    return new NlriField(bytes, start, end, afi, addPath, length)
  }
}
