// gobgpd, the engine inside Cilium.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Daemon, freePort, output } from '../daemon.ts'
import { isIpv6, type DaemonDriver, type DaemonSetup, type NeighborSetup } from './driver.ts'

export async function startGobgp(setup: DaemonSetup): Promise<DaemonDriver> {
  const api = await freePort()
  const daemon = Daemon.start('gobgpd', (directory) => {
    const file = join(directory, 'gobgpd.toml')
    writeFileSync(file, config(setup))
    return [
      '-f',
      file,
      '--api-hosts',
      `127.0.0.1:${api}`,
      '--pprof-disable',
      ...(setup.restarts === 'back' ? ['-r'] : []),
    ]
  })
  const gobgp = (...args: string[]): Promise<string> => output('gobgp', ['-p', String(api), ...args])
  const table = async (family: string): Promise<string[]> => {
    const routes = JSON.parse(await gobgp('-j', 'global', 'rib', '-a', family)) as Record<string, unknown>
    return Object.keys(routes)
  }
  await daemon.until('API', async () => (await gobgp('global')).includes(String(setup.asn)))
  for (const prefix of setup.originates ?? [])
    await gobgp('global', 'rib', 'add', '-a', isIpv6(prefix) ? 'ipv6' : 'ipv4', prefix)
  // A session that is up before its routes are there begins with an End-of-RIB that ends the stale time of all of them.
  for (const { address } of setup.neighbors) await gobgp('neighbor', address, 'enable')
  return {
    name: 'gobgp',
    daemon,
    address: `${setup.address}:${setup.port}`,
    routes: async () => new Set([...(await table('ipv4')), ...(await table('ipv6'))]),
    describe: (prefix) => gobgp('global', 'rib', '-a', isIpv6(prefix) ? 'ipv6' : 'ipv4', prefix),
    async disable(neighbor, text) {
      // `disable --reason` loses the text; this ends the session and leaves the neighbor enabled.
      await gobgp('neighbor', neighbor, 'shutdown', '--reason', text)
    },
    enable: () => Promise.resolve(),
    // `softresetin` looks again at what it has; it asks nobody.
    refresh: undefined,
    [Symbol.asyncDispose]: () => daemon[Symbol.asyncDispose](),
  }
}

const config = (setup: DaemonSetup): string => `
[global.config]
  as = ${setup.asn}
  router-id = "${setup.identifier}"
  port = ${setup.port}
  local-address-list = ["${setup.address}"]
${setup.neighbors.map((neighbor) => section(setup, neighbor)).join('\n')}
`

const section = (
  setup: DaemonSetup,
  { address, asn, port, holdTime = 90, password, ttlSecurity }: NeighborSetup,
): string => `
[[neighbors]]
  [neighbors.config]
    neighbor-address = "${address}"
    peer-as = ${asn}
    admin-down = true
    ${password === undefined ? '' : `auth-password = "${password}"`}
  [neighbors.transport.config]
    local-address = "${setup.address}"
    ${port === undefined ? 'passive-mode = true' : `remote-port = ${port}`}
  [neighbors.timers.config]
    connect-retry = 1
    hold-time = ${holdTime}
    keepalive-interval = ${Math.max(1, Math.floor(holdTime / 3))}
    idle-hold-time-after-reset = 1
${
  ttlSecurity === true
    ? '  [neighbors.ttl-security.config]\n    enabled = true\n    ttl-min = 255'
    : '  [neighbors.ebgp-multihop.config]\n    enabled = true\n    multihop-ttl = 4'
}
  [neighbors.graceful-restart.config]
    enabled = true
    notification-enabled = true
    restart-time = 20
${['ipv4-unicast', 'ipv6-unicast'].map(family).join('\n')}
`

const family = (name: string): string => `
  [[neighbors.afi-safis]]
    [neighbors.afi-safis.config]
      afi-safi-name = "${name}"
    [neighbors.afi-safis.mp-graceful-restart.config]
      enabled = true
`
