// What is thrown at: a `serve` of its own process, with BIRD and GoBGP as the peers that must not notice.
import { request } from 'node:http'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RouterSettings } from '../../src/harness/options.ts'
import type { PeerRow } from '../../src/harness/views.ts'
import { Daemon, freePort, output } from '../../test/support/daemon.ts'
import { ServeProcess } from '../../test/support/serve-process.ts'

/** Heap of the router, MiB: whatever grows without end ends it. */
const HEAP = 256
/** A problem that `serve` tells, with its stack. What the kernel dropped is that of all processes in a network namespace: nobody's fault here. */
export const PROBLEM = /^problem +(?!the kernel dropped).*(?:\n {4}at .*)*/m

/** How long a router may take to end, milliseconds. */
const PATIENCE = 5000
export const PER_SOURCE = 64

export function settings(trace: string): RouterSettings {
  const all = {
    extendedMessages: true,
    extendedNextHop: true,
    enhancedRouteRefresh: true,
    addPath: 'receive',
  } as const
  return {
    asn: 64512,
    identifier: '192.0.2.1',
    listen: '127.0.0.1:0',
    peers: [
      { from: '127.0.0.20', asn: 64990 },
      { from: '127.0.0.21', asn: 64991 },
      { from: '127.0.1.0/24' },
      { from: '127.0.2.0/24', ...all, onSilence: 'refresh', maxPrefixes: 50 },
      { from: '127.0.3.0/24', asn: 64512, ...all },
    ],
    trace,
    limits: { connectionsPerSource: PER_SOURCE },
  }
}

const BIRD = (port: number): string => `
router id 203.0.113.20;
protocol device {}
protocol static four { ipv4; route 10.20.0.0/24 blackhole; route 10.20.1.0/24 blackhole; }
protocol static six { ipv6; route fd20::/64 blackhole; }
protocol bgp upstream {
  local 127.0.0.20 as 64990;
  neighbor 127.0.0.1 port ${port} as 64512;
  multihop;
  connect delay time 1;
  hold time 9;
  ipv4 { import all; export all; };
  ipv6 { import all; export all; next hop address fd00::20; };
}
`

const GOBGP = (port: number): string => `
[global.config]
  as = 64991
  router-id = "203.0.113.21"
  port = -1
[[neighbors]]
  [neighbors.config]
    neighbor-address = "127.0.0.1"
    peer-as = 64512
  [neighbors.transport.config]
    local-address = "127.0.0.21"
    remote-port = ${port}
  [neighbors.timers.config]
    connect-retry = 1
    hold-time = 9
    keepalive-interval = 3
  [neighbors.ebgp-multihop.config]
    enabled = true
    multihop-ttl = 4
  [[neighbors.afi-safis]]
    [neighbors.afi-safis.config]
      afi-safi-name = "ipv4-unicast"
  [[neighbors.afi-safis]]
    [neighbors.afi-safis.config]
      afi-safi-name = "ipv6-unicast"
`

/**
 * The peers that must stay: identifier, and how many routes each has. Nobody in the corpus has these: who says that it
 * is another peer, by AS number and identifier, takes its place.
 */
export const KEPT: ReadonlyMap<string, number> = new Map([
  ['203.0.113.20', 3],
  ['203.0.113.21', 2],
])

/**
 * A starved `serve`, in a folder of its own.
 * @param flags more of Node's options
 */
export function startServe(directory: string, flags = ''): Promise<ServeProcess> {
  return ServeProcess.start({
    directory,
    settings: settings(join(directory, 'trace')),
    wrapper: ['env', `NODE_OPTIONS=--max-old-space-size=${HEAP} ${flags}`],
  })
}

