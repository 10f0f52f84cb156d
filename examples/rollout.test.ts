// A rollout of the agents with graceful restart withdraws nothing: no packet had to take another way.
import { expect } from 'vitest'
import { until } from '../src/index.ts' // yours: from 'routewitness'
import { exampleTest } from './support/test.ts'

const { test, cluster } = exampleTest({ restartTime: 120 })

test('a rollout with graceful restart withdraws nothing', async ({ router }) => {
  const rollout = router.window('rollout')
  // yours: kubectl -n kube-system rollout restart ds/cilium, then rollout status ds/cilium
  await cluster().rollout()
  await router.wait(until.converged({ since: rollout }), { timeout: '60s' })
  rollout.close()

  expect(rollout).toHaveNoWithdrawals({ family: 'ipv4-unicast' })
  expect(rollout).toHaveNoGap()
  expect(rollout).toHaveRestartedGracefully({ within: '120s' })
  // The sessions did end: the window saw the rollout.
  expect(rollout).not.toHaveNoSessionFlaps()
  await expect(router).toMatchCluster()
})
