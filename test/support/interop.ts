// A session between our router and a real daemon, in either direction, for each daemon in turn.
import { describe, test } from 'vitest'
import { startRouter, until, type RouterHandle, type RouterSettings } from '../../src/index.ts'
import type { News } from '../../src/core/speaker/contract.ts'
import { freePort } from './daemon.ts'
import { DAEMON_NAMES, type DaemonDriver, type DaemonName, type DaemonSetup } from './daemons/driver.ts'
import { startDaemon } from './daemons/start.ts'
import { Wire, type Place } from './wire.ts'

/** Who opens the connection. */
type Direction = keyof typeof DIRECTIONS

/** How each side is told of the other; the place is the other side's, or that of a relay on the way. */
interface Peering {
  /** Our entry of `peers`, but for what is the same in every direction. */
  readonly ours: (place: Place) => NonNullable<RouterSettings['peers']>[number]
  /** The port that the daemon dials; undefined: it waits. */
  readonly theirPort: (place: Place) => number | undefined
  readonly dialler: 'us' | 'them'
}

const DIRECTIONS = {
  'they dial us': { ours: ({ host }) => ({ from: host }), theirPort: ({ port }) => port, dialler: 'them' },
  'we dial them': {
    ours: ({ host, port }) => ({
      dial: `${host}:${port}`,
      mode: 'active',
      localAddress: OUR_ADDRESS,
      connectRetry: '1s',
    }),
    theirPort: () => undefined,
    dialler: 'us',
  },
} satisfies Record<string, Peering>

export const OUR_ASN = 64512
export const THEIR_ASN = 64520
const OUR_ADDRESS = '127.0.0.40'
const WIRE_ADDRESS = '127.0.0.42'
const ADDRESSES: Record<DaemonName, string> = {
  bird: '127.0.0.51',
  frr: '127.0.0.52',
  gobgp: '127.0.0.53',
  openbgpd: '127.0.0.54',
}

/** FRR and GoBGP refuse next hops on loopback, where our own address is. */
export const NEXT_HOP = '198.51.100.1'
export const NEXT_HOP6 = '2001:db8::1'

export interface PairOptions {
  /** Prefixes that the daemon announces. */
  readonly originates?: readonly string[]
  /** Seconds, offered by both. */
  readonly holdTime?: number
  /** Carries the session through a relay that passes on so many octets at once; 0: as they come. */
  readonly chunk?: number
  readonly restarts?: DaemonSetup['restarts']
  /** Key of TCP MD5 signatures, of both. */
  readonly password?: string
  /** GTSM, of both. */
  readonly ttlSecurity?: boolean
  /** Other neighbors of the daemon. */
  readonly neighbors?: DaemonSetup['neighbors']
  /** How long one test may take, seconds; 60 unless given. */
  readonly seconds?: number
  /** Daemons of which the claim does not hold. */
  readonly but?: readonly DaemonName[]
}

export class Pair implements AsyncDisposable {
  readonly name: DaemonName
  router: RouterHandle
  daemon: DaemonDriver
  /** What happened since the router was started. */
  news: News[] = []
  readonly wire: Wire | undefined
  readonly #setup: DaemonSetup
  readonly #settings: RouterSettings

  private constructor(
    name: DaemonName,
    parts: Pick<Pair, 'router' | 'daemon' | 'wire'>,
    setup: DaemonSetup,
    settings: RouterSettings,
  ) {
    this.name = name
    this.router = parts.router
    this.daemon = parts.daemon
    this.wire = parts.wire
    this.#setup = setup
    this.#settings = settings
    this.#listen()
  }

