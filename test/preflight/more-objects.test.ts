// What preflight reads beside the watched objects: of a Secret its name alone, and what may not be read is said.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { objectsOf } from '../../src/lab/preflight/contract.ts'
import { readMore } from '../../src/lab/preflight/more-objects.ts'
import { peerConfig } from '../support/cluster-objects.ts'

let directory: string
beforeEach(() => void (directory = mkdtempSync(join(tmpdir(), 'routewitness-more-'))))
afterEach(() => rmSync(directory, { recursive: true }))

const asking = (secret: string) => {
  const peer = peerConfig(`peer-${secret}`)
  return { ...peer, spec: { ...(peer['spec'] as object), authSecretRef: secret } }
}

interface Answer {
  readonly status?: number
  readonly body: object
}

/** An API server that answers these paths, and the kubeconfig of one who may ask it. */
async function server(answer: (url: string, request: IncomingMessage) => Answer): Promise<{
  kubeconfig: string
  [Symbol.asyncDispose](): Promise<void>
}> {
  const http = createServer((request, response) => {
    const { status = 200, body } = answer(request.url ?? '', request)
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const kubeconfig = join(directory, 'kubeconfig')
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'test',
    clusters: [
      { name: 'test', cluster: { server: `http://127.0.0.1:${(http.address() as AddressInfo).port}` } },
    ],
    users: [{ name: 'test', user: {} }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
  }
  writeFileSync(kubeconfig, JSON.stringify(config))
  return {
    kubeconfig,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        http.close(() => resolve())
        http.closeAllConnections()
      }),
  }
}

const forbidden: Answer = { status: 403, body: { kind: 'Status', message: 'no, you may not' } }
const unknown: Answer = { status: 404, body: { kind: 'Status', message: 'not found' } }

test('Services come page by page, an older version is taken, and a Secret is asked for without its content', async () => {
  const asked: string[] = []
  const answer = (url: string, { headers }: IncomingMessage): Answer => {
    const [path, query = ''] = url.split('?')
    asked.push(`${path} ${headers.accept}`)
    const item = (name: string) => ({ metadata: { name, namespace: 'default' } })
    if (path === '/api/v1/services')
      return query.includes('continue=more')
        ? { body: { items: [item('b')], metadata: {} } }
        : { body: { items: [item('a')], metadata: { continue: 'more' } } }
    if (path === '/apis/cilium.io/v2alpha1/ciliumloadbalancerippools')
      return { body: { items: [item('pool')] } }
    if (path?.endsWith('/secrets/there'))
      return { body: { metadata: { name: 'there' }, data: { password: 'x' } } }
    if (path?.endsWith('/daemonsets/cilium'))
      return { body: { spec: { template: { spec: { initContainers: [{ name: 'config' }] } } } } }
    return unknown
  }
  const api = await server(answer)
  try {
    const watched = objectsOf([asking('there'), asking('missing')])
    const { objects, unread, initContainers } = await readMore({ kubeconfig: api.kubeconfig }, watched)
    expect(objects.map(({ apiVersion, kind, metadata }) => `${apiVersion} ${kind} ${metadata.name}`)).toEqual(
      ['v1 Service a', 'v1 Service b', 'cilium.io/v2alpha1 CiliumLoadBalancerIPPool pool', 'v1 Secret there'],
    )
    expect(JSON.stringify(objects)).not.toContain('password')
    expect([...unread]).toEqual([['CiliumPodIPPool', 'the API server does not know the kind']])
    expect(initContainers).toEqual(['config'])
    const secrets = asked.filter((line) => line.includes('/secrets/'))
    expect(secrets).toEqual([
      '/api/v1/namespaces/kube-system/secrets/there application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1',
      '/api/v1/namespaces/kube-system/secrets/missing application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1',
    ])
  } finally {
    await api[Symbol.asyncDispose]()
  }
})

test('without any right every kind is told by itself', async () => {
  const api = await server(() => forbidden)
  try {
    const { objects, unread, initContainers } = await readMore(
      { kubeconfig: api.kubeconfig },
      objectsOf([asking('auth')]),
    )
    expect([objects, initContainers]).toEqual([[], undefined])
    expect([...unread]).toEqual([
      ['Service', 'no, you may not'],
      ['CiliumLoadBalancerIPPool', 'no, you may not'],
      ['CiliumPodIPPool', 'no, you may not'],
      ['Secret kube-system/auth', 'no, you may not'],
    ])
  } finally {
    await api[Symbol.asyncDispose]()
  }
})

test('out of files, a Secret loses its content; a kind of which there is none cannot be judged', async () => {
  const list = {
    apiVersion: 'v1',
    kind: 'List',
    items: [
      {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'auth', namespace: 'kube-system' },
        data: { password: 'x' },
      },
      { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', namespace: 'default' }, spec: {} },
      {
        apiVersion: 'apps/v1',
        kind: 'DaemonSet',
        metadata: { name: 'cilium' },
        spec: { template: { spec: { initContainers: [{ name: 'apply-sysctl-overwrites' }] } } },
      },
      { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'other' } },
      null,
    ],
  }
  writeFileSync(join(directory, 'all.json'), JSON.stringify(list))
  const { objects, unread, initContainers } = await readMore(
    { objects: directory },
    objectsOf([asking('auth')]),
  )
  expect(objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([
    'Secret auth',
    'Service web',
  ])
  expect(JSON.stringify(objects)).not.toContain('password')
  expect([...unread.keys()]).toEqual(['CiliumLoadBalancerIPPool', 'CiliumPodIPPool'])
  expect(initContainers).toEqual(['apply-sysctl-overwrites'])
})
