// Whatever peers send, the speaker does not throw, a replay of the inputs gives the same state, and so does a restart
// from a snapshot at any point.
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseAddress, parsePrefix } from '../../src/core/ip/text.ts'
import type { SpeakerSnapshot } from '../../src/core/speaker/api.ts'
import type { Disconnect } from '../../src/core/session/cause.ts'
import type {
  Command,
  Effect,
  Micros,
  PeerTimer,
  SessionTimer,
  SpeakerConfig,
  SpeakerInput,
} from '../../src/core/speaker/contract.ts'
import { Speaker } from '../../src/core/speaker/speaker.ts'
import { DEFAULT_CONTEXT } from '../../src/core/wire/codec.ts'
import { IPV4_UNICAST, IPV6_UNICAST, type Nlri } from '../../src/core/wire/message.ts'
import { encodeEndOfRib, encodeUpdate } from '../../src/core/wire/update-encode.ts'
import { config as benchConfig, RANGE, START, views } from '../support/speaker-bench.ts'
import { keepalive, notification, open, refresh, update } from '../support/speaker-messages.ts'

/**
 * The first peer is dialled and may come by itself; ours is the lower identifier, then the higher one.
 * @param limit prefixes of a family that a peer may announce
 */
const config = (identifier = 0x0a000001, limit?: number): SpeakerConfig => {
  const dial = { address: '127.0.0.10', port: 179, connectRetry: 2, accept: true, damping: true }
  const dialled = {
    ...RANGE,
    from: parsePrefix('127.0.0.10/32'),
    dial,
    addPath: 'receive',
    maxPrefixes: 2,
  } as const
  return {
    ...benchConfig(),
    identifier,
    peers: [dialled, RANGE].map((each) => ({ ...each, maxPrefixes: limit })),
  }
}

const identifiers = ['192.168.77.11', '192.168.77.12']
const prefixes = ['10.5.112.0/24', '10.5.113.0/24', '10.99.0.1/32', 'fd10::/64']
const PEERS = identifiers.map((identifier) => `127.0.0.1:1790 64512 ${identifier}`)

const prefix = fc.constantFrom(...prefixes)
const BOTH = [IPV4_UNICAST, IPV6_UNICAST]
const restart = fc.record({
  restarting: fc.boolean(),
  notification: fc.boolean(),
  forwarding: fc.constantFrom(true, true, true, false),
  time: fc.constantFrom(0, 4, 20, 120),
  families: fc.constantFrom(BOTH, BOTH, BOTH, [IPV4_UNICAST], []),
})

const some = fc.subarray(prefixes, { minLength: 0 })
const hops = [IPV4_UNICAST, IPV6_UNICAST].map((family, at) => ({
  family,
  nextHop: { global: parseAddress(['127.0.0.14', '2001:db8::14'][at]!) },
}))
/** Routes of both families, announced and withdrawn, in one message. */
const mixed = fc.record({ announced: some, withdrawn: some, med: fc.nat(3) }).map((fields) => {
  const of = (list: readonly string[], { family }: (typeof hops)[number]): readonly Nlri[] =>
    list.map((each) => ({ prefix: parsePrefix(each) })).filter((each) => each.prefix.afi === family.afi)
  const reach = hops.map((hop) => ({ ...hop, nlri: of(fields.announced, hop) }))
  const unreach = hops.map((hop) => ({ family: hop.family, nlri: of(fields.withdrawn, hop) }))
  return encodeUpdate(
    {
      reach: reach.filter(({ nlri }) => nlri.length > 0),
      unreach: unreach.filter(({ nlri }) => nlri.length > 0),
      ...(fields.announced.length === 0 ? {} : { attributes: { origin: 0, asPath: [], med: fields.med } }),
    },
    DEFAULT_CONTEXT,
  )
})