  static async start(name: DaemonName, direction: Direction, options: PairOptions): Promise<Pair> {
    const peering: Peering = DIRECTIONS[direction]
    const us = { host: OUR_ADDRESS, port: await freePort(OUR_ADDRESS) }
    const them = { host: ADDRESSES[name], port: await freePort(ADDRESSES[name]) }
    const { holdTime = 90, chunk, originates = [], neighbors = [], restarts } = options
    const { dialler } = peering
    const { password, ttlSecurity } = options
    const security = {
      ...(password !== undefined && { password }),
      ...(ttlSecurity !== undefined && { ttlSecurity }),
    }
    const wireOptions = { address: WIRE_ADDRESS, dialler, ...(chunk !== undefined && chunk > 0 && { chunk }) }
    const wire =
      chunk === undefined ? undefined : await Wire.listen(wireOptions, dialler === 'us' ? them : us)
    const relay = wire && { host: WIRE_ADDRESS, port: wire.port }
    const settings = {
      asn: OUR_ASN,
      identifier: '192.0.2.40',
      listen: `${us.host}:${us.port}`,
      peers: [{ ...peering.ours(relay ?? them), asn: THEIR_ASN, holdTime, ...security }],
    }
    const port = peering.theirPort(relay ?? us)
    const neighbor = { address: (relay ?? us).host, asn: OUR_ASN, holdTime, ...security }
    const setup = {
      asn: THEIR_ASN,
      identifier: them.host.replace('127.0.0', '192.0.2'),
      address: them.host,
      port: them.port,
      neighbors: [port === undefined ? neighbor : { ...neighbor, port }, ...neighbors],
      originates,
      nextHop6: 'fd00::20',
      ...(restarts !== undefined && { restarts }),
    }
    const router = await startRouter(settings)
    try {
      const daemon = await startDaemon(name, setup)
      return new Pair(name, { router, daemon, wire }, setup, settings)
    } catch (error) {
      await router.stop()
      await wire?.[Symbol.asyncDispose]()
      throw error
    }
  }

  /** The neighbor that we are to the daemon. */
  get us(): string {
    return this.#setup.neighbors[0]!.address
  }

  /** Waits until the session is Established. */
  async up(): Promise<void> {
    await this.router.wait(until.sessions(1), { timeout: '40s' })
  }

  /** Waits until we hold routes for these prefixes. */
  async weHold(...prefixes: readonly string[]): Promise<void> {
    for (const prefix of prefixes) await this.router.wait(until.route(prefix), { timeout: '20s' })
  }

  /** Waits until the daemon's table has all of these prefixes. */
  async theyHold(...prefixes: readonly string[]): Promise<void> {
    await this.daemon.daemon.until(`route for ${prefixes.slice(0, 5).join(', ')}`, async () => {
      const table = await this.daemon.routes()
      return prefixes.every((prefix) => table.has(prefix))
    })
  }

  /** Waits until none of these prefixes is in the daemon's table. */
  async theyLack(...prefixes: readonly string[]): Promise<void> {
    await this.daemon.daemon.until(`end of ${prefixes.join(', ')}`, async () => {
      const table = await this.daemon.routes()
      return !prefixes.some((prefix) => table.has(prefix))
    })
  }

  /** Waits until something happens that the predicate accepts, from `since` on. */
  async happens(
    what: string,
    accepts: (news: News) => boolean,
    since: number | { seq: number },
  ): Promise<void> {
    const condition = until.event(what, ({ news }) => news !== undefined && accepts(news), { since })
    await this.router.wait(condition, { timeout: '40s' })
  }

  /** Starts the daemon again after it was ended. */
  async startDaemonAgain(): Promise<void> {
    const { restarts } = this.#setup
    this.daemon = await startDaemon(this.name, {
      ...this.#setup,
      ...(restarts !== undefined && { restarts: 'back' as const }),
    })
  }

  /** Starts our router again, on the same port, after it was stopped. */
  async startRouterAgain(): Promise<void> {
    this.router = await startRouter(this.#settings)
    this.#listen()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.router.stop()
    await this.daemon[Symbol.asyncDispose]()
    await this.wire?.[Symbol.asyncDispose]()
  }

  #listen(): void {
    this.news = []
    this.router.onEvent((_event, news) => void this.news.push(...news))
  }
}

/** A claim about a session with each of the daemons, in each direction. They are tried at the same time. */
export function withEachDaemon(
  claim: string,
  options: PairOptions,
  check: (pair: Pair) => Promise<void>,
): void {
  for (const direction of Object.keys(DIRECTIONS) as Direction[]) {
    describe.concurrent(`${direction}: ${claim}`, () => {
      for (const name of DAEMON_NAMES) {
        if (options.but?.includes(name)) continue
        test(name, { timeout: (options.seconds ?? 60) * 1000 }, async () => {
          await using pair = await Pair.start(name, direction, options)
          await check(pair)
        })
      }
    })
  }
}
