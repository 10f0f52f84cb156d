// A peer without graceful restart: its routes go with its session, and how long they are gone is what a restart costs.
import { expect } from 'vitest'
import { until } from '../src/index.ts' // yours: from 'routewitness'
import { exampleTest } from './support/test.ts'

const { test, cluster } = exampleTest()

test('without graceful restart the routes of a node are gone while its agent restarts, and only its own', async ({
  router,
}) => {
  const restart = router.window('restart')
  // yours: kubectl -n kube-system delete pod -l k8s-app=cilium --field-selector spec.nodeName=node01
  cluster().stopNode('node01')
  await expect(router).not.toBeEstablished({ node: 'node01' })
  await cluster().startNode('node01')
  await router.wait(until.converged({ since: restart }), { timeout: '60s' })
  restart.close()

  expect(restart).not.toHaveRestartedGracefully({ node: 'node01' })
  expect(restart).not.toHaveNoWithdrawals({ node: 'node01', cause: 'session-closed' })
  expect(restart).toHaveNoGap({ longerThan: '30s' })
  expect(restart).toHaveNoWithdrawals({ node: ['master1', 'master2', 'master3'] })
  await expect(router).toMatchCluster()
})
