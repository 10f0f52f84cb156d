import { expect, test } from 'vitest'
import type { Instant, StaleInterval } from '../../../src/core/window/contract.ts'
import { WindowStream } from '../../support/window-stream.ts'

const A = '192.0.2.11'
const POD = '10.5.112.0/24'
const RESTART = { time: 120, notification: true }

function staleSince(stream: WindowStream, from: Instant): readonly StaleInterval[] {
  return stream.window(from, stream.now, stream.ledgerSince(from)).staleIntervals()
}

test('routes that were stale at the instant are known by how that ended, or by being so still', () => {
  const stream = new WindowStream().comes(A, RESTART).announces(A, POD).closes(A)
  const lost = stream.mark()
  expect(staleSince(stream, lost)).toMatchObject([{ began: 'before', to: undefined, routes: 1 }])
  stream.passes(5).comes(A, RESTART).announces(A, POD).endsRib(A)
  expect(staleSince(stream, lost)).toEqual(stream.window(lost).staleIntervals())
  expect(staleSince(stream, lost)).toMatchObject([{ began: 'before', why: 'eor' }])
})

test('routes that became stale after it are no older', () => {
  const stream = new WindowStream().comes(A, RESTART).announces(A, POD)
  const up = stream.mark()
  stream.passes(5).closes(A)
  expect(staleSince(stream, up)).toEqual(stream.window(up).staleIntervals())
  expect(staleSince(stream, up)).toMatchObject([{ began: 'within' }])
})
