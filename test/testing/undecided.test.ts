// When neither a claim nor its negation may be made: nothing to check, unknown names, gaps in the record, wrong arguments.
import { describe, expect, test } from 'vitest'
import { CLAIMS } from '../../src/testing/claims/table.ts'
import { judge, type Judgement } from '../../src/testing/judge.ts'
import { ObservedCluster } from '../support/observed-cluster.ts'
import { healthy, NODES, rollout } from '../support/rollouts.ts'
import { instant, toldState, toldWindow } from '../support/told.ts'

/** Both ways; gives the text of the claim. */
function neither(claim: keyof typeof CLAIMS, value: unknown, ...args: unknown[]): string {
  const [plain, negated] = [false, true].map(
    (negated) => judge(CLAIMS[claim], value, args, { negated }) as Judgement,
  )
  expect(plain!.met, plain!.text()).toBe(false)
  expect(negated!.met, negated!.text()).toBe(false)
  return plain!.text()
}

const window = (options: { closed?: boolean } = {}): unknown => {
  const { cluster, nodes } = healthy()
  const from = instant(cluster)
  nodes.node01.withdraws(NODES.node01.prefix).announces(NODES.node01.prefix)
  return toldWindow(cluster.passes('1s'), from, options)
}

/** A gap between two checkpoints, while nothing else happens that anybody knows of. */
const torn = (): ReturnType<typeof toldWindow> => {
  const { cluster } = healthy()
  const from = instant(cluster)
  cluster.event({ type: 'gap', events: 12, reason: 'the disk is full' })
  cluster.passes('3s')
  cluster.event({ type: 'checkpoint', checkpoint: cluster.observer.checkpoint() })
  return toldWindow(cluster.passes('1s'), from)
}

describe('nothing to check', () => {
  const empty = (): unknown => toldState(new ObservedCluster())
  test.each([
    ['toMatchCluster', []],
    ['toBeEstablished', []],
    ['toHaveOwner', ['10.5.115.0/24', 'node01']],
    ['toReceiveEndOfRib', []],
    ['toHaveDuplicateRouterIds', []],
    ['toHaveFindings', []],
    ['toHaveNextHop', ['self']],
  ] as const)('%s without objects and peers', (claim, args) => {
    expect(neither(claim, empty(), ...args)).toMatch(
      claim === 'toHaveOwner' ? /knows no node/ : /nothing to check/,
    )
  })

  test('toMatchCluster says what is missing: a source of expected routes', async () => {
    await expect(`${neither('toMatchCluster', empty())}\n`).toMatchFileSnapshot('golden/nothing-to-check.txt')
  })

  test.each(['toHaveNoWithdrawals', 'toHaveNoGap'] as const)('%s where no route ever was', (claim) => {
    const { cluster } = rollout()
    expect(neither(claim, toldWindow(cluster, instant(cluster)))).toContain(
      'nothing to check: no route was there',
    )
  })

  test('toHaveNoSessionFlaps without a session, toConvergeWithin without a change', () => {
    const { cluster } = rollout()
    const none = toldWindow(cluster, instant(cluster))
    expect(neither('toHaveNoSessionFlaps', none)).toContain('the window knows no session')
    expect(neither('toConvergeWithin', none, '3s')).toContain('nothing to check')
  })

  test('toHaveRestartedGracefully where no session ended', () => {
    expect(neither('toHaveRestartedGracefully', window())).toContain('no session ended in the window')
    expect(neither('toHaveRestartedGracefully', window(), { node: 'node01' })).toContain(
      'no session of node01 ended',
    )
  })
})

describe('names that nobody has', () => {
  test('of a node: the nearest are shown', async () => {
    const text = neither('toHaveNoRoutes', toldState(healthy().cluster), { node: 'nod01' })
    await expect(`${text}\n`).toMatchFileSnapshot('golden/unknown-node.txt')
    expect(neither('toHaveNoWithdrawals', window(), { node: ['node01', 'mater2'] })).toContain(
      'Did you mean master2',
    )
  })

  test('of a prefix in a window: absence of what was never there proves nothing', async () => {
    const text = neither('toHaveNoWithdrawals', window(), { prefix: '10.5.122.0/24' })
    await expect(`${text}\n`).toMatchFileSnapshot('golden/unknown-prefix.txt')
  })

  test('a prefix that nobody announces may be claimed not to be announced', () => {
    const state = toldState(healthy().cluster)
    const judgement = judge(CLAIMS.toAdvertise, state, ['0.0.0.0/0'], { negated: true }) as Judgement
    expect(judgement.met).toBe(true)
  })
})

