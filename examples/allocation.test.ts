// Assertions over what a cluster announces, with plain `expect`. To use them with your own cluster, drop the lines about
// `cluster`, give fromCluster a context, and let the nodes peer with this router (examples/cilium/bgp.yaml).
import { afterAll, beforeAll, expect, test } from 'vitest'
import { fromCluster, startRouter, until, type RouterHandle } from '../src/index.ts' // yours: from 'routewitness'
import { startCluster, type ExampleCluster } from './support/cluster.ts'

let cluster: ExampleCluster
let router: RouterHandle

beforeAll(async () => {
  cluster = await startCluster()
  router = await startRouter({
    asn: 64524,
    listen: '127.0.0.1:0',
    peers: [{ from: '127.0.0.0/8', asn: 64513 }],
    settle: '500ms',
    expected: fromCluster({ kubeconfigText: cluster.kubeconfig }),
  })
  await cluster.peerWith(router.listeners[0]!)
  await router.wait(until.converged(), { timeout: '30s' })
})

afterAll(async () => {
  await router?.stop()
  await cluster?.[Symbol.asyncDispose]()
})

test('every node announces exactly its own prefixes', async () => {
  expect((await router.settled()).findings).toEqual([])
})

test('a node that crashes loses its own routes and nobody else’s', async () => {
  const crash = router.mark('node01 crashes')
  cluster.stopNode('node01')
  await router.wait(
    until.event('a route is gone', ({ news }) => news?.news === 'route-withdrawn', { since: crash }),
  )

  const gone = router.events(crash.seq).filter((row) => row.type === 'withdraw')
  expect(gone.map((row) => row.node)).toEqual(['node01'])

  await cluster.startNode('node01')
  await router.wait(until.routes())
  expect((await router.settled()).findings).toEqual([])
})
