// ROUTE-REFRESH (RFC 2918 §3) with the subtypes of RFC 7313.
import { BgpError } from '../errors/bgp-error.ts'
import { copy, setU16 } from './bytes.ts'
import { HEADER_LENGTH, startMessage, TYPE_ROUTE_REFRESH } from './framing.ts'
import { grammar, Parser } from './grammar.ts'
import type { RouteRefreshMessage } from './message.ts'

const LENGTH = HEADER_LENGTH + 4

const body = grammar(
  new Parser().uint16('afi').uint8('subtype').uint8('safi'),
  ({ afi, safi, subtype }: { afi: number; safi: number; subtype: number }): RouteRefreshMessage => ({
    type: 'route-refresh',
    family: { afi, safi },
    subtype,
  }),
)

/**
 * Decodes a whole ROUTE-REFRESH. Unknown subtypes are delivered: it is for the receiver to ignore them (RFC 7313 §5).
 * @throws BgpError 7/1 with the message as data, for any body that is not four octets: filters behind it (RFC 5291)
 *   come only to those who offered them
 */
export function decodeRouteRefresh(message: Uint8Array): RouteRefreshMessage {
  const decoded = body(message.subarray(HEADER_LENGTH))
  if (decoded !== undefined) return decoded
  // The data must fit into a NOTIFICATION, which is two octets longer than the data and the header.
  const data = copy(message, 0, Math.min(message.length, 4096 - HEADER_LENGTH - 2))
  throw new BgpError('BGP_ERR_REFRESH_LENGTH', `${message.length} octets instead of ${LENGTH}`, data)
}

/** Encodes a ROUTE-REFRESH, header included. */
export function encodeRouteRefresh({ family, subtype }: Omit<RouteRefreshMessage, 'type'>): Uint8Array {
  const out = startMessage(TYPE_ROUTE_REFRESH, LENGTH)
  const at = setU16(out, family.afi, HEADER_LENGTH)
  out[at] = subtype
  out[at + 1] = family.safi
  return out
}
