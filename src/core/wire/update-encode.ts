// Encoding UPDATE (RFC 4271 §4.3, RFC 4760).
import type { Attributes, AttributeSet } from './attribute-set.ts'
import { mergeAs4, splitAs4 } from './as4.ts'
import { nextHopBytes } from './attributes/mp-reach.ts'
import { locate } from './attributes/row.ts'
import { attributeBytes, attributeParts, partLength, partOf, writePart, type Part } from './attributes/set.ts'
import { setBytes, setU16, NO_BYTES } from './bytes.ts'
import { familyName, sameFamily } from './families.ts'
import { HEADER_LENGTH, startMessage, TYPE_UPDATE } from './framing.ts'
import {
  IPV4_UNICAST,
  type CodecContext,
  type Family,
  type NextHop,
  type Nlri,
  type Reach,
  type Unreach,
} from './message.ts'
import { nlriLength, writeNlri } from './nlri.ts'

const NEXT_HOP = 3
const MP_REACH = 14
const MP_UNREACH = 15

export type UpdateContext = Pick<CodecContext, 'fourOctetAs' | 'maxLength'>

/** Routes to announce. `nextHopBytes`, when there are any, are sent as they are instead of `nextHop`. */
export interface ReachContent {
  readonly family: Family
  readonly nextHop?: NextHop | undefined
  readonly nextHopBytes?: Uint8Array
  readonly nlri: readonly Nlri[]
  readonly raw?: Uint8Array
}

/** What an UPDATE is to say. */
export interface UpdateContent {
  readonly reach?: readonly ReachContent[]
  readonly unreach?: readonly Unreach[]
  readonly attributes?: Attributes | AttributeSet
  /** Send IPv4 unicast in MP_REACH_NLRI and MP_UNREACH_NLRI too. */
  readonly multiprotocol?: boolean
}

/** Where the content goes: at most one entry for each of the four places. */
interface Placed {
  withdrawn: readonly Nlri[]
  nlri: readonly Nlri[]
  parts: Part[]
}

/**
 * Encodes one UPDATE. IPv4 unicast with an IPv4 next hop goes into the NLRI field and NEXT_HOP, all else into
 * MP_REACH_NLRI, which comes first (RFC 7606 §5.1). With two-octet AS numbers, AS4_PATH and AS4_AGGREGATOR are added
 * where a number does not fit (RFC 6793 §4.2.2).
 * @throws RangeError when two entries want the same place, or the message exceeds `context.maxLength`
 */
export function encodeUpdate(content: UpdateContent, context: UpdateContext): Uint8Array {
  const { withdrawn, nlri, parts } = place(content, context)
  const withdrawnLength = nlriLength(withdrawn)
  const attributesLength = parts.reduce((sum, part) => sum + partLength(part), 0)
  const length = HEADER_LENGTH + 4 + withdrawnLength + attributesLength + nlriLength(nlri)
  if (length > context.maxLength)
    throw new RangeError(`an UPDATE of ${length} octets exceeds ${context.maxLength}`)
  const out = startMessage(TYPE_UPDATE, length)
  let at = setU16(out, withdrawnLength, HEADER_LENGTH)
  at = writeNlri(withdrawn, out, at)
  at = setU16(out, attributesLength, at)
  for (const part of parts) at = writePart(part, out, at)
  writeNlri(nlri, out, at)
  return out
}

/** The End-of-RIB of a family (RFC 4724 §2): an empty UPDATE for IPv4 unicast, a lone MP_UNREACH_NLRI for others. */
export function encodeEndOfRib(family: Family): Uint8Array {
  const content = sameFamily(family, IPV4_UNICAST) ? {} : { unreach: [{ family, nlri: [] }] }
  return encodeUpdate(content, { fourOctetAs: true, maxLength: 4096 })
}

function place(content: UpdateContent, context: UpdateContext): Placed {
  const placed: Placed = { withdrawn: NONE, nlri: NONE, parts: [] }
  const first: Part[] = []
  for (const unreach of content.unreach ?? []) {
    if (!content.multiprotocol && unreach.raw === undefined && sameFamily(unreach.family, IPV4_UNICAST)) {
      placed.withdrawn = once(placed.withdrawn, unreach)
    } else first.push(partOf(MP_UNREACH, unreach, context))
  }
  for (const reach of content.reach ?? []) {
    const field =
      reach.nextHopBytes !== undefined && reach.nextHopBytes.length > 0
        ? reach.nextHopBytes
        : nextHopBytes(reach.nextHop)
    if (!content.multiprotocol && isLegacy(reach, field)) {
      placed.nlri = once(placed.nlri, reach)
      if (field.length === 4) placed.parts.push(rawPart(NEXT_HOP, 0x40, field))
    } else
      first.push(
        partOf(MP_REACH, { ...reach, nextHop: undefined, nextHopBytes: field } satisfies Reach, context),
      )
  }
  if (new Set(first.map(({ type }) => type)).size < first.length)
    throw new RangeError('an UPDATE has room for one MP_REACH_NLRI and one MP_UNREACH_NLRI')
  first.sort((a, b) => a.type - b.type)
  placed.parts.push(...setParts(content.attributes ?? {}, context))
  placed.parts.sort((a, b) => a.type - b.type)
  placed.parts = [...first, ...placed.parts]
  return placed
}

const NONE: readonly Nlri[] = []

function once(
  taken: readonly Nlri[],
  routes: { readonly family: Family; readonly nlri: readonly Nlri[] },
): readonly Nlri[] {
  if (taken !== NONE) throw new RangeError(`${familyName(routes.family)} stands twice in the UPDATE`)
  return routes.nlri
}

/** IPv4 unicast whose next hop is IPv4, or that has none at all (which is malformed, and asked for by tests only). */
function isLegacy({ family, raw }: ReachContent, field: Uint8Array): boolean {
  return raw === undefined && sameFamily(family, IPV4_UNICAST) && (field.length === 4 || field.length === 0)
}

/** The parts of attributes: byte for byte where a set has the right width of AS numbers, otherwise encoded. */
function setParts(attributes: Attributes | AttributeSet, context: UpdateContext): Part[] {
  const { fourOctetAs } = context
  if (!('key' in attributes)) return attributeParts(fourOctetAs ? attributes : splitAs4(attributes), context)
  if (attributes.fourOctetAs !== fourOctetAs)
    return attributeParts((fourOctetAs ? mergeAs4 : splitAs4)(attributes.decoded), context)
  const bytes = attributeBytes(attributes)
  const parts: Part[] = []
  for (let at = 0; at < bytes.length;) {
    const found = locate(bytes, at, bytes.length)
    if (found === undefined) break
    parts.push(rawPart(found.type, found.flags, bytes.subarray(found.value, found.end)))
    at = found.end
  }
  return parts
}

function rawPart(type: number, flags: number, bytes: Uint8Array = NO_BYTES): Part {
  return { type, flags, length: bytes.length, write: (out, at) => setBytes(out, bytes, at) }
}
