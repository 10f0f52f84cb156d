import { describe, expect, test } from 'vitest'
import { Ledger } from '../../../src/core/window/ledger.ts'
import { LedgerWindow } from '../../../src/core/window/answers.ts'
import { ledgerFromJson, ledgerToJson } from '../../../src/core/window/json.ts'
import { parsePrefix } from '../../../src/core/ip/text.ts'
import type { News } from '../../../src/core/speaker/contract.ts'
import { IPV4_UNICAST } from '../../../src/core/wire/message.ts'
import { update } from '../../support/speaker-messages.ts'
import { WindowStream } from '../../support/window-stream.ts'

type Path = Extract<News, { news: 'route-announced' }>

const A = '192.0.2.11'
const B = '192.0.2.12'
const POD = '10.5.112.0/24'
const OTHER = '10.5.113.0/24'
const RESTART = { time: 120, notification: true }

describe('announcements and withdrawals', () => {
  test('a withdrawal of what was not there is none', () => {
    const stream = new WindowStream().comes(A)
    const begin = stream.mark()
    stream.withdraws(A, POD)
    expect(stream.window(begin).withdrawals()).toEqual([])
  })

  test('causes are told apart: the wire, a session that was lost, stale routes that were flushed', () => {
    const stream = new WindowStream().comes(A, RESTART).announces(A, POD, OTHER)
    const begin = stream.mark()
    stream.withdraws(A, OTHER).closes(A).timer(A, 'restart')
    stream.comes(A).announces(A, POD).closes(A, 'rst')
    const window = stream.window(begin)
    expect(window.withdrawals().map(({ cause }) => cause)).toMatchObject([
      { kind: 'wire' },
      { kind: 'stale-flush', why: 'restart-timer' },
      { kind: 'session-closed', cause: { kind: 'rst' } },
    ])
    for (const [cause, count] of [
      ['wire', 1],
      ['session-closed', 1],
      ['rst', 1],
      ['stale-flush', 1],
      ['restart-timer', 1],
      ['eor', 0],
    ] as const)
      expect([cause, window.withdrawals({ cause }).length]).toEqual([cause, count])
    expect(window.counts({ cause: ['wire', 'restart-timer'] })).toEqual({ announcements: 1, withdrawals: 2 })
  })

  test('what a session is lost with goes at once, as many routes as it had', () => {
    const stream = new WindowStream().comes(A).comes(B).announces(A, POD, OTHER).announces(B, POD)
    const begin = stream.mark()
    stream.closes(A)
    expect(stream.window(begin).withdrawals()).toMatchObject([
      { node: A, prefix: POD },
      { node: A, prefix: OTHER },
    ])
    expect(stream.window(begin).withdrawals({ node: B })).toEqual([])
  })

  test('the host bits of a prefix that is asked for do not matter, what is no prefix or family is refused', () => {
    const stream = new WindowStream().comes(A)
    const begin = stream.mark()
    stream.announces(A, POD)
    const window = stream.window(begin)
    expect(window.announcements({ prefix: '10.5.112.7/24' })).toHaveLength(1)
    expect(() => window.announcements({ prefix: 'pods' })).toThrow('"pods" is no prefix')
    expect(() => window.announcements({ family: 'ipv4' })).toThrow('"ipv4" is no address family')
  })
})

