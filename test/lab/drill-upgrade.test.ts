// An upgrade across minor releases with both releases' own control planes.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { findDrill } from '../../src/drill/table.ts'
import { ensureBuild } from '../../src/lab/native/build.ts'
import { drillOnNativeLab } from '../../src/lab/native/drill.ts'
import { cacheDirectory } from '../../src/lab/native/paths.ts'
import { silent } from '../../src/lab/native/progress.ts'
import { ciliumTarget } from '../../src/lab/native/targets.ts'

const FIFTEEN_MINUTES = 900_000

let traces: string
beforeAll(async () => {
  traces = mkdtempSync(join(tmpdir(), 'routewitness-upgrade-'))
  for (const release of ['1.19.7', '1.20.2'])
    await ensureBuild(cacheDirectory(), ciliumTarget(release), silent)
}, FIFTEEN_MINUTES)
afterAll(() => rmSync(traces, { recursive: true, force: true }))

test('1.19.7 → 1.20.2 loses no route, and every node has its margin', async () => {
  const result = await drillOnNativeLab(findDrill('upgrade')!, {
    cilium: '1.19.7',
    parameters: { to: '1.20.2', delay: 1e6 },
    trace: join(traces, 'trace'),
  })
  expect(result.bars.filter(({ verdict }) => verdict === 'fail')).toEqual([])
  expect(result.margins.map(({ node }) => node)).toEqual(['master1', 'master2', 'master3', 'node01'])
  for (const { left } of result.margins) expect(left).toBeGreaterThan(0)
  expect(result.notes.join('\n')).toContain('capability 6 added')
  expect(result.notes.join('\n')).toContain('1.19.7 and 1.20.2 mixed for')
})
