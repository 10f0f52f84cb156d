// What a filter means in the numbers of a ledger.
import { UserError } from '../errors/user-error.ts'
import type { Prefix } from '../ip/prefix.ts'
import { parsePrefix } from '../ip/text.ts'
import type { WithdrawCause } from '../speaker/contract.ts'
import { familyFromName, familyName } from '../wire/families.ts'
import type { Family } from '../wire/message.ts'
import type { WindowFilter } from './contract.ts'
import type { Ledger } from './ledger.ts'
import { NONE } from './route-book.ts'

/** Undefined where everything is meant. */
export interface Meant {
  readonly peers: ReadonlySet<number> | undefined
  readonly prefixes: ReadonlySet<number> | undefined
  readonly family: string | undefined
  /** AFI and SAFI of the family as one number. */
  readonly familyNumber: number | undefined
  /** By the number of a cause. */
  readonly causes: readonly boolean[] | undefined
}

const listOf = <T>(value: T | readonly T[] | undefined): readonly T[] | undefined =>
  value === undefined ? undefined : Array.isArray(value) ? (value as readonly T[]) : [value as T]

/** @throws UserError RW_USAGE for a prefix or family that is none */
export function meantBy(ledger: Ledger, filter: WindowFilter = {}): Meant {
  const nodes = listOf(filter.node)
  const prefixes = listOf(filter.prefix)
  const causes = listOf(filter.cause)
  const family = filter.family === undefined ? undefined : knownFamily(filter.family)
  return {
    peers: nodes && peersOf(ledger, nodes),
    prefixes: prefixes && prefixesOf(ledger, prefixes),
    family: family && familyName(family),
    familyNumber: family && (family.afi << 16) | family.safi,
    causes: causes && ledger.causes.map((cause) => isOneOf(causes, cause)),
  }
}

/** Peers by the name of their node, by their identifier or by their key. */
function peersOf(ledger: Ledger, names: readonly string[]): ReadonlySet<number> {
  const found = new Set<number>()
  for (const [peer, key] of ledger.peers.entries()) {
    const own = [ledger.nodes[peer], ledger.identifiers[peer], key]
    if (names.some((name) => own.includes(name))) found.add(peer)
  }
  return found
}

function prefixesOf(ledger: Ledger, texts: readonly string[]): ReadonlySet<number> {
  const found = new Set<number>()
  for (const text of texts) {
    const number = ledger.book.prefix(1, readPrefix(text), false)
    if (number !== NONE) found.add(number)
  }
  return found
}

function readPrefix(text: string): Prefix {
  try {
    return parsePrefix(text)
  } catch (error) {
    throw new UserError('RW_USAGE', `"${text}" is no prefix`, {
      cause: error,
      remedy: 'Write for example 10.244.3.0/24.',
    })
  }
}

function knownFamily(name: string): Family {
  const family = familyFromName(name)
  if (family === undefined)
    throw new UserError('RW_USAGE', `"${name}" is no address family`, {
      remedy: 'Write ipv4-unicast or ipv6-unicast.',
    })
  return family
}

/** By its kind, or by what is behind it ("restart-timer", "hold-expired"). */
function isOneOf(names: readonly string[], cause: WithdrawCause): boolean {
  if (names.includes(cause.kind)) return true
  if (cause.kind === 'stale-flush') return names.includes(cause.why)
  return cause.kind === 'session-closed' && names.includes(cause.cause.kind)
}

/** Whether the cause of this number is meant. */
export const isCause = ({ causes }: Meant, cause: number): boolean => causes === undefined || causes[cause]!
