import { expect, test } from 'vitest'
import { lines, only } from '../../../support/observed-cluster.ts'
import { ProbedCluster } from '../../../support/probed-cluster.ts'

const LOST = { outcome: 'timeout', results: 3, lost: 3, inRow: 3 } as const

test('is an error when no probe through the next hop was ever answered', () => {
  const lab = new ProbedCluster()
  lab.reports({ node: 'b', nextHop: '10.0.0.2' })
  lab.reports({ ...LOST, message: 'no answer' })
  expect(only(lab.all.verdict())).toMatchObject({
    code: 'unreachable',
    severity: 'error',
    node: 'a',
    summary: expect.stringMatching(
      /^a announces 10\.1\.1\.0\/24 via 127\.0\.0\.14 since \S+, and no probe of 10\.1\.1\.10:8080 was ever answered \(timeout: no answer\)$/,
    ),
    impact: expect.stringMatching(/answers through b/),
  })
})

test('is told instead of blackhole when the session came after the last answer', () => {
  const lab = new ProbedCluster()
  lab.reports()
  lab.all.closes(1, 'fin')
  lab.all.passes('1s')
  const from = lab.now
  lab.all.speaker({ identifier: '10.0.0.1' }).announces('10.1.1.0/24')
  lab.reports({ ...LOST, since: from - 1 })
  expect(lines(lab.all.verdict())).toEqual(['a 10.1.1.0/24 unreachable'])
})

test('a refusal is an answer: the path works, and nothing listens', () => {
  const lab = new ProbedCluster()
  lab.reports({ ...LOST, outcome: 'refused', message: 'connection refused' })
  const finding = only(lab.all.verdict())
  expect(finding.code).toBe('unreachable')
  expect(finding.cause).toMatch(/nothing listens at 10\.1\.1\.10:8080 .*the path works/)
  expect(finding.impact).not.toContain('lost')
  expect(finding.remedy).toContain('probe serve')
})
