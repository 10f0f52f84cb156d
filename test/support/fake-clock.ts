// Time that stands still until a test moves it.
import type { Micros } from '../../src/core/speaker/contract.ts'
import type { Clock } from '../../src/net/clock.ts'

export interface FakeClock extends Clock {
  /** Moves time on and fires what is due, in the order of due times; `now` is each one's own while it fires. */
  advance(by: Micros): void
  /** Keys of running timers, sorted. */
  timers(): string[]
}

/** @param start microseconds since 1970; 2026-01-01T00:00:00Z unless given */
export function fakeClock(start: Micros = 1_767_225_600_000_000): FakeClock {
  let now = start
  const timers = new Map<string, { due: Micros; fire: () => void }>()

  function nextUntil(end: Micros): [string, { due: Micros; fire: () => void }] | undefined {
    return [...timers].filter(([, timer]) => timer.due <= end).sort(([, a], [, b]) => a.due - b.due)[0]
  }

  return {
    now: () => now,
    setTimer: (key, after, fire) => {
      timers.delete(key)
      timers.set(key, { due: now + Math.max(0, after), fire })
    },
    clearTimer: (key) => void timers.delete(key),
    stop: () => timers.clear(),
    timers: () => [...timers.keys()].sort(),
    advance: (by) => {
      const end = now + by
      for (let next = nextUntil(end); next !== undefined; next = nextUntil(end)) {
        const [key, timer] = next
        timers.delete(key)
        now = Math.max(now, timer.due)
        timer.fire()
      }
      now = end
    },
  }
}
