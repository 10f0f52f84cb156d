// What windows of a random stream answer is what going through all its news says, wherever the ledger began.
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Instant } from '../../src/core/window/contract.ts'
import { ledgerFromJson, ledgerToJson } from '../../src/core/window/json.ts'
import { IPV4_UNICAST, IPV6_UNICAST } from '../../src/core/wire/message.ts'
import { update } from '../support/speaker-messages.ts'
import { modelOf } from '../support/window-model.ts'
import { answersOf, WindowStream } from '../support/window-stream.ts'

const PEERS = ['192.0.2.11', '192.0.2.12', '192.0.2.13']
const PREFIXES = ['10.5.112.0/24', '10.5.113.0/24', '10.5.113.0/25']
const PREFIXES6 = ['fd10::/64', 'fd10:0:0:1::/64']

const peer = fc.constantFrom(...PEERS)
const some = fc.oneof(
  fc.subarray(PREFIXES, { minLength: 1 }),
  fc.subarray(PREFIXES, { minLength: 1 }),
  fc.subarray(PREFIXES6, { minLength: 1 }),
)
const restart = fc.option(
  fc.record({
    restarting: fc.boolean(),
    notification: fc.boolean(),
    forwarding: fc.constantFrom(true, true, true, false),
    time: fc.constantFrom(0, 120, 120),
  }),
  { nil: undefined },
)

type Action = (stream: WindowStream) => void

/** What only an Established session can do. */
const whenUp =
  (identifier: string, act: Action): Action =>
  (stream) => {
    if (!stream.isUp(identifier)) stream.comes(identifier)
    act(stream)
  }

const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.tuple(peer, restart).map(
      ([id, gr]): Action =>
        (stream) =>
          void stream.comes(id, gr),
    ),
  },
  {
    weight: 10,
    arbitrary: fc
      .tuple(peer, some)
      .map(([id, prefixes]) => whenUp(id, (stream) => void stream.announces(id, ...prefixes))),
  },
  {
    weight: 5,
    arbitrary: fc
      .tuple(peer, some)
      .map(([id, prefixes]) => whenUp(id, (stream) => void stream.withdraws(id, ...prefixes))),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(peer, fc.subarray(PREFIXES, { minLength: 1 }), fc.subarray(PREFIXES, { minLength: 1 }))
      .map(([id, prefixes, withdrawn]) =>
        whenUp(id, (stream) => void stream.sends(id, update({ prefixes, withdrawn }))),
      ),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(peer, fc.constantFrom(IPV4_UNICAST, IPV6_UNICAST))
      .map(([id, family]) => whenUp(id, (stream) => void stream.endsRib(id, family))),
  },
  { weight: 3, arbitrary: peer.map((id) => whenUp(id, (stream) => void stream.closes(id))) },
  { weight: 1, arbitrary: peer.map((id) => whenUp(id, (stream) => void stream.notifies(id))) },
  {
    weight: 1,
    arbitrary: fc.tuple(peer, fc.constantFrom('restart' as const, 'stale' as const)).map(
      ([id, timer]): Action =>
        (stream) =>
          void stream.timer(id, timer),
    ),
  },
)

const actions = fc.array(action, { minLength: 1, maxLength: 40 })

/** Plays the actions, with a mark between any two. */
function played(
  list: readonly Action[],
  onMark?: (stream: WindowStream, mark: Instant) => void,
): WindowStream & { readonly marks: Instant[] } {
  const stream = Object.assign(new WindowStream(), { marks: [] as Instant[] })
  for (const act of list) {
    const mark = stream.mark()
    stream.marks.push(mark)
    onMark?.(stream, mark)
    act(stream)
  }
  stream.marks.push(stream.mark())
  return stream
}

/** Two of the marks in order. */
const ends = fc.tuple(fc.nat(), fc.nat())
function pick(marks: readonly Instant[], [a, b]: readonly [number, number]): [Instant, Instant] {
  const places = [a % marks.length, b % marks.length].sort((one, other) => one - other)
  return [marks[places[0]!]!, marks[places[1]!]!]
}

test('windows of a random stream answer as a model does that goes through all news', () => {
  fc.assert(
    fc.property(actions, ends, (list, places) => {
      const stream = played(list)
      const [from, to] = pick(stream.marks, places)
      const { stale: _stale, names: _names, unknowns, ...answers } = answersOf(stream.window(from, to))
      expect(answers).toEqual(modelOf(stream.kept, from, to))
      expect(unknowns).toEqual([])
    }),
    { numRuns: 150 },
  )
})

test('a ledger that begins with the window, and its JSON, answer as one that saw everything', () => {
  fc.assert(
    fc.property(actions, ends, (list, places) => {
      const ledgers = new Map<number, ReturnType<WindowStream['ledgerFromNow']>>()
      const stream = played(list, (one, mark) => ledgers.set(mark.seq, one.ledgerFromNow()))
      const [from, to] = pick(stream.marks, places)
      const ledger = ledgers.get(from.seq) ?? stream.ledgerFromNow()
      const answers = answersOf(stream.window(from, to))
      const late = stream.window(from, to, ledger)
      expect(answersOf(late)).toEqual(answers)
      const carried = JSON.parse(JSON.stringify(ledgerToJson(late))) as ReturnType<typeof ledgerToJson>
      expect(answersOf(ledgerFromJson(carried))).toEqual(answers)
    }),
    { numRuns: 100 },
  )
})

