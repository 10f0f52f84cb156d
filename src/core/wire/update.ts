// Decoding UPDATE by hand (RFC 4271 §4.3) and judging it by RFC 7606. Never throws: what is wrong stands in `malformed`.
import { isHost } from './attributes/next-hop.ts'
import { attributeSetFromBytes } from './attributes/set.ts'
import {
  locate,
  OPTIONAL,
  TRANSITIVE,
  type AttributeRow,
  type Located,
  type Policy,
} from './attributes/row.ts'
import { attributeRow } from './attributes/table.ts'
import { copy, NO_BYTES, toLatin1, u16, u32 } from './bytes.ts'
import { familyKey } from './families.ts'
import { HEADER_LENGTH } from './framing.ts'
import {
  IPV4_UNICAST,
  type CodecContext,
  type Disposition,
  type Family,
  type Reach,
  type Unreach,
  type UpdateMessage,
} from './message.ts'
import { nlriProblem, readNlri } from './nlri.ts'
import { nameOf, newDraft, note, noteAttribute, strongest, type Draft } from './update-draft.ts'

const ORIGIN = 1
const AS_PATH = 2
const NEXT_HOP = 3
const MP_REACH = 14
const MP_UNREACH = 15

const WRONG_FLAGS: Policy = { ebgp: 'treat-as-withdraw', ibgp: 'treat-as-withdraw', clause: 'RFC 7606 §3 c' }

/**
 * Decodes one whole UPDATE, header included. Routes of families that were not negotiated are ignored (RFC 7606 §5.3).
 * With disposition 'treat-as-withdraw' the routes to withdraw are those of `reach` and `unreach` together; with
 * 'session-reset' neither list is complete.
 */
export function decodeUpdate(bytes: Uint8Array, context: CodecContext): UpdateMessage {
  const draft = newDraft(bytes, context)
  const withdrawn = HEADER_LENGTH + 2
  const withdrawnEnd = withdrawn + u16(bytes, HEADER_LENGTH)
  const attributes = withdrawnEnd + 2
  const attributesEnd = withdrawnEnd + 2 > bytes.length ? Number.NaN : attributes + u16(bytes, withdrawnEnd)
  if (!(attributesEnd <= bytes.length)) {
    const reason = 'Withdrawn Routes Length and Total Attribute Length exceed the message'
    note(draft, undefined, 'session-reset', reason, 'RFC 7606 §3 b', 'BGP_ERR_UPDATE_ATTRIBUTE_LIST')
    return finish(draft, undefined)
  }
  const legacy = accepts(context, IPV4_UNICAST)
  if (legacy) readWithdrawn(draft, withdrawn, withdrawnEnd)
  readAttributes(draft, attributes, attributesEnd)
  if (legacy) readLegacyReach(draft, attributesEnd, bytes.length)
  else if (attributesEnd < bytes.length) draft.ignoredReach = true
  checkMandatory(draft)
  checkReachable(draft, attributesEnd > attributes)
  const bare = withdrawnEnd === withdrawn && attributesEnd === bytes.length
  return finish(draft, bare ? endOfRib(draft, attributes, attributesEnd) : undefined)
}

function accepts(context: CodecContext, family: Family): boolean {
  return context.families === undefined || context.families.has(familyKey(family))
}

function readWithdrawn(draft: Draft, start: number, end: number): void {
  if (end === start) return
  const addPath = draft.context.addPath.has('1/1')
  const problem = nlriProblem(draft.bytes, start, end, 1, addPath)
  if (problem === undefined)
    draft.unreach.push({ family: IPV4_UNICAST, nlri: readNlri(draft.bytes, start, end, 1, addPath) })
  else
    note(
      draft,
      undefined,
      'session-reset',
      `Withdrawn Routes: ${problem}`,
      'RFC 7606 §3 i',
      'BGP_ERR_UPDATE_NETWORK',
    )
}

