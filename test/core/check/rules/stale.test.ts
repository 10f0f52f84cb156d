import { describe, expect, test } from 'vitest'
import { only } from '../../../support/observed-cluster.ts'
import { A, B, cluster } from '../../../support/two-nodes.ts'

describe('stale', () => {
  const restart = { gracefulRestart: { notification: true, time: 120 } }

  test('warns at once, with the time left', () => {
    const all = cluster()
    all.speaker(A).announces('10.1.1.0/24')
    const b = all
      .speaker({ ...B, ...restart })
      .announces('10.1.2.0/24')
      .endsRib()
    all.settled()
    b.closes()
    all.passes('30s')
    all.event({ type: 'mark', name: 'now' })
    const finding = only(all.verdict())
    expect(finding).toMatchObject({ code: 'stale', severity: 'warning', node: 'b', prefix: '10.1.2.0/24' })
    expect(finding.summary).toMatch(/^held only by graceful restart for b, 90 s left/)
    expect(finding.cause).toBe('the session of b ended: the peer closed (FIN) without a NOTIFICATION')
  })

  test('becomes missing when the restart timer flushes it, and says so', () => {
    const all = cluster()
    all.speaker(A).announces('10.1.1.0/24')
    all
      .speaker({ ...B, ...restart })
      .announces('10.1.2.0/24')
      .endsRib()
      .closes()
    all.passes('120s')
    const finding = only(all.settled())
    expect(finding).toMatchObject({ code: 'missing', node: 'b', prefix: '10.1.2.0/24' })
    expect(finding.cause).toContain('flushed by the restart timer')
  })

  test('a node that returns and announces the same again leaves no trace', () => {
    const all = cluster()
    all.speaker(A).announces('10.1.1.0/24')
    const b = all
      .speaker({ ...B, ...restart })
      .announces('10.1.2.0/24')
      .endsRib()
    all.settled()
    b.closes()
    b.comes().announces('10.1.2.0/24').endsRib()
    const verdict = all.verdict()
    expect(verdict.findings).toEqual([])
    expect(verdict.unsettled).toEqual([])
  })
})
