// Hold expiry on either side (RFC 4271 §6.5), and the way back.
import { expect } from 'vitest'
import { NEXT_HOP, withEachDaemon } from '../support/interop.ts'

const THEIRS = ['10.20.0.0/24']
const OURS = '203.0.113.0/24'
const HOLD = { holdTime: 3, originates: THEIRS }

withEachDaemon('a daemon that falls silent is told 4/0, and comes back when it wakes', HOLD, async (pair) => {
  const { router, daemon } = pair
  await pair.up()
  await pair.weHold(...THEIRS)
  const paused = router.mark('paused')
  daemon.daemon.pause()
  await pair.happens(
    'hold expiry',
    (news) => news.news === 'session-closed' && news.wasEstablished && news.cause.kind === 'hold-expired',
    paused,
  )
  const resumed = router.mark('resumed')
  daemon.daemon.resume()
  // OpenBGPD would wait for half a minute.
  if (pair.name === 'openbgpd') await daemon.enable(pair.us)
  await pair.happens('new session', ({ news }) => news === 'session-established', resumed)
  await pair.weHold(...THEIRS)
  // Two set the N bit, as we do, but only GoBGP lists families to keep; and it is back without the F bit.
  const kept = pair.news.filter(({ news }) => news === 'stale-started')
  expect(kept).toHaveLength(pair.name === 'gobgp' ? 1 : 0)
  expect(pair.news.find(({ news }) => news === 'route-withdrawn')).toMatchObject({
    cause:
      pair.name === 'gobgp'
        ? { kind: 'stale-flush', why: 'f-bit-clear' }
        : { kind: 'session-closed', cause: { kind: 'hold-expired' } },
  })
})

withEachDaemon(
  'a daemon that no longer hears us sends 4/0, and comes back when it does',
  { ...HOLD, chunk: 0 },
  async (pair) => {
    const { router, wire } = pair
    router.announce([{ prefix: OURS, nextHop: NEXT_HOP }])
    await pair.up()
    await pair.weHold(...THEIRS)
    await pair.theyHold(OURS)
    const deaf = router.mark('deaf')
    wire!.swallow = 'us'
    // Looking at the table also keeps BIRD awake, which otherwise sends the NOTIFICATION when something else wakes it.
    await pair.theyLack(OURS)
    await pair.happens(
      'NOTIFICATION 4/0',
      (news) =>
        news.news === 'notification' && news.direction === 'in' && news.code === 4 && news.subcode === 0,
      deaf,
    )
    wire!.swallow = undefined
    const heard = router.mark('heard again')
    if (pair.name === 'openbgpd') await pair.daemon.enable(pair.us)
    await pair.happens('new session', ({ news }) => news === 'session-established', heard)
    await pair.weHold(...THEIRS)
  },
)
