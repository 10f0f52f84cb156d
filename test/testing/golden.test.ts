// What every matcher says when it fails, and when its negation does. Each text was read; a change is to be read again.
import { describe, expect, test } from 'vitest'
import { CLAIMS } from '../../src/testing/claims/table.ts'
import { judge, type Judgement } from '../../src/testing/judge.ts'
import { healthy, rollout, RESTART } from '../support/rollouts.ts'
import { notification } from '../support/speaker-messages.ts'
import { instant, toldState, toldWindow } from '../support/told.ts'

interface Case {
  /** Names the file of the golden text. */
  readonly name: string
  readonly claim: keyof typeof CLAIMS
  readonly value: () => unknown
  readonly args?: readonly unknown[]
  readonly not?: boolean
}

const wrongOwner = (): unknown => {
  const { cluster, joins } = rollout()
  joins('master3')
  joins('node01', { announces: ['10.5.115.0/24'] })
  return toldState(cluster.passes('5s'))
}

const well = (): unknown => toldState(healthy().cluster)

const oneDown = (): unknown => {
  const { cluster, nodes } = healthy()
  nodes.node01.closes()
  return toldState(cluster.passes('3s'))
}

/** node01 loses its session and is back after 4 s. */
const flap =
  (fields: Parameters<typeof healthy>[0] = {}) =>
  (): unknown => {
    const { cluster, nodes } = healthy(fields)
    if (fields.gracefulRestart !== undefined) for (const node of Object.values(nodes)) node.endsRib()
    const from = instant(cluster.passes('1s'))
    nodes.node01.closes()
    cluster.passes('4s')
    nodes.node01.comes().announces('10.5.112.0/24').endsRib()
    return toldWindow(cluster.passes('1s'), from)
  }

const quiet = (): unknown => {
  const { cluster } = healthy()
  const from = instant(cluster)
  return toldWindow(cluster.passes('30s'), from)
}

const CASES: readonly Case[] = [
  { name: 'toBeEstablished', claim: 'toBeEstablished', value: oneDown },
  { name: 'toBeEstablished.not', claim: 'toBeEstablished', value: well, not: true },
  { name: 'toMatchCluster', claim: 'toMatchCluster', value: wrongOwner },
  { name: 'toMatchCluster.not', claim: 'toMatchCluster', value: well, not: true },
  {
    name: 'toAdvertise',
    claim: 'toAdvertise',
    value: wrongOwner,
    args: ['10.5.115.0/24', { node: 'master2' }],
  },
  {
    name: 'toAdvertise.not',
    claim: 'toAdvertise',
    value: well,
    args: ['10.5.115.0/24'],
    not: true,
  },
  { name: 'toHaveOwner', claim: 'toHaveOwner', value: wrongOwner, args: ['10.5.115.0/24', 'node01'] },
  {
    name: 'toHaveOwner.not',
    claim: 'toHaveOwner',
    value: well,
    args: ['10.5.115.0/24', 'master2'],
    not: true,
  },
  { name: 'toHaveNoRoutes', claim: 'toHaveNoRoutes', value: well, args: [{ node: 'node01' }] },
  {
    name: 'toHaveNoRoutes.not',
    claim: 'toHaveNoRoutes',
    value: oneDown,
    args: [{ node: 'node01' }],
    not: true,
  },
  {
    name: 'toHaveNextHop',
    claim: 'toHaveNextHop',
    value: () => {
      const { cluster, nodes } = healthy()
      nodes.node01.announces('10.5.112.0/24')
      return toldState(cluster)
    },
    args: ['self'],
  },
  { name: 'toHaveNextHop.not', claim: 'toHaveNextHop', value: well, args: ['self'], not: true },
  { name: 'toHaveNoWithdrawals', claim: 'toHaveNoWithdrawals', value: flap() },
  { name: 'toHaveNoWithdrawals.not', claim: 'toHaveNoWithdrawals', value: quiet, not: true },
  { name: 'toHaveNoGap', claim: 'toHaveNoGap', value: flap(), args: [{ longerThan: '2s' }] },
  { name: 'toHaveNoGap.not', claim: 'toHaveNoGap', value: quiet, not: true },
  { name: 'toHaveNoSessionFlaps', claim: 'toHaveNoSessionFlaps', value: flap(RESTART) },
  { name: 'toHaveNoSessionFlaps.not', claim: 'toHaveNoSessionFlaps', value: quiet, not: true },
  { name: 'toHaveRestartedGracefully', claim: 'toHaveRestartedGracefully', value: flap() },
  {
    name: 'toHaveRestartedGracefully.not',
    claim: 'toHaveRestartedGracefully',
    value: flap(RESTART),
    args: [{ within: '120s' }],
    not: true,
  },
  {
    name: 'toReceiveNotification',
    claim: 'toReceiveNotification',
    value: flap(),
    args: [{ node: 'node01', code: 6, subcode: 9 }],
  },
  {
    name: 'toReceiveNotification.not',
    claim: 'toReceiveNotification',
    value: () => {
      const { cluster, nodes } = healthy()
      const from = instant(cluster)
      cluster.message(nodes.node01.session, notification([6, 3]))
      return toldWindow(cluster.passes('1s'), from)
    },
    not: true,
  },
  { name: 'toReceiveEndOfRib', claim: 'toReceiveEndOfRib', value: well },
  {
    name: 'toReceiveEndOfRib.not',
    claim: 'toReceiveEndOfRib',
    value: flap(RESTART),
    args: [{ node: 'node01', family: 'ipv4-unicast' }],
    not: true,
  },
  { name: 'toConvergeWithin', claim: 'toConvergeWithin', value: flap(), args: ['3s'] },
  { name: 'toConvergeWithin.not', claim: 'toConvergeWithin', value: flap(), args: ['30s'], not: true },
  { name: 'toHaveDuplicateRouterIds', claim: 'toHaveDuplicateRouterIds', value: well },
  {
    name: 'toHaveDuplicateRouterIds.not',
    claim: 'toHaveDuplicateRouterIds',
    value: () => {
      const { cluster, nodes } = healthy()
      nodes.node01.closes()
      cluster.passes('1s').speaker({ identifier: '10.4.94.21', from: '10.4.94.23' })
      return toldState(cluster.passes('1s'))
    },
    not: true,
  },
  {
    name: 'toHaveFindings',
    claim: 'toHaveFindings',
    value: well,
    args: [[{ code: 'wrong-owner', node: 'node01', prefix: '10.5.115.0/24' }]],
  },
  { name: 'toHaveFindings.not', claim: 'toHaveFindings', value: wrongOwner, not: true },
]

test('every matcher has a golden text for its claim and for its negation', () => {
  const names = new Set(CASES.map(({ claim, not }) => `${claim}${not === true ? '.not' : ''}`))
  expect([...names].sort()).toEqual(
    Object.keys(CLAIMS)
      .flatMap((name) => [name, `${name}.not`])
      .sort(),
  )
})

describe('what a failure says', () => {
  test.each(CASES)('$name', async ({ name, claim, value, args = [], not: negated = false }) => {
    const judgement = judge(CLAIMS[claim], value(), args, { negated }) as Judgement
    expect(judgement.met, judgement.text()).toBe(false)
    await expect(`${judgement.text()}\n`).toMatchFileSnapshot(`golden/${name}.txt`)
  })

  test.each(CASES)('$name: the contrary holds', ({ claim, value, args = [], not: negated = false }) => {
    const judgement = judge(CLAIMS[claim], value(), args, { negated: !negated }) as Judgement
    // Of what holds for some, neither holds.
    expect(judgement.met).toBe(judgement.says !== 'partly')
  })
})
