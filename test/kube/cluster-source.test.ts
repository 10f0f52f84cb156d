// Watching a cluster through the embedded API server, which drops, expires, forbids and forgets on demand.
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { INCIDENT } from '../../src/demo/incident.ts'
import { startApiServer, type ApiServer, type ApiServerOptions } from '../../src/demo/api-server.ts'
import { fromCluster, type ClusterOptions, type ObjectSource } from '../../src/kube/source.ts'
import { startRouter, until, type RouterHandle } from '../../src/index.ts'
import { ciliumNode, node, nodeConfig } from '../support/cluster-objects.ts'
import { RecordingSink } from '../support/recording-sink.ts'

const open: { close(): Promise<unknown> }[] = []
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close()
})

const QUICK = { pause: 5, longestPause: 20, again: 20 }

async function serving(options: ApiServerOptions = {}): Promise<ApiServer> {
  const server = await startApiServer(options)
  open.push(server)
  return server
}

async function watching(
  server: ApiServer,
  options: ClusterOptions = {},
): Promise<{ sink: RecordingSink; source: ObjectSource }> {
  const sink = new RecordingSink()
  const source = fromCluster({ kubeconfigText: server.kubeconfig(), timing: QUICK, ...options })
  open.push({ close: () => source.stop() })
  await source.start(sink)
  return { sink, source }
}

test('start gives every object and resolves when all resources were seen', async () => {
  const { sink } = await watching(await serving({ objects: INCIDENT.objects }))
  expect([...sink.objects.keys()].sort()).toEqual([
    'CiliumNode/master1',
    'CiliumNode/master2',
    'CiliumNode/master3',
    'CiliumNode/node01',
    'ConfigMap/cilium-config',
    'DaemonSet/cilium',
    'Node/master1',
    'Node/master2',
    'Node/master3',
    'Node/node01',
  ])
  expect(new Set(sink.states.values())).toEqual(new Set(['synced']))
  expect(sink.objects.get('Node/master1')).toMatchObject({
    apiVersion: 'v1',
    kind: 'Node',
    spec: { podCIDRs: ['10.5.112.0/24'] },
  })
})

test('changes and deletions come as they happen', async () => {
  const server = await serving({ objects: [ciliumNode('a', ['10.1.1.0/24'])] })
  const { sink } = await watching(server)
  server.put(ciliumNode('a', ['10.1.2.0/24']))
  await sink.until(() => JSON.stringify(sink.objects.get('CiliumNode/a')).includes('10.1.2.0/24'))
  server.delete('CiliumNode', 'a')
  await sink.said('deleted CiliumNode/a')
})

test('a source that is stopped while it still loads its client never begins', async () => {
  const server = await serving({ objects: [ciliumNode('a', ['10.1.1.0/24'])] })
  const sink = new RecordingSink()
  const source = fromCluster({ kubeconfigText: server.kubeconfig(), timing: QUICK })
  const starting = source.start(sink)
  await source.stop(sink)
  await starting
  expect([sink.objects.size, sink.states.size]).toEqual([0, 0])
})

test('one source serves two routers, and goes on with one when the other has stopped', async () => {
  const server = await serving({ objects: [ciliumNode('a', ['10.1.1.0/24'])] })
  const expected = fromCluster({ kubeconfigText: server.kubeconfig(), timing: QUICK })
  const start = (): Promise<RouterHandle> => startRouter({ asn: 65000, listen: '127.0.0.1:0', expected })
  const first = await start()
  await using second = await start()
  expect([first, second].map((router) => router.nodes().map(({ podCidrs }) => podCidrs))).toEqual([
    [['10.1.1.0/24']],
    [['10.1.1.0/24']],
  ])
  await first.stop()
  const since = second.at
  server.put(ciliumNode('a', ['10.1.2.0/24']))
  await second.wait(until.event('object', ({ event }) => event.type === 'object', { since }))
  expect(second.nodes()).toMatchObject([{ podCidrs: ['10.1.2.0/24'] }])
  expect(expected.description).toContain('context "demo"')
})

