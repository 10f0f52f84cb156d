import fc from 'fast-check'
import { expect, test } from 'vitest'
import { LazyList } from '../../../src/core/memory/lazy-list.ts'
import { jsonSlices } from '../../../src/core/stream/json-slices.ts'

const text = (value: unknown): string => [...jsonSlices(value)].join('')

test('the pieces make the text that JSON.stringify makes', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
      expect(text(value)).toBe(JSON.stringify(value))
    }),
  )
})

test('fields that are undefined are left out', () => {
  const value = { a: undefined, b: [{ c: undefined, d: null }], e: { f: undefined } }
  expect(text(value)).toBe(JSON.stringify(value))
})

test.each([0, 1, 199, 200, 201, 1000])('a lazy list of %i items is an array', (length) => {
  const items = Array.from({ length }, (_, n) => ({ n, text: `"${n}\n`, none: undefined }))
  const value = { before: [], list: new LazyList(() => items), after: {} }
  expect(text(value)).toBe(JSON.stringify({ before: [], list: items, after: {} }))
  expect(JSON.stringify(value)).toBe(text(value))
})

test('a lazy list is read while its pieces are taken, and what is noted meanwhile comes later', () => {
  let read = 0
  const noted: number[] = []
  function* items(): Generator<number> {
    for (; read < 1000; read++) {
      if (read % 100 === 0) noted.push(read)
      yield read
    }
  }
  const pieces = jsonSlices({ items: new LazyList(items), noted: new LazyList(() => noted) })
  const first = [pieces.next().value, pieces.next().value].join('')
  expect(first).toMatch(/^\{"items":\[0,1,/)
  expect(read).toBeLessThan(300)
  const whole = JSON.parse(first + [...pieces].join('')) as { items: number[]; noted: number[] }
  expect(whole.items).toHaveLength(1000)
  expect(whole.noted).toHaveLength(10)
})
