import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { BLOCK_OCTETS, Pace } from '../../src/trace/pace.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

interface Paced {
  readonly pace: Pace
  readonly told: boolean[]
  pass(milliseconds: number): void
}

function paced(): Paced {
  const told: boolean[] = []
  let now = 5_000
  return {
    pace: new Pace(
      (held) => void told.push(held),
      () => now,
    ),
    told,
    pass(milliseconds) {
      now += milliseconds
      vi.advanceTimersByTime(milliseconds)
    },
  }
}

describe('input waits', () => {
  test('from one block on, until less waits for the disk', () => {
    const { pace, told } = paced()
    pace.update(BLOCK_OCTETS - 1, false)
    expect(told).toEqual([])
    pace.update(BLOCK_OCTETS, false)
    pace.update(BLOCK_OCTETS + 100, false)
    expect(told).toEqual([true])
    pace.update(BLOCK_OCTETS - 1, false)
    expect(told).toEqual([true, false])
  })

  test('while a checkpoint is made, however long that takes', () => {
    const { pace, told, pass } = paced()
    pace.update(0, true)
    pass(20_000)
    expect(told).toEqual([true])
    pace.update(0, false)
    expect(told).toEqual([true, false])
  })

  test('and goes on only when neither is in the way', () => {
    const { pace, told } = paced()
    pace.update(0, true)
    pace.update(BLOCK_OCTETS, true)
    pace.update(BLOCK_OCTETS, false)
    expect(told).toEqual([true])
    pace.update(0, false)
    expect(told).toEqual([true, false])
  })
})

describe('a disk that does not follow', () => {
  test('holds input for a second, and then no more until it has followed', () => {
    const { pace, told, pass } = paced()
    pace.update(BLOCK_OCTETS, false)
    pass(999)
    expect(told).toEqual([true])
    pass(1)
    expect(told).toEqual([true, false])
    pace.update(20 * BLOCK_OCTETS, false)
    pass(60_000)
    expect(told).toEqual([true, false])
    pace.update(0, false)
    pace.update(BLOCK_OCTETS, false)
    expect(told).toEqual([true, false, true])
  })

  test('holds input for half of the time at most', () => {
    const { pace, told, pass } = paced()
    let held = 0
    let free = 0
    for (let block = 0; block < 50; block++) {
      pace.update(BLOCK_OCTETS, false)
      for (let ms = 0; ms < 400; ms += 10) {
        pass(10)
        if (told.at(-1) === true) held += 10
        else free += 10
      }
      pace.update(0, false)
      pass(10)
      free += 10
    }
    expect(held).toBeLessThan(free + 1_100)
    expect(held).toBeGreaterThan(0.4 * free)
  })
})

test('nobody is held when nothing waits any more', () => {
  const { pace, told } = paced()
  pace.update(BLOCK_OCTETS, true)
  pace.update(0, false)
  expect(told).toEqual([true, false])
  expect(vi.getTimerCount()).toBe(0)
})
