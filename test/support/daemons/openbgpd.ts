// OpenBGPD: a parent and its unprivileged children, which lock themselves into a directory that systemd makes elsewhere.
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Daemon, output } from '../daemon.ts'
import type { DaemonDriver, DaemonSetup, NeighborSetup } from './driver.ts'

/** Home of Debian's user _openbgpd. */
const JAIL = '/run/openbgpd'

interface Rib {
  readonly rib?: readonly { readonly prefix: string }[]
}

export async function startOpenbgpd(setup: DaemonSetup): Promise<DaemonDriver> {
  mkdirSync(JAIL, { recursive: true, mode: 0o755 })
  const daemon = Daemon.start('/usr/sbin/bgpd', (directory) => {
    const file = join(directory, 'bgpd.conf')
    writeFileSync(file, config(setup, directory))
    chmodSync(file, 0o600)
    return ['-d', '-v', '-f', file]
  })
  const bgpctl = (...args: string[]): Promise<string> =>
    output('bgpctl', ['-s', join(daemon.directory, 'socket'), ...args])
  await daemon.until('control socket', async () => (await bgpctl('show')).includes('Neighbor'))
  return {
    name: 'openbgpd',
    daemon,
    address: `${setup.address}:${setup.port}`,
    async routes() {
      const { rib = [] } = JSON.parse(await bgpctl('-j', 'show', 'rib')) as Rib
      return new Set(rib.map(({ prefix }) => prefix))
    },
    describe: (prefix) => bgpctl('show', 'rib', 'detail', prefix),
    async disable(neighbor, text) {
      await bgpctl('neighbor', neighbor, 'down', text)
    },
    async enable(neighbor) {
      await bgpctl('neighbor', neighbor, 'up')
    },
    async refresh(neighbor) {
      await bgpctl('neighbor', neighbor, 'refresh')
    },
    [Symbol.asyncDispose]: () => daemon[Symbol.asyncDispose](),
  }
}

const config = (setup: DaemonSetup, directory: string): string => `
AS ${setup.asn}
router-id ${setup.identifier}
listen on ${setup.address} port ${setup.port}
socket "${join(directory, 'socket')}"
fib-update no
nexthop qualify via default
${(setup.originates ?? []).map((prefix) => `network ${prefix}`).join('\n')}
${setup.neighbors.map((neighbor) => section(setup, neighbor)).join('\n')}
allow from any
allow to any
`

const section = (setup: DaemonSetup, { address, asn, port, holdTime = 90 }: NeighborSetup): string => `
neighbor ${address} {
  remote-as ${asn}
  local-address ${setup.address}
  ${port === undefined ? 'passive' : `port ${port}`}
  multihop 5
  holdtime ${holdTime}
  enforce neighbor-as no
  announce IPv4 unicast
  announce IPv6 unicast
  announce restart yes
}
`
