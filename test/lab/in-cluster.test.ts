// lab/in-cluster/routewitness.yaml against a real API server: it takes every object, and the rights in it are enough and no more.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { WATCHED_KINDS, resourceName } from '../../src/core/expected/kinds.ts'
import { resolveSettings } from '../../src/harness/options.ts'
import { fromCluster, startRouter } from '../../src/index.ts'
import { censusManifest } from '../../src/probe/census-pods.ts'
import { startLab, type Lab } from '../../src/lab/native/lab.ts'
import { freePort } from '../support/daemon.ts'

const FILE = new URL('../../lab/in-cluster/routewitness.yaml', import.meta.url).pathname
const MANIFESTS = new URL('../../lab/native/manifests', import.meta.url).pathname
const USER = 'system:serviceaccount:routewitness:routewitness'

interface Manifest {
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace?: string }
  readonly data?: Readonly<Record<string, string>>
  readonly rules?: readonly { readonly resources: readonly string[]; readonly verbs: readonly string[] }[]
  readonly spec?: { readonly template?: { readonly metadata: object; readonly spec: object } }
}

const manifests = parseAllDocuments(readFileSync(FILE, 'utf8')).map((document) => document.toJS() as Manifest)
const named = (kind: string): Manifest => manifests.find((one) => one.kind === kind)!

let lab: Lab

/** A file beside the lab's own, which go with it. */
function file(content: string): string {
  const path = join(lab.directory, 'probe.json')
  writeFileSync(path, content)
  return path
}

/** A kubeconfig of the lab's API server for the service account of the manifest. */
async function kubeconfigOfAccount(): Promise<string> {
  const token = (await lab.kubectl(['-n', 'routewitness', 'create', 'token', 'routewitness'])).trim()
  const kubeconfig = parse(readFileSync(lab.kubeconfig, 'utf8')) as {
    users: { name: string; user: object }[]
  }
  for (const one of kubeconfig.users) one.user = { token }
  return JSON.stringify(kubeconfig)
}

/** Whether the service account may. */
const can = (...question: string[]): Promise<'yes' | 'no'> =>
  lab.kubectl(['auth', 'can-i', ...question, '--as', USER]).then(
    () => 'yes',
    () => 'no',
  )

beforeAll(async () => {
  lab = await startLab({ name: 'test-in-cluster', cilium: '1.20.2', router: { port: await freePort() } })
  await lab.kubectl(['apply', '--validate=strict', '-f', FILE])
})

afterAll(() => lab?.down())

test('the API server takes every object as it is written', async () => {
  for (const { kind, metadata } of manifests) {
    const place = metadata.namespace === undefined ? [] : ['-n', metadata.namespace]
    expect(await lab.kubectl(['get', kind, metadata.name, ...place, '-o', 'name'])).toContain(metadata.name)
  }
  expect(await lab.kubectl(['apply', '--dry-run=server', '--validate=strict', '-f', FILE])).not.toMatch(
    /configured|created/,
  )
})

test('the API server takes the DaemonSet of the census as it is written', async () => {
  const applied = await lab.kubectl([
    ...['apply', '--dry-run=server', '--validate=strict', '-f', file(censusManifest())],
  ])
  expect(applied).toContain('daemonset.apps/routewitness-census created')
})

test('a pod made from the template passes Pod Security, and all of it but the network is restricted', async () => {
  const { metadata, spec } = named('Deployment').spec!.template!
  const pod = (changes: object): string =>
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { ...metadata, name: 'probe', namespace: 'routewitness' },
      spec: { ...spec, ...changes },
    })
  await lab.kubectl(['create', '--dry-run=server', '-f', file(pod({}))])
  await lab.kubectl([
    'label',
    '--overwrite',
    'namespace',
    'routewitness',
    'pod-security.kubernetes.io/enforce=restricted',
  ])
  const onNodesNetwork = file(pod({}))
  await expect(lab.kubectl(['create', '--dry-run=server', '-f', onNodesNetwork])).rejects.toThrow(
    /host namespaces \(hostNetwork=true\)/,
  )
  const { containers } = spec as { containers: readonly object[] }
  const withoutPorts = containers.map((one) => ({
    ...one,
    startupProbe: undefined,
    livenessProbe: undefined,
    readinessProbe: undefined,
  }))
  const apart = file(pod({ hostNetwork: false, dnsPolicy: 'ClusterFirst', containers: withoutPorts }))
  await lab.kubectl(['create', '--dry-run=server', '-f', apart])
  await lab.kubectl([
    'label',
    '--overwrite',
    'namespace',
    'routewitness',
    'pod-security.kubernetes.io/enforce=privileged',
  ])
})

