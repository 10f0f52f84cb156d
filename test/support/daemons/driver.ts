// What the suites do with a real routing daemon, whichever it is.
import type { Daemon } from '../daemon.ts'

export const DAEMON_NAMES = ['bird', 'frr', 'gobgp', 'openbgpd'] as const
export type DaemonName = (typeof DAEMON_NAMES)[number]

export interface NeighborSetup {
  readonly address: string
  readonly asn: number
  /** The daemon dials this port; left out: it waits to be dialled. */
  readonly port?: number
  /** Offered hold time, seconds; 90 unless given. */
  readonly holdTime?: number
  /** Key of TCP MD5 signatures. */
  readonly password?: string
  /** GTSM: TTL 255 both ways. */
  readonly ttlSecurity?: boolean
}

export interface DaemonSetup {
  readonly asn: number
  readonly identifier: string
  /** Its own loopback address. */
  readonly address: string
  /** The port that it listens on. */
  readonly port: number
  readonly neighbors: readonly NeighborSetup[]
  /** Prefixes of both families that it announces to everybody. */
  readonly originates?: readonly string[]
  /** Next hop of its IPv6 routes, where it can be told one for a session between IPv4 addresses. */
  readonly nextHop6?: string
  /** Asks its neighbors to keep its routes while it restarts; 'back' when this is its start after one. OpenBGPD cannot. */
  readonly restarts?: 'yes' | 'back'
}

/** A running daemon. Every neighbor offers and takes IPv4 and IPv6 unicast and is a graceful-restart helper. */
export interface DaemonDriver extends AsyncDisposable {
  readonly name: DaemonName
  readonly daemon: Daemon
  /** Where it listens: "127.0.0.31:17931". */
  readonly address: string
  /** Every prefix in its table, of both families. */
  routes(): Promise<ReadonlySet<string>>
  /** Everything it has to say about one prefix. */
  describe(prefix: string): Promise<string>
  /** Shuts a neighbor's session down with a text (RFC 9003). */
  disable(neighbor: string, text: string): Promise<void>
  /** Lets it try again, at once where it can be told so. */
  enable(neighbor: string): Promise<void>
  /** Asks a neighbor for its routes again (RFC 2918); undefined where there is no way to make it. */
  readonly refresh: ((neighbor: string) => Promise<void>) | undefined
}

export const isIpv6 = (prefix: string): boolean => prefix.includes(':')

/** The text between a command's name and what follows the version. */
export function versionIn(text: string, name: DaemonName): string {
  const version = /(\d+(?:\.\d+)+)/.exec(text)?.[1]
  if (version === undefined) throw new Error(`${name}: no version in ${JSON.stringify(text)}`)
  return version
}
