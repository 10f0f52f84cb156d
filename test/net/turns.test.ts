import { expect, test } from 'vitest'
import { TURN, Turns } from '../../src/net/turns.ts'

/** Settles when Node's loop has come round once. */
const loop = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('gives what one turn has, and the same again in the next', async () => {
  const turns = new Turns()
  expect(turns.take(TURN - 10)).toBe(TURN - 10)
  expect(turns.take(100)).toBe(10)
  expect(turns.take(100)).toBe(0)
  await loop()
  expect(turns.take(2 * TURN)).toBe(TURN)
})

test('those who wait go in the order of their coming, and before anybody who does not', async () => {
  const turns = new Turns()
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
  const turns = new Turns()
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
  const turns = new Turns()
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
  const turns = new Turns()
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