test('with the rights of the service account every object is read, and nothing else may be done', async () => {
  const router = await startRouter({
    asn: 65000,
    listen: '127.0.0.1:0',
    expected: fromCluster({ kubeconfigText: await kubeconfigOfAccount() }),
  })
  try {
    expect(Object.fromEntries(router.router.observer.world.resources)).toEqual(
      Object.fromEntries(WATCHED_KINDS.map((kind) => [resourceName(kind), 'synced'])),
    )
  } finally {
    await router.stop()
  }
  expect(await can('list', 'ciliumnodes.cilium.io')).toBe('yes')
  expect(await can('watch', 'services', '--all-namespaces')).toBe('yes')
  expect(await can('list', 'endpointslices.discovery.k8s.io', '--all-namespaces')).toBe('yes')
  expect(await can('update', 'services', '--all-namespaces')).toBe('no')
  expect(await can('list', 'endpoints', '--all-namespaces')).toBe('no')
  expect(await can('get', 'pods', '--all-namespaces')).toBe('no')
  expect(await can('get', 'secrets', '--all-namespaces')).toBe('no')
  expect(await can('list', 'configmaps', '-n', 'kube-system')).toBe('no')
  expect(await can('patch', 'ciliumbgpclusterconfigs.cilium.io')).toBe('no')
  expect(await can('create', 'pods', '-n', 'routewitness')).toBe('no')
})

test('with the rights of an older manifest all but Services is read, and a note says what that means', async () => {
  const role = JSON.parse(await lab.kubectl(['get', 'clusterrole', 'routewitness', '-o', 'json'])) as {
    rules: { resources: string[] }[]
  }
  const older = role.rules.filter(
    ({ resources }) => !resources.some((one) => one === 'services' || one === 'endpointslices'),
  )
  expect(older).toHaveLength(role.rules.length - 2)
  await lab.kubectl([
    'patch',
    'clusterrole',
    'routewitness',
    '--type',
    'merge',
    '-p',
    JSON.stringify({ rules: older }),
  ])
  // The authorizer learns of it a moment later.
  while ((await can('list', 'services', '--all-namespaces')) === 'yes');
  await lab.kubectl(['apply', '-f', join(MANIFESTS, 'services.yaml')])
  const router = await startRouter({
    asn: 65000,
    listen: '127.0.0.1:0',
    settle: '1s',
    expected: fromCluster({ kubeconfigText: await kubeconfigOfAccount() }),
  })
  try {
    const { resources } = router.router.observer.world
    expect(Object.fromEntries([...resources].filter(([, state]) => state !== 'synced'))).toEqual({
      services: 'forbidden',
      'endpointslices.discovery.k8s.io': 'forbidden',
    })
    expect((await router.settled()).caveats).toEqual([
      expect.stringMatching(
        /^services and endpointslices\.discovery\.k8s\.io: reading them is forbidden; .* \(no-endpoint\): give the account get, list and watch/,
      ),
    ])
  } finally {
    await router.stop()
    await lab.kubectl(['apply', '-f', FILE])
  }
})

test('the rights name just the kinds that are watched, for reading', () => {
  const rules = manifests.flatMap(({ rules = [] }) => rules)
  expect(rules.flatMap(({ resources }) => resources).sort()).toEqual(
    WATCHED_KINDS.map(({ plural }) => plural).sort(),
  )
  expect(new Set(rules.flatMap(({ verbs }) => verbs))).toEqual(new Set(['get', 'list', 'watch']))
})

test('the configuration in it is one that we take, and is that of a witness', () => {
  const settings = resolveSettings(parse(named('ConfigMap').data!['routewitness.yaml']!))
  expect(settings.trace).toMatchObject({ resume: true, keep: 12 })
  expect(settings.speaker.peers.map(({ gracefulRestart }) => gracefulRestart)).toEqual([undefined])
})
