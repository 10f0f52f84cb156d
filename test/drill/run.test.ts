// How a drill runs and ends: marks, what is put back, what gives no verdict.
import { describe, expect, test } from 'vitest'
import { UserError } from '../../src/core/errors/user-error.ts'
import type { Bar, Drill } from '../../src/drill/contract.ts'
import { DrillInterrupted, runDrill, verdictOf } from '../../src/drill/run.ts'
import { DRILLS, findDrill } from '../../src/drill/table.ts'
import { parametersOf } from '../../src/lab/native/drill.ts'
import { simulate, simulation } from '../support/drill-run.ts'
import { SimulatedLab } from '../support/simulated-lab.ts'

describe('interrupted', () => {
  test.each(DRILLS.map(({ id }) => id))(
    '%s: at every step what was begun is put back, and said',
    async (id) => {
      const steps = (await simulate(id)).steps.length
      for (let at = 1; at <= steps; at++) {
        const { lab, run } = simulation(id)
        const interrupt = new AbortController()
        const error = await run({
          signal: interrupt.signal,
          progress: (line) => line.startsWith(`${id} step ${at} `) && interrupt.abort(),
        }).catch((error: unknown) => error)
        expect(error).toBeInstanceOf(DrillInterrupted)
        const { result } = error as DrillInterrupted
        expect(result.verdict).toBe('skip')
        expect(result.why).toContain(`interrupted in step "${result.steps.at(-1)!.name}"`)
        expect(result.steps.at(-1)!.failed).toBe('interrupted')
        expect([at, lab.disorder()]).toEqual([at, []])
        expect(lab.operatorRuns).toBe(true)
        expect(result.undone.filter((what) => what.startsWith('NOT DONE'))).toEqual([])
      }
    },
  )
})

test('what cannot be put back is said, and the rest is put back all the same', async () => {
  const { lab, run } = simulation('S10')
  lab.uncordon = () => Promise.reject(new Error('the API server is gone'))
  const interrupt = new AbortController()
  const error = await run({
    signal: interrupt.signal,
    progress: (line) => line.startsWith('S10 step 3') && interrupt.abort(),
  }).catch((error: unknown) => error)
  expect((error as DrillInterrupted).result.undone).toEqual([
    'node01 selected',
    'NOT DONE: node01 uncordoned (the API server is gone)',
  ])
})

test('a drill whose cluster stays changed has failed, whatever else it saw', async () => {
  const { lab, run } = simulation('S03')
  lab.startAgent = () => Promise.reject(new UserError('RW_TIMEOUT', 'the agent does not come'))
  const { verdict, bars, undone } = await run()
  expect(verdict).toBe('fail')
  expect(undone).toEqual(['NOT DONE: agent of node01 started (the agent does not come)'])
  expect(bars.at(-1)).toMatchObject({
    name: 'the cluster is as it was found',
    observed: 'not put back: agent of node01 started',
    verdict: 'fail',
  })
})

test('every step stands between two marks of the record', async () => {
  const { lab, run } = simulation('S03')
  const { steps } = await run()
  const marks = lab.router.observer.world.marks
  expect(steps.map(({ name }) => name)).toHaveLength(3)
  for (const [at, { name, begin, end }] of steps.entries()) {
    expect(marks.get(`S03 step ${at + 1} begins: ${name}`)?.seq).toBe(begin.seq)
    expect(marks.get(`S03 step ${at + 1} ends`)?.seq).toBe(end.seq)
    expect(end.seq).toBeGreaterThan(begin.seq)
  }
})

test('what does not happen in its time is a failed bar, and the drill ends there', async () => {
  const result = await simulate('S03', { faults: ['never-back'] })
  expect(result.verdict).toBe('fail')
  expect(result.bars.map(({ name }) => name)).toEqual([
    'its session and its routes are back comes to its end',
  ])
})

