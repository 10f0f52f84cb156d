// Graceful restart with Cilium 1.20's own control plane: in time nothing is withdrawn, too late the timer flushes.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from '../../src/index.ts'
import {
  allocations,
  announced,
  labWithRouter,
  routeEvent,
  recorded,
  routeEvents,
  type LabWithRouter,
} from '../support/lab.ts'

/** Long enough for an agent to start on a busy machine, short enough to wait for. */
const RESTART_TIME = 25

let world: LabWithRouter

beforeAll(async () => {
  world = await labWithRouter({ name: 'test-restart', cilium: '1.20.2', gracefulRestart: RESTART_TIME })
  await world.router.wait(until.converged(), { timeout: '90s' })
})

afterAll(() => world?.[Symbol.asyncDispose]())

test.each(['SIGTERM', 'SIGKILL'] as const)(
  'an agent that ends with %s and is back in time withdraws nothing',
  async (signal) => {
    const { lab, router } = world
    const before = announced(router)
    const since = router.mark(`${signal} to node01`)
    await lab.stopAgent('node01', signal)
    await router.wait(
      until.event(
        'stale',
        ({ news }) => news?.news === 'stale-started' && router.nodeOf(news.peer) === 'node01',
        { since },
      ),
      { timeout: '10s' },
    )
    expect(announced(router)).toEqual(before)
    expect((await router.settled()).findings.map(({ code, node }) => [code, node])).toEqual(
      before['node01']!.map(() => ['stale', 'node01']),
    )

    await lab.startAgent('node01')
    await router.wait(until.sessions(['node01']), { timeout: '60s' })
    for (const family of ['ipv4-unicast', 'ipv6-unicast']) {
      await router.wait(
        until.event(
          `End-of-RIB ${family}`,
          ({ news }) =>
            news?.news === 'end-of-rib' &&
            router.nodeOf(news.peer) === 'node01' &&
            news.family.afi === (family === 'ipv4-unicast' ? 1 : 2),
          { since },
        ),
        { timeout: '30s' },
      )
    }
    // The record proves it: not one withdrawal, on the wire or by a timer, of any node.
    expect((await recorded(world, since)).filter((row) => row.type === 'withdraw')).toEqual([])
    expect(announced(router)).toEqual(before)
    expect(router.routes().every((route) => route.staleUntil === undefined)).toBe(true)
    expect((await router.settled()).findings).toEqual([])
  },
)

test('an agent that is back too late has its routes flushed by the restart timer, and the finding says so', async () => {
  const { lab, router } = world
  const prefixes = (await allocations(lab))['master2']!
  const since = router.mark('master2 ends')
  await lab.stopAgent('master2', 'SIGKILL')
  for (const prefix of prefixes) await routeEvent(router, 'route-withdrawn', 'master2', prefix, since)
  const rows = await recorded(world, since)
  const closed = rows.find((row) => row.type === 'closed' && row.node === 'master2')!
  const flushed = rows.find((row) => row.type === 'withdraw' && row.node === 'master2')!
  expect(Math.round((flushed.at - closed.at) / 1e6)).toBe(RESTART_TIME)
  expect(flushed.text).toContain('restart-timer')
  expect(await routeEvents(world, 'master2', since)).toHaveLength(prefixes.length)

  const verdict = await router.settled()
  expect(verdict.findings.map(({ code, node, prefix }) => [code, node, prefix])).toEqual(
    prefixes.map((prefix) => ['missing', 'master2', prefix]),
  )
  expect(verdict.findings[0]!.cause).toContain('restart timer')
  await lab.startAgent('master2')
  await router.wait(until.routes(), { timeout: '60s' })
  expect((await router.settled()).findings).toEqual([])
})
