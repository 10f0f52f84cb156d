import { afterEach, expect, test } from 'vitest'
import { startApiServer, type ApiServer, type ApiServerOptions } from '../../src/demo/api-server.ts'
import { INCIDENT } from '../../src/demo/incident.ts'
import { node } from '../support/cluster-objects.ts'

const open: ApiServer[] = []
afterEach(async () => {
  for (const server of open.splice(0)) await server.close()
})

async function serving(options: ApiServerOptions = {}): Promise<ApiServer> {
  const server = await startApiServer(options)
  open.push(server)
  return server
}

async function ask(
  server: ApiServer,
  path: string,
  method = 'GET',
  body?: unknown,
): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(server.url + path, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

test('creates, reads, replaces, patches and deletes', async () => {
  const server = await serving()
  expect((await ask(server, '/api/v1/nodes', 'POST', node('a'))).status).toBe(201)
  expect((await ask(server, '/api/v1/nodes', 'POST', node('a'))).status).toBe(409)
  expect((await ask(server, '/api/v1/nodes/a', 'PUT', node('a', ['10.1.1.0/24']))).body).toMatchObject({
    spec: { podCIDRs: ['10.1.1.0/24'] },
  })
  const patch = { metadata: { labels: { bgp: 'on' } }, spec: { podCIDRs: null } }
  expect((await ask(server, '/api/v1/nodes/a', 'PATCH', patch)).body).toMatchObject({
    metadata: { labels: { bgp: 'on' } },
    spec: {},
  })
  expect(server.get('Node', 'a')!['spec']).toEqual({})
  expect((await ask(server, '/api/v1/nodes/a', 'DELETE')).status).toBe(200)
  expect((await ask(server, '/api/v1/nodes/a')).status).toBe(404)
})

test('refuses a replacement of another version than the stored one', async () => {
  const server = await serving({ objects: [node('a')] })
  const stale = { ...node('a'), metadata: { name: 'a', resourceVersion: '0' } }
  expect((await ask(server, '/api/v1/nodes/a', 'PUT', stale)).status).toBe(409)
})

test('lists by field selector and namespace', async () => {
  const server = await serving({ objects: INCIDENT.objects })
  const names = async (path: string) =>
    ((await ask(server, path)).body['items'] as { metadata: { name: string } }[]).map(
      ({ metadata }) => metadata.name,
    )
  expect(await names('/apis/cilium.io/v2/ciliumnodes?fieldSelector=metadata.name%3Dnode01')).toEqual([
    'node01',
  ])
  expect(await names('/api/v1/namespaces/kube-system/configmaps')).toEqual(['cilium-config'])
  expect(await names('/api/v1/namespaces/default/configmaps')).toEqual([])
})

test('tells clients what it serves', async () => {
  const server = await serving({ absent: ['ciliumnodes'] })
  expect((await ask(server, '/apis')).body).toMatchObject({ kind: 'APIGroupList' })
  const resources = (await ask(server, '/apis/cilium.io/v2')).body['resources'] as { name: string }[]
  expect(resources.map(({ name }) => name)).toContain('ciliumbgpnodeconfigs')
  expect(resources.map(({ name }) => name)).not.toContain('ciliumnodes')
  expect((await ask(server, '/apis/cilium.io/v2/ciliumnodes')).status).toBe(404)
})

test('a watch from an old version gets what happened since; from a forgotten one it is told 410', async () => {
  const server = await serving({ objects: [node('a'), node('b')] })
  const first = async (version: number): Promise<unknown> => {
    const stop = new AbortController()
    const response = await fetch(`${server.url}/api/v1/nodes?watch=1&resourceVersion=${version}`, {
      signal: stop.signal,
    })
    const { value } = await response.body!.getReader().read()
    stop.abort()
    return JSON.parse(new TextDecoder().decode(value).split('\n')[0]!)
  }
  expect(await first(1)).toMatchObject({
    type: 'ADDED',
    object: { metadata: { name: 'b', resourceVersion: '2' } },
  })
  server.expireWatches()
  expect(await first(1)).toMatchObject({ type: 'ERROR', object: { code: 410 } })
})

test('nonsense is answered, not fatal', async () => {
  const server = await serving()
  expect((await fetch(`${server.url}/api/v1/nodes`, { method: 'POST', body: '{' })).status).toBe(400)
  expect((await ask(server, '/api/v1/nodes', 'POST', {})).status).toBe(422)
  expect((await ask(server, '/nowhere')).status).toBe(404)
})
