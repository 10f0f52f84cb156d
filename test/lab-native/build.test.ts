import { describe, expect, test } from 'vitest'
import {
  agentGoMod,
  kubeGoMod,
  kubeLinkerFlags,
  parseFallbacks,
  requires,
} from '../../src/lab/native/gomod.ts'
import {
  ciliumTarget,
  kubeTarget,
  readSources,
  speakerTarget,
  targetKey,
} from '../../src/lab/native/targets.ts'
import { compareVersions } from '../../src/drill/versions.ts'
import { ciliumMinor, parseGoVersion } from '../../src/lab/native/versions.ts'
import { SOURCES } from '../../src/lab/native/paths.ts'

describe('go.mod', () => {
  test('of kube replaces staging folders by the published modules of the same release', () => {
    const upstream = [
      'module k8s.io/kubernetes',
      'go 1.26.0',
      'godebug default=go1.26',
      'require (',
      '\tgo.etcd.io/etcd/server/v3 v3.6.8',
      '\tk8s.io/api v0.0.0',
      ')',
      'replace (',
      '\tk8s.io/api => ./staging/src/k8s.io/api',
      '\tk8s.io/kubectl => ./staging/src/k8s.io/kubectl',
      ')',
    ].join('\n')
    expect(kubeGoMod(upstream, '1.36.4').trim().split('\n')).toEqual([
      'module routewitness.lab/kube',
      'go 1.26.0',
      'godebug default=go1.26',
      'require k8s.io/kubernetes v1.36.4',
      'require k8s.io/component-base v0.36.4',
      'require k8s.io/kubectl v0.36.4',
      'require go.etcd.io/etcd/server/v3 v3.6.8',
      'replace k8s.io/api => k8s.io/api v0.36.4',
      'replace k8s.io/kubectl => k8s.io/kubectl v0.36.4',
    ])
  })

  test('of kube is not made without the etcd that Kubernetes pins', () => {
    expect(() => kubeGoMod('module k8s.io/kubernetes', '1.36.4')).toThrow('etcd')
  })

  test('of the agent repeats every replacement of Cilium, single or in a block', () => {
    const upstream =
      'module x\n\ngo 1.26\n\nreplace a/b => c/b v1.0.0\n\nreplace (\n\td/e => f/e v2.0.0 // why\n\n\t// a comment\n)\n'
    expect(agentGoMod(upstream, '1.20.2').trim().split('\n')).toEqual([
      'module routewitness.lab/cilium-bgp-agent',
      'go 1.26',
      'require github.com/cilium/cilium v1.20.2',
      'replace a/b => c/b v1.0.0',
      'replace d/e => f/e v2.0.0 // why',
    ])
  })

  test('requires a module by its whole path', () => {
    expect(requires('require (\n\tgithub.com/osrg/gobgp/v4 v4.6.1\n)', 'github.com/osrg/gobgp/v4')).toBe(true)
    expect(requires('require (\n\tgithub.com/osrg/gobgp/v4 v4.6.1\n)', 'github.com/osrg/gobgp')).toBe(false)
    expect(requires('require a/b v1', 'a/b')).toBe(true)
  })
})

test('fallbacks are two columns; the rest of a line after # is for people', () => {
  expect(parseFallbacks('# why\n\na/b  a/b@v1.2.3\nc/d ./folder # also\n')).toEqual([
    { module: 'a/b', substitute: 'a/b@v1.2.3' },
    { module: 'c/d', substitute: './folder' },
  ])
})

test('kube-apiserver is linked with its version', () => {
  expect(kubeLinkerFlags('1.36.4')).toContain('-X k8s.io/component-base/version.gitVersion=v1.36.4')
  expect(kubeLinkerFlags('1.36.4')).toContain('gitMinor=36')
})

describe('the key of a build', () => {
  const files = new Map([['agent/main.go', 'package main']])
  const target = ciliumTarget('1.20.2')

  test('stays while sources, version and flags stay', () => {
    expect(targetKey(target, files)).toBe(targetKey(ciliumTarget('1.20.2'), new Map(files)))
    expect(targetKey(target, files)).toMatch(/^[0-9a-f]{12}$/)
  })

  test.each([
    ['a source', target, new Map([['agent/main.go', 'package main // changed']])],
    ['a file name', target, new Map([['agent/other.go', 'package main']])],
    ['the release', { ...target, version: '1.20.3' }, files],
    ['a flag', { ...target, flags: [...target.flags, '-race'] }, files],
  ])('changes with %s', (_what, changed, content) => {
    expect(targetKey(changed, content)).not.toBe(targetKey(target, files))
  })

  test('is made from every source that goes into the build', async () => {
    const names = async (target: Parameters<typeof readSources>[0]): Promise<string[]> =>
      [...(await readSources(target, SOURCES)).keys()].sort()
    expect(await names(kubeTarget())).toEqual(['kube/main.go'])
    expect(await names(speakerTarget('1.12'))).toEqual([
      'speakers/1.12/go.mod',
      'speakers/1.12/go.sum',
      'speakers/1.12/main.go',
    ])
    expect(await names(ciliumTarget('1.19.7'))).toEqual([
      'agent/cells_1.19.go',
      'agent/main.go',
      'fallback/mcs-api-controllers/controllers.go',
      'fallback/mcs-api-controllers/go.mod',
      'fallback/versions',
    ])
  })
})

describe('versions', () => {
  test('of Go are read from what it prints', () => {
    expect(parseGoVersion('go version go1.26.8 linux/amd64')).toBe('1.26.8')
    expect(parseGoVersion('go version go1.19 linux/amd64')).toBe('1.19')
    expect(parseGoVersion('go version devel +abc')).toBeUndefined()
  })

  test('are compared number by number', () => {
    expect(compareVersions('1.26.8', '1.26')).toBeGreaterThan(0)
    expect(compareVersions('1.19.8', '1.26')).toBeLessThan(0)
    expect(compareVersions('1.26', '1.26.0')).toBe(0)
  })

  test('of Cilium that have a cells file: 1.18 to 1.20', () => {
    expect(ciliumMinor('1.18.11')).toBe('1.18')
    expect(ciliumMinor('1.20.3')).toBe('1.20')
    expect(ciliumMinor('1.21.0')).toBeUndefined()
    expect(ciliumMinor('1.20')).toBeUndefined()
  })
})
