// The options of a router: one schema for startRouter, the configuration file and the flags of `serve`.
import { networkInterfaces } from 'node:os'
import { z } from 'zod'
import { complaintOf, keyPath } from '../core/errors/complaint.ts'
import { isUserError, UserError, whatHappened } from '../core/errors/user-error.ts'
import { formatPrefix, parseIdentifier } from '../core/ip/text.ts'
import type { PeerTerms } from '../core/session/terms.ts'
import type { GracefulRestartConfig, PeerRange, SpeakerConfig } from '../core/speaker/contract.ts'
import { familyFromName } from '../core/wire/families.ts'
import { keysAt } from '../kube/schema-keys.ts'
import type { PeerSecurity } from '../net/socket-security.ts'
import { parseDuration } from './duration.ts'
import { resolveDial, type DialSettings } from './dial-options.ts'
import { resolveSecurity, securitySettings } from './security-options.ts'

const ASN_MAX = 4_294_967_295
const MISSING = 'is not given'
const ASN_REMEDY = 'Give our AS number: asn, or --asn.'

const asn = z
  .number({ error: ({ input }) => (input === undefined ? MISSING : undefined) })
  .int()
  .min(1)
  .max(ASN_MAX)
const duration = z.union([z.string(), z.number()])
const familyNames = z.array(z.enum(['ipv4-unicast', 'ipv6-unicast']))

const gracefulRestart = z.union([
  z.enum(['helper', 'off']),
  z.strictObject({
    /** Restart time in our OPEN, seconds. */
    time: z.number().int().min(0).max(4095).default(120),
    notification: z.boolean().default(true),
    families: familyNames.default([]),
    /** Upper bound on stale routes after the peer's return. */
    staleTime: duration.default('180s'),
  }),
])

const peer = z.strictObject({
  /** Source addresses: an address or a prefix. Left out: the address of `dial`. */
  from: z.string().optional(),
  /** Open connections to this peer, "127.0.0.2:179" or "[fd00::2]:179". */
  dial: z.string().optional(),
  /** Who opens connections: we (active), the peer (passive), or both; left out: both with `dial`, else passive. */
  mode: z.enum(['active', 'passive', 'both']).optional(),
  /** Our address when we dial; left out: the system chooses. */
  localAddress: z.string().optional(),
  /** Time between attempts; each wait is 0.75 to 1 of it (RFC 4271 §10). From 1 s on. */
  connectRetry: duration.default('120s'),
  /** Wait longer after each session that did not last (RFC 4271 §8.1.1). */
  damping: z.boolean().default(false),
  /** Required AS number; left out: any. */
  asn: asn.optional(),
  /** Seconds: 0 or 3 to 65535. */
  holdTime: z
    .number()
    .int()
    .min(0)
    .max(65_535)
    .refine((value) => value === 0 || value >= 3, 'the hold time is 0 or at least 3 (RFC 4271 §4.2)')
    .default(90),
  gracefulRestart: gracefulRestart.default('helper'),
  families: familyNames.default(['ipv4-unicast', 'ipv6-unicast']),
  extendedNextHop: z.boolean().default(false),
  extendedMessages: z.boolean().default(false),
  enhancedRouteRefresh: z.boolean().default(false),
  /** Offer to receive several paths of a prefix (RFC 7911). */
  addPath: z.enum(['receive']).optional(),
  /** Write our OPEN in the extended form (RFC 9072). */
  extendedParameters: z.boolean().default(false),
  /** Routes of one family that the peer may announce; one more ends the session with 6/1. */
  maxPrefixes: z.number().int().min(1).max(ASN_MAX).optional(),
  onSilence: z.enum(['report', 'refresh']).default('report'),
  ...securitySettings,
})

const trace = z.strictObject({
  directory: z.string(),
  /** Go on with the trace that lies there. */
  resume: z.boolean().default(false),
  rotateBytes: z.number().int().min(65_536).optional(),
  rotateEvery: duration.optional(),
  /** Rotated segments to keep; left out: all. */
  keep: z.number().int().min(1).optional(),
})

/** Everything but the source of expected routes, which is code or a flag. */
export const routerSchema = z.strictObject({
  /** What messages call this router. */
  label: z.string().min(1).default('router'),
  asn,
  /** BGP identifier as a dotted quad; left out: an IPv4 address of this host. */
  identifier: z.string().optional(),
  listen: z.union([z.string(), z.array(z.string()).min(1)]).default(['0.0.0.0:1790', '[::]:1790']),
  peers: z
    .array(peer)
    .min(1)
    .default([peer.parse({ from: '0.0.0.0/0' }), peer.parse({ from: '::/0' })]),
  trace: z.union([z.string(), z.literal(false), trace]).optional(),
  /** How long a route or its expectation must stand before it is judged. */
  settle: duration.default('15s'),
  limits: z
    .strictObject({
      connectionsPerSource: z.number().int().min(1).default(1000),
      connections: z.number().int().min(1).default(10_000),
    })
    .prefault({}),
})

/** Options as a person writes them. */
export type RouterSettings = z.input<typeof routerSchema>
type Parsed = z.output<typeof routerSchema>

/** Options after checking, with every default filled in. */
export interface ResolvedSettings {
  readonly label: string
  readonly speaker: SpeakerConfig
  readonly listen: readonly string[]
  /** Keys and TTLs of peers: apart from `speaker`, which is recorded. */
  readonly security: readonly PeerSecurity[]
  readonly trace: z.output<typeof trace> | undefined
  /** Microseconds. */
  readonly settle: number
  readonly limits: Parsed['limits']
}

