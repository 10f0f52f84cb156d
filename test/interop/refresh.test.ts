// ROUTE-REFRESH in both directions.
import { expect } from 'vitest'
import { IPV4_UNICAST, IPV6_UNICAST } from '../../src/core/wire/message.ts'
import { NEXT_HOP, withEachDaemon } from '../support/interop.ts'

const THEIRS = ['10.20.0.0/24', 'fd20::/64']
const OURS = '203.0.113.0/24'

// OpenBGPD 7.7 takes the request for one of a family that was not negotiated, whatever was.
const answering = { originates: THEIRS, but: ['openbgpd'] } as const

withEachDaemon('asked by us, they send again what we have already', answering, async (pair) => {
  await pair.up()
  await pair.weHold(...THEIRS)
  const { seq } = pair.router.mark('refresh')
  for (const family of [IPV4_UNICAST, IPV6_UNICAST]) pair.router.router.refresh(family)
  for (const afi of [1, 2])
    await pair.happens(
      `routes of AFI ${afi} again`,
      (news) => news.news === 'route-announced' && news.family.afi === afi && news.change === 'same',
      seq,
    )
  expect(pair.news.filter(({ news }) => news === 'route-withdrawn')).toEqual([])
})

// GoBGP has no command that makes it ask.
withEachDaemon('asked by them, we send again what they have already', { but: ['gobgp'] }, async (pair) => {
  pair.router.announce([{ prefix: OURS, nextHop: NEXT_HOP }])
  await pair.up()
  await pair.theyHold(OURS)
  const { seq } = pair.router.mark('refresh')
  const sent: number[] = []
  pair.router.onEvent((event) => {
    if (event.type === 'message' && event.direction === 'out') sent.push(event.bytes[18]!)
  })
  await pair.daemon.refresh?.(pair.us)
  await pair.happens(
    'ROUTE-REFRESH',
    (news) => news.news === 'route-refresh' && news.family.afi === 1 && news.subtype === 0,
    seq,
  )
  const UPDATE = 2
  expect(sent).toContain(UPDATE)
  await pair.theyHold(OURS)
})

withEachDaemon(
  'asked by us, one of them says that the family was not negotiated, and keeps the session',
  { but: ['bird', 'frr', 'gobgp'] },
  async (pair) => {
    await pair.up()
    pair.router.router.refresh(IPV4_UNICAST)
    await pair.daemon.daemon.until('complaint', () =>
      Promise.resolve(pair.daemon.daemon.text.includes('IPv4 unicast not negotiated')),
    )
    expect(pair.router.peers()[0]?.state).toBe('established')
  },
)
