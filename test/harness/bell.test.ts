import { getEventListeners } from 'node:events'
import { expect, test } from 'vitest'
import { Bell } from '../../src/harness/bell.ts'

test('who waits is woken by the next ring, or by the signal', async () => {
  const bell = new Bell()
  const waiting = bell.next()
  bell.ring()
  await waiting
  const given = new AbortController()
  const other = bell.next(given.signal)
  given.abort()
  await other
  await bell.next(given.signal)
})

test('a signal that lives for days keeps nothing of those that waited with it', async () => {
  const bell = new Bell()
  const { signal } = new AbortController()
  for (let turn = 0; turn < 3; turn++) {
    const waiting = bell.next(signal)
    bell.ring()
    await waiting
  }
  expect(getEventListeners(signal, 'abort')).toEqual([])
})
