// An UPDATE while it is read, and how what is wrong with it is written down.
import { BGP_ERRORS, type BgpErrorCode } from '../errors/bgp-codes.ts'
import type { Located } from './attributes/row.ts'
import { attributeRow } from './attributes/table.ts'
import { copy, NO_BYTES } from './bytes.ts'
import { MAX_LENGTH } from './framing.ts'
import type { CodecContext, Disposition, Malformation, Reach, Unreach } from './message.ts'

const STRENGTH: Record<Disposition, number> = {
  accept: 0,
  'attribute-discard': 1,
  'treat-as-withdraw': 2,
  'session-reset': 3,
}

/** An UPDATE while it is read. */
export interface Draft {
  readonly bytes: Uint8Array
  readonly context: CodecContext
  readonly reach: Reach[]
  readonly unreach: Unreach[]
  readonly malformed: Malformation[]
  /** Type codes seen, in wire order. */
  readonly types: number[]
  /** Attributes of the set. */
  readonly kept: Located[]
  nextHop: Located | undefined
  /** The NLRI field has routes. */
  legacyReach: boolean
  /** Routes of a family that was not negotiated were announced: skipped, so NLRI are neither there nor missing. */
  ignoredReach: boolean
}

export function newDraft(bytes: Uint8Array, context: CodecContext): Draft {
  return {
    bytes,
    context,
    reach: [],
    unreach: [],
    malformed: [],
    types: [],
    kept: [],
    nextHop: undefined,
    legacyReach: false,
    ignoredReach: false,
  }
}

/** The strongest disposition (RFC 7606 §3 h). */
export function strongest(malformed: readonly Malformation[]): Disposition {
  let worst: Disposition = 'accept'
  for (const { disposition } of malformed) if (STRENGTH[disposition] > STRENGTH[worst]) worst = disposition
  return worst
}

export function nameOf(type: number): string {
  return attributeRow(type)?.name ?? `attribute ${type}`
}

/** Data of the NOTIFICATION is the erroneous attribute: type, length and value (RFC 4271 §6.3), as far as it fits. */
export function noteAttribute(
  draft: Draft,
  { type, start, end }: Located,
  disposition: Disposition,
  reason: string,
  clause: string,
  error: BgpErrorCode,
): void {
  const withData = error !== 'BGP_ERR_UPDATE_AS_PATH'
  const data = withData ? copy(draft.bytes, start, Math.min(end, start + MAX_LENGTH - 21)) : NO_BYTES
  note(draft, type, disposition, `${nameOf(type)}: ${reason}`, clause, error, data)
}

/** Notes something about the message, or about an attribute whose octets are not the data. */
export function note(
  draft: Draft,
  attribute: number | undefined,
  disposition: Disposition,
  reason: string,
  clause: string,
  error: BgpErrorCode,
  data: Uint8Array = NO_BYTES,
): void {
  const { code, subcode } = BGP_ERRORS[error]
  const fields = { disposition, reason, clause, notification: { code, subcode, data } }
  draft.malformed.push(attribute === undefined ? fields : { attribute, ...fields })
}
