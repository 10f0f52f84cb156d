// Full messages of 4096 octets, and many of them.
import { expect } from 'vitest'
import type { RouterHandle } from '../../src/index.ts'
import { connect } from '../compliance/feeder.ts'
import { NEXT_HOP, OUR_ASN, withEachDaemon } from '../support/interop.ts'

const prefixes = (first: number, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${first}.${index >>> 8}.${index & 0xff}.0/24`)

/** The longest UPDATE in each direction, as it grows. */
function longestUpdates(router: RouterHandle): { in: number; out: number } {
  const longest = { in: 0, out: 0 }
  router.onEvent((event) => {
    if (event.type === 'message')
      longest[event.direction] = Math.max(longest[event.direction], event.bytes.length)
  })
  return longest
}

const COUNT = 3000

withEachDaemon('they take thousands of our routes in full messages', {}, async (pair) => {
  const routes = prefixes(20, COUNT)
  await pair.up()
  const longest = longestUpdates(pair.router)
  pair.router.announce(routes.map((prefix) => ({ prefix, nextHop: NEXT_HOP })))
  await pair.theyHold(...routes)
  expect(longest.out).toBeGreaterThan(4090)
  expect(longest.out).toBeLessThanOrEqual(4096)
  pair.router.withdraw(routes)
  await pair.theyLack(...routes)
})

withEachDaemon('they take a route whose attributes fill a message', {}, async (pair) => {
  const communities = Array.from({ length: 1000 }, (_, index) => OUR_ASN * 0x1_0000 + index)
  await pair.up()
  const longest = longestUpdates(pair.router)
  pair.router.announce([{ prefix: '203.0.113.0/24', nextHop: NEXT_HOP, communities }])
  await pair.theyHold('203.0.113.0/24')
  expect(longest.out).toBeGreaterThan(4040)
  expect(await pair.daemon.describe('203.0.113.0/24')).toMatch(/64512[:,]800\b/) // FRR prints no more than 829
})

const FEEDER = { address: '127.0.0.45', asn: 64530, identifier: '192.0.2.45' }
const neighbors = [{ address: FEEDER.address, asn: FEEDER.asn }]

withEachDaemon('we take thousands of routes that they pass on', { neighbors }, async (pair) => {
  const routes = prefixes(30, COUNT)
  await pair.up()
  const longest = longestUpdates(pair.router)
  const feeder = await connect(FEEDER, pair.daemon.address, {})
  try {
    for (let at = 0; at < routes.length; at += 900) await feeder.announces(...routes.slice(at, at + 900))
    await pair.weHold(...routes)
    expect(pair.router.routes()).toHaveLength(COUNT)
    // GoBGP sends one route an UPDATE here; the others fill them.
    if (pair.name !== 'gobgp') expect(longest.in).toBeGreaterThan(1000)
    expect(longest.in).toBeLessThanOrEqual(4096)
  } finally {
    feeder.resets()
  }
})
