// What a drill cannot run with is said before a lab is made for it.
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { findDrill } from '../../src/drill/table.ts'
import { drillOnNativeLab } from '../../src/lab/native/drill.ts'

let cache: string
beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), 'routewitness-cache-'))
})
afterEach(() => rm(cache, { recursive: true }))

test.each([
  ['upgrade', '1.20.2', '1.19.7', 'up'],
  ['upgrade-slow-pull', 'v1.20.2', '1.20.2', 'up'],
  ['downgrade', '1.19.7', '1.20.2', 'down'],
])('%s from %s to %s is refused, and no lab is begun', async (name, cilium, to, direction) => {
  await expect(drillOnNativeLab(findDrill(name)!, { cache, cilium, parameters: { to } })).rejects.toThrow(
    `--to ${to}: that is no ${direction}grade of ${cilium.replace('v', '')}`,
  )
  expect(await readdir(cache)).toEqual([])
})

test('a lab that does not run is named with the command that starts it', async () => {
  await expect(drillOnNativeLab(findDrill('upgrade')!, { cache, lab: 'mine' })).rejects.toMatchObject({
    code: 'RW_LAB',
    remedy: expect.stringContaining('npx tsx scripts/lab-native.ts up --name mine'),
  })
})
