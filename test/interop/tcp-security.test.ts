// TCP MD5 signatures and GTSM with the daemons that have them, and what is told when the two sides differ.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { ask } from '../../src/api/client.ts'
import type { PeerRow } from '../../src/harness/views.ts'
import type { RouterSettings } from '../../src/index.ts'
import { Daemon, output } from '../support/daemon.ts'
import { NEXT_HOP, withEachDaemon } from '../support/interop.ts'
import { TestNetwork } from '../support/namespaces.ts'
import { ServeProcess } from '../support/serve-process.ts'

const THEIRS = '10.20.0.0/24'
const OURS = '203.0.113.0/24'

withEachDaemon(
  '[row 109] with the same TCP MD5 key the session comes up and carries routes',
  // OpenBGPD has TCP MD5 on OpenBSD and FreeBSD alone.
  { originates: [THEIRS], password: 'the-same-on-both-sides', but: ['openbgpd'] },
  async (pair) => {
    pair.router.announce([{ prefix: OURS, nextHop: NEXT_HOP }])
    await pair.up()
    await pair.weHold(THEIRS)
    await pair.theyHold(OURS)
  },
)

withEachDaemon(
  '[row 108] with GTSM on both sides the session comes up and carries routes',
  { originates: [THEIRS], ttlSecurity: true, but: ['openbgpd'] },
  async (pair) => {
    pair.router.announce([{ prefix: OURS, nextHop: NEXT_HOP }])
    await pair.up()
    await pair.weHold(THEIRS)
    await pair.theyHold(OURS)
    expect(pair.router.peers()).toHaveLength(1)
  },
)

/** In a network namespace of its own, because the kernel's counters are those of all processes in one. */
async function inNamespace(
  peers: NonNullable<RouterSettings['peers']>,
  bird: (network: TestNetwork) => string,
): Promise<ServeProcess> {
  const network = await TestNetwork.make(0)
  onTestFinished(() => network[Symbol.asyncDispose]())
  for (const address of ['fd00::40/128', 'fd00::51/128', 'fd00::52/128'])
    await output('ip', ['-n', network.upstream, 'address', 'add', address, 'dev', 'lo', 'nodad'])
  const serve = await ServeProcess.start({
    // The wildcard takes IPv4, too: there the kernel knows 127.0.0.51 as ::ffff:127.0.0.51.
    settings: { asn: 64512, identifier: '192.0.2.40', listen: ['127.0.0.1:0', '[::]:1790'], peers },
    wrapper: network.wrapper,
  })
  onTestFinished(() => serve[Symbol.asyncDispose]())
  const daemon = Daemon.start('ip', (directory) => {
    const file = (name: string): string => join(directory, name)
    writeFileSync(
      file('bird.conf'),
      `log stderr all;\nrouter id 192.0.2.51;\nprotocol device {}\n${bird(network)}`,
    )
    const files = ['-c', file('bird.conf'), '-s', file('bird.ctl'), '-P', file('bird.pid')]
    return ['netns', 'exec', network.upstream, 'bird', '-f', ...files]
  })
  onTestFinished(() => daemon[Symbol.asyncDispose]())
  return serve
}

const TIMERS = 'connect delay time 1; connect retry time 2; error wait time 1, 2;'
/** BIRD dials 127.0.0.1, where the wildcard listens. */
const dialling = (more: string): string => `
protocol bgp four {
  local 127.0.0.51 as 64520; neighbor 127.0.0.1 port 1790 as 64512;
  ${more} ${TIMERS} ipv4 { import all; export all; };
}`

test.each([
  [
    'a key that only the peer has',
    {},
    'multihop; password "hunter-2";',
    /are signed .* we have no key for them/,
  ],
  [
    'a key that only we have',
    { password: 'hunter-2' },
    'multihop;',
    /are not signed .* has a `password` here/,
  ],
  [
    'two different keys',
    { password: 'hunter-2' },
    'multihop; password "Hunter-2";',
    /are signed with another key than we have/,
  ],
  [
    'a peer that sends with a TTL of 64',
    { ttlSecurity: true },
    'multihop;',
    /came with a TTL below 255, and the peer has `ttlSecurity` here/,
  ],
])(
  '[row 109] [row 108] %s: no session, and it is told what the kernel drops',
  { timeout: 60_000 },
  async (_, ours, theirs, message) => {
    const serve = await inNamespace([{ from: '127.0.0.51', ...ours }], () => dialling(theirs))
    const [line] = await serve.says(/^problem .*the kernel dropped \d+ TCP segments.*$/m)
    expect(line).toMatch(message)
    expect(line).not.toMatch(/hunter/i)
    const { rows } = await ask<{ rows: PeerRow[] }>({ socket: serve.socket }, 'GET', '/v1/peers')
    expect(rows.filter(({ state }) => state === 'established')).toEqual([])
  },
)

test(
  '[row 109] [row 108] keys of prefixes, on a listener of both families; and a peer that we dial over IPv6, with GTSM',
  { timeout: 60_000 },
  async () => {
    const serve = await inNamespace(
      [
        { from: '127.0.0.0/8', password: 'of a range' },
        { from: 'fd00::/16', password: 'of an IPv6 range' },
        {
          dial: '[fd00::51]:1799',
          mode: 'active',
          localAddress: 'fd00::40',
          connectRetry: '1s',
          password: 'of one peer',
          ttlSecurity: true,
        },
      ],
      () => `
${dialling('multihop; password "of a range";')}
protocol bgp six {
  local fd00::52 as 64521; neighbor fd00::40 port 1790 as 64512;
  multihop; password "of an IPv6 range"; ${TIMERS} ipv6 { import all; export all; };
}
protocol bgp dialled {
  local fd00::51 port 1799 as 64522; neighbor fd00::40 as 64512; passive; strict bind;
  multihop 1; ttl security on; password "of one peer"; ${TIMERS} ipv6 { import all; export all; };
}`,
    )
    await serve.says(/^peer +127\.0\.0\.51 AS 64520 Established$/m)
    await serve.says(/^peer +fd00::52 AS 64521 Established$/m)
    await serve.says(/^peer +fd00::51 AS 64522 Established$/m)
  },
)
