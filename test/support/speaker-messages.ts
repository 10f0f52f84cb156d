// Messages that a peer in a test sends, as bytes.
import { parseAddress, parseIdentifier, parsePrefix } from '../../src/core/ip/text.ts'
import type { Attributes } from '../../src/core/wire/attribute-set.ts'
import { DEFAULT_CONTEXT, encodeMessage } from '../../src/core/wire/codec.ts'
import {
  IPV4_UNICAST,
  IPV6_UNICAST,
  type Capability,
  type Family,
  type Nlri,
} from '../../src/core/wire/message.ts'
import { shutdownData } from '../../src/core/wire/notification.ts'
import { encodeUpdate } from '../../src/core/wire/update-encode.ts'

/** Graceful restart as a peer's OPEN has it. Families not named here have no entry. */
export interface Restart {
  readonly restarting?: boolean
  readonly notification?: boolean
  /** Seconds. */
  readonly time?: number
  readonly families?: readonly Family[]
  /** F bit, of all families. */
  readonly forwarding?: boolean
}

export interface OpenFields {
  readonly asn?: number
  readonly identifier?: string
  readonly holdTime?: number
  readonly families?: readonly Family[]
  readonly gracefulRestart?: Restart
  readonly extra?: readonly Capability[]
  /** Instead of all the above. */
  readonly capabilities?: readonly Capability[]
}

export function open(fields: OpenFields = {}): Uint8Array {
  const { asn = 64512, identifier = '192.168.77.14', holdTime = 90, families = [IPV4_UNICAST] } = fields
  const capabilities: Capability[] = [
    ...families.map((family) => ({ code: 1, family }) as const),
    { code: 2 },
    { code: 65, asn },
    ...(fields.gracefulRestart === undefined ? [] : [restart(fields.gracefulRestart)]),
    ...(fields.extra ?? []),
  ]
  return encodeMessage(
    {
      type: 'open',
      version: 4,
      myAs: asn > 0xffff ? 23456 : asn,
      holdTime,
      identifier: parseIdentifier(identifier),
      capabilities: fields.capabilities ?? capabilities,
      extendedParameters: false,
    },
    DEFAULT_CONTEXT,
  )
}

function restart(fields: Restart): Capability {
  const {
    restarting = false,
    notification = false,
    time = 120,
    families = [IPV4_UNICAST],
    forwarding = true,
  } = fields
  return {
    code: 64,
    restarting,
    notification,
    time,
    families: families.map((family) => ({ family, forwarding })),
  }
}

export const keepalive = encodeMessage({ type: 'keepalive' }, DEFAULT_CONTEXT)

export interface Announcement {
  readonly prefixes: readonly string[]
  readonly withdrawn?: readonly string[]
  readonly nextHop?: string
  readonly attributes?: Attributes
}

/** An UPDATE with prefixes of one family. */
export function update({ prefixes, withdrawn = [], nextHop, attributes }: Announcement): Uint8Array {
  const family = (prefixes[0] ?? withdrawn[0])?.includes(':') ? IPV6_UNICAST : IPV4_UNICAST
  const hop = nextHop ?? (family === IPV4_UNICAST ? '127.0.0.14' : 'fd00::14')
  return encodeUpdate(
    {
      ...(prefixes.length > 0 && {
        reach: [{ family, nextHop: { global: parseAddress(hop) }, nlri: nlri(prefixes) }],
        attributes: attributes ?? { origin: 0, asPath: [{ type: 2, asns: [64512] }] },
      }),
      ...(withdrawn.length > 0 && { unreach: [{ family, nlri: nlri(withdrawn) }] }),
    },
    DEFAULT_CONTEXT,
  )
}

function nlri(prefixes: readonly string[]): Nlri[] {
  return prefixes.map((prefix) => ({ prefix: parsePrefix(prefix) }))
}

/** Cease subcodes, RFC 4486 and RFC 8538. */
export const Cease = {
  AdministrativeShutdown: [6, 2],
  PeerDeconfigured: [6, 3],
  AdministrativeReset: [6, 4],
  ConnectionRejected: [6, 5],
  OtherConfigurationChange: [6, 6],
  CollisionResolution: [6, 7],
  HardReset: [6, 9],
} as const

export function notification([code, subcode]: readonly [number, number], text?: string): Uint8Array {
  const data = text === undefined ? new Uint8Array(0) : shutdownData(text)
  return encodeMessage({ type: 'notification', code, subcode, data }, DEFAULT_CONTEXT)
}

export function refresh(family: Family = IPV4_UNICAST, subtype = 0): Uint8Array {
  return encodeMessage({ type: 'route-refresh', family, subtype }, DEFAULT_CONTEXT)
}