function readLegacyReach(draft: Draft, start: number, end: number): void {
  if (end === start) return
  const { bytes, nextHop } = draft
  const addPath = draft.context.addPath.has('1/1')
  const problem = nlriProblem(bytes, start, end, 1, addPath)
  if (problem !== undefined) {
    note(draft, undefined, 'session-reset', `NLRI: ${problem}`, 'RFC 7606 §3 j', 'BGP_ERR_UPDATE_NETWORK')
    return
  }
  draft.legacyReach = true
  if (nextHop !== undefined && !isHost(u32(bytes, nextHop.value)))
    noteAttribute(
      draft,
      nextHop,
      'treat-as-withdraw',
      'not the address of a host',
      'RFC 7606 §3 e',
      'BGP_ERR_UPDATE_NEXT_HOP',
    )
  draft.reach.push({
    family: IPV4_UNICAST,
    nextHop: nextHop && { global: { afi: 1, words: [u32(bytes, nextHop.value)] } },
    nextHopBytes: nextHop === undefined ? NO_BYTES : copy(bytes, nextHop.value, nextHop.end),
    nlri: readNlri(bytes, start, end, 1, addPath),
  })
}

function readAttributes(draft: Draft, start: number, end: number): void {
  for (let at = start; at < end;) {
    const found = locate(draft.bytes, at, end)
    if (found === undefined) return noteOverrun(draft, at, end)
    readAttribute(draft, found)
    at = found.end
  }
}

/** The last attribute does not fit. When it holds NLRI they cannot be withdrawn, because they cannot be read. */
function noteOverrun(draft: Draft, at: number, end: number): void {
  const type = end - at > 1 ? draft.bytes[at + 1]! : undefined
  const multiprotocol = type === MP_REACH || type === MP_UNREACH
  const disposition = multiprotocol ? 'session-reset' : 'treat-as-withdraw'
  const clause = multiprotocol ? 'RFC 7606 §3 j' : 'RFC 7606 §4'
  const name = type === undefined ? 'an attribute' : nameOf(type)
  const reason = `${name} overruns the attribute list, of which ${end - at} octets are left`
  note(draft, type, disposition, reason, clause, 'BGP_ERR_UPDATE_ATTRIBUTE_LIST')
}

function readAttribute(draft: Draft, found: Located): void {
  const { bytes, context } = draft
  const { type, value, end } = found
  if (draft.types.includes(type)) return noteDuplicate(draft, found)
  draft.types.push(type)
  const row = attributeRow(type)
  if (row === undefined) {
    if ((found.flags & OPTIONAL) !== 0) draft.kept.push(found)
    else
      noteAttribute(
        draft,
        found,
        'session-reset',
        'unrecognized well-known attribute',
        'RFC 4271 §6.3',
        'BGP_ERR_UPDATE_UNRECOGNIZED',
      )
    return
  }
  if ((type === MP_REACH || type === MP_UNREACH) && isIgnored(draft, found)) return
  if (wrongFlags(row, found.flags)) {
    const policy = row.wrongFlags ?? WRONG_FLAGS
    const error = row.wrongFlags === undefined ? 'BGP_ERR_UPDATE_FLAGS' : 'BGP_ERR_UPDATE_OPTIONAL'
    noteAttribute(
      draft,
      found,
      dispositionOf(policy, context),
      `flags 0x${found.flags.toString(16)}`,
      policy.clause,
      error,
    )
    return
  }
  const problem = row.check(bytes, value, end, context)
  if (problem !== undefined) {
    const clause = problem.clause ?? row.malformed.clause
    noteAttribute(draft, found, dispositionOf(row.malformed, context), problem.reason, clause, problem.error)
    return
  }
  if (type === MP_REACH) draft.reach.push(row.decode(bytes, value, end, context) as Reach)
  else if (type === MP_UNREACH) {
    const unreach = row.decode(bytes, value, end, context) as Unreach
    if (unreach.nlri.length > 0 || (unreach.raw?.length ?? 0) > 0) draft.unreach.push(unreach)
  } else if (type === NEXT_HOP) draft.nextHop = found
  else draft.kept.push(found)
}

