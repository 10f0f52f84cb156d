import { describe, expect, test } from 'vitest'
import { parseIdentifier, parsePrefix } from '../../../src/core/ip/text.ts'
import type { PeerRange } from '../../../src/core/speaker/contract.ts'
import type { SpeakerSnapshot } from '../../../src/core/speaker/api.ts'
import { Speaker } from '../../../src/core/speaker/speaker.ts'
import { Bench, config, views } from '../../support/speaker-bench.ts'
import { keepalive, notification, open, update, type OpenFields } from '../../support/speaker-messages.ts'

const A = '10.5.113.0/24'
const KEY = '127.0.0.1:1790 64512'
const LOWER = '1.1.1.1'
/** Above 2^31: a signed comparison would call it lower than ours, 10.0.0.1. */
const HIGHER = '192.168.77.14'

interface Both {
  readonly bench: Bench
  /** The connection that the peer opened, and ours. */
  readonly theirs: number
  readonly ours: number
}

/** Both sides dialled at once: both connections are in OpenSent. */
function bothDial(range: Partial<PeerRange> = {}): Both {
  const bench = new Bench(
    config({
      from: parsePrefix('127.0.0.14/32'),
      dial: { address: '127.0.0.14', port: 179, connectRetry: 10, accept: true },
      ...range,
    }),
  ).start()
  const theirs = bench.connect()
  return { bench, theirs, ours: bench.dialSucceeds() }
}

function stateOf(bench: Bench, session: number): string | undefined {
  return bench.speaker.session(session)?.state
}

/** The last thing that we sent there. */
const lastOf = (bench: Bench, session: number) => bench.messages(session).at(-1)

function expectRefused(bench: Bench, session: number): void {
  expect(lastOf(bench, session)).toMatchObject({ type: 'notification', code: 6, subcode: 7 })
  expect(bench.speaker.session(session)).toMatchObject({
    state: 'closed',
    cause: { kind: 'notification', by: 'us' },
  })
}

const ORDERS = [
  ['the OPEN on our connection comes first', true],
  ['the OPEN on their connection comes first', false],
] as const

describe('[rows 25, 26] both sides open a connection at once', () => {
  describe.each(ORDERS)('%s', (_, oursFirst) => {
    function collide(fields: OpenFields, range?: Partial<PeerRange>): Both {
      const both = bothDial(range)
      const { bench, ours, theirs } = both
      for (const session of oursFirst ? [ours, theirs] : [theirs, ours]) bench.message(session, open(fields))
      return both
    }

    test('the connection of the peer stays when its identifier is higher, as unsigned numbers', () => {
      const { bench, ours, theirs } = collide({ identifier: HIGHER })
      expectRefused(bench, ours)
      bench.message(theirs, keepalive)
      expect(stateOf(bench, theirs)).toBe('established')
    })

    test('ours stays when our identifier is higher', () => {
      const { bench, ours, theirs } = collide({ identifier: LOWER })
      expectRefused(bench, theirs)
      bench.message(ours, keepalive)
      expect(stateOf(bench, ours)).toBe('established')
    })

    test('with equal identifiers the one of the higher AS stays (RFC 6286 §2.3)', () => {
      const higher = collide({ identifier: '10.0.0.1', asn: 65001 })
      expectRefused(higher.bench, higher.ours)
      const lower = collide({ identifier: '10.0.0.1', asn: 64999 })
      expectRefused(lower.bench, lower.theirs)
    })

    test('the refused connection is not replaced while the other one lives', () => {
      const { bench, theirs } = collide({ identifier: HIGHER })
      bench.message(theirs, keepalive)
      bench.everySoOften(theirs, 20e6, () => bench.message(theirs, keepalive))
      bench.passes('5m')
      expect(bench.attempts()).toHaveLength(1)
      expect(bench.speaker.peer(`${KEY} ${HIGHER}`)).toMatchObject({ sessions: 1 })
    })
  })

  test('a connection in OpenSent is looked at when the identifier is known from before', () => {
    const { bench, ours, theirs } = bothDial()
    bench.message(ours, open({ identifier: HIGHER }))
    bench.message(ours, keepalive)
    bench.input({ type: 'connection-closed', session: ours, how: 'rst' })
    bench.input({ type: 'connection-closed', session: theirs, how: 'rst' })
    bench.passes('10s')
    const again = { ours: bench.dialSucceeds(), theirs: bench.connect() }
    bench.message(again.theirs, open({ identifier: HIGHER }))
    expectRefused(bench, again.ours)
    expect(stateOf(bench, again.theirs)).toBe('open-confirm')
  })

  test('one in OpenSent is left alone while the identifier is not known', () => {
    const { bench, ours, theirs } = bothDial()
    bench.message(theirs, open({ identifier: HIGHER }))
    expect(stateOf(bench, ours)).toBe('open-sent')
    expect(bench.messages(ours).map(({ type }) => type)).toEqual(['open'])
  })

  test('one in Established wins, whatever the identifiers say', () => {
    const { bench, ours, theirs } = bothDial()
    bench.message(theirs, open({ identifier: LOWER }))
    bench.message(theirs, keepalive)
    bench.message(theirs, update({ prefixes: [A] }))
    bench.message(ours, open({ identifier: LOWER }))
    expectRefused(bench, ours)
    expect(stateOf(bench, theirs)).toBe('established')
    expect([...bench.speaker.routes(`${KEY} ${LOWER}`)]).toHaveLength(1)
  })

  test('also with graceful restart: a connection that was there before is no restart', () => {
    const gracefulRestart = {}
    const { bench, ours, theirs } = bothDial()
    bench.message(ours, open({ identifier: LOWER, gracefulRestart }))
    bench.message(ours, keepalive)
    bench.message(theirs, open({ identifier: LOWER, gracefulRestart }))
    expectRefused(bench, theirs)
    expect(stateOf(bench, ours)).toBe('established')
  })

  test('[row 28] but one that the peer opens later is, and takes over', () => {
    const gracefulRestart = {}
    const { bench, ours, theirs } = bothDial()
    bench.input({ type: 'connection-closed', session: theirs, how: 'rst' })
    bench.message(ours, open({ identifier: LOWER, gracefulRestart }))
    bench.message(ours, keepalive)
    bench.message(ours, update({ prefixes: [A] }))
    bench.passes('1s')
    const later = bench.connect()
    bench.message(later, open({ identifier: LOWER, gracefulRestart: { restarting: true } }))
    bench.message(later, keepalive)
    expect(bench.speaker.session(ours)?.cause).toEqual({ kind: 'replaced' })
    expect(lastOf(bench, ours)?.type).not.toBe('notification')
    expect(bench.speaker.peer(`${KEY} ${LOWER}`)).toMatchObject({ staleRoutes: 1 })
  })

  test('two peers that have nothing to do with each other do not collide', () => {
    const { bench, ours, theirs } = bothDial()
    bench.message(ours, open({ identifier: HIGHER }))
    bench.message(theirs, open({ identifier: LOWER }))
    expect([stateOf(bench, ours), stateOf(bench, theirs)]).toEqual(['open-confirm', 'open-confirm'])
  })
})