test('a source that is stopped ends every watch that it began', async () => {
  const server = await serving({ objects: [node('a')] })
  const { sink, source } = await watching(server)
  const other = new RecordingSink()
  await source.start(other)
  await source.stop()
  const { sink: later } = await watching(server)
  server.put(node('b'))
  await later.said('set Node/b')
  expect([sink, other].map(({ lines }) => lines.includes('set Node/b'))).toEqual([false, false])
})

test('an object whose kept content did not change is not told again', async () => {
  const server = await serving({ objects: [node('a')] })
  const { sink } = await watching(server)
  server.put({
    ...node('a'),
    metadata: { name: 'a', managedFields: [{}] },
    status: { addresses: [], conditions: [{ type: 'Ready' }] },
  })
  server.put(node('b'))
  await sink.said('set Node/b')
  expect(sink.lines.filter((line) => line === 'set Node/a')).toHaveLength(1)
})

describe('survives', () => {
  test('watches that are cut without a word, and misses nothing meanwhile', async () => {
    const server = await serving({ objects: [node('a')] })
    const { sink } = await watching(server)
    for (const name of ['b', 'c', 'd']) {
      server.dropWatches()
      server.put(node(name))
      await sink.said(`set Node/${name}`)
    }
    expect(sink.lines.filter((line) => line.includes('stale'))).toEqual([])
  })

  test('watches that end in good order, without listing anew', async () => {
    const server = await serving({ objects: [node('a')] })
    const { sink } = await watching(server)
    server.endWatches()
    server.put(node('b'))
    await sink.said('set Node/b')
    expect(sink.lines.filter((line) => line === 'set Node/a' || line === 'nodes synced')).toHaveLength(2)
  })

  test('a watch that lasted is opened again at once, by the clock that was given', async () => {
    let now = 0
    const server = await serving({ objects: [node('a')] })
    const { sink } = await watching(server, {
      timing: { ...QUICK, pause: 600_000 },
      clock: { now: () => (now += 3_600e6) },
    })
    server.endWatches()
    server.put(node('b'))
    await sink.said('set Node/b')
  })

  test('410 Gone: lists anew, and what vanished meanwhile is told as deleted', async () => {
    const server = await serving({ objects: [node('a'), node('b')] })
    const { sink } = await watching(server)
    server.expireWatches()
    server.delete('Node', 'a')
    server.put(node('c'))
    server.expireWatches()
    await sink.said('deleted Node/a')
    await sink.said('set Node/c')
    expect(sink.lines.filter((line) => line === 'set Node/b')).toHaveLength(1)
  })

  test('a server that goes away and comes back: stale, then synced, with the objects kept', async () => {
    const first = await startApiServer({ objects: [node('a')] })
    const port = Number(new URL(first.url).port)
    const { sink } = await watching(first)
    const before = sink.lines.length
    await first.close()
    await sink.said('nodes stale', before)
    expect(sink.objects.has('Node/a')).toBe(true)
    const second = await serving({ objects: [node('z')], port })
    second.expireWatches()
    await sink.said('deleted Node/a', before)
    await sink.said('set Node/z', before)
    await sink.said('nodes synced', before)
  })
})

