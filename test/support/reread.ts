// That a verdict is the same for whoever reads the stream: all of it, or from a checkpoint on.
import { expect } from 'vitest'
import type { Verdict } from '../../src/core/check/finding.ts'
import type { ObservedCluster } from './observed-cluster.ts'

/** @param live the verdict of now, about which nothing changes afterwards */
export function expectSameWhenReread(all: ObservedCluster, live: Verdict): void {
  expect(all.reread().verdict()).toEqual(live)
  const checkpoint = JSON.parse(JSON.stringify(all.observer.checkpoint())) as never
  all.event({ type: 'mark', name: 'later' })
  const later = all.verdict()
  expect(all.reread(all.events.length - 1, checkpoint).verdict()).toEqual(later)
  expect(later.findings).toEqual(live.findings)
}