/** What a router says of its settings: no keys. */
export type ShownSettings = Omit<ResolvedSettings, 'security'>

/** Where in a file a key stands, for messages: "routewitness.yaml:7". */
export type Locate = (path: readonly PropertyKey[]) => string | undefined

function complain(
  path: readonly PropertyKey[],
  message: string,
  locate: Locate | undefined,
  remedy?: string,
): UserError {
  const place = locate?.(path)
  return new UserError(
    'RW_CONFIG',
    `${place === undefined ? '' : `${place}: `}${keyPath(path)}: ${message}`,
    remedy === undefined ? {} : { remedy },
  )
}

function attempt<T>(path: readonly PropertyKey[], locate: Locate | undefined, make: () => T): T {
  try {
    return make()
  } catch (error) {
    throw complain(path, whatHappened(error), locate, isUserError(error) ? error.remedy : undefined)
  }
}

/** Where a peer comes from, and how it is dialled. */
function resolvePeerAddress(
  entry: DialSettings,
  path: PropertyKey[],
  locate: Locate | undefined,
): Pick<PeerRange, 'from' | 'dial'> {
  const resolved = resolveDial(entry)
  if (!('key' in resolved)) return resolved
  throw complain([...path, resolved.key], resolved.problem, locate)
}

function helperConfig(
  value: Parsed['peers'][number]['gracefulRestart'],
  path: PropertyKey[],
  locate?: Locate,
): GracefulRestartConfig | undefined {
  if (value === 'off') return undefined
  const settings = value === 'helper' ? gracefulRestart.options[1].parse({}) : value
  return {
    time: settings.time,
    notification: settings.notification,
    families: settings.families.map((name) => familyFromName(name)!),
    staleTime: attempt([...path, 'staleTime'], locate, () => parseDuration(settings.staleTime)) / 1e6,
  }
}

/** An address of this host that can serve as BGP identifier, or one of the documentation range where there is none. */
function hostIdentifier(): string {
  for (const addresses of Object.values(networkInterfaces())) {
    for (const address of addresses ?? []) {
      if (address.family === 'IPv4' && !address.internal) return address.address
    }
  }
  return '192.0.2.1'
}

/**
 * Checks options and fills in the defaults. Throws UserError RW_CONFIG that names the key, and the file and line
 * where `locate` knows them.
 */
export function resolveSettings(settings: unknown, locate?: Locate): ResolvedSettings {
  const result = routerSchema.safeParse(settings)
  if (!result.success) {
    const { path, message } = complaintOf(result.error.issues, (at) => keysAt(routerSchema, at))
    throw complain(path, message, locate, path[0] === 'asn' && message === MISSING ? ASN_REMEDY : undefined)
  }
  const options = result.data
  const peers = options.peers.map((entry, at): PeerRange => {
    const path = ['peers', at]
    return {
      ...resolvePeerAddress(entry, path, locate),
      asn: entry.asn,
      holdTime: entry.holdTime,
      gracefulRestart: helperConfig(entry.gracefulRestart, [...path, 'gracefulRestart'], locate),
      families: entry.families.map((name) => familyFromName(name)!),
      extendedNextHop: entry.extendedNextHop,
      extendedMessages: entry.extendedMessages,
      enhancedRouteRefresh: entry.enhancedRouteRefresh,
      ...(entry.addPath === undefined ? {} : { addPath: entry.addPath }),
      ...(entry.extendedParameters ? { extendedParameters: true } : {}),
      ...(entry.maxPrefixes === undefined ? {} : { maxPrefixes: entry.maxPrefixes }),
      onSilence: entry.onSilence,
    }
  })
  sameTermsPerPrefix(peers, locate)
  const security = resolveSecurity(options.peers, peers)
  if ('problem' in security) throw complain(security.path, security.problem, locate)
  return {
    label: options.label,
    speaker: {
      asn: options.asn,
      identifier: attempt(['identifier'], locate, () =>
        parseIdentifier(options.identifier ?? hostIdentifier()),
      ),
      peers,
    },
    security: security.entries,
    listen: typeof options.listen === 'string' ? [options.listen] : options.listen,
    trace:
      options.trace === undefined || options.trace === false
        ? undefined
        : typeof options.trace === 'string'
          ? trace.parse({ directory: options.trace })
          : options.trace,
    settle: attempt(['settle'], locate, () => parseDuration(options.settle)),
    limits: options.limits,
  }
}

/** All that entries of one prefix must have in common; a record, so that no term can be forgotten here. */
const TERMS = Object.keys({
  holdTime: true,
  gracefulRestart: true,
  families: true,
  extendedNextHop: true,
  extendedMessages: true,
  enhancedRouteRefresh: true,
  onSilence: true,
  addPath: true,
  extendedParameters: true,
  maxPrefixes: true,
} satisfies Record<Exclude<keyof PeerTerms, 'asn' | 'otherAsns'>, true>) as (keyof PeerTerms)[]

function sameTermsPerPrefix(peers: readonly PeerRange[], locate: Locate | undefined): void {
  const firsts = new Map<string, number>()
  for (const [at, range] of peers.entries()) {
    const prefix = formatPrefix(range.from)
    const first = firsts.get(prefix)
    if (first === undefined) firsts.set(prefix, at)
    const other = peers[first ?? at]!
    const differs = TERMS.find((term) => JSON.stringify(other[term]) !== JSON.stringify(range[term]))
    if (differs === undefined) continue
    const reason = `our OPEN goes out before the peer's AS number is known`
    throw complain(
      ['peers', at, differs],
      `differs from peers[${first}], which has the same prefix: ${reason}`,
      locate,
    )
  }
}
