import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { readMaterial } from '../../scripts/fuzz/material.ts'
import { reduced } from '../../scripts/fuzz/reduce.ts'
import { bytesThrown, throwOf, type Throw } from '../../scripts/fuzz/throws.ts'

const material = readMaterial()

const digest = ({ connections }: Throw): string =>
  connections.reduce((hash, one) => hash.update(bytesThrown(one)), createHash('sha256')).digest('hex')

test('an iteration of a seed always throws the same', () => {
  for (let iteration = 0; iteration < 100; iteration++)
    expect(throwOf(7, iteration, material)).toEqual(throwOf(7, iteration, material))
})

test('seeds and iterations throw different things, and every kind has its turn', () => {
  const throws = [7, 8].flatMap((seed) =>
    Array.from({ length: 400 }, (_, iteration) => throwOf(seed, iteration, material)),
  )
  const distinct = new Set(
    throws.filter(({ connections }) => bytesThrown(connections[0]!).length > 60).map(digest),
  )
  expect(distinct.size).toBeGreaterThan(600)
  expect(new Set(throws.map(({ kind }) => kind))).toEqual(
    new Set(['updates', 'messages', 'open', 'strange', 'slow', 'half', 'twice', 'flood']),
  )
})

test('a list is reduced to what shows the fault', async () => {
  const list = Array.from({ length: 100 }, (_, at) => at)
  let asked = 0
  const shows = (part: readonly number[]): Promise<boolean> => {
    asked += 1
    return Promise.resolve(part.includes(13) && part.includes(77))
  }
  expect(await reduced(list, shows)).toEqual([13, 77])
  expect(asked).toBeLessThan(200)
})

test('what cannot be made smaller stays as it is', async () => {
  const list = [1, 2, 3]
  expect(await reduced(list, (part) => Promise.resolve(part.length === 3))).toEqual(list)
  expect(await reduced([1], () => Promise.resolve(true))).toEqual([1])
})
