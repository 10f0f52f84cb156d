// EndpointSlices that are passed on: of Services with a traffic policy Local, and of no others.
import { describe, expect, test } from 'vitest'
import { fromCluster, fromObjects } from '../../src/kube/source.ts'
import { withLocalEndpoints } from '../../src/kube/local-endpoints.ts'
import { startApiServer } from '../../src/demo/api-server.ts'
import { RecordingSink } from '../support/recording-sink.ts'
import { service, slice } from '../support/services.ts'

const cluster = { externalTrafficPolicy: 'Cluster' }

function taken(...objects: Parameters<ReturnType<typeof withLocalEndpoints>['object']>[]): string[] {
  const recording = new RecordingSink()
  const sink = withLocalEndpoints(recording)
  for (const [action, object] of objects) sink.object(action, object)
  return recording.lines
}

describe('EndpointSlices are passed on', () => {
  test('of a Service with policy Local, whichever comes first', () => {
    const lines = ['set Service/web', 'set EndpointSlice/web-ipv4']
    expect(taken(['set', service('web')], ['set', slice('web', ['a'])])).toEqual(lines)
    expect(taken(['set', slice('web', ['a'])], ['set', service('web')])).toEqual(lines)
  })

  test('of a Service whose internal policy is Local', () => {
    const spec = { ...cluster, internalTrafficPolicy: 'Local' }
    expect(taken(['set', service('web', { spec })], ['set', slice('web', ['a'])])).toHaveLength(2)
  })

  test('neither of a Service with policy Cluster, nor of one of that name elsewhere, nor of none', () => {
    const other = slice('web', ['a'], { namespace: 'other' })
    const { labels: _labels, ...metadata } = slice('web', []).metadata
    const ownerless = { ...slice('web', ['a']), metadata }
    expect(
      taken(
        ['set', service('web', { spec: cluster })],
        ['set', slice('web', ['a'])],
        ['deleted', slice('web', ['a'])],
        ['set', service('web', { namespace: 'more' })],
        ['set', other],
        ['set', ownerless],
        ['deleted', ownerless],
      ),
    ).toEqual(['set Service/web', 'set Service/web'])
  })

  test('from when the policy becomes Local, and are deleted when it is that no more', () => {
    expect(
      taken(
        ['set', service('web', { spec: cluster })],
        ['set', slice('web', ['a'])],
        ['set', service('web')],
        ['set', service('web', { labels: { some: 'label' } })],
        ['set', service('web', { spec: cluster })],
        ['set', slice('web', ['b'])],
        ['set', service('web')],
        ['deleted', service('web')],
        ['deleted', slice('web', ['b'])],
      ),
    ).toEqual([
      'set Service/web',
      'set Service/web',
      'set EndpointSlice/web-ipv4',
      'set Service/web',
      'set Service/web',
      'deleted EndpointSlice/web-ipv4',
      'set Service/web',
      'set EndpointSlice/web-ipv4',
      'deleted Service/web',
      'deleted EndpointSlice/web-ipv4',
    ])
  })

  test('when a slice changes its Service it goes from the one and comes to the other', () => {
    const moved = slice('api', ['a'], { name: 'web-ipv4' })
    expect(
      taken(
        ['set', service('web')],
        ['set', service('api', { spec: cluster })],
        ['set', slice('web', ['a'])],
        ['set', moved],
      ),
    ).toEqual([
      'set Service/web',
      'set Service/api',
      'set EndpointSlice/web-ipv4',
      'deleted EndpointSlice/web-ipv4',
    ])
  })
})

const OBJECTS = [
  slice('web', ['a']),
  slice('api', ['a'], { namespace: 'shop' }),
  service('web'),
  service('api', { namespace: 'shop', spec: cluster }),
]

test('a cluster is asked in all namespaces, and files give the same', async () => {
  await using server = await startApiServer({ objects: OBJECTS })
  const watched = new RecordingSink()
  const source = fromCluster({ kubeconfigText: server.kubeconfig() })
  await source.start(watched)
  await source.stop()
  const read = new RecordingSink()
  await fromObjects(OBJECTS).start(read)
  for (const { objects, states } of [watched, read]) {
    expect([...objects.keys()].sort()).toEqual(['EndpointSlice/web-ipv4', 'Service/api', 'Service/web'])
    expect(states.get('services')).toBe('synced')
    expect(states.get('endpointslices.discovery.k8s.io')).toBe('synced')
  }
})

test('without the right to read them everything else is read all the same', async () => {
  await using server = await startApiServer({
    objects: OBJECTS,
    forbidden: ['services', 'endpointslices'],
  })
  const sink = new RecordingSink()
  const source = fromCluster({ kubeconfigText: server.kubeconfig() })
  await source.start(sink)
  await source.stop()
  expect(sink.states.get('nodes')).toBe('synced')
  expect(sink.states.get('services')).toBe('forbidden')
  expect(sink.states.get('endpointslices.discovery.k8s.io')).toBe('forbidden')
  expect(sink.objects.size).toBe(0)
})
