// What is remembered of the latest events is what happened, however it is kept.
import { describe, expect, test } from 'vitest'
import type { MessageEvent, StreamEvent } from '../../src/core/stream/events.ts'
import { Recent } from '../../src/harness/recent.ts'

const NAMES = { nodeOf: () => undefined, peerOf: () => undefined, remoteOf: () => undefined }

function message(
  seq: number,
  fields: Partial<MessageEvent> & { readonly length?: number } = {},
): MessageEvent {
  const { length = 29, ...rest } = fields
  const bytes = new Uint8Array(length).map((_, at) => (at + seq) & 0xff)
  bytes.set([length >>> 8, length & 0xff, 1], 16)
  return {
    type: 'message',
    seq,
    at: 1_700_000_000_000_000 + seq,
    session: 7,
    direction: 'in',
    bytes,
    fourOctetAs: true,
    addPath: false,
    peerAsn: 64512,
    ...rest,
  }
}

describe('messages of which no news came', () => {
  test.each([
    ['received', message(1)],
    ['sent', message(2, { direction: 'out' })],
    ['before the OPEN told the AS number', message(3, { peerAsn: 0 })],
    ['with two-octet AS numbers', message(4, { fourOctetAs: false })],
    ['with path identifiers', message(5, { addPath: true })],
    ['of the largest size', message(6, { length: 65_535 })],
    ['a little smaller than a page', message(7, { length: 65_504 })],
  ])('%s', (_what, event) => {
    const recent = new Recent(NAMES)
    const given = { ...event, bytes: event.bytes.slice() }
    recent.push(given, [])
    given.bytes.fill(0)
    const [remembered, ...more] = [...recent.after(0)]
    expect(more).toEqual([])
    expect(remembered!.event).toEqual(event)
    expect(remembered!.news).toEqual([])
    expect([remembered!.seq, remembered!.at]).toEqual([event.seq, event.at])
  })
})

test('events come in their order, whatever they are, both ways', () => {
  const recent = new Recent(NAMES)
  const events: StreamEvent[] = [
    message(1),
    { type: 'mark', name: 'a', seq: 2, at: 2 },
    message(3, { direction: 'out' }),
    { type: 'mark', name: 'b', seq: 4, at: 4 },
  ]
  for (const event of events) recent.push(event, [])
  expect([...recent.after(0)].map(({ event }) => event)).toEqual(events)
  expect([...recent.after(2)].map(({ seq }) => seq)).toEqual([3, 4])
  expect([...recent.backwards()].map(({ seq }) => seq)).toEqual([4, 3, 2, 1])
})

test('the oldest are forgotten first, and what is left is whole', () => {
  const recent = new Recent(NAMES, 1 << 20)
  const last = 500
  for (let seq = 1; seq <= last; seq++) recent.push(message(seq, { length: 4096 }), [])
  expect(recent.forgotten).toBeGreaterThan(0)
  const kept = [...recent.after(0)]
  expect(kept[0]!.seq).toBe(recent.forgotten + 1)
  expect(kept.at(-1)!.seq).toBe(last)
  for (const { event, seq } of kept) expect(event).toEqual(message(seq, { length: 4096 }))
})
