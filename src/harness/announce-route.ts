// Routes that we announce, as text.
import { parseAddress, parsePrefix } from '../core/ip/text.ts'
import type { Origination } from '../core/speaker/contract.ts'

/** A route to announce, as text. */
export interface AnnounceRoute extends Omit<Origination, 'prefix' | 'nextHop'> {
  readonly prefix: string
  /** Left out: our own address in the session. */
  readonly nextHop?: string
}

/** Throws an Error that says what cannot be read. */
export function originationOf({ prefix, nextHop, ...rest }: AnnounceRoute): Origination {
  return {
    ...rest,
    prefix: parsePrefix(prefix),
    ...(nextHop === undefined ? {} : { nextHop: parseAddress(nextHop) }),
  }
}
