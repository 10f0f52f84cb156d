import { expect, onTestFinished, test, vi } from 'vitest'
import { ShortRounds } from '../../src/net/short-rounds.ts'
import { nextTurn } from '../support/loop-turns.ts'

const call = (work: () => void): void => work()

/** Time goes on only where work takes some. Milliseconds. */
function stillTime(): { pass(ms: number): void } {
  let time = 1000
  const now = vi.spyOn(performance, 'now').mockImplementation(() => time)
  onTestFinished(() => now.mockRestore())
  return { pass: (ms) => void (time += ms) }
}

test('does what takes little time at once', () => {
  stillTime()
  const rounds = new ShortRounds(call, 2)
  const done: number[] = []
  for (let one = 0; one < 1000; one++) rounds.run(() => done.push(one))
  expect(done).toHaveLength(1000)
})

test('does a storm in the order it came, so many milliseconds in a round of the event loop', async () => {
  const time = stillTime()
  const rounds = new ShortRounds(call, 2)
  const done: string[] = []
  const work = (name: string) => () => {
    done.push(name)
    time.pass(1)
  }
  for (const name of ['a', 'b', 'c', 'd', 'e']) rounds.run(work(name))
  expect(done).toEqual(['a', 'b'])
  await nextTurn()
  expect(done).toEqual(['a', 'b', 'c', 'd'])
  // There is time left for one of them, but not before those that came earlier.
  rounds.run(work('f'))
  await nextTurn()
  expect(done).toEqual(['a', 'b', 'c', 'd', 'e', 'f'])
  await nextTurn()
  rounds.run(work('g'))
  expect(done.at(-1)).toBe('g')
})

test('what is asked for by work stands behind all that waits', async () => {
  const time = stillTime()
  const rounds = new ShortRounds(call, 2)
  const done: string[] = []
  const work = (name: string, more?: () => void) => () => {
    done.push(name)
    more?.()
    time.pass(2)
  }
  rounds.run(work('first', () => rounds.run(work('asked for by the first'))))
  rounds.run(work('second', () => rounds.run(work('asked for by the second'))))
  rounds.run(work('third'))
  for (let round = 0; round < 5; round++) await nextTurn()
  expect(done).toEqual(['first', 'asked for by the first', 'second', 'third', 'asked for by the second'])
})

test('goes on after work that throws', async () => {
  const time = stillTime()
  const rounds = new ShortRounds(call, 1)
  const done: string[] = []
  const uncaught = process.listeners('uncaughtException')
  process.removeAllListeners('uncaughtException')
  const errors: unknown[] = []
  const note = (error: unknown): void => void errors.push(error)
  process.on('uncaughtException', note)
  onTestFinished(() => {
    process.off('uncaughtException', note)
    for (const listener of uncaught) process.on('uncaughtException', listener)
  })
  rounds.run(() => time.pass(1))
  rounds.run(() => {
    throw new Error('failed')
  })
  rounds.run(() => done.push('after it'))
  for (let round = 0; round < 3; round++) await nextTurn()
  expect(errors).toEqual([new Error('failed')])
  expect(done).toEqual(['after it'])
})
