// BIRD 2, one protocol a neighbor.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Daemon, output } from '../daemon.ts'
import { isIpv6, type DaemonDriver, type DaemonSetup, type NeighborSetup } from './driver.ts'

export async function startBird(setup: DaemonSetup): Promise<DaemonDriver> {
  const daemon = Daemon.start('bird', (directory) => {
    writeFileSync(join(directory, 'bird.conf'), config(setup))
    const file = (name: string): string => join(directory, name)
    return [
      '-f',
      '-c',
      file('bird.conf'),
      '-s',
      file('bird.ctl'),
      '-P',
      file('bird.pid'),
      ...(setup.restarts === 'back' ? ['-R'] : []),
    ]
  })
  const birdc = (...args: string[]): Promise<string> =>
    output('birdc', ['-s', join(daemon.directory, 'bird.ctl'), ...args])
  await daemon.until('control socket', async () => (await birdc('show', 'status')).includes('up and running'))
  return {
    name: 'bird',
    daemon,
    address: `${setup.address}:${setup.port}`,
    async routes() {
      const prefixes = (await birdc('show', 'route')).matchAll(/^([0-9a-f.:]+\/\d+) /gm)
      return new Set([...prefixes].map(([, prefix]) => prefix!))
    },
    describe: (prefix) => birdc('show', 'route', prefix, 'all'),
    async disable(neighbor, text) {
      await birdc('disable', protocol(neighbor), `"${text}"`)
    },
    async enable(neighbor) {
      await birdc('enable', protocol(neighbor))
    },
    async refresh(neighbor) {
      await birdc('reload', 'in', protocol(neighbor))
    },
    [Symbol.asyncDispose]: () => daemon[Symbol.asyncDispose](),
  }
}

const protocol = (address: string): string => `n${address.replaceAll('.', '_')}`

function config(setup: DaemonSetup): string {
  const { identifier, originates = [] } = setup
  const blackholes = (six: boolean): string =>
    originates
      .filter((prefix) => isIpv6(prefix) === six)
      .map((prefix) => `route ${prefix} blackhole;`)
      .join(' ')
  return `
log stderr all;
router id ${identifier};
protocol device {}
protocol static four { ipv4; ${blackholes(false)} }
protocol static six { ipv6; ${blackholes(true)} }
${setup.neighbors.map((neighbor) => bgp(setup, neighbor)).join('\n')}
`
}

const bgp = (
  setup: DaemonSetup,
  { address, asn, port, holdTime = 90, password, ttlSecurity }: NeighborSetup,
): string => `
protocol bgp ${protocol(address)} {
  local ${setup.address} port ${setup.port} as ${setup.asn};
  neighbor ${address} ${port === undefined ? '' : `port ${port} `}as ${asn};
  ${port === undefined ? 'passive;' : ''}
  strict bind;
  ${ttlSecurity === true ? 'multihop 1; ttl security on;' : 'multihop;'}
  ${password === undefined ? '' : `password "${password}";`}
  hold time ${holdTime};
  connect delay time 1;
  connect retry time 1;
  error wait time 1, 2;
  graceful restart ${setup.restarts === undefined ? 'aware' : 'on'};
  ipv4 { import all; export all; };
  ipv6 { import all; export all; ${setup.nextHop6 === undefined ? '' : `next hop address ${setup.nextHop6};`} };
}
`
