// Restarts of either side.
import { expect } from 'vitest'
import { until } from '../../src/index.ts'
import { NEXT_HOP, withEachDaemon } from '../support/interop.ts'

const THEIRS = ['10.20.0.0/24', 'fd20::/64']
const OURS = '203.0.113.0/24'

withEachDaemon(
  'routes of a daemon that dies and asked for graceful restart stay until it is back',
  { originates: THEIRS, restarts: 'yes', seconds: 90 },
  async (pair) => {
    const { router, name } = pair
    await pair.up()
    await pair.weHold(...THEIRS)
    await router.wait(until.endOfRib(), { timeout: '20s' })
    const killed = router.mark('killed')
    await pair.daemon.daemon.kill()
    await pair.happens('close', ({ news }) => news === 'session-closed', killed)
    // OpenBGPD lists no family in its capability: nothing is to be kept.
    if (name === 'openbgpd') expect(router.routes()).toEqual([])
    else
      expect(router.routes().map(({ prefix, staleUntil }) => [prefix, staleUntil !== undefined])).toEqual(
        THEIRS.map((prefix) => [prefix, true]),
      )

    await pair.startDaemonAgain()
    await router.wait(until.endOfRib({ since: killed }), { timeout: '40s' })
    await pair.weHold(...THEIRS)
    expect(router.routes().map(({ prefix, staleUntil }) => [prefix, staleUntil])).toEqual(
      THEIRS.map((prefix) => [prefix, undefined]),
    )
    if (name !== 'openbgpd') expect(pair.news.filter(({ news }) => news === 'route-withdrawn')).toEqual([])
  },
)

withEachDaemon('a daemon finds us again after we restarted', { originates: THEIRS }, async (pair) => {
  pair.router.announce([{ prefix: OURS, nextHop: NEXT_HOP }])
  await pair.up()
  await pair.theyHold(OURS)
  await pair.router.stop()
  await pair.theyLack(OURS)
  await pair.startRouterAgain()
  pair.router.announce([{ prefix: OURS, nextHop: NEXT_HOP }])
  await pair.up()
  await pair.weHold(...THEIRS)
  await pair.theyHold(OURS)
})
