import { formatAddress, formatPrefix } from '../../ip/text.ts'
import type { Address, Afi } from '../../ip/prefix.ts'
import { copy, NO_BYTES, setBytes, setU16, setU32, toHex, u16, u32 } from '../bytes.ts'
import { familyKey, familyName, isUnicast } from '../families.ts'
import type { Family, NextHop, Nlri, Reach } from '../message.ts'
import { nlriLength, nlriProblem, readNlri, writeNlri } from '../nlri.ts'
import { bad, OPTIONAL, RESET, type AttributeRow } from './row.ts'

const CLAUSE = 'RFC 7606 §5.3'

/**
 * MP_REACH_NLRI (type 14), RFC 4760 §3. Next hops: IPv4 unicast 4 octets, or 16 or 32 (RFC 8950, whether or not the
 * capability was negotiated: GoBGP sends it so); IPv6 unicast 16 or 32 (RFC 2545). IPv4-mapped ones stay as they are.
 */
export const mpReach: AttributeRow<Reach> = {
  type: 14,
  name: 'MP_REACH_NLRI',
  flags: OPTIONAL,
  field: undefined,
  malformed: { ...RESET, clause: CLAUSE },
  wrongFlags: { ...RESET, clause: CLAUSE },

  check(bytes, start, end, context) {
    if (end - start < 5) return bad(`length ${end - start} is less than 5`, 'BGP_ERR_UPDATE_OPTIONAL')
    const family = { afi: u16(bytes, start), safi: bytes[start + 2]! }
    const length = bytes[start + 3]!
    if (!nextHopFits(family, length))
      return bad(
        `next hop length ${length} for ${familyName(family)}`,
        'BGP_ERR_UPDATE_OPTIONAL',
        'RFC 7606 §7.11',
      )
    const nlri = start + 5 + length
    if (nlri > end)
      return bad(
        `a next hop of ${length} octets overruns the attribute`,
        'BGP_ERR_UPDATE_OPTIONAL',
        'RFC 7606 §7.11',
      )
    if (!isUnicast(family)) return undefined
    const problem = nlriProblem(bytes, nlri, end, family.afi as Afi, context.addPath.has(familyKey(family)))
    return problem === undefined ? undefined : bad(problem, 'BGP_ERR_UPDATE_OPTIONAL')
  },
  decode(bytes, start, end, context) {
    const family = { afi: u16(bytes, start), safi: bytes[start + 2]! }
    const at = start + 4
    const nlri = at + bytes[start + 3]! + 1
    const nextHopBytes = copy(bytes, at, nlri - 1)
    if (!isUnicast(family))
      return { family, nextHop: undefined, nextHopBytes, nlri: [], raw: copy(bytes, nlri, end) }
    const addPath = context.addPath.has(familyKey(family))
    return {
      family,
      nextHop: readNextHop(nextHopBytes),
      nextHopBytes,
      nlri: readNlri(bytes, nlri, end, family.afi as Afi, addPath),
    }
  },
  encodedLength: (reach) => 5 + nextHopField(reach).length + (reach.raw?.length ?? nlriLength(reach.nlri)),
  encode(reach, out, at) {
    const field = nextHopField(reach)
    let next = setU16(out, reach.family.afi, at)
    out[next++] = reach.family.safi
    out[next++] = field.length
    next = setBytes(out, field, next)
    out[next++] = 0 // reserved, once the number of SNPAs
    return reach.raw === undefined ? writeNlri(reach.nlri, out, next) : setBytes(out, reach.raw, next)
  },
  format: (reach) => `${familyName(reach.family)} ${formatNlri(reach)} via ${formatNextHop(reach.nextHop)}`,
}

function nextHopFits(family: Family, length: number): boolean {
  if (!isUnicast(family)) return true
  return length === 16 || length === 32 || (length === 4 && family.afi === 1)
}

/** The next hop whose octets these are: 4, 16 or 32. */
export function readNextHop(field: Uint8Array): NextHop {
  if (field.length === 4) return { global: { afi: 1, words: [u32(field, 0)] } }
  const address = (at: number): Address => ({
    afi: 2,
    words: [0, 4, 8, 12].map((word) => u32(field, at + word)),
  })
  return field.length === 16 ? { global: address(0) } : { global: address(0), linkLocal: address(16) }
}

/** The next hop field: as given byte for byte, or made from the addresses. */
function nextHopField(reach: Reach): Uint8Array {
  if (reach.nextHopBytes.length > 0 || reach.nextHop === undefined) return reach.nextHopBytes
  return nextHopBytes(reach.nextHop)
}

/** The octets of a next hop as MP_REACH_NLRI carries them: 4, 16 or 32. */
export function nextHopBytes(nextHop: NextHop | undefined): Uint8Array {
  if (nextHop === undefined) return NO_BYTES
  const words = [...nextHop.global.words, ...(nextHop.linkLocal?.words ?? [])]
  const field = new Uint8Array(words.length * 4)
  words.forEach((word, index) => setU32(field, word, index * 4))
  return field
}

export function formatNextHop(nextHop: NextHop | undefined): string {
  if (nextHop === undefined) return 'none'
  const global = formatAddress(nextHop.global)
  return nextHop.linkLocal === undefined ? global : `${global}+${formatAddress(nextHop.linkLocal)}`
}

/** Prefixes separated by spaces, each with "#id" where it has a path identifier; hex for a raw family. */
export function formatNlri(routes: { readonly nlri: readonly Nlri[]; readonly raw?: Uint8Array }): string {
  if (routes.raw !== undefined) return `0x${toHex(routes.raw)}`
  return routes.nlri
    .map(({ prefix, pathId }) => formatPrefix(prefix) + (pathId === undefined ? '' : `#${pathId}`))
    .join(' ')
}
