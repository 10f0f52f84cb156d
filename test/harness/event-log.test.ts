import { expect, test } from 'vitest'
import { parsePrefix } from '../../src/core/ip/text.ts'
import type { EventBody, StreamEvent } from '../../src/core/stream/events.ts'
import { encodeEndOfRib, encodeUpdate } from '../../src/core/wire/update-encode.ts'
import { DEFAULT_CONTEXT } from '../../src/core/wire/codec.ts'
import { IPV4_UNICAST } from '../../src/core/wire/message.ts'
import { eventRows } from '../../src/harness/event-log.ts'
import { open } from '../support/speaker-messages.ts'

const names = { nodeOf: () => 'a', peerOf: () => 'peer', remoteOf: () => '192.0.2.1' }
const stamped = (body: EventBody): StreamEvent => ({ ...body, seq: 1, at: 0 })
const message = (direction: 'in' | 'out', bytes: Uint8Array): StreamEvent =>
  stamped({ type: 'message', session: 1, direction, bytes, fourOctetAs: true, addPath: false, peerAsn: 0 })
const texts = (event: StreamEvent): string[] => eventRows(event, [], names).map((row) => row.text)

test('an OPEN is told with what it offers, an UPDATE of ours with what it says', () => {
  expect(texts(message('in', open({ asn: 4_200_000_000, identifier: '10.0.0.1' })))[0]).toMatch(
    /^OPEN received: AS 4200000000 identifier 10\.0\.0\.1 hold 90 s: .*ipv4-unicast/,
  )
  expect(texts(message('out', encodeEndOfRib(IPV4_UNICAST)))).toEqual([
    'UPDATE sent: End-of-RIB ipv4-unicast',
  ])
})

test('a message that cannot be read, and one that is very long, have one short line', () => {
  expect(texts(message('out', new Uint8Array(19)))[0]).toMatch(/^type 0 sent: cannot be read: /)
  const unreach = [
    {
      family: IPV4_UNICAST,
      nlri: Array.from({ length: 500 }, (_, at) => ({
        prefix: parsePrefix(`10.${at >> 8}.${at & 255}.0/24`),
      })),
    },
  ]
  const [text = ''] = texts(message('out', encodeUpdate({ unreach }, DEFAULT_CONTEXT)))
  expect(text).toMatch(/^UPDATE sent: withdraw ipv4-unicast 10\.0\.0\.0\/24 .*…$/)
  expect(text.length).toBeLessThan(300)
})

test('what a row is about stands in fields of its own', () => {
  const cause = { kind: 'session-closed', cause: { kind: 'hold-expired' } } as const
  const prefix = parsePrefix('10.0.0.0/8')
  const [row] = eventRows(
    stamped({ type: 'session-closed', session: 1, how: 'closed-by-us' }),
    [
      {
        news: 'route-withdrawn',
        session: 1,
        peer: 'peer',
        family: IPV4_UNICAST,
        prefix,
        cause,
        existed: true,
      },
    ],
    names,
  )
  expect(row).toMatchObject({
    prefix: '10.0.0.0/8',
    family: 'ipv4-unicast',
    cause: 'session-closed',
    node: 'a',
  })
})

test('a finding is a row of its node, also of one that never connected', () => {
  const finding = { code: 'missing', node: 'b', prefix: '10.0.0.0/8', family: 'ipv4-unicast' }
  const [row] = eventRows(stamped({ type: 'finding', action: 'opened', finding }), [], names)
  expect(row).toMatchObject({
    node: 'b',
    finding: 'missing',
    prefix: '10.0.0.0/8',
    text: 'missing b 10.0.0.0/8 opened',
  })
})
