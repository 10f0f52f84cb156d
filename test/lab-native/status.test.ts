import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { cacheDirectory } from '../../src/lab/native/paths.ts'
import { makePlan } from '../../src/lab/native/plan.ts'
import { poll } from '../../src/lab/native/poll.ts'
import { progressTo } from '../../src/lab/native/progress.ts'
import { allStates, StateFile, type LabState } from '../../src/lab/native/state.ts'
import { formatStatus, isWhole, table, type LabStatus } from '../../src/lab/native/status.ts'

const status: LabStatus = {
  name: 'native',
  runs: 'Cilium 1.20.2, ipam cluster-pool',
  phase: 'ready',
  startedAt: '2026-11-21T10:00:00.000Z',
  kubeconfig: '/lab/kubeconfig',
  server: 'https://127.0.0.1:16443',
  etcd: 'http://127.0.0.1:12379',
  router: '127.0.0.1:1790 AS 65000, nodes in AS 64512',
  substitutes: [],
  processes: [
    { name: 'etcd', state: 'running', pid: 7, log: '/lab/logs/etcd.log' },
    { name: 'agent-node01', state: 'not started', log: '/lab/logs/agent-node01.log' },
  ],
  nodes: [
    {
      name: 'node01',
      agent: 'not started',
      address: '192.168.7.14',
      source: '127.0.7.14',
      nodePodCidrs: ['10.244.3.0/24'],
      ciliumPodCidrs: [],
      session: '-',
    },
  ],
}

describe('the status', () => {
  test('shows processes with pids and nodes with addresses, and a dash for what there is not', () => {
    const text = formatStatus(status)
    expect(text).toContain('etcd          running      7    /lab/logs/etcd.log\n')
    expect(text).toContain('agent-node01  not started  -    /lab/logs/agent-node01.log\n')
    expect(text).toMatch(/^node01 +not started +- +192\.168\.7\.14 +127\.0\.7\.14 +10\.244\.3\.0\/24 +- +-$/m)
  })

  test('is whole only if the lab has started and everything runs', () => {
    const running = {
      ...status,
      processes: status.processes.filter((process) => process.state === 'running'),
    }
    expect(isWhole(status)).toBe(false)
    expect(isWhole(running)).toBe(true)
    expect(isWhole({ ...running, phase: 'failed' })).toBe(false)
  })
})

test('a table aligns its columns and leaves no blanks at the ends of lines', () => {
  expect(
    table([
      ['A', 'B'],
      ['long', ''],
    ]),
  ).toBe('A     B\nlong\n')
})

test('progress carries the seconds since its beginning', () => {
  const lines: string[] = []
  let now = 1000
  const progress = progressTo(
    (line) => lines.push(line),
    () => now,
  )
  now = 3450
  progress('ready')
  expect(lines).toEqual(['   2.5 s  ready\n'])
})

test('the cache is where the environment says, in this order', () => {
  expect(cacheDirectory({ ROUTEWITNESS_LAB_CACHE: '/a', XDG_CACHE_HOME: '/b' })).toBe('/a')
  expect(cacheDirectory({ XDG_CACHE_HOME: '/b' })).toBe('/b/routewitness/lab')
  expect(cacheDirectory({})).toMatch(/\/\.cache\/routewitness\/lab$/)
})

describe('waiting', () => {
  test('ends with what was looked for', async () => {
    let looks = 0
    expect(
      await poll('a thing', 60, () => Promise.resolve(++looks === 3 ? 'found' : undefined), { every: 0 }),
    ).toBe('found')
  })

  test('ends at once when it is hopeless, and says why', async () => {
    const waiting = poll('a thing', 60, () => Promise.resolve(undefined), {
      hopeless: () => Promise.resolve('etcd has ended'),
    })
    await expect(waiting).rejects.toThrow('no use waiting for a thing: etcd has ended')
  })

  test('ends with RW_TIMEOUT', async () => {
    await expect(poll('a thing', 0, () => Promise.resolve(undefined))).rejects.toMatchObject({
      code: 'RW_TIMEOUT',
    })
  })
})

describe('the state file', () => {
  const empty: LabState = {
    plan: makePlan({}),
    phase: 'starting',
    startedAt: '',
    token: '',
    subnet: 1,
    ports: { api: 1, etcd: 2 },
    nodes: [],
    lastIndex: 0,
    processes: {},
    builds: { kube: '', speaker: '' },
    substitutes: [],
  }

  test('keeps every one of many changes made at the same time', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'routewitness-lab-'))
    const file = new StateFile(join(directory, 'one'))
    await file.write(empty)
    await Promise.all(Array.from({ length: 20 }, () => file.update((state) => void state.lastIndex++)))
    expect((await file.demand()).lastIndex).toBe(20)
    expect((await allStates(directory)).map((state) => state.lastIndex)).toEqual([20])
    await rm(directory, { recursive: true })
  })

  test('that is not there is no lab', async () => {
    const file = new StateFile('/nowhere/at/all')
    expect(await file.read()).toBeUndefined()
    await expect(file.demand()).rejects.toThrow('no lab in /nowhere/at/all')
  })
})
