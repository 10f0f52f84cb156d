import { expect, onTestFinished, test, vi } from 'vitest'
import { realClock } from '../../src/net/clock.ts'
import { countTurns } from '../support/loop-turns.ts'

test('tells microseconds since 1970, never decreasing', () => {
  const clock = realClock()
  const times = Array.from({ length: 1000 }, () => clock.now())
  expect(times).toEqual([...times].sort((a, b) => a - b))
  expect(times.every(Number.isSafeInteger)).toBe(true)
  expect(Math.abs(times[0]! / 1000 - Date.now())).toBeLessThan(60_000)
})

test('is not behind for good when the process is put aside between its readings of the two clocks', () => {
  let time = 1000
  const wall = (): number => 1_767_225_600_000 + time
  vi.spyOn(performance, 'now').mockImplementation(() => time)
  const readings = vi.spyOn(Date, 'now').mockImplementation(wall)
  readings.mockImplementationOnce(() => {
    const read = wall()
    time += 50
    return read
  })
  onTestFinished(() => void vi.restoreAllMocks())
  expect(realClock().now() / 1000).toBe(wall())
})

test('fires a timer once, not before its time', async () => {
  const clock = realClock()
  const start = clock.now()
  await new Promise<void>((resolve) => clock.setTimer('a', 3_000, resolve))
  expect(clock.now() - start).toBeGreaterThanOrEqual(3_000)
})

test('a restarted timer fires at its new time only, whether that is later or earlier', async () => {
  const clock = realClock()
  const fired: string[] = []
  clock.setTimer('later', 1_000, () => fired.push('later, first start'))
  clock.setTimer('earlier', 3_600_000_000, () => fired.push('earlier, first start'))
  const start = clock.now()
  await Promise.all([
    new Promise<void>((resolve) => clock.setTimer('later', 20_000, resolve)),
    new Promise<void>((resolve) => clock.setTimer('earlier', 1_000, resolve)),
  ])
  expect(clock.now() - start).toBeGreaterThanOrEqual(20_000)
  expect(fired).toEqual([])
})

test('a cleared timer does not fire, and none does after stop', async () => {
  const clock = realClock()
  const fired: string[] = []
  clock.setTimer('cleared', 0, () => fired.push('cleared'))
  clock.setTimer('stopped', 0, () => fired.push('stopped'))
  clock.clearTimer('cleared')
  clock.stop()
  clock.setTimer('late', 0, () => fired.push('late'))
  // Node runs timers of one duration in the order of their start, so this one comes after them.
  const after = realClock()
  await new Promise<void>((resolve) => after.setTimer('end', 2_000, resolve))
  expect(fired).toEqual([])
})

test('a timer that starts itself again goes on, keeps no process that it did not keep before, and can be stopped', async () => {
  const made = vi.spyOn(globalThis, 'setTimeout')
  onTestFinished(() => made.mockRestore())
  const clock = realClock({ keepProcess: false })
  const fired: number[] = []
  await new Promise<void>((resolve) => {
    const again = (): void => {
      fired.push(clock.now())
      if (fired.length === 5) return resolve()
      clock.setTimer('keepalive', 5_000, again)
      // Stopped, and started anew, from within.
      if (fired.length === 2) clock.clearTimer('keepalive')
      if (fired.length === 2) clock.setTimer('keepalive', 5_000, again)
    }
    clock.setTimer('keepalive', 5_000, again)
  })
  for (const [index, at] of fired.entries())
    if (index > 0) expect(at - fired[index - 1]!).toBeGreaterThanOrEqual(5_000)
  clock.setTimer('keepalive', 5_000, () => fired.push(-1))
  clock.clearTimer('keepalive')
  const ours = made.mock.results.map(({ value }) => value as NodeJS.Timeout)
  expect(ours.map((handle) => handle.hasRef())).toEqual(ours.map(() => false))
  await new Promise<void>((resolve) => realClock().setTimer('end', 10_000, resolve))
  expect(fired).toHaveLength(5)
})

test('timers that end together fire in their order, in several rounds of the event loop, and only those that still run', async () => {
  const clock = realClock()
  const fired: { readonly name: number; readonly round: number }[] = []
  const round = countTurns()
  await new Promise<void>((resolve) => {
    const fire = (name: number) => () => {
      fired.push({ name, round: round() })
      // What is done takes a while.
      const end = performance.now() + 1
      while (performance.now() < end);
      if (name === 5) clock.clearTimer('15')
      if (name === 6) clock.setTimer('16', 3_600_000_000, fire(16))
      if (name === 19) resolve()
    }
    for (let name = 0; name < 20; name++) clock.setTimer(String(name), 5_000, fire(name))
  })
  clock.stop()
  expect(fired.map(({ name }) => name)).toEqual(
    [...Array(20).keys()].filter((name) => name !== 15 && name !== 16),
  )
  const together = fired.map((one) => fired.filter((other) => other.round === one.round).length)
  // Two begin within two milliseconds; rounds of ours and theirs need not begin at the same time.
  expect(Math.max(...together)).toBeLessThanOrEqual(6)
})

test('waits longer than a timer of Node can (24.8 days)', () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'Date', 'performance'] })
  onTestFinished(() => void vi.useRealTimers())
  const day = 24 * 3600
  const fired: string[] = []
  realClock().setTimer('RFC 9494', 194 * day * 1_000_000, () => fired.push('fired'))
  vi.advanceTimersByTime(193 * day * 1000)
  expect(fired).toEqual([])
  vi.advanceTimersByTime(2 * day * 1000)
  expect(fired).toEqual(['fired'])
})
