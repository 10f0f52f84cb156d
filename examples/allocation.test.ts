// Every node announces exactly what the cluster allocated to it, from its own address. Run it against every build.
import { expect } from 'vitest'
import { exampleTest } from './support/test.ts'

const { test } = exampleTest()

test('every node announces exactly its own prefixes', async ({ router }) => {
  await expect(router).toMatchCluster()
})

test('every route points to the node that announces it', async ({ router }) => {
  await expect(router).toHaveNextHop('self')
})

test('a pod CIDR belongs to one node, and that node announces it', async ({ router }) => {
  await expect(router).toHaveOwner('10.5.112.0/24', 'node01')
  await expect(router).toAdvertise('10.5.112.0/24', { node: 'node01' })
})

test('nothing that the cluster does not own leaves it', async ({ router }) => {
  await expect(router).not.toAdvertise('0.0.0.0/0')
  await expect(router).not.toHaveFindings(['extra', 'leftover', 'wrong-length'])
})

test('no two nodes share a router-id', async ({ router }) => {
  await expect(router).not.toHaveDuplicateRouterIds()
})
