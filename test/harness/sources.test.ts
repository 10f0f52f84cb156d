import { expect, test } from 'vitest'
import { sourceFrom, sourceOf } from '../../src/harness/sources.ts'
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

test('flags win over it', () => {
  expect(sourceOf({ objects: './dump' }, { context: 'x' }, undefined)).toEqual({ objects: './dump' })
})
