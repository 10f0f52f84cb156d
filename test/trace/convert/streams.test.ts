// BGP out of captured segments: what a network does to them, and what a capture does not have.
import { expect, test } from 'vitest'
import { parseAddress } from '../../../src/core/ip/text.ts'
import {
  ACK,
  FIN,
  ipPacket,
  PSH,
  RST,
  SYN,
  tcpSegment,
  type Segment,
} from '../../../src/trace/convert/packet.ts'
import { BgpStreams } from '../../../src/trace/convert/streams.ts'
import { Notes, type WireEvent } from '../../../src/trace/convert/wire-event.ts'
import { converted, fileOf } from '../../support/convert-files.ts'
import { hex, message } from '../../support/hex.ts'

const NODE = { address: parseAddress('198.18.0.14'), port: 40_000 }
const TOR = { address: parseAddress('198.18.0.1'), port: 179 }
const KEEPALIVE = message('0013 04')
const REFRESH = message('0017 05 0001 00 01')

const segment = (fields: Partial<Segment>): Segment => ({
  from: NODE,
  to: TOR,
  seq: 0,
  ack: 0,
  flags: PSH | ACK,
  payload: new Uint8Array(0),
  ...fields,
})

function read(segments: readonly Partial<Segment>[]): {
  readonly says: string[]
  readonly notes: readonly string[]
} {
  const notes = new Notes()
  const streams = new BgpStreams(notes)
  const events: WireEvent[] = []
  segments.forEach((fields, index) =>
    events.push(...streams.events({ at: index, ip: ipPacket(segment(fields)) })),
  )
  const says = events.map((event) => {
    if (event.type === 'message') return `${event.at} ${event.direction} type ${event.bytes[18]}`
    return event.type === 'session-closed' ? `${event.at} ${event.how}` : `${event.at} ${event.type}`
  })
  return { says, notes: notes.list() }
}

const SYNS = [
  { seq: 99, flags: SYN },
  { from: TOR, to: NODE, seq: 499, flags: SYN | ACK },
]

test('segments cut anywhere make the same messages', () => {
  const both = Buffer.concat([KEEPALIVE, REFRESH])
  const pieces = [...both].map((octet, index) => ({ seq: 100 + index, payload: new Uint8Array([octet]) }))
  expect(read([...SYNS, ...pieces]).says).toEqual(['0 session-opened', '20 in type 4', '43 in type 5'])
  expect(read([...SYNS, { seq: 100, payload: both }]).says).toEqual([
    '0 session-opened',
    '2 in type 4',
    '2 in type 5',
  ])
})

test('what is sent again is dropped, also where it overlaps', () => {
  const overlapping = Buffer.concat([KEEPALIVE.subarray(9), REFRESH])
  const { says } = read([
    ...SYNS,
    { seq: 100, payload: KEEPALIVE },
    { seq: 100, payload: KEEPALIVE },
    { seq: 109, payload: overlapping },
  ])
  expect(says).toEqual(['0 session-opened', '2 in type 4', '4 in type 5'])
})

test('what overtakes another segment waits for it, across the end of the sequence numbers', () => {
  const first = 0xffff_fff8
  const { says } = read([
    { seq: first - 1, flags: SYN },
    { seq: (first + 19) % 2 ** 32, payload: REFRESH },
    { seq: first, payload: KEEPALIVE },
  ])
  expect(says).toEqual(['0 session-opened', '2 in type 4', '1 in type 5'])
})

test('both ends, and who closed first', () => {
  const ours = { from: TOR, to: NODE }
  expect(
    read([
      ...SYNS,
      { seq: 100, payload: KEEPALIVE },
      { ...ours, seq: 500, payload: KEEPALIVE },
      { seq: 119, flags: FIN | ACK },
      { ...ours, seq: 519, flags: FIN | ACK },
      { seq: 120, flags: ACK },
    ]).says,
  ).toEqual(['0 session-opened', '2 in type 4', '3 out type 4', '5 fin'])
  expect(
    read([...SYNS, { seq: 100, payload: KEEPALIVE }, { ...ours, seq: 500, flags: RST }]).says.at(-1),
  ).toBe('3 rst')
})

test('a capture that begins in the middle is read from the first segment that begins with a message', () => {
  const { says } = read([
    { seq: 100, payload: KEEPALIVE.subarray(5) },
    { seq: 114, payload: KEEPALIVE },
    { from: TOR, to: NODE, seq: 900, payload: REFRESH },
  ])
  expect(says).toEqual(['1 in type 4', '2 out type 5'])
})

test('after a loss a direction goes on at the next message, and the loss is told', () => {
  const later = Array.from({ length: 70 }, (_, index) => ({ seq: 200 + 19 * index, payload: KEEPALIVE }))
  const { says, notes } = read([...SYNS, { seq: 100, payload: KEEPALIVE }, ...later])
  expect(says).toHaveLength(2 + 70)
  expect(notes).toEqual(['stretches of a connection that are not in the capture (1)'])
})

test('connections that are not BGP are none', () => {
  const { says, notes } = read([
    ...SYNS,
    { seq: 100, payload: Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n') },
  ])
  expect([says, notes]).toEqual([[], []])
})

test('a packet has right checksums and is read back, IPv4 and IPv6', () => {
  for (const [from, to] of [
    [NODE, TOR],
    [
      { address: parseAddress('fd00::14'), port: 40_000 },
      { address: parseAddress('fd00::1'), port: 179 },
    ],
  ] as const) {
    const sent = segment({ from, to, seq: 7, ack: 8, payload: KEEPALIVE })
    expect(tcpSegment(ipPacket(sent))).toEqual({ ...sent, payload: Buffer.from(KEEPALIVE), missing: 0 })
  }
  // RFC 1071: the sum over a header with its checksum is all ones.
  const packet = ipPacket(segment({ payload: KEEPALIVE }))
  let sum = 0
  for (let at = 0; at < 20; at += 2) sum += packet.readUInt16BE(at)
  expect((sum & 0xffff) + (sum >>> 16)).toBe(0xffff)
})

test('classic captures: Ethernet with a VLAN tag, big-endian, nanoseconds', async () => {
  const ip = ipPacket(segment({ seq: 1, payload: KEEPALIVE }))
  const frame = Buffer.concat([hex('001122334455 66778899aabb 8100 0007 0800'), ip])
  const header = hex('a1b23c4d 0002 0004 00000000 00000000 00040000 00000001')
  const record = Buffer.alloc(16)
  record.writeUInt32BE(1_767_225_600, 0)
  record.writeUInt32BE(123_456_789, 4)
  record.writeUInt32BE(frame.length, 8)
  record.writeUInt32BE(frame.length, 12)
  const { bytes } = await converted(fileOf(Buffer.concat([header, record, frame])), 'jsonl')
  expect(JSON.parse(bytes.toString())).toMatchObject({
    at: '2026-01-01T00:00:00.123456Z',
    direction: 'in',
    peer: { address: '198.18.0.14', port: 40_000 },
    text: 'KEEPALIVE',
  })
})