describe('[row 27] what the loser still says does not disturb the winner', () => {
  const late: readonly (readonly [string, (bench: Bench, session: number) => void])[] = [
    ['a KEEPALIVE', (bench, session) => bench.message(session, keepalive)],
    ['an UPDATE', (bench, session) => bench.message(session, update({ prefixes: ['10.9.9.0/24'] }))],
    ['another OPEN', (bench, session) => bench.message(session, open({ identifier: HIGHER }))],
    ['a NOTIFICATION', (bench, session) => bench.message(session, notification([6, 9]))],
    ['its end', (bench, session) => bench.input({ type: 'connection-closed', session, how: 'rst' })],
    [
      'its hold timer',
      (bench, session) => bench.input({ type: 'timer', key: { of: 'session', session, timer: 'hold' } }),
    ],
  ]

  test.each(late)('%s', (_, say) => {
    const { bench, ours, theirs } = bothDial()
    bench.peersClose = false
    bench.message(ours, open({ identifier: HIGHER }))
    bench.message(theirs, open({ identifier: HIGHER }))
    bench.message(theirs, keepalive)
    bench.message(theirs, update({ prefixes: [A] }))
    const news = bench.news.length
    say(bench, ours)
    expect(bench.news.length).toBe(news)
    expect(stateOf(bench, theirs)).toBe('established')
    expect([...bench.speaker.routes(`${KEY} ${HIGHER}`)]).toHaveLength(1)
  })

  test('a third connection meets the winner, not the loser', () => {
    const { bench, ours, theirs } = bothDial()
    bench.message(ours, open({ identifier: LOWER }))
    bench.message(theirs, open({ identifier: LOWER }))
    const third = bench.connect()
    bench.message(third, open({ identifier: LOWER }))
    expectRefused(bench, third)
    expect(stateOf(bench, ours)).toBe('open-confirm')
  })
})

test('commands about the peer reach the connection that stays', () => {
  const { bench, ours, theirs } = bothDial()
  bench.message(ours, open({ identifier: LOWER }))
  bench.message(theirs, open({ identifier: LOWER }))
  bench.command({ command: 'notify', peer: `${KEY} ${LOWER}`, code: 6, subcode: 4 })
  expect(lastOf(bench, ours)).toMatchObject({ code: 6, subcode: 4 })
  expect(parseIdentifier(HIGHER) > parseIdentifier('10.0.0.1')).toBe(true)
})

test('a snapshot from before there was dialling is read: every connection was opened by its peer', () => {
  const bench = new Bench()
  const session = bench.connect()
  bench.message(session, open({ identifier: LOWER }))
  bench.message(session, keepalive)
  bench.message(session, update({ prefixes: [A] }))
  const later = new Set(['dials', 'direction', 'pending', 'pathIds'])
  const text = JSON.stringify(bench.speaker.snapshot(), (key, value: unknown) =>
    later.has(key) ? undefined : value,
  )
  const restored = new Speaker(bench.config, JSON.parse(text) as SpeakerSnapshot)
  expect(views(restored)).toEqual(views(bench.speaker))
  expect([...restored.dials()]).toEqual([])
})