describe('a gap in the record', () => {
  test.each([
    ['toHaveNoWithdrawals', []],
    ['toHaveNoGap', []],
    ['toHaveNoSessionFlaps', []],
    ['toHaveRestartedGracefully', []],
    ['toReceiveNotification', []],
    ['toReceiveEndOfRib', [{ node: 'node01' }]],
    ['toConvergeWithin', ['30s']],
  ] as const)('%s cannot say that nothing happened', (claim, args) => {
    expect(neither(claim, torn(), ...args)).toContain('the record is silent')
  })

  test('the text names the interval and its cause', async () => {
    await expect(`${neither('toHaveNoWithdrawals', torn())}\n`).toMatchFileSnapshot('golden/gap.txt')
  })

  test('what was found stays found', () => {
    const { cluster, nodes } = healthy()
    const from = instant(cluster)
    nodes.node01.withdraws(NODES.node01.prefix)
    cluster.event({ type: 'gap', events: 12, reason: 'the disk is full' })
    const judgement = judge(CLAIMS.toHaveNoWithdrawals, toldWindow(cluster, from), [], {
      negated: true,
    }) as Judgement
    expect(judgement.met).toBe(true)
  })

  test('a state within the gap is unknown', () => {
    const { cluster } = healthy()
    cluster.event({ type: 'gap', events: 12, reason: 'the disk is full' })
    const state = toldState(cluster)
    for (const claim of [
      'toMatchCluster',
      'toBeEstablished',
      'toHaveDuplicateRouterIds',
      'toHaveFindings',
    ] as const)
      expect(neither(claim, state)).toContain('the record has a gap')
  })
})

describe('a value or argument that makes no sense', () => {
  test.each([
    ['a string', 'toMatchCluster', 'tor', [], /got the string "tor", not a running router or a state/],
    ['nothing', 'toMatchCluster', undefined, [], /got undefined/],
    ['a promise', 'toMatchCluster', Promise.resolve(), [], /Await it first/],
    ['an array', 'toHaveNoGap', [], [], /got an array of 0, not a closed window/],
    [
      'an open window',
      'toHaveNoGap',
      window({ closed: false }),
      [],
      /the window "rollout" is open.*\n.*close\(\) it first/,
    ],
    ['a window where a state is asked', 'toMatchCluster', window(), [], /about one instant/],
    ['a state where a window is asked', 'toHaveNoGap', toldState(healthy().cluster), [], /router\.window/],
    ['an option that there is not', 'toHaveNoGap', window(), [{ nodes: ['node01'] }], /no option "nodes"/],
    ['a text that is no prefix', 'toAdvertise', toldState(healthy().cluster), ['10.5.112'], /is no prefix/],
    [
      'bits behind the length of a prefix',
      'toAdvertise',
      toldState(healthy().cluster),
      ['10.5.112.1/24'],
      /the prefix is 10\.5\.112\.0\/24\n[^]*Write 10\.5\.112\.0\/24, or 10\.5\.112\.1\/32 for the address alone/,
    ],
    [
      'bits behind the length of an IPv6 prefix',
      'toHaveOwner',
      toldState(healthy().cluster),
      ['fd00:10::1/64', 'node01'],
      /the prefix is fd00:10::\/64\n[^]*or fd00:10::1\/128 for/,
    ],
    [
      'bits behind the length in a filter',
      'toHaveNoWithdrawals',
      window(),
      [{ prefix: '10.5.112.9/24' }],
      /the prefix is 10\.5\.112\.0\/24/,
    ],
    [
      'bits behind the length in a finding',
      'toHaveFindings',
      toldState(healthy().cluster),
      [{ prefix: '10.5.112.9/24' }],
      /the prefix is 10\.5\.112\.0\/24/,
    ],
    ['a family that there is not', 'toHaveNoGap', window(), [{ family: 'ipv4' }], /is no family/],
    ['an empty list of nodes', 'toHaveNoGap', window(), [{ node: [] }], /nothing to check/],
    ['a text that is no duration', 'toConvergeWithin', window(), ['soon'], /is no duration/],
    [
      'a finding that there is not',
      'toHaveFindings',
      toldState(healthy().cluster),
      ['wrong'],
      /no finding "wrong"/,
    ],
  ] as const)('%s', (_, claim, value, args, text) => {
    expect(neither(claim, value, ...args)).toMatch(text)
  })
})
