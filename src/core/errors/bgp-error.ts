// What a peer did wrong, with the NOTIFICATION that tells it so.
import { BGP_ERRORS, type BgpErrorCode } from './bgp-codes.ts'

const BRAND = Symbol.for('routewitness.BgpError')
const NO_DATA = new Uint8Array(0)

/** The fields of a NOTIFICATION (RFC 4271 §4.5). */
export interface NotificationFields {
  readonly code: number
  readonly subcode: number
  readonly data: Uint8Array
}

/**
 * A protocol error of a peer. `code` names it (see bgp-codes.ts), `notification` is what to send before closing,
 * `clause` the rule that was broken. UPDATE errors are not thrown: they stand in `UpdateMessage.malformed`.
 */
export class BgpError extends Error {
  readonly code: BgpErrorCode
  readonly clause: string
  readonly notification: NotificationFields
  readonly [BRAND] = true

  constructor(code: BgpErrorCode, detail?: string, data: Uint8Array = NO_DATA, clause?: string) {
    const entry = BGP_ERRORS[code]
    super(detail === undefined ? entry.text : `${entry.text}: ${detail}`)
    this.name = 'BgpError'
    this.code = code
    this.clause = clause ?? entry.clause
    this.notification = { code: entry.code, subcode: entry.subcode, data }
  }
}

/** True for a BgpError of this or any other copy of the package. */
export function isBgpError(error: unknown): error is BgpError {
  return typeof error === 'object' && error !== null && BRAND in error
}
