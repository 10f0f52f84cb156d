import { expect, test } from 'vitest'
import { SHORT_TURN, TURN, Turns } from '../../src/net/turns.ts'

/** Settles when Node's loop has come round once. */
const loop = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** Those of a machine on which nothing takes any time, after the first turns. */
async function quickTurns(): Promise<Turns> {
  const turns = new Turns(() => 0)
  for (let turn = SHORT_TURN; turn < TURN; turn *= 2) {
    expect(turns.take(TURN)).toBe(turn)
    await loop()
  }
  return turns
}

test('begins with short turns, which grow while they are quick, and are shorter again after a long one', async () => {
  let now = 0
  const turns = new Turns(() => now)
  const given: number[] = []
  for (const took of [0.1, 1, 1.9, 3, 0, 6, 9, 3, 400, 1, 30, 1000, 1000, 1000, 0, 0]) {
    given.push(turns.take(TURN) / SHORT_TURN)
    now += took
    turns.done()
    // What others do is no reason for shorter turns.
    now += 100
    await loop()
  }
  expect(given).toEqual([1, 2, 4, 8, 8, 8, 4, 2, 2, 1, 2, 1, 1, 1, 1, 2])
})

test('what waited is measured too, and a turn that was not used up makes none longer', async () => {
  let now = 0
  const turns = new Turns(() => now)
  const given: number[] = []
  const work = (): void => {
    given.push(turns.take(TURN) / SHORT_TURN)
    now += given.length % 2 === 1 && given.length > 1 ? 6 : 1
    turns.done()
    if (given.length < 5) turns.wait(work)
  }
  turns.wait(work)
  while (given.length < 5) await loop()
  expect(given).toEqual([1, 2, 4, 2, 4])
  await loop()
  expect(turns.take(1)).toBe(1)
  await loop()
  expect(turns.take(TURN)).toBe(2 * SHORT_TURN)
})

test('gives what one turn has, and the same again in the next', async () => {
  const turns = await quickTurns()
  expect(turns.take(TURN - 10)).toBe(TURN - 10)
  expect(turns.take(100)).toBe(10)
  expect(turns.take(100)).toBe(0)
  await loop()
  expect(turns.take(2 * TURN)).toBe(TURN)
})

test('those who wait go in the order of their coming, and before anybody who does not', async () => {
  const turns = await quickTurns()
  const order: string[] = []
  const user = (name: string, octets: number) => {
    let left = octets
    const work = (): void => {
      const given = turns.take(left)
      left -= given
      order.push(`${name} ${given}`)
      if (left > 0) turns.wait(work)
    }
    return work
  }
  turns.take(TURN)
  turns.wait(user('long', 2 * TURN))
  turns.wait(user('short', 100))
  expect(turns.take(1)).toBe(0)
  while (order.length < 4) {
    await loop()
    if (order.length < 4) expect(turns.take(1)).toBe(0)
  }
  expect(order).toEqual([`long ${TURN}`, 'short 100', `long ${TURN - 100}`, 'long 100'])
})

test('many small ones share a turn', async () => {
  const turns = await quickTurns()
  turns.take(TURN)
  let served = 0
  for (let n = 0; n < 100; n++) {
    turns.wait(() => {
      turns.take(19)
      served += 1
    })
  }
  await loop()
  expect(served).toBe(100)
})

test('while input is held nobody has a turn, and who waits goes on when it is held no more', async () => {
  const turns = await quickTurns()
  const order: string[] = []
  turns.hold(true)
  expect(turns.take(100)).toBe(0)
  turns.wait(() => order.push(`waited ${turns.take(100)}`))
  await loop()
  await loop()
  expect(order).toEqual([])
  turns.hold(false)
  await loop()
  expect(order).toEqual(['waited 100'])
  expect(turns.take(100)).toBe(100)
})

test('a turn that holds input is the last one', async () => {
  const turns = await quickTurns()
  const order: string[] = []
  turns.take(TURN)
  turns.wait(() => {
    order.push('first')
    turns.hold(true)
  })
  turns.wait(() => order.push('second'))
  await loop()
  await loop()
  expect(order).toEqual(['first'])
  turns.hold(false)
  await loop()
  expect(order).toEqual(['first', 'second'])
})
