// What `render` prints, file by file, and what it refuses. `vitest -u` writes the files anew.
import { fileURLToPath } from 'node:url'
import { readFileSync } from 'node:fs'
import { describe, expect, test, vi } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { renderCommand } from '../../src/cli/render.ts'
import { isUserError } from '../../src/core/errors/user-error.ts'
import { renderCalico } from '../../src/lab/render/calico.ts'
import { renderCilium } from '../../src/lab/render/cilium.ts'
import { renderCompose } from '../../src/lab/render/compose.ts'
import { renderKind } from '../../src/lab/render/kind.ts'
import { renderMetallb } from '../../src/lab/render/metallb.ts'
import { RENDERED } from '../support/rendered.ts'

const golden = (name: string): string => fileURLToPath(new URL(`golden/${name}`, import.meta.url))

/** The documents of a YAML stream, each as a function from a path ("spec.peers.0") to what is there. */
function documents(text: string): ((path: string) => unknown)[] {
  const found = parseAllDocuments(text)
  if (!Array.isArray(found)) return []
  for (const document of found) expect(document.errors).toEqual([])
  return found.map((document) => {
    const whole: unknown = document.toJS()
    return (path) =>
      path
        .split('.')
        .reduce((value: unknown, key) => (value as Record<string, unknown> | undefined)?.[key], whole)
  })
}

/** What happened and the remedy of the UserError that `render` throws. */
function refusal(render: () => unknown): string {
  try {
    render()
  } catch (error) {
    if (isUserError(error)) return `${error.code} ${error.what}. ${error.remedy}`
    throw error
  }
  return 'rendered'
}

test.each(Object.entries(RENDERED))('%s', async (name, render) => {
  const text = render()
  documents(text)
  await expect(text).toMatchFileSnapshot(golden(name))
})

describe('cilium', () => {
  const router = ['198.18.0.1']

  test.each([
    ['1.16', 'cilium.io/v2alpha1'],
    ['1.17.18', 'cilium.io/v2alpha1'],
    ['1.18', 'cilium.io/v2'],
    ['v1.20.2', 'cilium.io/v2'],
    ['1.21.0-pre.0', 'cilium.io/v2'],
  ])('%s has its resources in %s', (ciliumVersion, apiVersion) => {
    for (const object of documents(renderCilium({ router, ciliumVersion, pool: ['198.18.128.0/24'] })))
      expect(object('apiVersion')).toBe(apiVersion)
  })

  test('every reference has its object: the chain from peer to advertisement is whole', () => {
    const objects = documents(renderCilium({ router: ['fd00::1', '198.18.0.1'] }))
    const named = (kind: string) => objects.filter((object) => object('kind') === kind)
    const label = named('CiliumBGPAdvertisement')[0]!('metadata.labels')
    const config = named('CiliumBGPClusterConfig')[0]!
    const peer = (at: number, key: string) => config(`spec.bgpInstances.0.peers.${at}.${key}`)
    expect([0, 1, 2].map((at) => peer(at, 'peerAddress'))).toEqual(['198.18.0.1', 'fd00::1', undefined])
    const terms = named('CiliumBGPPeerConfig')
    expect(terms.map((object) => object('metadata.name'))).toEqual(
      [0, 1].map((at) => peer(at, 'peerConfigRef.name')),
    )
    expect(terms.map((object) => object('spec.families.0.afi'))).toEqual(['ipv4', 'ipv6'])
    for (const object of terms) expect(object('spec.families.0.advertisements.matchLabels')).toEqual(label)
  })

  test('a witness never asks for graceful restart, and its settings cannot be changed', () => {
    const witness = { router, witness: true, advertise: 'advertise=bgp' } as const
    const [config, ...more] = documents(renderCilium(witness))
    expect(more).toEqual([])
    expect(config!('kind')).toBe('CiliumBGPPeerConfig')
    expect(config!('spec.gracefulRestart')).toEqual({ enabled: false })
    expect(refusal(() => renderCilium({ ...witness, hold: 9 }))).toContain('RW_USAGE --hold does not go with')
    expect(refusal(() => renderCilium({ ...witness, gracefulRestart: 60 }))).toContain('--graceful-restart')
    expect(refusal(() => renderCilium({ router, witness: true }))).toContain('--advertise is missing')
  })

  test.each([
    ['no address', {}, '--router is missing'],
    ['a name', { router: ['tor.example'] }, '--router: "tor.example" is not an IPv4 address'],
    ['a port', { router: ['198.18.0.1:179'] }, '--router: "198.18.0.1:179"'],
    ['two of one family', { router: ['10.0.0.1', '10.0.0.2'] }, 'two addresses of one family'],
    ['nobody', { router: ['0.0.0.0'] }, 'no router has the address 0.0.0.0'],
    ['multicast', { router: ['ff02::1'] }, 'no router has the address ff02::1'],
    [
      'old Cilium',
      { router, ciliumVersion: '1.15.4' },
      'Cilium 1.15 has no CiliumBGPClusterConfig that works',
    ],
    ['no version', { router, ciliumVersion: 'latest' }, "'latest' is no version of Cilium"],
    ['keepalive', { router, hold: 3, keepalive: 4 }, '--keepalive: 4 s is longer than the hold time of 3 s'],
    ['a label', { router, nodeSelector: ['role'] }, "--node-selector: 'role' is no label"],
    ['a name', { router, name: 'My_Lab' }, "--name: 'My_Lab' is no name"],
    ['a pool', { router, pool: ['198.18.128.0'] }, "--pool: '198.18.128.0' has no prefix length"],
    ['both', { router, nodeSelector: ['a=b'], allNodes: true }, '--all-nodes and --node-selector'],
    [
      'services',
      { router, services: false, serviceSelector: ['a=b'] },
      '--no-services and --service-selector',
    ],
    ['families', { router: ['10.0.0.1', 'fd00::1'], families: 'ipv4' as const }, '--families ipv4 and two'],
  ])('refuses %s: %j', (_, flags, message) => {
    expect(refusal(() => renderCilium(flags))).toMatch(/^RW_USAGE /)
    expect(refusal(() => renderCilium(flags))).toContain(message)
  })
})

