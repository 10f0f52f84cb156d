// A session and routes both ways with Debian's gobgpd, the engine inside Cilium.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startRouter, until } from '../../src/index.ts'
import { Daemon, freePort, output } from '../support/daemon.ts'

const config = (port: number): string => `
[global.config]
  as = 64521
  router-id = "192.0.2.21"
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
  [neighbors.graceful-restart.config]
    enabled = true
    notification-enabled = true
    restart-time = 20
  [[neighbors.afi-safis]]
    [neighbors.afi-safis.config]
      afi-safi-name = "ipv4-unicast"
    [neighbors.afi-safis.mp-graceful-restart.config]
      enabled = true
  [[neighbors.afi-safis]]
    [neighbors.afi-safis.config]
      afi-safi-name = "ipv6-unicast"
    [neighbors.afi-safis.mp-graceful-restart.config]
      enabled = true
`

test(
  'exchanges IPv4 and IPv6 routes with GoBGP, and keeps them over its restart',
  { timeout: 90_000 },
  async () => {
    await using router = await startRouter({
      asn: 64512,
      listen: '127.0.0.1:0',
      identifier: '192.0.2.1',
      peers: [{ from: '127.0.0.21', asn: 64521 }],
    })
    // GoBGP refuses a next hop on loopback, which our own address is here.
    router.announce([{ prefix: '198.51.100.0/24', med: 7, nextHop: '192.0.2.1' }])
    const port = Number(router.listeners[0]!.split(':').at(-1))
    const api = await freePort()
    const start = (...more: string[]): Daemon =>
      Daemon.start('gobgpd', (directory) => {
        writeFileSync(join(directory, 'gobgpd.toml'), config(port))
        return [
          '-f',
          join(directory, 'gobgpd.toml'),
          '--api-hosts',
          `127.0.0.1:${api}`,
          '--pprof-disable',
          ...more,
        ]
      })
    const gobgp = (...args: string[]): Promise<string> => output('gobgp', ['-p', String(api), ...args])
    const originate = async (): Promise<void> => {
      await gobgp('global', 'rib', 'add', '10.21.0.0/24')
      await gobgp('global', 'rib', 'add', '-a', 'ipv6', 'fd21::/64')
    }

    let daemon = start()
    try {
      await daemon.until('API', async () => (await gobgp('global')).includes('64521'))
      await originate()
      await router.wait(until.sessions(1), { timeout: '30s' })
      await router.wait(until.route('10.21.0.0/24'), { timeout: '20s' })
      await router.wait(until.route('fd21::/64'), { timeout: '20s' })
      // IPv6 over a session between IPv4 addresses: GoBGP maps its own address.
      expect(router.routes().map(({ prefix, nextHop, asPath }) => [prefix, nextHop, asPath])).toEqual([
        ['10.21.0.0/24', '127.0.0.21', '64521'],
        ['fd21::/64', '::ffff:127.0.0.21', '64521'],
      ])
      await daemon.until('route of ours', async () =>
        (await gobgp('global', 'rib')).includes('198.51.100.0/24'),
      )

      const killed = router.mark('gobgpd is killed')
      await daemon[Symbol.asyncDispose]()
      await router.wait(
        until.event('stale', ({ news }) => news?.news === 'stale-started', { since: killed }),
        { timeout: '10s' },
      )
      expect(router.routes().every((route) => route.staleUntil !== undefined)).toBe(true)

      daemon = start('-r')
      await daemon.until('API', async () => (await gobgp('global')).includes('64521'))
      await originate()
      await router.wait(until.endOfRib({ since: killed }), { timeout: '30s' })
      expect(router.routes().map(({ prefix, staleUntil }) => [prefix, staleUntil])).toEqual([
        ['10.21.0.0/24', undefined],
        ['fd21::/64', undefined],
      ])
      expect(router.events(killed.seq).filter((row) => row.type === 'withdraw')).toEqual([])
    } finally {
      await daemon[Symbol.asyncDispose]()
    }
  },
)
