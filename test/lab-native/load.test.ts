// Processes that keep processors busy: they run, they end, and they end too when the one who started them is killed.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { expect, onTestFinished, test } from 'vitest'
import { burnArguments, busyShare, Load } from '../../src/lab/native/load.ts'

const runs = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

test('one for each processor, by the number that is asked for, and none any more at the end', async () => {
  const load = new Load()
  onTestFinished(() => load.end())
  expect(await load.set(1)).toBe(0)
  const { pids } = load
  expect(pids).toHaveLength(availableParallelism())
  expect(pids.filter(runs)).toEqual(pids)
  await load.set(0)
  expect([load.pids, pids.filter(runs)]).toEqual([[], []])
})

test('how busy the processors were is told with the next number', async () => {
  const load = new Load()
  onTestFinished(() => load.end())
  await load.set(1)
  let share = 0
  // The system counts in hundredths of a second.
  while (share === 0) share = await load.set(1)
  expect(share).toBeLessThanOrEqual(1)
})

test('one that somebody else ended holds nothing up', async () => {
  const load = new Load()
  await load.set(1 / availableParallelism())
  const [pid] = load.pids
  process.kill(pid!, 'SIGINT')
  await load.end()
  expect(runs(pid!)).toBe(false)
})

test('whoever started them is killed: they end by themselves', async () => {
  const start = `const { spawn } = require('node:child_process')
    const [e, burn] = ${JSON.stringify(burnArguments(0))}
    const burner = spawn(process.execPath, [e, burn, String(process.pid)], { stdio: ['ignore', 'inherit', 'inherit'] })
    console.log(burner.pid)
    setInterval(() => {}, 1000)`
  const starter = spawn(process.execPath, ['-e', start], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = (await once(starter.stdout, 'data')) as [Buffer]
  const pid = Number(line.toString())
  onTestFinished(() => void (runs(pid) && process.kill(pid, 'SIGKILL')))
  expect(runs(pid)).toBe(true)
  starter.kill('SIGKILL')
  // The burner holds the other end of this pipe.
  await once(starter.stdout, 'end')
  // Gone, or dead and not yet fetched by whoever inherited it.
  expect(runs(pid) ? readFileSync(`/proc/${pid}/stat`, 'utf8') : ') Z').toMatch(/\) [ZX]/)
})

test('busy is what was not idle, of as many processors as may be used', () => {
  const before = [
    { all: 0, idle: 0 },
    { all: 100, idle: 100 },
    { all: 0, idle: 0 },
  ]
  const after = [
    { all: 1000, idle: 100 },
    { all: 1100, idle: 1100 },
    { all: 1000, idle: 300 },
  ]
  expect(busyShare(before, after, 2)).toBeCloseTo(0.8)
  expect(busyShare(before, after, 3)).toBeCloseTo(1.6 / 3)
  expect(busyShare(after, after, 3)).toBe(0)
})
