// The same messages through every format of `convert`, and what is said when a file is damaged.
import { appendFileSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { convert, type Format, FORMATS } from '../../../src/trace/convert/convert.ts'
import type { WireEvent } from '../../../src/trace/convert/wire-event.ts'
import {
  at,
  CONNECTION,
  converted,
  eventsIn,
  fileOf,
  linesOf,
  wireMessage,
} from '../../support/convert-files.ts'
import { hex, message, updateOf } from '../../support/hex.ts'
import { CILIUM, LiveStream } from '../../support/live-stream.ts'
import { record, temporary } from '../../support/trace-folder.ts'
import { bytesOf, corpus } from '../../support/vectors.ts'

const KEEPALIVE = message('0013 04')
/** Address of session 7 over IPv6, AS numbers of both sides in four octets. */
const OPEN_IN = message('0025 01 04 fc00 005a c0000202 08 02 06 41 04 0000fc00')
const OPEN_OUT = message('0025 01 04 fde8 005a c0000201 08 02 06 41 04 0000fde8')
const END_OF_RIB = updateOf({})

const SESSION: readonly WireEvent[] = [
  { type: 'session-opened', at: at(0), ...CONNECTION },
  wireMessage({ at: at(10), bytes: OPEN_IN, localAsn: 0 }),
  wireMessage({ at: at(20), bytes: OPEN_OUT, direction: 'out' }),
  wireMessage({ at: at(30), bytes: KEEPALIVE, direction: 'out' }),
  wireMessage({ at: at(40), bytes: KEEPALIVE }),
  wireMessage({ at: at(1_000_050), bytes: END_OF_RIB }),
  { type: 'session-closed', at: at(2_000_000), ...CONNECTION, how: 'fin' },
]

const messagesOf = (events: readonly WireEvent[]): WireEvent[] =>
  events.filter(({ type }) => type === 'message')
/** What MRT can say of an event: no ports. */
const withoutPorts = (events: readonly WireEvent[]): WireEvent[] =>
  messagesOf(events).map((event) => ({
    ...event,
    peer: { address: event.peer.address },
    local: { address: event.local.address },
  }))

async function through(input: string, ...formats: Format[]): Promise<string> {
  let path = input
  for (const format of formats) path = fileOf((await converted(path, format)).bytes, `file.${format}`)
  return path
}

describe('every way', () => {
  test('JSON lines keep all of it', async () => {
    const lines = linesOf(SESSION)
    expect(await eventsIn(lines)).toEqual(SESSION)
    expect(readFileSync(await through(lines, 'jsonl'), 'utf8')).toBe(readFileSync(lines, 'utf8'))
  })

  test('a capture keeps all of it, the real ports in a comment', async () => {
    expect(await eventsIn(await through(linesOf(SESSION), 'pcapng'))).toEqual(SESSION)
  })

  test('MRT keeps messages, addresses and the interface index', async () => {
    expect(await eventsIn(await through(linesOf(SESSION), 'mrt'))).toEqual(withoutPorts(SESSION))
  })

  test.each(FORMATS)('MRT over %s is the same MRT, octet for octet', async (format) => {
    const mrt = await through(linesOf(SESSION), 'mrt')
    expect(readFileSync(await through(mrt, format, 'mrt'))).toEqual(readFileSync(mrt))
  })

  test('every message of the corpus that can be framed survives a capture', async () => {
    const framed = corpus()
      .flatMap(({ vectors }) => vectors)
      .map(bytesOf)
      .filter((bytes) => bytes.length >= 19 && bytes.subarray(0, 16).every((octet) => octet === 0xff))
      .filter((bytes) => ((bytes[16]! << 8) | bytes[17]!) === bytes.length)
    const events = framed.map((bytes, index) => wireMessage({ bytes, at: at(index), session: index + 1 }))
    const back = messagesOf(await eventsIn(await through(linesOf(events), 'pcapng')))
    expect(back.map((event) => 'bytes' in event && Buffer.from(event.bytes).toString('hex'))).toEqual(
      framed.map((bytes) => Buffer.from(bytes).toString('hex')),
    )
    expect(framed.length).toBeGreaterThan(600)
  })

  test('a message of 65,535 octets takes several packets, and is one again', async () => {
    const bytes = new Uint8Array(65_535).fill(0xff, 0, 16)
    bytes.set([0xff, 0xff, 2], 16)
    const events = [wireMessage({ bytes }), wireMessage({ bytes: KEEPALIVE, at: at(5) })]
    const back = messagesOf(await eventsIn(await through(linesOf(events), 'pcapng')))
    expect(back.map((event) => 'bytes' in event && event.bytes.length)).toEqual([65_535, 19])
  })

  test('IPv6 connections, connections that we dialled, and octets that are no message', async () => {
    const [peer, local] = [
      { address: { afi: 2, words: [0xfd000000, 0, 0, 0x14] }, port: 179 },
      { address: { afi: 2, words: [0xfd000000, 0, 0, 1] }, port: 40_001 },
    ] as const
    const ends = { session: 70_000, peer, local }
    const events: WireEvent[] = [
      { type: 'session-opened', at: at(0), ...ends },
      wireMessage({ ...ends, at: at(1), bytes: OPEN_OUT, direction: 'out', peerAsn: 0 }),
      wireMessage({ ...ends, at: at(2), bytes: OPEN_IN }),
      { type: 'unframed', at: at(3), ...ends, bytes: hex('00'.repeat(19)) },
      { type: 'session-closed', at: at(4), ...ends, how: 'rst' },
    ]
    const lines = linesOf(events)
    expect(await eventsIn(lines)).toEqual(events)
    expect(await eventsIn(await through(lines, 'pcapng'))).toEqual(events)
    expect((await converted(lines, 'mrt')).notes).toEqual([
      'stretches of octets that are no message, for which MRT has no place (1)',
    ])
  })

  test('a trace folder is read with its connections', async () => {
    const live = new LiveStream()
    const { directory, writer } = await record(live)
    live.start()
    live.connect(1)
    live.receive(1, CILIUM.open, CILIUM.keepalive, CILIUM.podCidr)
    live.close(1)
    await writer.close()
    const events = await eventsIn(directory)
    expect(events[0]).toMatchObject({ type: 'session-opened' })
    expect(events.at(-1)).toMatchObject({ type: 'session-closed', how: 'fin' })
    const mrt = (await converted(directory, 'mrt')).bytes
    expect(mrt).toEqual(readFileSync(join(directory, 'messages.mrt')))
  })
})

test('JSON lines say what a message means', async () => {
  const lines = readFileSync(linesOf(SESSION), 'utf8').trim().split('\n')
  const texts = lines.map((line) => (JSON.parse(line) as { text?: string }).text)
  expect(texts[1]).toBe('OPEN AS 64512 identifier 192.0.2.2 hold 90 s: four-octet-as 64512')
  expect(texts[5]).toBe('UPDATE End-of-RIB ipv4-unicast')
})

describe('files that are not whole', () => {
  test.each(FORMATS)('%s that was cut short is read up to its last whole message', async (format) => {
    const path = await through(linesOf(SESSION), format)
    truncateSync(path, readFileSync(path).length - 7)
    const { messages, notes } = await converted(path, 'jsonl')
    expect(messages).toBe(format === 'mrt' ? 4 : 5)
    expect(notes.join()).toMatch(/octets at the end that are no whole/)
  })

  test('gzip is unpacked', async () => {
    const mrt = await through(linesOf(SESSION), 'mrt')
    expect(await eventsIn(fileOf(gzipSync(readFileSync(mrt)), 'file.gz'))).toEqual(withoutPorts(SESSION))
  })

  test('records of other kinds are left out and told', async () => {
    const mrt = await through(linesOf(SESSION), 'mrt')
    appendFileSync(mrt, hex('65920080 000d 0001 00000004 00000000'))
    const { messages, notes } = await converted(mrt, 'jsonl')
    expect(messages).toBe(5)
    expect(notes).toEqual(['records left out: type 13/1, which is no BGP message (1)'])
  })
})

describe('errors', () => {
  const failure = async (input: string, output = temporary('out')): Promise<unknown> =>
    convert({ input, to: 'mrt', output }).catch((error: unknown) => error)

  test.each([
    ['a file that is not there', '/nonexistent/x', 'there is no such file or folder'],
    [
      'a file of something else',
      fileContent('hello world, this is text'),
      'is neither MRT, pcapng, pcap nor JSON lines',
    ],
    ['an empty file', fileContent(''), 'is empty'],
    ['a line that is no event', fileContent('{"type":"message"}\n{}\n'), 'line 1'],
  ])('%s', async (_name, input, text) => {
    const error = await failure(typeof input === 'string' ? input : input())
    expect(error).toMatchObject({ code: 'RW_TRACE', message: expect.stringContaining(text) as string })
  })

  test('damage in the middle is told with its place', async () => {
    const mrt = await through(linesOf(SESSION), 'mrt')
    const bytes = readFileSync(mrt)
    bytes.fill(0xff, bytes.length - 60)
    writeFileSync(mrt, bytes)
    expect(await failure(mrt)).toMatchObject({
      code: 'RW_TRACE',
      message: expect.stringMatching(/at octet \d+/) as string,
    })
  })

  test('an input without a message, and an output that is the input or cannot be written', async () => {
    const lines = linesOf(SESSION)
    expect(await failure(linesOf([SESSION[0]!]))).toMatchObject({ code: 'RW_TRACE' })
    expect(await failure(lines, lines)).toMatchObject({
      code: 'RW_USAGE',
      message: expect.stringContaining('it is the input') as string,
    })
    expect(await failure(lines, '/nonexistent/out')).toMatchObject({ code: 'RW_USAGE' })
  })
})

function fileContent(text: string): () => string {
  return () => fileOf(Buffer.from(text))
}
