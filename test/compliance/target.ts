// A graceful-restart helper under test: a router that a feeder dials, and whose table can be looked at.
import { formatPrefix } from '../../src/core/ip/text.ts'
import { startRouter } from '../../src/index.ts'
import { freePort } from '../support/daemon.ts'
import type { DaemonName } from '../support/daemons/driver.ts'
import { daemonVersion, startDaemon } from '../support/daemons/start.ts'
import { connect, type FeederIdentity } from './feeder.ts'

export const TARGET_NAMES = ['us', 'bird', 'frr', 'gobgp', 'openbgpd'] as const
export type TargetName = (typeof TARGET_NAMES)[number]

export interface Target extends AsyncDisposable {
  readonly name: TargetName
  /** "127.0.0.31:17931". */
  readonly address: string
  /** Every prefix in its table. */
  routes(): Promise<ReadonlySet<string>>
  /** What others were told since the start: "+10.0.0.0/24", "-10.0.0.0/24". */
  changes(): readonly string[]
}

/** The installed version of a daemon; our own is that of this tree. */
export async function versionOf(name: TargetName): Promise<string> {
  return name === 'us' ? 'this tree' : daemonVersion(name)
}

const ADDRESSES: Record<TargetName, string> = {
  us: '127.0.0.30',
  bird: '127.0.0.31',
  frr: '127.0.0.32',
  gobgp: '127.0.0.33',
  openbgpd: '127.0.0.34',
}
const ASN = 64500

/** Starts a router that accepts all these feeders, with graceful-restart helper and, where it has one, the N bit. */
export function startTarget(name: TargetName, feeders: readonly FeederIdentity[]): Promise<Target> {
  return name === 'us' ? startUs(feeders) : startOther(name, feeders)
}

async function startUs(feeders: readonly FeederIdentity[]): Promise<Target> {
  const router = await startRouter({
    asn: ASN,
    identifier: '192.0.2.30',
    listen: `${ADDRESSES.us}:0`,
    peers: feeders.map(({ address, asn }) => ({ from: address, asn })),
  })
  // We pass no routes on: whoever watches us is told by the stream.
  const changes: string[] = []
  router.router.subscribe((_event, news) => {
    for (const item of news) {
      if (item.news === 'route-withdrawn') changes.push(`-${formatPrefix(item.prefix)}`)
      if (item.news === 'route-announced' && item.change !== 'same')
        changes.push(`+${formatPrefix(item.prefix)}`)
    }
  })
  return {
    name: 'us',
    address: router.listeners[0]!,
    routes: () => Promise.resolve(new Set(router.routes().map(({ prefix }) => prefix))),
    changes: () => changes,
    [Symbol.asyncDispose]: () => router.stop(),
  }
}

/** A second session with a daemon, which sees what it passes on. */
const OBSERVER: FeederIdentity = { address: '127.0.1.100', asn: 64700, identifier: '192.0.2.200' }
const KEEPALIVE_MS = 20_000

async function startOther(name: DaemonName, feeders: readonly FeederIdentity[]): Promise<Target> {
  const driver = await startDaemon(name, {
    asn: ASN,
    identifier: ADDRESSES[name].replace('127.0.0', '192.0.2'),
    address: ADDRESSES[name],
    port: await freePort(ADDRESSES[name]),
    neighbors: [...feeders, OBSERVER].map(({ address, asn }) => ({ address, asn })),
  })
  try {
    const observer = await connect(OBSERVER, driver.address, {})
    const keepalives = setInterval(() => void observer.lives(), KEEPALIVE_MS)
    return {
      name,
      address: driver.address,
      routes: () => driver.routes(),
      changes: () => observer.changes(),
      async [Symbol.asyncDispose]() {
        clearInterval(keepalives)
        observer.resets()
        await driver[Symbol.asyncDispose]()
      },
    }
  } catch (error) {
    await driver[Symbol.asyncDispose]()
    throw error
  }
}
