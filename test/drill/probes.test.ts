// Probes that run beside a drill, recorded by the same router: what is lost is told, and judged where nothing may be lost.
import { expect, test } from 'vitest'
import type { ProbeReport } from '../../src/core/stream/probe-events.ts'
import type { Bar } from '../../src/drill/contract.ts'
import { simulation } from '../support/drill-run.ts'

/** Reports a series of the node's next hop while step 2 of the drill runs. */
async function probed(id: string, lost: number): Promise<{ bar: Bar | undefined; verdict: string }> {
  const { lab, run } = simulation(id)
  const report = (fields: Partial<ProbeReport>): void => {
    const now = lab.router.now
    lab.router.world.event({
      ...{ type: 'probe', kind: 'new', target: '10.5.114.10:8080', prefix: '10.5.114.0/24' },
      ...{ nextHop: '127.0.35.13', node: 'node01', pinned: true, results: 10, lost: 0 },
      ...{ from: now - 2e6, sent: now, outcome: 'ok', inRow: 10, since: now - 2e6 },
      ...fields,
    })
  }
  const { bars, verdict } = await run({
    progress: (line) => {
      // Before the drill begins nothing counts.
      if (line.includes(' step 1 ')) report({ lost: 10, outcome: 'timeout' })
      if (line.includes(' step 2 ')) report({ lost, ...(lost > 0 ? { outcome: 'timeout' } : {}) })
      if (line.includes(' step 3 ')) report({})
    },
  })
  return { bar: bars.find(({ name }) => name === 'probes beside the drill'), verdict }
}

test.each(['S03', 'S04', 'S07', 'S09'])('%s loses no probe, or has failed', async (id) => {
  const good = await probed(id, 0)
  expect(good).toMatchObject({
    verdict: 'pass',
    bar: { verdict: 'pass', observed: '0 of 20 lost', evidence: [] },
  })
  const bad = await probed(id, 4)
  expect(bad).toMatchObject({ verdict: 'fail', bar: { verdict: 'fail', expected: '0 of 20 lost' } })
  expect(bad.bar!.observed).toMatch(/^4 of 20 lost, behind node01, sent from [\d:.]+ to [\d:.]+$/)
  expect(bad.bar!.evidence).toHaveLength(1)
})

test('a drill that costs packets tells how many', async () => {
  expect(await probed('S12', 10)).toMatchObject({
    verdict: 'pass',
    bar: { verdict: 'info', observed: expect.stringContaining('10 of 20 lost, behind node01') as string },
  })
})

test('where nobody probes nothing is said of probes', async () => {
  const { bars } = await simulation('S03').run()
  expect(bars.filter(({ name }) => name.includes('probe'))).toEqual([])
})
