// Every capability that is typed, by code. Adding one takes its file, its shape in message.ts and its line here.
import { BgpError } from '../../errors/bgp-error.ts'
import { toHex } from '../bytes.ts'
import type { Capability } from '../message.ts'
import { addPath } from './add-path.ts'
import { enhancedRouteRefresh } from './enhanced-route-refresh.ts'
import { extendedMessage } from './extended-message.ts'
import { extendedNextHop } from './extended-next-hop.ts'
import { fourOctetAs } from './four-octet-as.ts'
import { fqdn } from './fqdn.ts'
import { gracefulRestart } from './graceful-restart.ts'
import { longLivedGracefulRestart } from './long-lived-graceful-restart.ts'
import { multiprotocol } from './multiprotocol.ts'
import { routeRefresh } from './route-refresh.ts'
import type { CapabilityRow, TypedCode } from './row.ts'
import { softwareVersion } from './software-version.ts'

export const CAPABILITIES: { readonly [Code in TypedCode]: CapabilityRow<Code> } = {
  1: multiprotocol,
  2: routeRefresh,
  5: extendedNextHop,
  6: extendedMessage,
  64: gracefulRestart,
  65: fourOctetAs,
  69: addPath,
  70: enhancedRouteRefresh,
  71: longLivedGracefulRestart,
  73: fqdn,
  75: softwareVersion,
}

function rowOf(code: number): CapabilityRow<TypedCode> | undefined {
  return (CAPABILITIES as Readonly<Record<number, CapabilityRow<TypedCode>>>)[code]
}

/**
 * Reads one capability; unknown ones, and malformed ones that may be ignored, stay raw.
 * @throws BgpError 2/0 when a malformed one must not be ignored
 */
export function decodeCapability(code: number, value: Uint8Array): Capability {
  const row = rowOf(code)
  const typed = row?.decode(value)
  if (typed !== undefined) return typed
  if (row?.malformed === 'refuse')
    throw new BgpError(
      'BGP_ERR_OPEN_MALFORMED',
      `capability ${code} (${row.name}) is ${toHex(value)}`,
      undefined,
      row.clause,
    )
  return { code: 'raw', rawCode: code, bytes: value }
}

/** Code and value octets of a capability. */
export function encodeCapability(capability: Capability): { code: number; value: Uint8Array } {
  if (capability.code === 'raw') return { code: capability.rawCode, value: capability.bytes }
  return { code: capability.code, value: rowOf(capability.code)!.encode(capability) }
}

/** "graceful-restart 120 s N", or "capability 67 00ff" for one without a type. */
export function formatCapability(capability: Capability): string {
  if (capability.code === 'raw')
    return `capability ${capability.rawCode} ${toHex(capability.bytes)}`.trimEnd()
  const row = rowOf(capability.code)!
  return `${row.name} ${row.format(capability)}`.trimEnd()
}
