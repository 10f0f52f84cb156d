import { expect, test } from 'vitest'
import { only } from '../../../support/observed-cluster.ts'
import { ProbedCluster } from '../../../support/probed-cluster.ts'

test('is a warning when another node answers for a prefix that a node owns', () => {
  const lab = new ProbedCluster()
  lab.reports({ reply: { pod: 'echo', node: 'b', client: '10.0.0.9' }, local: '10.0.0.9' })
  expect(only(lab.all.verdict())).toMatchObject({
    code: 'asymmetric',
    severity: 'warning',
    node: 'a',
    summary: 'a probe of 10.1.1.10:8080 sent through a via 127.0.0.14 was answered by echo on b',
  })
})

test('is a warning when the server sees another client than us', () => {
  const lab = new ProbedCluster()
  lab.reports({ reply: { node: 'a', client: '10.0.0.1' }, local: '10.0.0.9' })
  expect(only(lab.all.verdict()).summary).toMatch(/came from 10\.0\.0\.9 and was seen by a as 10\.0\.0\.1$/)
})

test('an IPv4-mapped address is the IPv4 address', () => {
  const lab = new ProbedCluster()
  lab.reports({ reply: { node: 'a', client: '::ffff:10.0.0.9' }, local: '10.0.0.9' })
  expect(lab.all.verdict().findings).toEqual([])
})