describe('does without', () => {
  test('a resource that is forbidden: named, and the rest is watched', async () => {
    const { sink } = await watching(
      await serving({ objects: [node('a')], forbidden: ['ciliumbgpnodeconfigs'] }),
    )
    expect(sink.states.get('ciliumbgpnodeconfigs.cilium.io')).toBe('forbidden')
    expect(sink.messages.get('ciliumbgpnodeconfigs.cilium.io')).toContain('is forbidden')
    expect(sink.states.get('nodes')).toBe('synced')
  })

  test('a resource that is absent, until its CRD appears', async () => {
    const server = await serving({ objects: [nodeConfig('a')], absent: ['ciliumbgpnodeconfigs'] })
    const { sink } = await watching(server)
    expect(sink.states.get('ciliumbgpnodeconfigs.cilium.io')).toBe('absent')
    server.deny({})
    await sink.said('set CiliumBGPNodeConfig/a')
    expect(sink.states.get('nodes')).toBe('synced')
  })

  test('what the API stops serving is gone', async () => {
    const server = await serving({ objects: [nodeConfig('a')] })
    const { sink } = await watching(server)
    server.deny({ absent: ['ciliumbgpnodeconfigs'] })
    await sink.said('ciliumbgpnodeconfigs.cilium.io absent')
    expect(sink.objects.has('CiliumBGPNodeConfig/a')).toBe(false)
  })

  test('v2 of the BGP kinds, where only v2alpha1 is served', async () => {
    const { sink } = await watching(
      await serving({ objects: [nodeConfig('a')], ciliumVersions: ['v2alpha1'] }),
    )
    expect(sink.objects.get('CiliumBGPNodeConfig/a')!.apiVersion).toBe('cilium.io/v2alpha1')
    expect(sink.states.get('ciliumnodes.cilium.io')).toBe('absent')
  })
})

describe('a cluster that cannot be used is refused with what was tried', () => {
  async function failure(options: ClusterOptions): Promise<unknown> {
    const source = fromCluster(options)
    return source.start(new RecordingSink()).then(
      () => undefined,
      (error: unknown) => error,
    )
  }

  test('nobody listens', async () => {
    const server = await startApiServer()
    await server.close()
    expect(await failure({ kubeconfigText: server.kubeconfig() })).toMatchObject({
      code: 'RW_CLUSTER',
      what: expect.stringMatching(
        /^the cluster cannot be reached: context "demo", server http:\/\/127\.0\.0\.1:\d+: .*ECONNREFUSED/,
      ),
    })
  })

  test('the context does not exist', async () => {
    const server = await serving()
    expect(await failure({ kubeconfigText: server.kubeconfig(), context: 'kind-lab' })).toMatchObject({
      code: 'RW_CLUSTER',
      what: 'there is no context "kind-lab"; there is "demo"',
    })
  })

  test('the kubeconfig does not exist', async () => {
    expect(await failure({ kubeconfig: '/nowhere/kubeconfig' })).toMatchObject({
      code: 'RW_CLUSTER',
      what: expect.stringContaining('cannot load /nowhere/kubeconfig'),
    })
  })

  test('there is no kubeconfig at all, or no pod', async () => {
    vi.stubEnv('KUBECONFIG', '/nowhere/config')
    vi.stubEnv('KUBERNETES_SERVICE_HOST', undefined)
    onTestFinished(() => void vi.unstubAllEnvs())
    expect(await failure({ context: 'kind-lab' })).toMatchObject({
      code: 'RW_CLUSTER',
      what: 'no kubeconfig found at /nowhere/config',
    })
    expect(await failure({ inCluster: true })).toMatchObject({
      code: 'RW_CLUSTER',
      what: expect.stringMatching(/^not inside a pod: there is no service account at /),
    })
  })
})

test('as many watches as there are kinds are no leak: Node warns of none', async () => {
  const warnings: Error[] = []
  const warned = (warning: Error): void => void warnings.push(warning)
  process.on('warning', warned)
  open.push({ close: async () => void process.off('warning', warned) })
  const server = await serving({ objects: [node('a')] })
  const { sink } = await watching(server)
  for (const name of ['b', 'c', 'd']) {
    server.expireWatches()
    server.put(node(name))
    await sink.said(`set Node/${name}`)
  }
  expect(warnings).toEqual([])
})

test('stop ends every watch', async () => {
  const server = await serving({ objects: [node('a')] })
  const { sink, source } = await watching(server)
  await source.stop()
  const before = sink.lines.length
  server.put(node('b'))
  server.dropWatches()
  expect(sink.lines.length).toBe(before)
})