const message: fc.Arbitrary<Uint8Array> = fc.oneof(
  { weight: 6, arbitrary: mixed },
  { weight: 6, arbitrary: fc.constant(keepalive) },
  {
    weight: 1,
    arbitrary: fc
      .record({
        identifier: fc.constantFrom(...identifiers),
        holdTime: fc.constantFrom(0, 3, 9, 90),
        families: fc.constant(BOTH),
        gracefulRestart: restart,
      })
      .map(open),
  },
  { weight: 14, arbitrary: prefix.map((each) => update({ prefixes: [each] })) },
  { weight: 4, arbitrary: prefix.map((each) => update({ prefixes: [], withdrawn: [each] })) },
  { weight: 6, arbitrary: fc.constantFrom(IPV4_UNICAST, IPV6_UNICAST).map(encodeEndOfRib) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom([6, 4], [6, 9], [2, 2])
      .map(([code, subcode]) => notification([code, subcode])),
  },
  { weight: 1, arbitrary: fc.constant(refresh()) },
  {
    weight: 2,
    arbitrary: fc.tuple(prefix, fc.nat(), fc.nat(255)).map(([each, at, value]) => {
      const bytes = new Uint8Array(update({ prefixes: [each] }))
      bytes[19 + (at % (bytes.length - 19))] = value
      return bytes
    }),
  },
  { weight: 1, arbitrary: fc.uint8Array({ minLength: 0, maxLength: 64 }) },
)

const orders: readonly fc.Arbitrary<Command>[] = [
  prefix.map((each) => ({ command: 'announce', routes: [{ prefix: parsePrefix(each) }] }) as const),
  prefix.map(
    (each) => ({ command: 'announce', peer: PEERS[0]!, routes: [{ prefix: parsePrefix(each) }] }) as const,
  ),
  prefix.map((each) => ({ command: 'withdraw', prefixes: [parsePrefix(each)] }) as const),
  prefix.map((each) => ({ command: 'withdraw', peer: PEERS[0]!, prefixes: [parsePrefix(each)] }) as const),
  fc.constant({ command: 'route-refresh', family: IPV4_UNICAST } as const),
  fc.constantFrom(4, 9).map((subcode) => ({ command: 'notify', peer: PEERS[0]!, code: 6, subcode }) as const),
  fc.constantFrom('fin', 'rst').map((how) => ({ command: 'disconnect', peer: PEERS[1]!, how }) as const),
]

const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 1, arbitrary: fc.constant({ command: 'stop' } as const) },
  ...orders.map((arbitrary) => ({ weight: 6, arbitrary })),
)

type Action =
  /** A peer opens a connection and says hello; `upTo` how far it gets. */
  | {
      readonly act: 'comes'
      readonly who: 0 | 1
      readonly open: Uint8Array
      readonly upTo: 1 | 2 | 3 | 4
      /** We opened the connection: the number of the attempt. */
      readonly attempt: number | undefined
    }
  /** Something happens on the last or an older connection of a peer. */
  | { readonly act: 'on'; readonly who: 0 | 1; readonly back: number; readonly event: OnSession }
  | { readonly act: 'input'; readonly input: SpeakerInput }

type OnSession =
  | { readonly type: 'message'; readonly bytes: Uint8Array }
  | { readonly type: 'unframed'; readonly bytes: Uint8Array; readonly subcode: 1 | 2 }
  | { readonly type: 'connection-closed'; readonly how: Disconnect }
  | { readonly type: 'timer'; readonly timer: SessionTimer }
  | { readonly type: 'write-blocked'; readonly blocked: boolean }

const who = fc.constantFrom(0 as const, 1 as const)

const comes: fc.Arbitrary<Action> = fc
  .record({
    who,
    gracefulRestart: fc.option(restart, { nil: undefined, freq: 9 }),
    holdTime: fc.constantFrom(0, 3, 9, 90),
    upTo: fc.constantFrom<1 | 2 | 3 | 4>(1, 2, 3, 3, 4, 4, 4),
    attempt: fc.constantFrom(undefined, undefined, 1, 2, 3),
    addPath: fc.boolean(),
  })
  .map(({ who: one, gracefulRestart, holdTime, upTo, attempt, addPath }) => ({
    act: 'comes',
    who: one,
    upTo,
    attempt: one === 0 ? attempt : undefined,
    open: open({
      identifier: identifiers[one]!,
      holdTime,
      families: BOTH,
      ...(gracefulRestart === undefined ? {} : { gracefulRestart }),
      ...(addPath ? { extra: [{ code: 69, entries: [{ family: IPV4_UNICAST, direction: 2 }] }] } : {}),
    }),
  }))

