// FRR's bgpd on its own: no zebra, no kernel routes.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Daemon, output } from '../daemon.ts'
import { isIpv6, type DaemonDriver, type DaemonSetup } from './driver.ts'

export const FRR_BGPD = '/usr/lib/frr/bgpd'

interface Table {
  readonly routes?: Readonly<Record<string, unknown>>
}

export async function startFrr(setup: DaemonSetup): Promise<DaemonDriver> {
  const daemon = Daemon.start(FRR_BGPD, (directory) => {
    const file = (name: string): string => join(directory, name)
    writeFileSync(file('bgpd.conf'), config(setup))
    const process = ['-f', file('bgpd.conf'), '-i', file('pid'), '--vty_socket', directory, '-P', '0']
    const listen = ['-p', String(setup.port), '-l', setup.address]
    return [...process, ...listen, '-n', '-S', '-Z', '--log', 'stdout', '--log-level', 'info']
  })
  const vtysh = (...commands: string[]): Promise<string> => {
    const args = commands.flatMap((command) => ['-c', command])
    return output('vtysh', ['--vty_socket', daemon.directory, '-d', 'bgpd', ...args])
  }
  const configure = (...commands: string[]): Promise<string> =>
    vtysh('configure terminal', `router bgp ${setup.asn}`, ...commands)
  const table = async (family: string): Promise<string[]> => {
    const { routes = {} } = JSON.parse(await vtysh(`show bgp ${family} unicast json`)) as Table
    return Object.keys(routes)
  }
  await daemon.until('vty', async () => (await vtysh('show version')).includes('FRRouting'))
  return {
    name: 'frr',
    daemon,
    address: `${setup.address}:${setup.port}`,
    routes: async () => new Set([...(await table('ipv4')), ...(await table('ipv6'))]),
    describe: (prefix) => vtysh(`show bgp ${isIpv6(prefix) ? 'ipv6' : 'ipv4'} unicast ${prefix}`),
    async disable(neighbor, text) {
      await configure(`neighbor ${neighbor} shutdown message ${text}`)
    },
    async enable(neighbor) {
      await configure(`no neighbor ${neighbor} shutdown`)
    },
    async refresh(neighbor) {
      await vtysh(`clear bgp ipv4 unicast ${neighbor} soft in`, `clear bgp ipv6 unicast ${neighbor} soft in`)
    },
    [Symbol.asyncDispose]: () => daemon[Symbol.asyncDispose](),
  }
}

function config(setup: DaemonSetup): string {
  const { asn, identifier, neighbors, originates = [] } = setup
  const family = (name: string, six: boolean): string[] => [
    ` address-family ${name} unicast`,
    ...originates.filter((prefix) => isIpv6(prefix) === six).map((prefix) => `  network ${prefix}`),
    ...neighbors.map(({ address }) => `  neighbor ${address} activate`),
    ' exit-address-family',
  ]
  const lines = [
    `router bgp ${asn}`,
    ` bgp router-id ${identifier}`,
    ' no bgp default ipv4-unicast',
    ' no bgp ebgp-requires-policy',
    ' no bgp network import-check',
    ' bgp log-neighbor-changes',
    ...(setup.restarts === undefined
      ? []
      : [' bgp graceful-restart', ' bgp graceful-restart preserve-fw-state']),
    ' bgp disable-ebgp-connected-route-check',
    ...neighbors.flatMap(({ address, asn: remote, port, holdTime = 90, password, ttlSecurity }) => [
      ` neighbor ${address} remote-as ${remote}`,
      ` neighbor ${address} update-source ${setup.address}`,
      ` neighbor ${address} ${ttlSecurity === true ? 'ttl-security hops 1' : 'ebgp-multihop 5'}`,
      ...(password === undefined ? [] : [` neighbor ${address} password ${password}`]),
      ` neighbor ${address} advertisement-interval 0`,
      ` neighbor ${address} timers ${Math.max(1, Math.floor(holdTime / 3))} ${holdTime}`,
      ` neighbor ${address} timers connect 1`,
      port === undefined ? ` neighbor ${address} passive` : ` neighbor ${address} port ${port}`,
    ]),
    ...family('ipv4', false),
    ...family('ipv6', true),
  ]
  return `${lines.join('\n')}\n`
}
