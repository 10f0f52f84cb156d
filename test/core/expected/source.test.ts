// Incident I-2 as a table over version and IPAM mode.
import { expect, test } from 'vitest'
import { judgeSource } from '../../../src/core/expected/source.ts'
import { before, readSettings, versionOfImage } from '../../../src/core/expected/settings.ts'
import type { ClusterObject } from '../../../src/core/stream/events.ts'
import { cilium, ciliumConfig, objectsOf } from '../../support/cluster-objects.ts'

test.each([
  ['1.11.9', 'cluster-pool', 'differs', 'Node', 'CiliumNode'],
  ['1.11.9', 'kubernetes', 'agrees', 'Node', 'Node'],
  ['1.12.0', 'cluster-pool', 'agrees', 'CiliumNode', 'CiliumNode'],
  ['1.12.0', 'kubernetes', 'agrees', 'Node', 'Node'],
  ['1.20.2', 'multi-pool', 'unknown', undefined, undefined],
  [undefined, 'cluster-pool', 'unknown', undefined, 'CiliumNode'],
] as const)('Cilium %s with ipam %s: %s', (version, ipam, verdict, announces, allocates) => {
  const parsed = version === undefined ? undefined : versionOfImage(`cilium:v${version}`)
  expect(judgeSource(parsed, ipam)).toMatchObject({ verdict, announces, allocates })
})

test('an unknown mode gives no verdict, and a wrong pair a remedy', () => {
  expect(judgeSource(versionOfImage('cilium:v1.11.0'), undefined).verdict).toBe('unknown')
  expect(judgeSource(versionOfImage('cilium:v1.11.0'), 'cluster-pool').remedy).toBe(
    'Cilium >= 1.12, or ipam: kubernetes',
  )
})

test.each([
  ['quay.io/cilium/cilium:v1.20.2@sha256:0123', '1.20.2'],
  ['registry.local:5000/cilium/cilium:v1.19.7', '1.19.7'],
  ['cilium:1.18', '1.18'],
  ['quay.io/cilium/cilium:v1.21.0-pre.0', '1.21.0-pre.0'],
  ['quay.io/cilium/cilium@sha256:0123', undefined],
  ['quay.io/cilium/cilium:latest', undefined],
  ['registry.local:5000/cilium/cilium', undefined],
])('the version of %s is %s', (image, text) => {
  expect(versionOfImage(image)?.text).toBe(text)
})

test('versions compare by number', () => {
  expect(before(versionOfImage('cilium:v1.9.1')!, 1, 12)).toBe(true)
  expect(before(versionOfImage('cilium:v1.12.0')!, 1, 12)).toBe(false)
  expect(before(versionOfImage('cilium:v2.0.0')!, 1, 12)).toBe(false)
})

const settingsOf = (...objects: ClusterObject[]) => readSettings(objectsOf(...objects), () => undefined)

test('MetalLB mode is what cilium-config says, before 1.17', () => {
  const config = ciliumConfig({ ipam: 'cluster-pool', 'bgp-announce-pod-cidr': 'true' })
  expect(settingsOf(config).announcePodCidrs).toBe(true)
  expect(settingsOf(config, cilium('cilium:v1.11.9')).announcePodCidrs).toBe(true)
  expect(settingsOf(config, cilium('cilium:v1.17.0')).announcePodCidrs).toBe(false)
})

test('finds Cilium in another namespace too', () => {
  const elsewhere = {
    ...ciliumConfig({ ipam: 'kubernetes' }),
    metadata: { name: 'cilium-config', namespace: 'cilium' },
  }
  expect(settingsOf(elsewhere).ipam).toBe('kubernetes')
})
