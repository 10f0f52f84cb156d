// `test` with a router in front of the example cluster. Yours is shorter:
//
//   import { fromCluster, until } from 'routewitness'
//   import { routerTest } from 'routewitness/vitest'
//
//   export const test = routerTest(
//     { asn: 64524, peers: [{ from: '198.18.0.0/15', asn: 64513 }], expected: fromCluster({ context: 'kind-lab' }) },
//     { ready: (router) => router.wait(until.converged(), { timeout: '90s' }) },
//   )
import { afterAll } from 'vitest'
import { fromCluster, until } from '../../src/index.ts'
import { routerTest, type FileRouterTest } from '../../src/testing/vitest.ts'
import { startCluster, type ExampleCluster, type ExampleClusterOptions } from './cluster.ts'

/** One cluster and one router for the tests of a file; `cluster()` is there once a test uses the router. */
export function exampleTest(options: ExampleClusterOptions = {}): {
  test: FileRouterTest
  cluster: () => ExampleCluster
} {
  let cluster: ExampleCluster | undefined
  const test = routerTest(
    async () => {
      cluster = await startCluster(options)
      return {
        asn: 64524,
        listen: '127.0.0.1:0',
        peers: [{ from: '127.0.0.0/8', asn: 64513 }],
        settle: '500ms',
        expected: fromCluster({ kubeconfigText: cluster.kubeconfig }),
      }
    },
    {
      ready: async (router) => {
        await cluster!.peerWith(router.listeners[0]!)
        await router.wait(until.converged(), { timeout: '30s' })
      },
    },
  )
  afterAll(() => cluster?.[Symbol.asyncDispose]())
  return { test, cluster: () => cluster! }
}