describe('nothing to check', () => {
  test('a drill without bars has no verdict', async () => {
    const idle: Drill = { ...findDrill('S03')!, run: () => Promise.resolve() }
    const parameters = parametersOf(idle)
    const lab = new SimulatedLab({ parameters })
    const result = await runDrill(idle, { cluster: lab, router: lab.router, parameters })
    expect([result.verdict, result.why]).toEqual(['skip', 'nothing was checked'])
  })

  test('a cluster without nodes has nothing to drill', async () => {
    const drill = findDrill('S03')!
    const parameters = parametersOf(drill)
    const lab = new SimulatedLab({ parameters })
    lab.nodes = () => Promise.resolve([])
    const result = await runDrill(drill, { cluster: lab, router: lab.router, parameters })
    expect([result.verdict, result.why]).toEqual(['skip', 'the cluster has no node'])
  })
})

test('a node that is to announce nothing has nothing to drill', async () => {
  const { lab, run } = simulation('S03', { parameters: { node: 'node01' } })
  lab.agents.node('node01').selected = false
  lab.agents.publish()
  lab.agents.end(lab.agents.node('node01'))
  const { verdict, why } = await run()
  expect([verdict, why]).toEqual([
    'skip',
    'no object says that node01 should announce a route to this router',
  ])
})

test('S10 takes the node that has a VIP of policy Local, and warns where the one that is named has none', async () => {
  const { lab, run } = simulation('S10')
  lab.agents.nodes.reverse()
  const { steps, verdict } = await run()
  expect([steps[1]!.name, verdict]).toEqual(['node01 is drained', 'pass'])
  const other = await simulate('S10', { parameters: { node: 'master1' } })
  const bar = other.bars.find(({ name }) => name.startsWith('drained: VIPs'))
  expect(bar).toMatchObject({ expected: 'at least one', observed: 'there are none', verdict: 'warn' })
})

test('a drill whose ability is missing says why before it touches anything', async () => {
  const { lab, run } = simulation('S14')
  Object.assign(lab, { cannot: { cut: 'dropping packets takes root' } })
  await expect(run()).rejects.toThrow('S14 cannot be run here: dropping packets takes root')
  expect(lab.disorder()).toEqual([])
})

test('a node that is not there is refused by name', async () => {
  await expect(simulate('S03', { parameters: { node: 'node9' } })).rejects.toThrow(
    'the cluster has no node node9',
  )
})

test('an upgrade downwards, or a downgrade upwards, is refused', async () => {
  await expect(simulate('S07', { parameters: { to: '1.18.11' } })).rejects.toThrow('no upgrade of 1.19.7')
  await expect(simulate('S09', { parameters: { to: '1.20.2' } })).rejects.toThrow('no downgrade of 1.20.2')
  await expect(simulate('S07', { parameters: { to: 'newest' } })).rejects.toThrow('no upgrade of 1.19.7')
})

test('a margin below a fifth is a warning', async () => {
  const result = await simulate('S03', { parameters: { restartTime: 4_400_000, delay: 2e6 } })
  expect(result.margins[0]!.left).toBeGreaterThan(0)
  expect(result.verdict).toBe('warn')
  expect(result.bars.at(-1)).toMatchObject({
    name: 'restart: room to spare',
    verdict: 'warn',
    source: 'rule D-26',
  })
})

test('what a release does that nobody has measured is told, and not judged', async () => {
  const { bars, verdict } = await simulate('S02', { version: '1.17.5' })
  expect(bars.find(({ name }) => name === 'how the agent says farewell')).toMatchObject({
    expected: 'not known',
    observed: 'FIN alone',
    verdict: 'info',
  })
  expect(verdict).toBe('pass')
})

test('the verdict is the worst bar', () => {
  const bar = (verdict: Bar['verdict']): Bar => ({
    name: 'x',
    expected: '',
    observed: '',
    source: '',
    evidence: [],
    verdict,
  })
  expect(verdictOf([bar('pass'), bar('info')])).toBe('pass')
  expect(verdictOf([bar('pass'), bar('warn')])).toBe('warn')
  expect(verdictOf([bar('warn'), bar('fail'), bar('pass')])).toBe('fail')
})
