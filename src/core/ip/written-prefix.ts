// Prefixes that a person wrote: bits behind the length are no detail to be cleared, but a slip of the address or the length.
import { UserError } from '../errors/user-error.ts'
import { sameAddress } from './arithmetic.ts'
import type { Prefix } from './prefix.ts'
import { formatAddress, formatPrefix, parseAddress, parsePrefix } from './text.ts'

/** What is wrong with a text, and what to write. */
interface Slip {
  readonly what: string
  readonly remedy: string
}

/** Reads a prefix; an address alone is a host prefix. */
export function writtenPrefix(text: unknown): Prefix | Slip {
  let prefix: Prefix
  try {
    prefix = parsePrefix(text as string)
  } catch {
    return {
      what: `${typeof text === 'string' ? JSON.stringify(text) : String(text)} is no prefix`,
      remedy: 'Write for example 10.5.112.0/24 or fd00:10:244::/64.',
    }
  }
  const address = parseAddress((text as string).split('/')[0]!)
  if (sameAddress(address, prefix)) return prefix
  const usual = formatPrefix(prefix)
  return {
    what: `"${String(text)}" has bits behind its length: the prefix is ${usual}`,
    remedy: `Write ${usual}, or ${formatAddress(address)}/${32 * address.words.length} for the address alone.`,
  }
}

/**
 * The same for whom it must be one. Throws RW_USAGE.
 * @param where the function or the key that it was given to
 */
export function requirePrefix(text: unknown, where: string): Prefix {
  const read = writtenPrefix(text)
  if (!('what' in read)) return read
  throw new UserError('RW_USAGE', `${where}: ${read.what}`, { remedy: read.remedy })
}
