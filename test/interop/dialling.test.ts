// We dial BIRD 2 of Debian, alone and both at once.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { startRouter, until, type RouterSettings } from '../../src/index.ts'
import { Daemon, freePort, output } from '../support/daemon.ts'

interface Sides {
  /** BIRD listens here, on 127.0.0.20. */
  readonly port: number
  /** Where BIRD dials us; undefined makes it passive. */
  readonly ours: number | undefined
  readonly identifier: string
}

const config = ({ port, ours, identifier }: Sides): string => `
router id ${identifier};
protocol device {}
protocol static four { ipv4; route 10.20.0.0/24 blackhole; }
protocol static also { ipv4; route 10.20.0.0/24 unreachable; }
protocol bgp upstream {
  local 127.0.0.20 port ${port} as 64520;
  neighbor 127.0.0.1 port ${ours ?? 179} as 64512;
  multihop;
  ${ours === undefined ? 'passive on;' : ''}
  connect delay time 1;
  connect retry time 1;
  error wait time 1, 2;
  hold time 9;
  ipv4 { import all; export all; add paths tx; };
}
`

function startBird(sides: Sides): { bird: Daemon; birdc: (...args: string[]) => Promise<string> } {
  const bird = Daemon.start('bird', (directory) => {
    const at = (name: string): string => join(directory, name)
    writeFileSync(at('bird.conf'), config(sides))
    return ['-f', '-c', at('bird.conf'), '-s', at('bird.ctl'), '-P', at('bird.pid')]
  })
  return { bird, birdc: (...args) => output('birdc', ['-s', join(bird.directory, 'bird.ctl'), ...args]) }
}

const peerOf = (port: number): NonNullable<RouterSettings['peers']>[number] => ({
  dial: `127.0.0.20:${port}`,
  localAddress: '127.0.0.1',
  connectRetry: '1s',
  asn: 64520,
})

test(
  'dials a passive BIRD, takes its paths, and dials again after it restarted',
  { timeout: 60_000 },
  async () => {
    const port = await freePort()
    await using router = await startRouter({
      asn: 64512,
      listen: '127.0.0.1:0',
      identifier: '192.0.2.1',
      peers: [{ ...peerOf(port), mode: 'active', addPath: 'receive' }],
    })
    router.announce([{ prefix: '198.51.100.0/24' }])
    const sides = { port, ours: undefined, identifier: '192.0.2.20' }
    for (const sessions of [1, 2]) {
      const { bird, birdc } = startBird(sides)
      try {
        await router.wait(until.sessions(1), { timeout: '20s' })
        await router.wait(until.route('10.20.0.0/24'), { timeout: '10s' })
        expect(router.peers()).toMatchObject([
          { direction: 'out', established: sessions, state: 'established' },
        ])
        await router.wait(until.endOfRib(), { timeout: '10s' })
        const paths = router.routes().map(({ prefix, pathId }) => ({ prefix, hasId: (pathId ?? 0) > 0 }))
        expect(paths).toEqual([1, 2].map(() => ({ prefix: '10.20.0.0/24', hasId: true })))
        await bird.until('route of ours', async () =>
          (await birdc('show', 'route', 'protocol', 'upstream')).includes('198.51.100.0/24'),
        )
        const since = router.mark('bird is stopped')
        await bird[Symbol.asyncDispose]()
        await router.wait(
          until.event('closed', ({ news }) => news?.news === 'session-closed', { since }),
          {
            timeout: '10s',
          },
        )
      } finally {
        await bird[Symbol.asyncDispose]()
      }
    }
  },
)

describe('both dial', () => {
  test.each([
    ['whose identifier is higher', '192.0.2.20'],
    ['whose identifier is lower', '192.0.0.20'],
  ])('one session stays with a BIRD %s, again and again', { timeout: 60_000 }, async (_, identifier) => {
    const port = await freePort()
    const ours = await freePort()
    const { bird, birdc } = startBird({ port, ours, identifier })
    try {
      await bird.until('control socket', async () =>
        (await birdc('show', 'status')).includes('up and running'),
      )
      await using router = await startRouter({
        asn: 64512,
        listen: `127.0.0.1:${ours}`,
        identifier: '192.0.2.1',
        peers: [{ ...peerOf(port), mode: 'both' }],
      })
      for (let round = 1; round <= 4; round++) {
        await router.wait(until.sessions(1), { timeout: '30s' })
        await router.wait(until.route('10.20.0.0/24'), { timeout: '10s' })
        expect(router.peers()).toMatchObject([{ state: 'established' }])
        const since = router.mark(`round ${round}`)
        await birdc('restart', 'upstream')
        await router.wait(
          until.event('closed', ({ news }) => news?.news === 'session-closed' && news.wasEstablished, {
            since,
          }),
          { timeout: '10s' },
        )
      }
    } finally {
      await bird[Symbol.asyncDispose]()
    }
  })
})
