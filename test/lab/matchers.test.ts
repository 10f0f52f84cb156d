// The examples' claims about Cilium 1.20's own control plane: a rollout of the agents with graceful restart, and a node that is
// deleted.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from '../../src/index.ts'
import '../../src/testing/vitest.ts'
import { allocations, labWithRouter, type LabWithRouter } from '../support/lab.ts'

/** Long enough for an agent to start on a busy machine. */
const RESTART_TIME = 60

let world: LabWithRouter

beforeAll(async () => {
  world = await labWithRouter({ name: 'test-matchers', cilium: '1.20.2', gracefulRestart: RESTART_TIME })
})

afterAll(() => world?.[Symbol.asyncDispose]())

test('every node announces exactly its own prefixes', async () => {
  const { lab, router } = world
  await expect(router).toConvergeWithin('90s')
  await expect(router).toMatchCluster()
  await expect(router).toReceiveEndOfRib({ family: 'ipv4-unicast' })
  await expect(router).not.toHaveDuplicateRouterIds()
  for (const [node, prefixes] of Object.entries(await allocations(lab)))
    for (const prefix of prefixes) {
      await expect(router).toHaveOwner(prefix, node)
      await expect(router).toAdvertise(prefix, { node })
    }
})

test('a rollout with graceful restart withdraws nothing', async () => {
  const { lab, router } = world
  const nodes = Object.keys(await allocations(lab))
  const rollout = router.window('rollout')
  for (const node of nodes) {
    const step = router.mark(`restart of ${node}`)
    await lab.stopAgent(node, 'SIGTERM')
    await expect(router).not.toBeEstablished({ node })
    await lab.startAgent(node)
    await router.wait(until.converged({ since: step }), { timeout: '90s' })
  }
  await expect(router).toMatchCluster({ timeout: '60s' })
  rollout.close()

  expect(rollout).toHaveNoWithdrawals()
  expect(rollout).toHaveNoGap()
  expect(rollout).toHaveRestartedGracefully({ within: `${RESTART_TIME}s` })
  expect(rollout).not.toHaveNoSessionFlaps()
  expect(rollout.flaps().map(({ node }) => node)).toEqual(nodes)
})

test('an agent that is not back in time loses its routes, and the claims say so', async () => {
  const { lab, router } = world
  const [prefix] = (await allocations(lab))['node01']!
  const outage = router.window('outage')
  await lab.stopAgent('node01', 'SIGKILL')
  await expect(router).toHaveNoRoutes({ node: 'node01', timeout: '90s' })
  outage.close()
  expect(outage).not.toHaveRestartedGracefully({ node: 'node01' })
  expect(outage).not.toHaveNoWithdrawals({ node: 'node01', cause: 'restart-timer' })
  expect(() => expect(outage).toHaveNoGap({ prefix: prefix! })).toThrow(
    'the restart timer ended before the peer was back',
  )
  await lab.startAgent('node01')
  await expect(router).toMatchCluster({ timeout: '90s' })
})
