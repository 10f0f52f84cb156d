// The stream cut into single octets, both ways.
import { expect } from 'vitest'
import { until } from '../../src/index.ts'
import { NEXT_HOP, withEachDaemon } from '../support/interop.ts'

const THEIRS = ['10.20.0.0/24', 'fd20::/64']
const OURS = Array.from({ length: 50 }, (_, index) => `203.0.${index}.0/24`)

withEachDaemon(
  'a session over writes of one octet is like any other',
  { originates: THEIRS, chunk: 1 },
  async (pair) => {
    const { router } = pair
    router.announce(OURS.map((prefix) => ({ prefix, nextHop: NEXT_HOP })))
    await pair.up()
    await pair.weHold(...THEIRS)
    await router.wait(until.endOfRib(), { timeout: '20s' })
    await pair.theyHold(...OURS)
    expect(pair.wire!.octets).toBeGreaterThan(300)
    expect(pair.news.filter(({ news }) => news === 'malformed-update' || news === 'session-closed')).toEqual(
      [],
    )
  },
)