const onSession: fc.Arbitrary<OnSession> = fc.oneof(
  { weight: 16, arbitrary: message.map((bytes) => ({ type: 'message', bytes }) as const) },
  {
    weight: 5,
    arbitrary: fc
      .constantFrom<Disconnect>('fin', 'rst', 'error', 'closed-by-us')
      .map((how) => ({ type: 'connection-closed', how }) as const),
  },
  {
    weight: 4,
    arbitrary: fc
      .constantFrom<SessionTimer>('open', 'hold', 'keepalive', 'linger', 'silence', 'send-hold')
      .map((timer) => ({ type: 'timer', timer }) as const),
  },
  { weight: 1, arbitrary: fc.boolean().map((blocked) => ({ type: 'write-blocked', blocked }) as const) },
  { weight: 1, arbitrary: fc.constant({ type: 'unframed', bytes: new Uint8Array(19), subcode: 2 } as const) },
)

const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 6, arbitrary: comes },
  {
    weight: 20,
    arbitrary: fc.record({
      act: fc.constant('on' as const),
      who,
      back: fc.constantFrom(0, 0, 0, 0, 1),
      event: onSession,
    }),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(fc.constantFrom(...PEERS), fc.constantFrom<PeerTimer>('restart', 'stale'))
      .map(
        ([peer, timer]) =>
          ({ act: 'input', input: { type: 'timer', key: { of: 'peer', peer, timer } } }) as const,
      ),
  },
  {
    weight: 4,
    arbitrary: fc
      .oneof(
        fc.constant({ type: 'timer', key: { of: 'dial', range: 0, timer: 'connect-retry' } } as const),
        fc.constantFrom(1, 2, 3).map((attempt) => {
          return { type: 'dial-failed', range: 0, attempt, message: 'refused' } as const
        }),
      )
      .map((input) => ({ act: 'input', input }) as const),
  },
  {
    weight: 3,
    arbitrary: command.map((each) => ({ act: 'input', input: { type: 'command', ...each } }) as const),
  },
)

/** Numbers the sessions that the actions open, and turns all into inputs. */
function inputsOf(actions: readonly Action[]): SpeakerInput[] {
  const sessions: [number[], number[]] = [[], []]
  let last = 0
  return actions.flatMap((each): SpeakerInput[] => {
    if (each.act === 'input') return [each.input]
    const mine = sessions[each.who]
    if (each.act === 'comes') {
      const session = ++last
      mine.push(session)
      const remote = { address: `127.0.0.1${each.who}`, port: 4 }
      const local = { address: '127.0.0.1', port: 1790 }
      const hello: SpeakerInput[] = [
        {
          type: 'connection-opened',
          session,
          listener: '127.0.0.1:1790',
          local,
          remote,
          ...(each.attempt === undefined ? {} : { dial: { range: 0, attempt: each.attempt } }),
        },
        { type: 'message', session, bytes: each.open },
        { type: 'message', session, bytes: keepalive },
        { type: 'message', session, bytes: update({ prefixes: prefixes.slice(0, 3) }) },
      ]
      return hello.slice(0, each.upTo)
    }
    const session = mine.at(-1 - each.back)
    if (session === undefined) return []
    if (each.event.type === 'timer') {
      return [{ type: 'timer', key: { of: 'session', session, timer: each.event.timer } }]
    }
    return [{ ...each.event, session }]
  })
}

const inputs = fc
  .tuple(
    fc.array(action, { minLength: 1, maxLength: 80, size: 'max' }),
    fc.array(fc.integer({ min: 0, max: 8_000_000 }), { minLength: 1, maxLength: 20 }),
  )
  .map(([actions, waits]) => {
    let now = START
    return [{ type: 'start' } as const, ...inputsOf(actions)].map((input: SpeakerInput, index) => ({
      input,
      now: (now += waits[index % waits.length]!),
    }))
  })

