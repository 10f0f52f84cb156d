import { describe, expect, test } from 'vitest'
import type { UserError } from '../../src/core/errors/user-error.ts'
import { Observer } from '../../src/core/check/observer.ts'
import { fromStatic } from '../../src/kube/static-source.ts'
import { startRouter } from '../../src/harness/start.ts'
import { namesOf } from '../../src/harness/event-log.ts'
import { Recent } from '../../src/harness/recent.ts'
import { History } from '../../src/harness/history.ts'
import { conditionOf, until, type Condition } from '../../src/harness/until.ts'
import { missingSessions } from '../../src/harness/waiting.ts'
import type { ObservedCluster } from '../support/observed-cluster.ts'
import { ScriptedPeer } from '../support/scripted-peer.ts'
import { A, B, cluster } from '../support/two-nodes.ts'

const NODE = { node: 'node01', prefixes: ['10.5.112.0/24'], asn: 64512 }

/** For whom the condition waits at the end of the cluster's stream, and why: "a: never connected". */
function waitsFor(all: ObservedCluster, condition: Condition): string[] {
  const observer = new Observer(all.config, { settle: all.settle })
  const recent = new Recent(namesOf(observer))
  const history = new History(all.events[0]!.at, recent)
  for (const event of all.events) {
    const { told } = observer.apply(event)
    recent.push(event, told)
    history.push(event, told)
  }
  return condition.progress({ observer, history, now: all.now }).map(({ node, why }) => `${node}: ${why}`)
}

describe('for whom a wait waits', () => {
  test('a node without a session has one line, and that does not repeat its name', () => {
    const all = cluster()
    all.speaker(A)
    expect(waitsFor(all, until.converged())).toEqual([
      'b: never connected',
      'a: has not announced 10.1.1.0/24',
    ])
  })

  test('a node that came and was refused is told so, not that it never came', () => {
    const all = cluster()
    all.event({
      type: 'session-opened',
      session: 99,
      listener: '127.0.0.1:1790',
      local: { address: '127.0.0.1', port: 1790 },
      remote: { address: '10.0.0.1', port: 40099 },
      refused: 'source',
    })
    expect(waitsFor(all, until.sessions(['a']))).toEqual([
      'a: connected and was refused: too many connections from this source',
    ])
  })

  test('a name that the cluster has not is told with those that it has', () => {
    expect(missingSessions(cluster().observer, ['c', 'a'])).toEqual([
      { node: 'c', why: 'there is no node of that name (there are: a, b)' },
      { node: 'a', why: 'never connected' },
    ])
  })

  test('quiet is told in whole seconds, so that a progress line seldom changes', () => {
    const all = cluster()
    all.speaker(A)
    all.passes('1200ms')
    expect(waitsFor(all, until.quiet('3s'))).toEqual(['(any): quiet for 1 of 3 s'])
    all.speaker(B)
    expect(waitsFor(all, until.quiet('3s'))).toEqual(['(any): quiet for 0 of 3 s'])
    all.passes('3s')
    expect(waitsFor(all, until.quiet('3s'))).toEqual([])
  })
})

describe('since a mark that is named', () => {
  const KINDS = [
    (since: string) => until.endOfRib({ since }),
    (since: string) => until.quiet('1ms', { since }),
    (since: string) => until.converged({ since }),
    (since: string) => until.event('anything', () => false, { since }),
  ]

  test.each(KINDS)('%s: a running router refuses one that there is not', async (make) => {
    await using router = await startRouter({ asn: 65000, listen: '127.0.0.1:0' })
    await expect(router.wait(make('before'))).rejects.toThrow(
      expect.objectContaining({
        code: 'RW_NOT_FOUND',
        what: 'there is no mark "before": no mark was made so far',
      }),
    )
    router.mark('before-upgrade')
    await expect(router.wait(make('before'))).rejects.toThrow('there is before-upgrade')
    await expect(router.wait(make('before-upgrad'))).rejects.toThrow('did you mean before-upgrade?')
    router.reset()
    await expect(router.wait(make('before-upgrade'))).rejects.toThrow('no mark was made so far')
  })

  test('counts what came after it, and not what was there before', async () => {
    await using router = await startRouter({
      asn: 65000,
      listen: '127.0.0.1:0',
      expected: fromStatic([NODE]),
    })
    const peer = await ScriptedPeer.establish(router.listeners[0]!)
    await peer.announces('10.5.112.0/24')
    await router.wait(until.route('10.5.112.0/24'))
    router.mark('before')
    const condition = until.event('a route', ({ news }) => news?.news === 'route-announced', {
      since: 'before',
    })
    const short = { timeout: 1 }
    await expect(router.wait(until.converged({ since: 'before' }), short)).rejects.toThrow(
      'nothing has happened since the mark',
    )
    await expect(router.wait(condition, short)).rejects.toThrow('it has not happened')
    await peer.announces('10.5.113.0/24')
    await router.wait(condition)
    router.mark('before')
    await expect(router.wait(condition, short)).rejects.toThrow('it has not happened')
  })

  test.each([
    [Promise.resolve({ seq: 3 }), 'until.endOfRib: since: a promise is no instant'],
    [{ name: 'before' }, 'until.endOfRib: since: this is no instant'],
    [Number.NaN, 'until.endOfRib: since: this is no instant'],
  ])('and what is no instant is refused at once: %s', (since, message) => {
    expect(() => until.endOfRib({ since: since as never })).toThrow(message)
  })

  test('a condition that no router resolved does not hold by itself', () => {
    expect(() => waitsFor(cluster(), until.quiet('1s', { since: 'before' }))).toThrow('only the router knows')
  })
})