test('a ledger that takes in bit by bit what was there when it began answers as one that knew it at once', () => {
  fc.assert(
    fc.property(actions, ends, fc.array(fc.nat(3), { minLength: 1, maxLength: 40 }), (list, places, bits) => {
      const ledgers = new Map<number, ReturnType<WindowStream['ledgerInTurns']>>()
      let turn = 0
      const stream = played(list, (one, mark) => {
        for (const ledger of ledgers.values()) ledger.takeIn(bits[turn++ % bits.length]!)
        ledgers.set(mark.seq, one.ledgerInTurns())
      })
      const [from, to] = pick(stream.marks, places)
      const answers = answersOf(stream.window(from, to))
      expect(answersOf(stream.window(from, to, ledgers.get(from.seq) ?? stream.ledgerInTurns()))).toEqual(
        answers,
      )
    }),
    { numRuns: 300 },
  )
})

test('a window that is cut in two has the same rows', () => {
  fc.assert(
    fc.property(actions, ends, fc.nat(), (list, places, cut) => {
      const stream = played(list)
      const [from, to] = pick(stream.marks, places)
      const between = stream.marks.filter(({ seq }) => seq >= from.seq && seq <= to.seq)
      const middle = between[cut % between.length]!
      const whole = stream.window(from, to)
      const halves = [stream.window(from, middle), stream.window(middle, to)]
      expect(halves.flatMap((half) => half.announcements())).toEqual(whole.announcements())
      expect(halves.flatMap((half) => half.withdrawals())).toEqual(whole.withdrawals())
      expect(halves.flatMap((half) => half.established())).toEqual(whole.established())
      expect(halves.flatMap((half) => half.notifications())).toEqual(whole.notifications())
      expect(halves.flatMap((half) => half.endOfRibs())).toEqual(whole.endOfRibs())
      const begins = (window: typeof whole): unknown[] => [
        ...window.flaps().map(({ seq, node }) => ({ seq, node })),
        ...window.absences().map(({ from: { seq }, node, prefix }) => ({ seq, node, prefix })),
      ]
      expect(new Set(halves.flatMap(begins))).toEqual(new Set(begins(whole)))
      // An interval that goes over the cut is in both halves, which together are as long.
      const spans = (windows: readonly (typeof whole)[]): Record<string, number> => {
        const sums: Record<string, number> = {}
        for (const { prefix, span } of windows.flatMap((window) => window.duplicates()))
          sums[prefix] = (sums[prefix] ?? 0) + span
        return Object.fromEntries(Object.entries(sums).filter(([, span]) => span > 0))
      }
      expect(spans(halves)).toEqual(spans([whole]))
    }),
    { numRuns: 100 },
  )
})

test('a filter leaves out rows and changes none', () => {
  fc.assert(
    fc.property(
      actions,
      ends,
      peer,
      fc.constantFrom(...PREFIXES, ...PREFIXES6),
      (list, places, node, prefix) => {
        const stream = played(list)
        const window = stream.window(...pick(stream.marks, places))
        for (const filter of [
          { node },
          { prefix },
          { node, prefix },
          { family: 'ipv6-unicast' },
          { node, family: 'ipv4-unicast' },
        ]) {
          const isMeant = (row: {
            node?: string
            nodes?: readonly string[]
            prefix: string
            family: string
          }): boolean =>
            (!('node' in filter) || (row.nodes ?? [row.node]).includes(filter.node)) &&
            (!('prefix' in filter) || row.prefix === filter.prefix) &&
            (!('family' in filter) || row.family === filter.family)
          for (const question of [
            'announcements',
            'withdrawals',
            'absences',
            'duplicates',
            'held',
          ] as const) {
            const rows: readonly {
              node?: string
              nodes?: readonly string[]
              prefix: string
              family: string
            }[] = window[question]()
            expect(window[question](filter)).toEqual(rows.filter(isMeant))
          }
          const last = [
            ...window.announcements(filter).filter(({ change, refreshed }) => change !== 'same' || refreshed),
            ...window.withdrawals(filter),
            ...('node' in filter && !('prefix' in filter) && !('family' in filter)
              ? [...window.established(filter), ...window.flaps(filter)]
              : []),
          ].map(({ at }) => at)
          expect(window.convergence(filter)).toBe(
            last.length === 0 ? undefined : Math.max(...last) - window.from.at,
          )
        }
      },
    ),
    { numRuns: 100 },
  )
})

test('what there was at an instant follows from what there is now and the news since', () => {
  fc.assert(
    fc.property(actions, ends, (list, places) => {
      const stream = played(list)
      const [from, to] = pick(stream.marks, places)
      // Of a peer that was lost twice only the second loss is known.
      const { stale: _stale, ...answers } = answersOf(stream.window(from, to))
      expect(answersOf(stream.window(from, to, stream.ledgerSince(from)))).toMatchObject(answers)
    }),
    { numRuns: 150 },
  )
})
