import type { Afi } from '../../ip/prefix.ts'
import { copy, setBytes, setU16, u16 } from '../bytes.ts'
import { familyKey, familyName, isUnicast } from '../families.ts'
import type { Unreach } from '../message.ts'
import { nlriLength, nlriProblem, readNlri, writeNlri } from '../nlri.ts'
import { formatNlri } from './mp-reach.ts'
import { bad, OPTIONAL, RESET, type AttributeRow } from './row.ts'

const CLAUSE = 'RFC 7606 §5.3'

/** MP_UNREACH_NLRI (type 15), RFC 4760 §4: routes of one family withdrawn; with none, its End-of-RIB (RFC 4724 §2). */
export const mpUnreach: AttributeRow<Unreach> = {
  type: 15,
  name: 'MP_UNREACH_NLRI',
  flags: OPTIONAL,
  field: undefined,
  malformed: { ...RESET, clause: CLAUSE },
  wrongFlags: { ...RESET, clause: CLAUSE },

  check(bytes, start, end, context) {
    if (end - start < 3) return bad(`length ${end - start} is less than 3`, 'BGP_ERR_UPDATE_OPTIONAL')
    const family = { afi: u16(bytes, start), safi: bytes[start + 2]! }
    if (!isUnicast(family)) return undefined
    const problem = nlriProblem(
      bytes,
      start + 3,
      end,
      family.afi as Afi,
      context.addPath.has(familyKey(family)),
    )
    return problem === undefined ? undefined : bad(problem, 'BGP_ERR_UPDATE_OPTIONAL')
  },
  decode(bytes, start, end, context) {
    const family = { afi: u16(bytes, start), safi: bytes[start + 2]! }
    if (!isUnicast(family)) return { family, nlri: [], raw: copy(bytes, start + 3, end) }
    const addPath = context.addPath.has(familyKey(family))
    return { family, nlri: readNlri(bytes, start + 3, end, family.afi as Afi, addPath) }
  },
  encodedLength: (unreach) => 3 + (unreach.raw?.length ?? nlriLength(unreach.nlri)),
  encode({ family, nlri, raw }, out, at) {
    const next = setU16(out, family.afi, at)
    out[next] = family.safi
    return raw === undefined ? writeNlri(nlri, out, next + 1) : setBytes(out, raw, next + 1)
  },
  format: (unreach) => `${familyName(unreach.family)} ${formatNlri(unreach)}`,
}