describe('sessions', () => {
  test('a node that was Established throughout and has no routes is known, also in another process', () => {
    const stream = new WindowStream().comes(A)
    const begin = stream.mark()
    stream.passes(60)
    const window = stream.window(begin)
    expect(window.names()).toEqual({ nodes: [A], prefixes: [] })
    expect(ledgerFromJson(ledgerToJson(window)).names()).toEqual(window.names())
  })

  test('a session that ended before the window is not known to it, nor one that went with the router', () => {
    const stream = new WindowStream().comes(A).closes(A)
    expect(stream.window(stream.mark()).names().nodes).toEqual([])
    stream.comes(B).loses(() => stream.closes(B))
    expect(stream.window(stream.mark()).names().nodes).toEqual([])
  })

  test('a flap says why, and when the peer was back', () => {
    const stream = new WindowStream().comes(A)
    const begin = stream.mark()
    stream.notifies(A)
    const between = stream.mark()
    stream.passes(7).comes(A)
    const [flap] = stream.window(begin).flaps()
    expect(flap).toMatchObject({ node: A, cause: { kind: 'notification', by: 'peer' } })
    expect(flap!.back!.at - flap!.at).toBeGreaterThan(7e6)
    expect(stream.window(begin, between).flaps()).toMatchObject([{ back: undefined }])
    expect(stream.window(begin).notifications()).toMatchObject([{ direction: 'in', code: 6, subcode: 4 }])
  })

  test('a session that the peer replaces is one flap, and the new one is what came back', () => {
    const stream = new WindowStream().comes(A, RESTART).announces(A, POD)
    const begin = stream.mark()
    stream.comes(A, { ...RESTART, restarting: true })
    const window = stream.window(begin)
    const [flap] = window.flaps()
    expect(window.flaps()).toHaveLength(1)
    expect(flap).toMatchObject({ cause: { kind: 'replaced' }, session: 1 })
    expect(flap!.back).toBeDefined()
    expect(window.established()).toMatchObject([{ node: A, session: 2 }])
    expect(window.withdrawals()).toEqual([])
  })
})

describe('absences', () => {
  test('last from the withdrawal to the next announcement', () => {
    const stream = new WindowStream().comes(A).announces(A, POD)
    const begin = stream.mark()
    stream.withdraws(A, POD).passes(42).announces(A, POD)
    const [absence] = stream.window(begin).absences()
    expect(absence).toMatchObject({ node: A, prefix: POD, cause: { kind: 'wire' } })
    expect(absence!.span).toBe(42e6 + 1234)
    expect(absence!.to!.at - absence!.from.at).toBe(absence!.span)
  })

  test('count up to the end of the window while they last', () => {
    const stream = new WindowStream().comes(A).announces(A, POD)
    const begin = stream.mark()
    stream.withdraws(A, POD).passes(10)
    expect(stream.window(begin, stream.mark()).absences()).toMatchObject([
      { to: undefined, span: 10e6 + 1234 },
    ])
  })

  test('begin in the window: neither what was never announced nor what went before it is absent', () => {
    const stream = new WindowStream().comes(A).announces(A, POD).withdraws(A, POD)
    const begin = stream.mark()
    stream.passes(5).announces(A, POD, OTHER)
    expect(stream.window(begin).absences()).toEqual([])
    expect(stream.window(begin).held()).toEqual([])
  })

  test('are of a node: another of its sessions that has the prefix is enough', () => {
    const stream = new WindowStream().comes(A).comes(B).announces(A, POD).announces(B, POD)
    const begin = stream.mark()
    stream.withdraws(A, POD)
    stream.named({ [A]: 'worker', [B]: 'worker' })
    expect(stream.window(begin).absences()).toEqual([])
    expect(stream.window(begin).duplicates()).toEqual([])
    stream.passes(1).withdraws(B, POD)
    expect(stream.window(begin).absences({ node: 'worker' })).toMatchObject([{ node: 'worker', prefix: POD }])
  })

  test('are of a prefix: with path identifiers (RFC 7911) the last path counts', () => {
    const ledger = new Ledger()
    const at = (seq: number): { seq: number; at: number } => ({ seq, at: seq * 1e6 })
    const path = (pathId: number): Pick<Path, 'session' | 'peer' | 'family' | 'prefix' | 'pathId'> => ({
      ...{
        session: 1,
        peer: `127.0.0.1:1790 64512 ${A}`,
        family: IPV4_UNICAST,
        prefix: parsePrefix(POD),
        pathId,
      },
    })
    const mark = (seq: number, news: News): void =>
      ledger.push({ type: 'mark', name: 'mark', ...at(seq) }, [news])
    const gone = { news: 'route-withdrawn', cause: { kind: 'wire' }, existed: true } as const
    mark(1, { news: 'route-announced', ...path(1), change: 'new', refreshed: false })
    mark(2, { news: 'route-announced', ...path(2), change: 'new', refreshed: false })
    mark(3, { ...gone, ...path(1) })
    const window = new LedgerWindow(ledger, { name: 'window', from: at(0), to: () => ledger.last })
    expect(window.withdrawals()).toMatchObject([{ pathId: 1 }])
    expect(window.absences()).toEqual([])
    mark(4, { ...gone, ...path(2) })
    mark(7, { news: 'route-announced', ...path(9), change: 'new', refreshed: false })
    expect(window.absences()).toMatchObject([{ from: at(4), to: at(7), span: 3e6 }])
    expect(ledgerFromJson(ledgerToJson(window)).announcements()).toEqual(window.announcements())
  })

  test('of no length are none: one UPDATE that withdraws and announces', () => {
    const stream = new WindowStream().comes(A).announces(A, POD)
    const begin = stream.mark()
    stream.sends(A, update({ prefixes: [POD], withdrawn: [POD] }))
    expect(stream.window(begin).absences()).toEqual([])
  })

  test('a route that is kept as stale is not absent', () => {
    const stream = new WindowStream().comes(A, RESTART).announces(A, POD)
    const begin = stream.mark()
    stream
      .closes(A)
      .passes(20)
      .comes(A, { ...RESTART, restarting: true })
      .announces(A, POD)
      .endsRib(A)
    const window = stream.window(begin)
    expect(window.absences()).toEqual([])
    expect(window.withdrawals()).toEqual([])
    expect(window.announcements()).toMatchObject([{ change: 'same', refreshed: true }])
  })
})

