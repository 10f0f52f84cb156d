// Reading the addresses that peers may come from.
import { UserError } from '../core/errors/user-error.ts'
import type { Prefix } from '../core/ip/prefix.ts'
import { parsePrefix } from '../core/ip/text.ts'

/** Source addresses that may peer: an address or a prefix. Throws RW_CONFIG. */
export function readRange(text: string): Prefix {
  try {
    return parsePrefix(text)
  } catch {
    throw new UserError('RW_CONFIG', `"${text}" is no IP address or prefix`, {
      remedy: 'Write for example 198.18.0.0/15, 192.0.2.7 or fd00::/8.',
    })
  }
}
