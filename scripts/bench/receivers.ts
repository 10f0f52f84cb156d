// The BGP speakers that are measured, each as a process of its own that listens on loopback and exports nothing.
import { existsSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { join, resolve } from 'node:path'
import {
  freePort,
  launch,
  loopProbe,
  OUR_ASN,
  output,
  ready,
  running,
  THEIR_ASN,
  versionOf,
  type Receiver,
} from './launch.ts'

const MAIN = resolve('dist/cli/main.js')
const PROBE = resolve('scripts/bench/probe.mjs')
/** For example BENCH_NODE_FLAGS='--cpu-prof --cpu-prof-dir=/tmp/profiles'. */
const FLAGS = (process.env['BENCH_NODE_FLAGS'] ?? '').split(' ').filter((flag) => flag !== '')

/** Our own, built: `serve` with its record, its API and its control socket, as users run it. */
const routewitness: Receiver = {
  name: 'routewitness',
  abreast: 64,
  version: async () => (existsSync(MAIN) ? (await output('node', MAIN, '--version')).trim() : undefined),
  async start({ holdTime, record }) {
    const http = await freePort()
    const started = await launch('routewitness', (directory, port) => ({
      command: process.execPath,
      args: [
        ...FLAGS,
        ...['--import', PROBE, MAIN, 'serve', '--no-cluster', '--asn', String(OUR_ASN)],
        ...['--identifier', '192.0.2.254', '--listen', `127.0.0.1:${port}`, '--hold', String(holdTime)],
        ...(record ? ['--trace', join(directory, 'trace')] : ['--no-trace']),
        ...['--http', `127.0.0.1:${http}`, '--socket', join(directory, 'control.sock')],
      ],
      ipc: true,
    }))
    const get = (path: string): Promise<unknown> =>
      new Promise((done, fail) => {
        request({ host: '127.0.0.1', port: http, path }, (response) => {
          let text = ''
          response.on('data', (chunk: Buffer) => (text += chunk.toString()))
          response.on('end', () => done(JSON.parse(text)))
        })
          .on('error', fail)
          .end()
      })
    await ready('routewitness', () => get('/v1/state'))
    return running(
      started,
      async () => {
        const { rows } = (await get('/v1/peers')) as { rows: readonly { routes: number }[] }
        return rows.reduce((sum, { routes }) => sum + routes, 0)
      },
      loopProbe(started.child),
    )
  },
}

const bird: Receiver = {
  name: 'bird',
  abreast: 4,
  version: () => versionOf(/version (\S+)/, 'bird', '--version'),
  async start({ holdTime, record }) {
    const started = await launch('bird', (directory, port) => {
      const file = join(directory, 'bird.conf')
      writeFileSync(
        file,
        `router id 192.0.2.254;
log stderr { fatal, error };
${record ? `mrtdump "${join(directory, 'mrt')}"; mrtdump protocols { messages };` : ''}
protocol device {}
protocol bgp bench {
  local 127.0.0.1 port ${port} as ${OUR_ASN};
  neighbor range 127.0.0.0/8 as ${THEIR_ASN};
  dynamic name "bench"; dynamic name digits 5;
  passive; multihop; hold time ${holdTime};
  ipv4 { import all; export none; };
  ipv6 { import all; export none; };
}
`,
      )
      return {
        command: 'bird',
        args: ['-f', '-c', file, '-s', join(directory, 'ctl'), '-P', join(directory, 'pid')],
      }
    })
    const ask = (...words: string[]): Promise<string> =>
      output('birdc', '-s', join(started.directory, 'ctl'), ...words)
    await ready('bird', () => ask('show', 'status'))
    return running(started, async () => {
      // `show route count` would walk the table.
      const text = await ask('show', 'protocols', 'all')
      return [...text.matchAll(/Routes: +(\d+) imported/g)].reduce((sum, match) => sum + Number(match[1]), 0)
    })
  },
}

const frr: Receiver = {
  name: 'frr',
  abreast: 64,
  version: () => versionOf(/version (\S+)/, '/usr/lib/frr/bgpd', '--version'),
  async start({ holdTime, record }) {
    const started = await launch('frr', (directory, port) => {
      const file = join(directory, 'bgpd.conf')
      writeFileSync(
        file,
        `${record ? `dump bgp updates ${join(directory, 'mrt')}` : ''}
router bgp ${OUR_ASN}
 bgp router-id 192.0.2.254
 no bgp ebgp-requires-policy
 no bgp network import-check
 neighbor bench peer-group
 neighbor bench remote-as ${THEIR_ASN}
 neighbor bench passive
 neighbor bench disable-connected-check
 neighbor bench timers ${Math.floor(holdTime / 3)} ${holdTime}
 bgp listen limit 5000
 bgp listen range 127.0.0.0/8 peer-group bench
 address-family ipv4 unicast
  neighbor bench activate
  neighbor bench route-map nothing out
 exit-address-family
 address-family ipv6 unicast
  neighbor bench activate
  neighbor bench route-map nothing out
 exit-address-family
route-map nothing deny 10
`,
      )
      return {
        command: '/usr/lib/frr/bgpd',
        args: [
          '-n',
          '-S',
          '-Z',
          '-f',
          file,
          '-i',
          join(directory, 'pid'),
          '-p',
          String(port),
          '-l',
          '127.0.0.1',
        ].concat(['-P', '0', '--vty_socket', directory]),
      }
    })
    const ask = (command: string): Promise<string> =>
      output('vtysh', '--vty_socket', started.directory, '-d', 'bgpd', '-c', command)
    await ready('frr', () => ask('show bgp summary json'))
    return running(started, async () => {
      const families = JSON.parse(await ask('show bgp summary json')) as Record<string, FrrFamily>
      return Object.values(families)
        .flatMap(({ peers = {} }) => Object.values(peers))
        .reduce((sum, { pfxRcd = 0 }) => sum + pfxRcd, 0)
    })
  },
}

interface FrrFamily {
  readonly peers?: Record<string, { readonly pfxRcd?: number }>
}

interface Prefixes {
  readonly stats?: { readonly prefixes?: { readonly received?: number } }
}

const openbgpd: Receiver = {
  name: 'openbgpd',
  abreast: 4,
  version: () => versionOf(/OpenBGPD (\S+)/, '/usr/sbin/bgpd', '-V'),
  async start({ holdTime, record }) {
    const started = await launch('openbgpd', (directory, port) => {
      const file = join(directory, 'bgpd.conf')
      writeFileSync(
        file,
        `AS ${OUR_ASN}
router-id 192.0.2.254
listen on 127.0.0.1 port ${port}
socket "${join(directory, 'ctl')}"
fib-update no
holdtime ${Math.max(3, holdTime)}
${record ? `dump updates in "${join(directory, 'mrt')}"` : ''}
neighbor 127.0.0.0/8 {
  remote-as ${THEIR_ASN}
  passive
  multihop 2
  announce IPv4 unicast
  announce IPv6 unicast
}
allow from any
deny to any
`,
        { mode: 0o600 },
      )
      return { command: '/usr/sbin/bgpd', args: ['-d', '-f', file] }
    })
    const ask = (...words: string[]): Promise<string> =>
      output('bgpctl', '-s', join(started.directory, 'ctl'), ...words)
    await ready('openbgpd', () => ask('show', 'summary'))
    return running(started, async () => {
      const { neighbors = [] } = JSON.parse(await ask('-j', 'show', 'neighbor')) as { neighbors?: Prefixes[] }
      return neighbors.reduce((sum, { stats }) => sum + (stats?.prefixes?.received ?? 0), 0)
    })
  },
}

const gobgp: Receiver = {
  name: 'gobgp',
  abreast: 64,
  version: () => versionOf(/version (\S+)/, 'gobgpd', '--version'),
  async start({ holdTime, record }) {
    const api = await freePort()
    const started = await launch('gobgp', (directory, port) => {
      const file = join(directory, 'gobgpd.toml')
      writeFileSync(
        file,
        `[global.config]
  as = ${OUR_ASN}
  router-id = "192.0.2.254"
  port = ${port}
  local-address-list = ["127.0.0.1"]
[global.apply-policy.config]
  default-import-policy = "accept-route"
  default-export-policy = "reject-route"
[[peer-groups]]
  [peer-groups.config]
    peer-group-name = "bench"
    peer-as = ${THEIR_ASN}
  [peer-groups.timers.config]
    hold-time = ${holdTime}
    keepalive-interval = ${Math.floor(holdTime / 3)}
  [[peer-groups.afi-safis]]
    [peer-groups.afi-safis.config]
      afi-safi-name = "ipv4-unicast"
  [[peer-groups.afi-safis]]
    [peer-groups.afi-safis.config]
      afi-safi-name = "ipv6-unicast"
[[dynamic-neighbors]]
  [dynamic-neighbors.config]
    prefix = "127.0.0.0/8"
    peer-group = "bench"
${record ? `[[mrt-dump]]\n  [mrt-dump.config]\n    dump-type = "updates"\n    file-name = "${join(directory, 'mrt')}"` : ''}
`,
      )
      return {
        command: 'gobgpd',
        args: ['-f', file, '-l', 'error', '--pprof-disable', `--api-hosts=127.0.0.1:${api}`],
      }
    })
    const ask = (...words: string[]): Promise<string> => output('gobgp', '-p', String(api), ...words)
    await ready('gobgp', () => ask('global'))
    const paths = async (afi: string): Promise<number> => {
      const text = await ask('global', 'rib', 'summary', '-a', afi, '-j')
      const summary = JSON.parse(text) as { num_path?: string; num_destination?: string }
      return Number(summary.num_path ?? summary.num_destination ?? 0)
    }
    return running(started, async () => (await paths('ipv4')) + (await paths('ipv6')))
  },
}

export const RECEIVERS: readonly Receiver[] = [routewitness, bird, frr, openbgpd, gobgp]