describe('stale intervals', () => {
  test('end with the End-of-RIB, or with a timer that flushes', () => {
    const stream = new WindowStream().comes(A, RESTART).comes(B, RESTART)
    stream.announces(A, POD).announces(B, OTHER)
    const begin = stream.mark()
    stream.closes(A).closes(B).passes(30)
    stream
      .comes(A, { ...RESTART, restarting: true })
      .announces(A, POD)
      .endsRib(A, IPV4_UNICAST)
    stream.timer(B, 'restart')
    const window = stream.window(begin)
    expect(window.staleIntervals()).toMatchObject([
      { node: A, family: 'ipv4-unicast', routes: 1, began: 'within', why: 'eor', removed: 0 },
      { node: B, family: 'ipv4-unicast', routes: 1, began: 'within', why: 'flushed', removed: 1 },
    ])
    expect(window.staleIntervals({ node: A })[0]!.span).toBeGreaterThan(30e6)
    expect(window.endOfRibs()).toMatchObject([{ node: A, family: 'ipv4-unicast' }])
  })

  test('may be open at either end', () => {
    const stream = new WindowStream().comes(A, RESTART).announces(A, POD, OTHER).closes(A)
    const begin = stream.mark()
    stream.passes(10)
    const end = stream.mark()
    expect(stream.window(begin, end).staleIntervals()).toEqual([
      {
        ...{ node: A, peer: `127.0.0.1:1790 64512 ${A}`, family: 'ipv4-unicast', routes: 2 },
        ...{ from: begin, began: 'before', to: undefined, why: undefined, removed: 0 },
        span: end.at - begin.at,
      },
    ])
  })

  test('go on when the peer is lost once more', () => {
    const stream = new WindowStream().comes(A, RESTART).announces(A, POD)
    const begin = stream.mark()
    stream
      .closes(A)
      .comes(A, { ...RESTART, restarting: true })
      .closes(A)
    expect(stream.window(begin).staleIntervals()).toMatchObject([{ node: A, to: undefined }])
  })
})

describe('duplicates', () => {
  test('count from the window on when they began before it', () => {
    const stream = new WindowStream().comes(A).comes(B).announces(A, POD).announces(B, POD)
    const begin = stream.mark()
    expect(stream.window(begin).duplicates()).toMatchObject([
      { prefix: POD, nodes: [A, B], began: 'before', from: begin, to: undefined },
    ])
    stream.passes(3).withdraws(A, POD)
    const [duplicate] = stream.window(begin).duplicates({ node: B })
    expect(duplicate!.span).toBe(3e6 + 1234)
    expect(duplicate!.to).toEqual(stream.now)
  })

  test('a prefix that moves is none when the old node withdraws it first', () => {
    const stream = new WindowStream().comes(A).comes(B).announces(A, POD)
    const begin = stream.mark()
    stream.withdraws(A, POD).announces(B, POD)
    expect(stream.window(begin).duplicates()).toEqual([])
    stream.announces(A, POD)
    expect(stream.window(begin).duplicates()).toHaveLength(1)
  })
})

