// Routes of both families in both directions with BIRD, FRR, GoBGP and OpenBGPD.
import { expect } from 'vitest'
import { until, type RouteRow } from '../../src/index.ts'
import { NEXT_HOP, NEXT_HOP6, OUR_ASN, THEIR_ASN, withEachDaemon } from '../support/interop.ts'

const THEIRS = ['10.20.0.0/24', '10.20.1.0/24', 'fd20::/64']
const OURS = ['203.0.113.0/24', 'fd99::/64']

/** What tells of MED 7 and community 64512:7 in what each daemon says of a route. */
const ATTRIBUTES = {
  bird: [/BGP\.as_path: 64512\n/, /BGP\.med: 7\n/, /BGP\.community: \(64512,7\)/],
  frr: [/^ {2}64512\n/m, /metric 7,/, /Community: 64512:7\n/],
  gobgp: [/ 64512 /, /\{Med: 7\}/, /\{Communities: 64512:7\}/],
  openbgpd: [/^ +64512\n/m, /metric 7,/, /Communities: 64512:7\n/],
}

/** The next hop that a daemon gives its IPv6 routes on a session between IPv4 addresses. */
const NEXT_HOPS_6 = {
  bird: 'fd00::20', // configured; it has none otherwise
  frr: '::ffff:127.0.0.52',
  gobgp: '::ffff:127.0.0.53',
  openbgpd: expect.any(String) as string, // some IPv6 address of the interface
}

withEachDaemon('IPv4 and IPv6 routes go both ways', { originates: THEIRS }, async (pair) => {
  const { router, name, daemon } = pair
  router.announce([
    { prefix: OURS[0]!, nextHop: NEXT_HOP, med: 7, communities: [OUR_ASN * 0x1_0000 + 7] },
    { prefix: OURS[1]!, nextHop: NEXT_HOP6 },
  ])
  await pair.up()
  await pair.weHold(...THEIRS)
  await router.wait(until.endOfRib(), { timeout: '10s' })

  // FRR sends us our own routes back: recorded, and no news.
  const own = ({ asPath }: RouteRow): boolean => asPath.endsWith(String(OUR_ASN))
  const routes = router.routes().filter((row) => !own(row))
  expect(routes.map(({ prefix, nextHop, asPath }) => [prefix, nextHop, asPath])).toEqual([
    [THEIRS[0], daemon.address.split(':')[0], String(THEIR_ASN)],
    [THEIRS[1], daemon.address.split(':')[0], String(THEIR_ASN)],
    [THEIRS[2], NEXT_HOPS_6[name], String(THEIR_ASN)],
  ])

  await pair.theyHold(...OURS)
  const seen = await daemon.describe(OURS[0]!)
  for (const pattern of ATTRIBUTES[name]) expect(seen).toMatch(pattern)
  router.withdraw(OURS)
  await pair.theyLack(...OURS)
})
