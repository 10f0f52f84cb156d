// Routes that we announce, as text. Nothing of them is left out silently, since a test would see other routes than it wrote.
import { z } from 'zod'
import { complaintOf, keyPath } from '../core/errors/complaint.ts'
import { UserError, whatHappened } from '../core/errors/user-error.ts'
import type { Prefix } from '../core/ip/prefix.ts'
import { parseAddress } from '../core/ip/text.ts'
import { requirePrefix } from '../core/ip/written-prefix.ts'
import type { Origination } from '../core/speaker/contract.ts'
import { keysAt } from '../kube/schema-keys.ts'

/** A route to announce, as text. */
export interface AnnounceRoute extends Omit<Origination, 'prefix' | 'nextHop'> {
  readonly prefix: string
  /** Left out: our own address in the session. */
  readonly nextHop?: string
}

const RANGE = 'write a number from 0 to 4294967295'
const number = z.int(RANGE).min(0, RANGE).max(4_294_967_295, RANGE)
const routesSchema = z.array(
  z.strictObject({
    prefix: z.string('write a prefix'),
    nextHop: z.string('write an IP address').optional(),
    med: number.optional(),
    localPref: number.optional(),
    asPath: z.array(number, 'write a list of AS numbers').optional(),
    communities: z.array(number, 'write a list of numbers').optional(),
    largeCommunities: z
      .array(z.tuple([number, number, number], 'write three numbers'), 'write a list of three numbers each')
      .optional(),
  }),
  'write a list of routes',
)
const prefixesSchema = z.array(z.string('write a prefix'), 'write a list of prefixes')

const ROUTE = "{ prefix: '10.5.112.0/24', nextHop: '192.0.2.11', communities: [65000 * 65536 + 100] }"

/** Throws RW_USAGE with the path of what is wrong. */
function read<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  [where, remedy]: readonly [where: string, remedy: string],
): z.output<Schema> {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const { path, message } = complaintOf(parsed.error.issues, (at) => keysAt(schema, at))
  throw new UserError('RW_USAGE', `${keyPath([where, ...path])}: ${message}`, { remedy })
}

/**
 * Routes as `announce` takes them. Throws RW_USAGE with the path of what is wrong.
 * @param ipv6NextHops whether IPv4 routes may have them (RFC 8950)
 */
export function originationsOf(routes: unknown, ipv6NextHops: boolean): readonly Origination[] {
  const remedy = `A route is for example ${ROUTE}, and has med, localPref, asPath and largeCommunities, too.`
  return read(routesSchema, routes, ['announce', remedy]).map((route, at): Origination => {
    const where = `announce[${at}]`
    const prefix = requirePrefix(route.prefix, `${where}.prefix`)
    const { prefix: _, nextHop: text, ...rest } = route as AnnounceRoute
    if (text === undefined) return { ...rest, prefix }
    const nextHop = addressOf(text, `${where}.nextHop`)
    if (nextHop.afi === 2 && prefix.afi === 1 && !ipv6NextHops)
      throw new UserError(
        'RW_USAGE',
        `${where}.nextHop: "${text}" is an IPv6 address, and the route is of IPv4`,
        {
          remedy:
            'Give an IPv4 address; or give the peer `extendedNextHop: true` (RFC 8950) in the options of this router.',
        },
      )
    return { ...rest, prefix, nextHop }
  })
}

/** Prefixes as `withdraw` takes them. Throws RW_USAGE with the path of what is wrong. */
export function withdrawnPrefixes(prefixes: unknown): readonly Prefix[] {
  return read(prefixesSchema, prefixes, ['withdraw', "Write for example ['10.5.112.0/24']."]).map(
    (text, at) => requirePrefix(text, `withdraw[${at}]`),
  )
}

function addressOf(text: string, where: string): ReturnType<typeof parseAddress> {
  try {
    return parseAddress(text)
  } catch (error) {
    throw new UserError('RW_USAGE', `${where}: ${whatHappened(error)}`, {
      remedy: 'Write for example 192.0.2.11 or fd00::11.',
    })
  }
}
