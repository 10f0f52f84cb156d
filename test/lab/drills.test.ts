// Drills on Cilium's own control planes: those that between them take few minutes. docs/drills.md has what all of them measured.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { DrillResult } from '../../src/drill/contract.ts'
import { DrillInterrupted } from '../../src/drill/run.ts'
import { findDrill } from '../../src/drill/table.ts'
import { judgeTrace } from '../../src/harness/trace-view.ts'
import { startLab, type Lab } from '../../src/lab/native/lab.ts'
import { drillOnNativeLab, type NativeDrillOptions } from '../../src/lab/native/drill.ts'
import { freePort } from '../support/daemon.ts'

let traces: string
beforeAll(() => void (traces = mkdtempSync(join(tmpdir(), 'routewitness-drills-'))))
afterAll(() => rmSync(traces, { recursive: true, force: true }))

let count = 0
const drill = (id: string, options: NativeDrillOptions): Promise<DrillResult> =>
  drillOnNativeLab(findDrill(id)!, { trace: join(traces, `${id}-${++count}`), ...options })

const bad = ({ bars }: DrillResult): string[] =>
  bars
    .filter(({ verdict }) => verdict === 'fail' || verdict === 'warn')
    .map(
      ({ name, node, expected, observed }) => `${name} ${node}: expected ${expected}, observed ${observed}`,
    )

describe('graceful restart on', () => {
  let lab: Lab
  beforeAll(async () => {
    lab = await startLab({
      name: 'test-drills',
      cilium: '1.20.2',
      router: { port: await freePort() },
      gracefulRestart: 30,
      services: true,
    })
  })
  afterAll(() => lab?.down())

  test.each(['S03', 'S10', 'S20', 'S22'])('%s passes, and leaves the lab as it was', async (id) => {
    const result = await drill(id, { lab: lab.name })
    expect(bad(result)).toEqual([])
    expect(result.verdict).toBe('pass')
    expect(result.undone).toEqual([])
    expect(await lab.missing()).toEqual([])
    // The record has the steps as marks, and judges as the drill found it.
    expect((await judgeTrace(result.trace!, { at: `${id} step 1 ends` })).findings).toEqual([])
  })

  test('a drill that is interrupted puts back what it has begun, and says what', async () => {
    const interrupt = new AbortController()
    const running = drill('S05', {
      lab: lab.name,
      signal: interrupt.signal,
      progress: (line) => line.includes('step 2') && interrupt.abort(),
    })
    const error = await running.catch((error: unknown) => error)
    expect(error).toBeInstanceOf(DrillInterrupted)
    const { result } = error as DrillInterrupted
    expect(result.verdict).toBe('skip')
    expect(result.why).toContain('gets SIGTERM')
    expect(result.undone).toEqual(['agent of node01 started'])
    expect(await lab.missing()).toEqual([])
  })

  test('a lab that does not fit is refused with what to do', async () => {
    await expect(drill('S02', { lab: lab.name })).rejects.toThrow('wants graceful restart off')
    await expect(drill('S03', { lab: lab.name, cilium: '1.19.7' })).rejects.toThrow(
      'runs Cilium 1.20.2, not 1.19.7',
    )
    await expect(drill('S03', { lab: lab.name, parameters: { holdTime: 30e6 } })).rejects.toThrow(
      `--hold is for a lab that is made, and lab ${lab.name} runs`,
    )
    await expect(drill('S03', { lab: lab.name, parameters: { node: 'nix' } })).rejects.toThrow(
      'the cluster has no node nix',
    )
    await lab.stopAgent('master1', 'SIGKILL')
    await expect(drill('S03', { lab: lab.name })).rejects.toThrow('half up, it lacks agent-master1')
    await lab.startAgent('master1')
    await expect(drill('S03', { lab: 'test-no-such-lab' })).rejects.toThrow('there is no lab')
  })
})

describe('graceful restart off', () => {
  let lab: Lab
  beforeAll(async () => {
    lab = await startLab({ name: 'test-drills-plain', cilium: '1.20.2', router: { port: await freePort() } })
  })
  afterAll(() => lab?.down())

  test.each(['S02', 'S12', 'S24'])('%s passes', async (id) => {
    const result = await drill(id, { lab: lab.name })
    expect(bad(result)).toEqual([])
    expect(result.undone).toEqual([])
  })
})