/** True for NLRI of a family that was not negotiated: whatever is in them, the family cannot be disabled further. */
function isIgnored(draft: Draft, { type, value, end }: Located): boolean {
  if (end - value < 3) return false
  if (accepts(draft.context, { afi: u16(draft.bytes, value), safi: draft.bytes[value + 2]! })) return false
  if (type === MP_REACH) draft.ignoredReach = true
  return true
}

function wrongFlags(row: AttributeRow<unknown>, flags: number): boolean {
  return ((flags ^ row.flags) & (OPTIONAL | TRANSITIVE)) !== 0
}

function dispositionOf(policy: Policy, context: CodecContext): Disposition {
  return context.internal ? policy.ibgp : policy.ebgp
}

function noteDuplicate(draft: Draft, found: Located): void {
  const multiprotocol = found.type === MP_REACH || found.type === MP_UNREACH
  const disposition = multiprotocol ? 'session-reset' : 'attribute-discard'
  note(
    draft,
    found.type,
    disposition,
    `${nameOf(found.type)}: appears more than once`,
    'RFC 7606 §3 g',
    'BGP_ERR_UPDATE_ATTRIBUTE_LIST',
  )
}

/** Well-known mandatory attributes (RFC 7606 §3 d): without routes their absence is no error. */
function checkMandatory(draft: Draft): void {
  if (!hasReachable(draft)) return
  for (const type of draft.legacyReach ? [ORIGIN, AS_PATH, NEXT_HOP] : [ORIGIN, AS_PATH]) {
    if (draft.types.includes(type)) continue
    const reason = `${nameOf(type)} is missing`
    note(
      draft,
      type,
      'treat-as-withdraw',
      reason,
      'RFC 7606 §3 d',
      'BGP_ERR_UPDATE_MISSING',
      new Uint8Array([type]),
    )
  }
}

/** An error stronger than discard without routes to withdraw: nobody can be sure that the NLRI were found (RFC 7606 §5.2). */
function checkReachable(draft: Draft, hasAttributes: boolean): void {
  if (!hasAttributes || draft.ignoredReach || hasReachable(draft)) return
  const worst = draft.malformed.find(({ disposition }) => disposition === 'treat-as-withdraw')
  if (worst === undefined) return
  draft.malformed.push({
    ...worst,
    disposition: 'session-reset',
    reason: `${worst.reason}, and no route is announced`,
    clause: 'RFC 7606 §5.2',
  })
}

function hasReachable(draft: Draft): boolean {
  return draft.reach.some(({ nlri, raw }) => nlri.length > 0 || (raw?.length ?? 0) > 0)
}

/** The family whose End-of-RIB this is (RFC 4724 §2), given that both legacy fields are empty. */
function endOfRib(draft: Draft, start: number, end: number): Family | undefined {
  const { bytes, context } = draft
  if (start === end) return accepts(context, IPV4_UNICAST) ? IPV4_UNICAST : undefined
  if (draft.types.length !== 1 || draft.types[0] !== MP_UNREACH || draft.malformed.length > 0)
    return undefined
  const found = locate(bytes, start, end)
  if (found === undefined || found.end - found.value !== 3) return undefined
  const family = { afi: u16(bytes, found.value), safi: bytes[found.value + 2]! }
  return accepts(context, family) ? family : undefined
}

function finish(draft: Draft, endOfRibOf: Family | undefined): UpdateMessage {
  return {
    type: 'update',
    unreach: draft.unreach,
    reach: draft.reach,
    attributes: attributeSetFromBytes(pieces(draft), draft.context.fourOctetAs),
    endOfRib: endOfRibOf,
    malformed: draft.malformed,
    disposition: strongest(draft.malformed),
  }
}

/** The kept attributes' octets in type order (senders may use any), neighbours in one piece. */
function pieces({ bytes, kept }: Draft): string[] {
  if (kept.some(({ type }, index) => index > 0 && type < kept[index - 1]!.type))
    kept.sort((a, b) => a.type - b.type)
  const result: string[] = []
  for (let index = 0; index < kept.length;) {
    const start = kept[index]!.start
    let end = kept[index]!.end
    while (++index < kept.length && kept[index]!.start === end) end = kept[index]!.end
    result.push(toLatin1(bytes, start, end))
  }
  return result
}
