import { expect, onTestFinished, test, vi } from 'vitest'
import { sourceFor, sourceFrom, sourceOf } from '../../src/harness/sources.ts'
import { startRouter } from '../../src/harness/start.ts'

test('the mapping of the configuration file can be given to startRouter as it is', async () => {
  const nodes = [{ node: 'node01', prefixes: ['10.5.112.0/24'], asn: 64512 }]
  await using router = await startRouter({ asn: 65000, listen: '127.0.0.1:0', expected: { static: nodes } })
  expect(router.expected()).toMatchObject([{ node: 'node01', source: 'given by fromStatic' }])
})

test('what is wrong in it is named with its path', () => {
  expect(() => sourceFrom({ contxt: 'kind-lab' } as object)).toThrow(
    'expected.contxt: no such option (did you mean context?)',
  )
  expect(() => sourceFrom({ static: [{ node: 'a', prefixes: ['10.0.0.0'] }] })).toThrow(
    'expected.static[0].prefixes[0]: "10.0.0.0" has no length',
  )
  expect(() => sourceOf({}, { objects: 1 }, () => 'routewitness.yaml:3')).toThrow(
    'routewitness.yaml:3: expected.objects: ',
  )
})

test('a mapping that names no source is refused where there is no kubeconfig: nothing would be checked', async () => {
  const nowhere = { KUBECONFIG: '/nowhere/config' }
  expect(() => sourceFrom({}, undefined, nowhere)).toThrow(
    /^expected: it names no source[^]*→ Name one: kubeconfig, /,
  )
  expect(() => sourceFor({}, {}, () => 'routewitness.yaml:3', nowhere)).toThrow(
    'routewitness.yaml:3: expected: ',
  )
  expect(sourceFor({}, undefined, undefined, nowhere)).toBeUndefined()
  expect(sourceFor({ objects: './dump' }, {}, undefined, nowhere)?.description).toBe('./dump')
  vi.stubEnv('KUBECONFIG', '/nowhere/config')
  onTestFinished(() => void vi.unstubAllEnvs())
  await expect(startRouter({ asn: 65000, listen: '127.0.0.1:0', expected: {} })).rejects.toMatchObject({
    code: 'RW_CONFIG',
    remedy: expect.stringContaining('To record only, leave `expected` out.') as string,
  })
})

test('flags win over it', () => {
  expect(sourceOf({ objects: './dump' }, { context: 'x' }, undefined)).toEqual({ objects: './dump' })
})