describe('order and convergence', () => {
  test('a repeated announcement is neither a change nor an announcement that is ordered', () => {
    const stream = new WindowStream().comes(A).announces(A, POD)
    const begin = stream.mark()
    stream.announces(A, POD).passes(5).announces(A, OTHER)
    const changed = stream.now
    stream.passes(5).announces(A, OTHER).passes(5)
    const window = stream.window(begin, stream.mark())
    expect(window.order({ prefix: POD }, { prefix: OTHER })).toBe('first-missing')
    expect(window.order({ prefix: OTHER }, { prefix: POD })).toBe('second-missing')
    expect(window.convergence()).toBe(changed.at - begin.at)
    expect(window.convergence({ prefix: POD })).toBeUndefined()
  })

  test('an announcement can be ordered with a withdrawal', () => {
    const stream = new WindowStream().comes(A).comes(B).announces(A, POD)
    const begin = stream.mark()
    stream.announces(B, POD).withdraws(A, POD)
    const window = stream.window(begin)
    const [first, second] = [
      { node: B, prefix: POD },
      { node: A, prefix: POD },
    ]
    expect(window.order(first, second, ['announcement', 'withdrawal'])).toBe('before')
    expect(window.order(second, first, ['withdrawal', 'announcement'])).toBe('after')
    stream.sends(A, update({ prefixes: [OTHER, '10.5.114.0/24'] }))
    expect(stream.window(begin).order({ prefix: OTHER }, { prefix: '10.5.114.0/24' })).toBe('same')
  })
})

describe('names', () => {
  test('a node that becomes known later is named in rows from before, and keeps its name', () => {
    const stream = new WindowStream().comes(A)
    const begin = stream.mark()
    stream.announces(A, POD)
    const window = stream.window(begin)
    expect(window.announcements({ node: A })).toMatchObject([{ node: A }])
    stream.named({ [A]: 'master3' }).named({})
    expect(window.announcements({ node: 'master3' })).toMatchObject([{ node: 'master3' }])
    expect(window.announcements({ node: A })).toHaveLength(1)
    expect(window.announcements({ node: 'master4' })).toEqual([])
    expect(window.names()).toEqual({ nodes: ['master3'], prefixes: [POD] })
  })
})

describe('what is not known', () => {
  test('a gap is told, and routes that went or came in it are neither withdrawn nor announced', () => {
    const stream = new WindowStream().comes(A).announces(A, POD)
    const begin = stream.mark()
    const before = stream.now
    stream.loses(() => stream.withdraws(A, POD).announces(A, OTHER))
    const after = stream.now
    stream.withdraws(A, OTHER)
    const window = stream.window(begin)
    expect(window.unknowns()).toEqual([{ from: before, to: after, events: 2, reason: 'the disk is full' }])
    expect(window.announcements()).toEqual([])
    expect(window.withdrawals()).toMatchObject([{ prefix: OTHER }])
    expect(stream.window(begin, before).unknowns()).toEqual([])
    expect(stream.window(after).unknowns()).toEqual([])
    expect(stream.window(after).held()).toMatchObject([{ prefix: OTHER }])
  })

  test('our own stop withdraws nothing; what was until the next start is not known', () => {
    const stream = new WindowStream().comes(A).announces(A, POD)
    const begin = stream.mark()
    stream.restarts()
    stream.comes(A).announces(A, POD)
    const window = stream.window(begin)
    expect(window.withdrawals()).toEqual([])
    expect(window.flaps()).toEqual([])
    expect(window.absences()).toEqual([])
    expect(window.unknowns()).toMatchObject([{ from: begin, reason: 'the router was not running' }])
    expect(window.announcements()).toMatchObject([{ change: 'new' }])
  })

  test('a ledger that is full says so instead of answering with less', () => {
    const stream = new WindowStream()
    const small = new Ledger({ limit: 3 })
    small.rebase(stream.now, stream.live.world.speaker)
    stream.others.add(small)
    stream.comes(A)
    const begin = stream.mark()
    stream.announces(A, POD, OTHER)
    const enough = stream.mark()
    stream.withdraws(A, POD, OTHER)
    expect(stream.window(begin, enough, small).unknowns()).toEqual([])
    const window = stream.window(begin, stream.now, small)
    expect(window.unknowns()).toMatchObject([
      { to: undefined, reason: 'more than 3 changes of routes, which is more than is kept in memory' },
    ])
  })
})
