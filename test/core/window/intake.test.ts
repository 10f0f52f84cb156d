import { expect, test } from 'vitest'
import type { LedgerWindow } from '../../../src/core/window/answers.ts'
import { answersOf, WindowStream } from '../../support/window-stream.ts'

const A = '192.0.2.11'
const B = '192.0.2.12'
const prefix = (place: number): string => `10.${place >>> 8}.${place & 255}.0/24`
const prefixes = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, index) => prefix(from + index))

/** UPDATEs of at most 500 prefixes. */
function inUpdates(list: readonly string[], send: (...prefixes: string[]) => unknown): void {
  for (let at = 0; at < list.length; at += 500) send(...list.slice(at, at + 500))
}

function withTable(routes: number): WindowStream {
  const stream = new WindowStream().comes(A).comes(B)
  inUpdates(prefixes(0, routes), (...some) => stream.announces(A, ...some))
  return stream.announces(B, prefix(1), '192.168.0.0/24')
}

test('routes that change their places in the table meanwhile are all taken in', () => {
  const stream = withTable(8000)
  const begin = stream.mark()
  const ledger = stream.ledgerInTurns()
  ledger.takeIn(5000)
  // Less than an eighth stays: with the next inputs the rest is moved to before the place that was reached.
  inUpdates(prefixes(0, 7200), (...some) => stream.withdraws(A, ...some))
  for (let inputs = 0; inputs < 10; inputs++) stream.announces(A, prefix(7900))
  // The route that was read last is gone: the place is lost.
  ledger.takeIn(1)
  expect(stream.live.world.speaker.misses(`127.0.0.1:1790 64512 ${A}`)).toBe(1)
  while (!ledger.takeIn(100)) stream.announces(A, prefix(7900))
  expect(stream.window(begin, stream.now, ledger).held()).toHaveLength(8002)
  expect(answersOf(stream.window(begin, stream.now, ledger))).toEqual(answersOf(stream.window(begin)))
})

test('a table that goes at once is known whole', () => {
  const stream = withTable(3000)
  const begin = stream.mark()
  const ledger = stream.ledgerInTurns()
  ledger.takeIn(10)
  stream.closes(A)
  expect(ledger.isWhole).toBe(false)
  while (!ledger.takeIn(1));
  expect(answersOf(stream.window(begin, stream.now, ledger))).toEqual(answersOf(stream.window(begin)))
})

test('what needs no more than the changes is answered without the rest', () => {
  const stream = withTable(3000)
  const begin = stream.mark()
  const ledger = stream.ledgerInTurns()
  stream.withdraws(A, prefix(2))
  const window = stream.window(begin, stream.now, ledger)
  expect(window.withdrawals({ prefix: prefix(2) })).toHaveLength(1)
  expect(window.announcements()).toEqual([])
  expect(ledger.isWhole).toBe(false)
  expect(window.absences({ prefix: prefix(2) })).toHaveLength(1)
  expect(ledger.isWhole).toBe(true)
})

test('each question is answered whole, also when it is the first', () => {
  const stream = withTable(3000)
  const begin = stream.mark()
  const asked = (): LedgerWindow => stream.window(begin, stream.now, stream.ledgerInTurns())
  expect(asked().held({ prefix: prefix(2999) })).toMatchObject([{ prefix: prefix(2999) }])
  expect(asked().duplicates({ prefix: prefix(1) })).toMatchObject([{ began: 'before' }])
  expect(asked().names()).toEqual(stream.window(begin).names())
})

test('our own stop hides nothing of what was there before it', () => {
  const stream = withTable(3000)
  const begin = stream.mark()
  const ledger = stream.ledgerInTurns()
  const end = stream.now
  stream.live.take({ type: 'command', command: 'stop' })
  stream.closes(A).closes(B)
  expect(answersOf(stream.window(begin, end, ledger))).toEqual(answersOf(stream.window(begin, end)))
  expect(stream.window(begin, end, ledger).held()).toHaveLength(3002)
})

test('routes that become stale are counted before they are all known', () => {
  const stream = new WindowStream().comes(A, { time: 120, notification: true })
  stream.announces(A, prefix(1), prefix(2))
  const begin = stream.mark()
  const ledger = stream.ledgerInTurns()
  stream.closes(A)
  expect(stream.window(begin, stream.now, ledger).staleIntervals()).toMatchObject([{ routes: 2 }])
})