const isKeepalive = ({ input: each }: { input: SpeakerInput }) =>
  each.type === 'timer' && each.key.of === 'session' && each.key.timer === 'keepalive'

type Timed = { readonly input: SpeakerInput; readonly now: Micros }

function feed(speaker: Speaker, steps: readonly Timed[], first = 1): Effect[] {
  return steps.flatMap(({ input: each, now }, index) => speaker.input(each, now, first + index))
}

test('a replay without the KEEPALIVE timer gives the same state', () => {
  fc.assert(
    fc.property(inputs, fc.constantFrom(0x0a000001, 0xffffffff), (steps, us) => {
      let event = 0
      const numbered = steps.map((step) => ({ ...step, event: isKeepalive(step) ? event : ++event }))
      const live = new Speaker(config(us))
      const replay = new Speaker(config(us))
      for (const { input: each, now, event: number } of numbered) live.input(each, now, number)
      for (const step of numbered) if (!isKeepalive(step)) replay.input(step.input, step.now, step.event)
      expect(views(replay)).toEqual(views(live))
      expect(replay.snapshot()).toEqual(live.snapshot())
    }),
    { numRuns: 200 },
  )
})

test('a speaker restored from a snapshot shows the same and does the same', () => {
  fc.assert(
    fc.property(inputs, fc.nat(120), (steps, cut) => {
      const live = new Speaker(config())
      feed(live, steps.slice(0, cut))
      const snapshot = JSON.parse(JSON.stringify(live.snapshot())) as SpeakerSnapshot
      const restored = new Speaker(config(), snapshot)
      expect(views(restored)).toEqual(views(live))
      const rest = steps.slice(cut)
      expect(feed(restored, rest, cut + 1)).toEqual(feed(live, rest, cut + 1))
      expect(views(restored)).toEqual(views(live))
      expect(restored.snapshot()).toEqual(live.snapshot())
    }),
    { numRuns: 200 },
  )
})

test('views agree with themselves: counts, one live session a peer, stale routes only of peers without End-of-RIB', () => {
  fc.assert(
    fc.property(inputs, (steps) => {
      const speaker = new Speaker(config())
      for (const [index, { input: each, now }] of steps.entries()) {
        speaker.input(each, now, index + 1)
        const up = [...speaker.sessions()].some(
          (view) => view.state === 'established' && view.remote.address === '127.0.0.10',
        )
        for (const { state } of speaker.dials()) if (up) expect(['resting', 'open']).toContain(state)
        for (const peer of speaker.peers()) {
          const routes = [...speaker.routes(peer.key)]
          expect(peer.routes).toBe(routes.length)
          expect(peer.staleRoutes).toBe(routes.filter((route) => route.stale !== undefined).length)
          if (peer.established === undefined) expect(peer.staleRoutes).toBe(peer.routes)
          const live = [...speaker.sessions()].filter(
            (view) =>
              view.peer === peer.key && (view.state === 'established' || view.state === 'open-confirm'),
          )
          expect(live.length).toBeLessThanOrEqual(1)
          for (const { family, stale } of routes) {
            const ended = peer.established?.endOfRib.includes(`${family.afi}/${family.safi}`) ?? false
            if (ended) expect(stale).toBeUndefined()
          }
        }
      }
    }),
    { numRuns: 100 },
  )
})

test('usual messages do the same on their short way, which a peer with a limit never takes, as on the long one', () => {
  fc.assert(
    fc.property(inputs, (steps) => {
      const short = new Speaker(config())
      const long = new Speaker(config(undefined, 1_000_000))
      for (const [index, { input: each, now }] of steps.entries())
        expect(short.input(each, now, index + 1)).toEqual(long.input(each, now, index + 1))
      expect(views(short)).toEqual(views(long))
      expect(short.snapshot()).toEqual(long.snapshot())
    }),
    { numRuns: 200 },
  )
})
