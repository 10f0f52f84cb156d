// Many routes in as few UPDATEs as they need (RFC 4271 §4.3), each of one kind (RFC 7606 §5.1).
import type { Nlri } from './message.ts'
import { nlriLength } from './nlri.ts'
import { encodeUpdate, type UpdateContent, type UpdateContext } from './update-encode.ts'

/** MP_REACH_NLRI and MP_UNREACH_NLRI grow by one octet when they exceed 255. */
const EXTENDED_LENGTH_OCTET = 1

/**
 * Encodes any number of routes: first the withdrawals, then the announcements, filled up to `context.maxLength`. End-of-RIB
 * and raw families are not for this function.
 * @throws RangeError when the attributes and one prefix exceed a message (RFC 8654 §4: such a route cannot be sent)
 */
export function packUpdates(content: UpdateContent, context: UpdateContext): Uint8Array[] {
  const { reach = [], unreach = [], attributes = {}, multiprotocol = false } = content
  const messages: Uint8Array[] = []
  const fill = (nlri: readonly Nlri[], one: (part: readonly Nlri[]) => UpdateContent) => {
    const room = context.maxLength - encodeUpdate(one([]), context).length - EXTENDED_LENGTH_OCTET
    for (const part of parts(nlri, room)) messages.push(encodeUpdate(one(part), context))
  }
  for (const entry of unreach) fill(entry.nlri, (nlri) => ({ unreach: [{ ...entry, nlri }], multiprotocol }))
  for (const entry of reach)
    fill(entry.nlri, (nlri) => ({ reach: [{ ...entry, nlri }], attributes, multiprotocol }))
  return messages
}

function parts(nlri: readonly Nlri[], room: number): Nlri[][] {
  const result: Nlri[][] = []
  let left = 0
  for (const route of nlri) {
    const length = nlriLength([route])
    if (length > room)
      throw new RangeError(`the attributes leave ${room} octets, and a prefix needs ${length}`)
    if (result.length === 0 || length > left) {
      result.push([])
      left = room
    }
    result.at(-1)!.push(route)
    left -= length
  }
  return result
}
