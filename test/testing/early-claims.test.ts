// Claims that must not hold although nothing speaks against them at first sight.
import { expect, test } from 'vitest'
import { CLAIMS } from '../../src/testing/claims/table.ts'
import { judge, type Judgement } from '../../src/testing/judge.ts'
import { healthy, NODES } from '../support/rollouts.ts'
import { instant, toldState, toldWindow } from '../support/told.ts'
import { ProbedCluster } from '../support/probed-cluster.ts'
import { RULES } from '../../src/core/check/rules/table.ts'

const says = (claim: keyof typeof CLAIMS, value: unknown, ...args: unknown[]): Judgement['says'] =>
  (judge(CLAIMS[claim], value, args, { negated: false }) as Judgement).says

const { prefix } = NODES.master2

test('a node whose prefix another one announces in its place does not match the cluster', () => {
  const { cluster, nodes } = healthy()
  nodes.master2.withdraws(prefix)
  nodes.node01.announces(prefix)
  const state = toldState(cluster.passes('2s'))
  expect(says('toMatchCluster', state, { node: 'node01' })).toBe('refuted')
  expect(says('toMatchCluster', state, { node: 'master2' })).toBe('refuted')
  expect(says('toMatchCluster', state, { node: 'master3' })).toBe('holds')
})

test('that there are exactly these findings cannot be said while routes are not judged yet', () => {
  const { cluster, nodes } = healthy()
  nodes.node01.announces('10.9.0.0/24')
  cluster.passes('2s')
  const exactly = [['extra'], { exactly: true }] as const
  expect(says('toHaveFindings', toldState(cluster), ...exactly)).toBe('holds')
  nodes.master3.announces('10.9.1.0/24')
  cluster.passes('100ms')
  expect(says('toHaveFindings', toldState(cluster), ...exactly)).toBe('undecided')
  expect(says('toHaveFindings', toldState(cluster.passes('2s')), ...exactly)).toBe('refuted')
})

test('a finding of any rule may be claimed, allowed, or said not to be there', () => {
  const state = toldState(healthy().cluster.passes('2s'))
  for (const { code } of RULES) {
    expect(says('toHaveFindings', state, [code]), code).toBe('refuted')
    expect(says('toMatchCluster', state, { allow: [code] }), code).toBe('holds')
  }
})

test('what probes find is claimed as any other finding', () => {
  const probed = new ProbedCluster()
  probed.loses()
  const state = toldState(probed.all)
  expect(says('toHaveFindings', state, 'blackhole')).toBe('holds')
  expect(says('toHaveFindings', state, [{ code: 'blackhole', node: 'a' }])).toBe('holds')
  expect(says('toMatchCluster', state)).toBe('refuted')
})

test('a finding that no rule has is told with the nearest', () => {
  const state = toldState(healthy().cluster.passes('2s'))
  const text = (claim: 'toHaveFindings' | 'toMatchCluster', argument: unknown): string =>
    (judge(CLAIMS[claim], state, [argument], { negated: false }) as Judgement).text()
  expect(text('toHaveFindings', ['mising'])).toContain('there is no finding "mising" (did you mean missing?)')
  expect(text('toHaveFindings', ['blackhol'])).toContain('did you mean blackhole?')
  expect(text('toMatchCluster', { allow: ['no-endpoints'] })).toContain('did you mean no-endpoint?')
})

test('a claim whose prefix is wrong names it as it was given', () => {
  const { cluster } = healthy()
  const from = instant(cluster)
  const window = toldWindow(cluster.passes('1s'), from)
  const { text } = judge(CLAIMS.toHaveNoWithdrawals, window, [{ prefix: '10.5.112.9/24' }], {
    negated: false,
  }) as Judgement
  expect(text()).toContain('claim     no route of 10.5.112.9/24 is withdrawn')
  expect(text()).toContain('the prefix is 10.5.112.0/24')
})

test('`since` is refused where nothing is waited for: it would be ignored', () => {
  const { cluster } = healthy()
  const from = instant(cluster)
  const window = toldWindow(cluster.passes('1s'), from)
  for (const subject of [toldState(cluster), window])
    for (const negated of [false, true]) {
      const options = [{ since: window }]
      const { met, text } = judge(CLAIMS.toReceiveEndOfRib, subject, options, { negated }) as Judgement
      expect(met).toBe(false)
      expect(text()).toContain('`since` is for a running router, and this is a ')
    }
})
