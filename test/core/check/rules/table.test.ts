import { expect, test } from 'vitest'
import { RULES } from '../../../../src/core/check/rules/table.ts'
import { A, B, cluster } from '../../../support/two-nodes.ts'
import { DATA_PLANE_FINDINGS, PEER_FINDINGS, ROUTE_FINDINGS } from '../../../../src/core/check/finding.ts'

test('every code has exactly one rule', () => {
  expect(RULES.map(({ code }) => code).sort()).toEqual(
    [...ROUTE_FINDINGS, ...PEER_FINDINGS, ...DATA_PLANE_FINDINGS].sort(),
  )
})

test('finds nothing when every node announces exactly its own', () => {
  const all = cluster()
  all.speaker(A).announces('10.1.1.0/24')
  all.speaker(B).announces('10.1.2.0/24')
  const verdict = all.settled()
  expect(verdict.findings).toEqual([])
  expect(verdict.checked).toEqual({ nodes: 2, peers: 2, routes: 2, expected: 2 })
})
