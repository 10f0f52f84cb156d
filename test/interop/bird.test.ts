// A session and routes both ways with BIRD 2 of Debian.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startRouter, until } from '../../src/index.ts'
import { Daemon, output } from '../support/daemon.ts'

const config = (port: number): string => `
router id 192.0.2.20;
protocol device {}
protocol static four { ipv4; route 10.20.0.0/24 blackhole; route 10.20.1.0/24 blackhole; }
protocol static six { ipv6; route fd20::/64 blackhole; }
protocol bgp upstream {
  local 127.0.0.20 as 64520;
  neighbor 127.0.0.1 port ${port} as 64512;
  multihop;
  connect delay time 1;
  connect retry time 1;
  hold time 9;
  ipv4 { import all; export filter { bgp_community.add((64520, 100)); accept; }; };
  ipv6 { import all; export all; next hop address fd00::20; };
}
`

test('exchanges IPv4 and IPv6 routes with BIRD, and sees it leave', { timeout: 60_000 }, async () => {
  await using router = await startRouter({
    asn: 64512,
    listen: '127.0.0.1:0',
    identifier: '192.0.2.1',
    peers: [{ from: '127.0.0.20', asn: 64520 }],
  })
  router.announce([
    { prefix: '198.51.100.0/24', communities: [0xfc000007] },
    { prefix: 'fd99::/64', nextHop: 'fd00::1' },
  ])
  const port = Number(router.listeners[0]!.split(':').at(-1))
  const bird = Daemon.start('bird', (directory) => {
    writeFileSync(join(directory, 'bird.conf'), config(port))
    return [
      '-f',
      '-c',
      join(directory, 'bird.conf'),
      '-s',
      join(directory, 'bird.ctl'),
      '-P',
      join(directory, 'bird.pid'),
    ]
  })
  const birdc = (...args: string[]): Promise<string> =>
    output('birdc', ['-s', join(bird.directory, 'bird.ctl'), ...args])
  try {
    await router.wait(until.sessions(1), { timeout: '30s' })
    for (const prefix of ['10.20.0.0/24', '10.20.1.0/24', 'fd20::/64'])
      await router.wait(until.route(prefix), { timeout: '10s' })
    await router.wait(until.endOfRib(), { timeout: '10s' })

    expect(
      router
        .routes()
        .map(({ prefix, nextHop, asPath, communities }) => ({ prefix, nextHop, asPath, communities })),
    ).toEqual([
      { prefix: '10.20.0.0/24', nextHop: '127.0.0.20', asPath: '64520', communities: '64520:100' },
      { prefix: '10.20.1.0/24', nextHop: '127.0.0.20', asPath: '64520', communities: '64520:100' },
      { prefix: 'fd20::/64', nextHop: 'fd00::20', asPath: '64520', communities: '' },
    ])
    await bird.until('route of ours', async () =>
      (await birdc('show', 'route', 'protocol', 'upstream')).includes('198.51.100.0/24'),
    )
    const seen = await birdc('show', 'route', '198.51.100.0/24', 'all')
    expect(seen).toContain('BGP.as_path: 64512')
    expect(seen).toContain('BGP.community: (64512,7)')
    expect(await birdc('show', 'route', 'protocol', 'upstream')).toContain('fd99::/64')

    const stopped = router.mark('bird is stopped')
    await birdc('configure', 'check')
    await birdc('disable', 'upstream')
    await router.wait(
      until.event('closed', ({ news }) => news?.news === 'session-closed', { since: stopped }),
      { timeout: '10s' },
    )
    expect(router.peers()[0]?.lastClose).toContain('6/')
    expect(router.routes()).toEqual([])
  } finally {
    await bird[Symbol.asyncDispose]()
  }
})