/** Looks at a router in a folder of its own; both are gone afterwards. */
export async function withServe<T>(
  start: (directory: string) => Promise<ServeProcess>,
  look: (serve: ServeProcess, directory: string) => Promise<T>,
): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'routewitness-fuzz-'))
  try {
    const serve = await start(directory)
    try {
      return await look(serve, directory)
    } finally {
      await serve[Symbol.asyncDispose]()
    }
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

/**
 * Starts BIRD and GoBGP; resolves when both have announced their routes.
 * @param daemons gets what was started, also when this rejects
 */
export async function startDaemons(serve: ServeProcess, daemons: AsyncDisposable[]): Promise<void> {
  const bird = kept(
    daemons,
    Daemon.start('bird', (directory) => {
      const file = (name: string): string => join(directory, name)
      writeFileSync(file('bird.conf'), BIRD(serve.port))
      return ['-f', '-c', file('bird.conf'), '-s', file('bird.ctl'), '-P', file('bird.pid')]
    }),
  )
  const api = await freePort()
  const gobgpd = kept(
    daemons,
    Daemon.start('gobgpd', (directory) => {
      const file = join(directory, 'gobgpd.toml')
      writeFileSync(file, GOBGP(serve.port))
      return ['-f', file, '--api-hosts', `127.0.0.1:${api}`, '--pprof-disable']
    }),
  )
  const gobgp = (...args: string[]): Promise<string> => output('gobgp', ['-p', String(api), ...args])
  await gobgpd.until('API', async () => (await gobgp('global')).includes('64991'))
  await gobgp('global', 'rib', 'add', '10.21.0.0/24')
  await gobgp('global', 'rib', 'add', '-a', 'ipv6', 'fd21::/64')
  const routesOf = async (identifier: string): Promise<boolean> =>
    (await peers(serve)).some((row) => row.identifier === identifier && row.routes === KEPT.get(identifier))
  await bird.until('its routes at the router', () => routesOf('203.0.113.20'), 30)
  await gobgpd.until('its routes at the router', () => routesOf('203.0.113.21'), 30)
}

function kept(daemons: AsyncDisposable[], daemon: Daemon): Daemon {
  daemons.push(daemon)
  return daemon
}

export async function peers(serve: ServeProcess): Promise<readonly PeerRow[]> {
  const { rows } = JSON.parse(await get(serve, '/v1/peers')) as { rows: PeerRow[] }
  return rows
}

export interface Health {
  /** Octets. */
  readonly rss: number
  readonly heap: number
  readonly descriptors: number
  readonly connections: number
  /** Longest stall of the event loop since the last look, seconds. */
  readonly stall: number
  readonly accepted: number
  readonly lost: number
}

export async function health(serve: ServeProcess): Promise<Health> {
  const text = await get(serve, '/metrics')
  const value = (name: string): number => {
    const found = new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]
    if (found === undefined) throw new Error(`no ${name} among the metrics`)
    return Number(found)
  }
  return {
    rss: value('process_resident_memory_bytes'),
    heap: value('nodejs_heap_size_used_bytes'),
    descriptors: value('process_open_fds'),
    connections: value('routewitness_open_connections'),
    stall: value('nodejs_eventloop_lag_max_seconds'),
    accepted: value('routewitness_connections_total'),
    lost: value('routewitness_events_lost_total'),
  }
}

/** Whether a router that does not answer is ending: its sockets are gone a moment before it is. */
export async function isOverSoon(serve: ServeProcess): Promise<boolean> {
  let timeout: NodeJS.Timeout | undefined
  const patience = new Promise<void>((resolve) => (timeout = setTimeout(resolve, PATIENCE)))
  await Promise.race([serve.ended, patience])
  clearTimeout(timeout)
  return serve.isOver
}

function get({ socket }: ServeProcess, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const call = request({ socketPath: socket, path, agent: false }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => resolve(Buffer.concat(chunks).toString()))
      response.on('error', reject)
    })
    call.setTimeout(20_000, () => call.destroy(new Error(`no answer to ${path} within 20 s`)))
    call.once('error', reject)
    call.end()
  })
}