describe('since an instant', () => {
  /** Both nodes up with all their routes, quiet for a minute, then a mark. */
  function before(): {
    all: ObservedCluster
    since: { seq: number }
    a: ReturnType<ObservedCluster['speaker']>
  } {
    const all = cluster()
    const a = all
      .speaker({ ...A, gracefulRestart: {} })
      .announces('10.1.1.0/24')
      .endsRib()
    all
      .speaker({ ...B, gracefulRestart: {} })
      .announces('10.1.2.0/24')
      .endsRib()
    all.passes('60s')
    const seq = all.event({ type: 'mark', name: 'before' })
    return { all, since: { seq }, a }
  }

  test('converged does not pass on the state before it', () => {
    const { all, since } = before()
    all.passes('60s')
    expect(waitsFor(all, until.converged())).toEqual([])
    expect(waitsFor(all, until.converged({ since }))).toEqual(['(any): nothing has happened since the mark'])
    expect(waitsFor(all, until.converged({ since: since.seq }))[0]).toContain(`since event ${since.seq}`)
  })

  test('converged waits for the session to return, and then for quiet where not everybody sends End-of-RIB again', () => {
    const { all, since, a } = before()
    a.closes()
    expect(waitsFor(all, until.converged({ since }))[0]).toMatch(/^a: the session closed at /)
    a.comes().announces('10.1.1.0/24').endsRib()
    expect(waitsFor(all, until.converged({ since }))).toEqual(['(any): quiet for 0 of 3 s'])
    all.passes('3s')
    expect(waitsFor(all, until.converged({ since }))).toEqual([])
  })

  test('an End-of-RIB from everybody after the last change is enough, one before the change is not', () => {
    const { all, since, a } = before()
    const b = all
      .speaker({ ...B, gracefulRestart: {} })
      .announces('10.1.2.0/24')
      .endsRib()
    a.announces('10.1.9.0/24').endsRib()
    expect(waitsFor(all, until.converged({ since }))).toEqual([])
    b.announces('10.1.8.0/24')
    expect(waitsFor(all, until.converged({ since }))).toEqual(['(any): quiet for 0 of 3 s'])
  })

  test('an End-of-RIB is asked of every session, and quiet counts from the instant on', () => {
    const { all, since, a } = before()
    a.endsRib()
    expect(waitsFor(all, until.endOfRib({ since }))).toEqual([
      'b: no End-of-RIB for ipv4-unicast since the mark',
    ])
    all.passes('2s')
    expect(waitsFor(all, until.quiet('3s'))).toEqual([])
    expect(waitsFor(all, until.quiet('3s', { since }))).toEqual(['(any): quiet for 2 of 3 s'])
  })

  test('an instant that is no mark and no event so far is refused', () => {
    const world = { marks: { get: () => undefined }, lastEvent: { seq: 7 } }
    expect(conditionOf({ kind: 'converged', since: '7' }, world).name).toBe('converged')
    expect(() => conditionOf({ kind: 'converged', since: '8' }, world)).toThrow('there is no event 8 yet')
    expect(() => conditionOf({ kind: 'quiet', span: '1s', since: 'x' }, world)).toThrow(
      'there is no mark "x": no mark was made so far',
    )
  })

  test('a mark that there is not is told with the nearest one, else with those that there are', () => {
    const refusal = (since: string, names: readonly string[]): string => {
      const list = (): { name: string }[] => names.map((name) => ({ name }))
      const world = { marks: { get: () => undefined, list }, lastEvent: { seq: 7 } }
      try {
        conditionOf({ kind: 'converged', since }, world)
      } catch (error) {
        return (error as UserError).what
      }
      throw new Error('it was taken')
    }
    expect(refusal('befor', ['before', 'after'])).toBe('there is no mark "befor" (did you mean before?)')
    expect(refusal('nomark', ['upgrade', 'rollout', 'upgrade'])).toBe(
      'there is no mark "nomark"; there are upgrade, rollout',
    )
    const many = Array.from({ length: 12 }, (_, index) => `step ${index + 10}`)
    expect(refusal('nomark', many)).toBe(
      `there is no mark "nomark"; there are …, ${many.slice(2).join(', ')}`,
    )
  })
})
