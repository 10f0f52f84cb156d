import { describe, expect, onTestFinished, test } from 'vitest'
import { attachRouter } from '../../src/api/attach.ts'
import { serveRouter } from '../../src/api/serve-router.ts'
import { isUserError } from '../../src/core/errors/user-error.ts'
import type { AnnounceRoute } from '../../src/harness/announce-route.ts'
import { originationsOf } from '../../src/harness/announce-route.ts'
import { startRouter } from '../../src/harness/start.ts'
import { until } from '../../src/harness/until.ts'
import { fromStatic } from '../../src/kube/static-source.ts'
import { sourceFrom } from '../../src/harness/sources.ts'

const prefix = '10.6.3.0/24'

/** A route that would not be sent as it was written, what the error says, and what its remedy has. */
const WRONG: readonly (readonly [route: object, what: string, remedy: string])[] = [
  [
    { prefix: '10.6.3.7/24' },
    'announce[0].prefix: "10.6.3.7/24" has bits behind its length: the prefix is 10.6.3.0/24',
    'Write 10.6.3.0/24, or 10.6.3.7/32',
  ],
  [{ prefix: 'foo' }, 'announce[0].prefix: "foo" is no prefix', '10.5.112.0/24'],
  [{}, 'announce[0].prefix: write a prefix', '10.5.112.0/24'],
  [
    { prefix, comunities: [1] },
    'announce[0].comunities: no such option (did you mean communities?)',
    'communities: [65000 * 65536 + 100]',
  ],
  [{ prefix, communities: ['x'] }, 'announce[0].communities[0]: write a number', '65000 * 65536 + 100'],
  [{ prefix, communities: '65000:1' }, 'announce[0].communities: write a list of numbers', '65000 * 65536'],
  [{ prefix, largeCommunities: [[1, 2]] }, 'announce[0].largeCommunities[0]: write three numbers', 'large'],
  [{ prefix, med: -1 }, 'announce[0].med: write a number from 0 to 4294967295', 'med'],
  [{ prefix, asPath: [0.5] }, 'announce[0].asPath[0]: write a number', 'asPath'],
  [{ prefix, nextHop: 'me' }, 'announce[0].nextHop: "me" is not an IPv4 address', '192.0.2.11'],
  [
    { prefix, nextHop: 'fd00::1' },
    'announce[0].nextHop: "fd00::1" is an IPv6 address, and the route is of IPv4',
    'extendedNextHop: true',
  ],
]

describe('a route that would not be sent as it was written', () => {
  test.each(WRONG)('%j is refused, with its key and what to do', async (route, what, remedy) => {
    await using router = await startRouter({ asn: 65000, listen: '127.0.0.1:0' })
    let thrown: unknown
    try {
      router.announce([route as AnnounceRoute])
    } catch (error) {
      thrown = error
    }
    expect(isUserError(thrown)).toBe(true)
    expect(thrown).toMatchObject({
      code: 'RW_USAGE',
      what: expect.stringContaining(what),
      remedy: expect.stringContaining(remedy),
    })
  })

  test('is refused by a router in another process with the same words', async () => {
    const served = await serveRouter({ asn: 65000, listen: '127.0.0.1:0' })
    onTestFinished(() => served.stop())
    const router = await attachRouter(served.url, { token: served.token })
    onTestFinished(() => router.stop())
    for (const [route, what, remedy] of WRONG)
      await expect(router.announce([route as AnnounceRoute])).rejects.toMatchObject({
        code: 'RW_USAGE',
        what: expect.stringContaining(what),
        remedy: expect.stringContaining(remedy),
      })
    await expect(router.withdraw(['10.6.3.7/24'])).rejects.toThrow('withdraw[0]: "10.6.3.7/24" has bits')
    await expect(router.announce({ prefix } as never)).rejects.toThrow('announce: write a list of routes')
  })
})

test('a route is sent with all that it has', () => {
  const route: Required<AnnounceRoute> = {
    prefix,
    nextHop: '192.0.2.11',
    med: 1,
    localPref: 2,
    asPath: [64513],
    communities: [65000 * 65536 + 100],
    largeCommunities: [[1, 2, 3]],
  }
  expect(originationsOf([route], false)).toEqual([
    {
      ...route,
      prefix: { afi: 1, words: [0x0a060300], length: 24 },
      nextHop: { afi: 1, words: [0xc000020b] },
    },
  ])
})

test('an IPv4 route may have an IPv6 next hop where a peer was given that (RFC 8950)', () => {
  expect(originationsOf([{ prefix, nextHop: 'fd00::1' }], true)).toMatchObject([{ nextHop: { afi: 2 } }])
})

test('a prefix with bits behind its length is refused wherever one is written', async () => {
  const wrong = '10.5.112.9/24'
  const entry = { node: 'node01', prefixes: [wrong] }
  await using router = await startRouter({ asn: 65000, listen: '127.0.0.1:0' })
  const calls: readonly (readonly [() => unknown, where: string])[] = [
    [() => until.route(wrong), 'until.route: '],
    [() => router.withdraw([wrong]), 'withdraw[0]: '],
    [() => fromStatic([entry]), 'fromStatic[0].prefixes[0]: '],
    [() => router.setExpected([entry]), 'setExpected[0].prefixes[0]: '],
    [() => sourceFrom({ static: [entry] }), 'expected.static[0].prefixes[0]: '],
  ]
  for (const [call, where] of calls)
    expect(call).toThrow(
      expect.objectContaining({
        name: 'UserError',
        what: `${where}"${wrong}" has bits behind its length: the prefix is 10.5.112.0/24`,
        remedy: 'Write 10.5.112.0/24, or 10.5.112.9/32 for the address alone.',
      }),
    )
})

test.each([['al'], [0], [-1], [1.5], [[]], [[7]], [null]])(
  'until.sessions(%j), which nobody could mean, is refused',
  (which) => {
    expect(() => until.sessions(which as never)).toThrow(
      expect.objectContaining({
        code: 'RW_USAGE',
        remedy: "Write until.sessions('all'), until.sessions(3) or until.sessions(['node01']).",
      }),
    )
  },
)

test('until.route of what is no prefix says what to write', () => {
  expect(() => until.route('foo')).toThrow(
    expect.objectContaining({
      code: 'RW_USAGE',
      what: 'until.route: "foo" is no prefix',
      remedy: 'Write for example 10.5.112.0/24 or fd00:10:244::/64.',
    }),
  )
})
