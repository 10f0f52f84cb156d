// Turns of the event loop, for tests about what is done in one.
import { onTestFinished } from 'vitest'

/** Resolves in the next turn. */
export const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** Counts turns until the test is over. @returns how many there were */
export function countTurns(): () => number {
  let turns = 0
  const tick = (): void => {
    turns += 1
    immediate = setImmediate(tick)
  }
  let immediate = setImmediate(tick)
  onTestFinished(() => clearImmediate(immediate))
  return () => turns
}
