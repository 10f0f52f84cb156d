// Taking a node out takes its own routes away, and nobody else's.
import { expect } from 'vitest'
import { exampleTest } from './support/test.ts'

const { test, cluster } = exampleTest()

const STAYING = ['master1', 'master2', 'master3']

test('a node that is removed takes its own routes along, and no others', async ({ router }) => {
  const removal = router.window('removal')
  // yours: kubectl delete node node01
  cluster().removeNode('node01')
  await expect(router).toHaveNoRoutes({ node: 'node01' })
  await expect(router).not.toAdvertise('10.5.112.0/24')
  removal.close()

  expect(removal).toHaveNoWithdrawals({ node: STAYING })
  expect(removal).toHaveNoSessionFlaps({ node: STAYING })
  expect(removal).toConvergeWithin('30s')
  expect(removal.withdrawals().map(({ node, prefix }) => `${node} ${prefix}`)).toEqual([
    'node01 10.5.112.0/24',
  ])
  // What is left matches what is left of the cluster.
  await expect(router).toMatchCluster()
})