test('calico: a session of each family, for the nodes selected', () => {
  const [, v4, v6] = documents(renderCalico({ router: ['198.18.0.1', 'fd00::1'], allNodes: true }))
  expect(v4!('spec')).toMatchObject({ peerIP: '198.18.0.1:1790', nodeSelector: 'all()' })
  expect(v6!('spec.peerIP')).toBe('[fd00::1]:1790')
  const [, selected] = documents(renderCalico({ router: ['198.18.0.1'], nodeSelector: ['a=b', 'rack='] }))
  expect(selected!('spec.nodeSelector')).toBe("a == 'b' && rack == ''")
})

test('metallb: only what native mode takes too, unless asked for', () => {
  const flags = { router: ['198.18.0.1'], pool: ['198.18.128.0/24'] }
  const spec = (more: object) => documents(renderMetallb({ ...flags, ...more }))[0]!('spec') as object
  expect(Object.keys(spec({ allNodes: true }))).toEqual([
    'myASN',
    'peerASN',
    'peerAddress',
    'peerPort',
    'holdTime',
  ])
  expect(spec({ keepalive: 2, connectRetry: 5, gracefulRestart: true, multihop: true })).toMatchObject({
    keepaliveTime: '2s',
    connectTime: '5s',
    enableGracefulRestart: true,
    ebgpMultiHop: true,
  })
  expect(refusal(() => renderMetallb({ ...flags, port: 20_000 }))).toContain('ports up to 16384')
  expect(refusal(() => renderMetallb({ router: ['198.18.0.1'] }))).toContain('--pool is missing')
})

test('kind: subnets fit the families', () => {
  const podSubnet = (flags: object) => documents(renderKind(flags))[0]!('networking.podSubnet')
  expect(podSubnet({ families: 'ipv6' })).toBe('fd00:10:244::/56')
  expect(podSubnet({ families: 'dual', podSubnet: ['fd01::/56', '10.1.0.0/16'] })).toBe(
    '10.1.0.0/16,fd01::/56',
  )
  expect(refusal(() => renderKind({ podSubnet: ['fd01::/56'] }))).toContain(
    '--pod-subnet: fd01::/56 does not fit --families ipv4',
  )
})

test('compose: strings that YAML 1.1 would read as something else are quoted', () => {
  expect(renderCompose({ router: ['198.18.0.1'] })).toMatch(/--http\n\s+- 'off'\n/)
})

test('the witness that runs in the cluster is peered with by the command that its manifest names', async () => {
  const file = fileURLToPath(new URL('../../lab/in-cluster/routewitness.yaml', import.meta.url))
  const manifest = readFileSync(file, 'utf8')
  const command = /^# {3}routewitness render (.*) > witness\.yaml$/m.exec(manifest)?.[1] ?? ''
  let printed = ''
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += String(text)
    return true
  })
  await renderCommand()
    .parseAsync(command.split(' '), { from: 'user' })
    .finally(() => write.mockRestore())
  const config = /^ {2}routewitness\.yaml: \|\n((?: {4}.*\n)+)/m.exec(manifest)?.[1] ?? ''
  const asn = /asn: (\d+)/.exec(config)?.[1]
  expect(printed).toContain(`peerASN: ${asn}`)
  const [peerConfig] = documents(printed)
  expect(config).toContain(`listen: 0.0.0.0:${String(peerConfig?.('spec.transport.peerPort'))} `)
  expect(peerConfig?.('spec.gracefulRestart.enabled')).toBe(false)
})
