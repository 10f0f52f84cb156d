import { expect, test } from 'vitest'
import { parsePrefix } from '../../src/core/ip/text.ts'
import type { News } from '../../src/core/speaker/contract.ts'
import type { StreamEvent } from '../../src/core/stream/events.ts'
import { IPV4_UNICAST } from '../../src/core/wire/message.ts'
import { History } from '../../src/harness/history.ts'
import { EventLog } from '../../src/harness/latest-events.ts'
import { Recent } from '../../src/harness/recent.ts'
import { WindowStream } from '../support/window-stream.ts'

const A = '192.0.2.11'
const names = {
  nodeOf: (peer: string) => (peer.includes(' ') ? undefined : peer.toUpperCase()),
  peerOf: () => undefined,
  remoteOf: (session: number) => `192.0.2.${session}`,
}

function update(seq: number, length = 60): StreamEvent {
  const bytes = new Uint8Array(length).fill(0xff, 0, 16)
  bytes[18] = 2
  return {
    type: 'message',
    session: 1,
    direction: 'in',
    bytes,
    fourOctetAs: true,
    addPath: false,
    peerAsn: 1,
    seq,
    at: seq * 1000,
  }
}

const announced = (count: number, change: 'new' | 'same' = 'new'): News[] =>
  Array.from({ length: count }, () => ({
    news: 'route-announced',
    session: 1,
    peer: 'a',
    family: IPV4_UNICAST,
    prefix: parsePrefix('10.0.0.0/8'),
    change,
    refreshed: false,
  }))

interface Kept {
  readonly history: History
  readonly log: EventLog
  push(event: StreamEvent, news: News[]): void
}

function keep(limit?: number): Kept {
  const recent = new Recent(names, limit)
  const history = new History(0, recent)
  return {
    history,
    log: new EventLog(recent),
    push(event, news) {
      recent.push(event, news)
      history.push(event, news)
    },
  }
}

test('is bounded by what happened, not by how many events it took', () => {
  const { history, log, push } = keep(256 * 1024)
  for (let seq = 1; seq <= 100; seq++) push(update(seq), announced(100))
  expect(log.rows().at(-1)!.seq).toBe(100)
  expect(log.rows().length).toBeLessThan(3000)
  expect(() => history.count(1, () => true, 1)).toThrow(expect.objectContaining({ code: 'RW_NOT_FOUND' }))
  expect(history.count(99, () => true, 1000)).toBe(100)
})

test('one event of 200,000 routes is told, and what follows too', () => {
  const { history, log, push } = keep(256 * 1024)
  push(update(1), announced(200_000))
  expect(log.rows(0, 5)).toHaveLength(5)
  push({ type: 'mark', name: 'after', seq: 2, at: 2000 }, [])
  expect(log.rows().map((row) => row.text)).toEqual(['after'])
  expect(history.count(1, ({ event }) => event.type === 'mark', 1)).toBe(1)
})

test('KEEPALIVEs are not kept', () => {
  const { log, push } = keep()
  const keepalive = update(2, 19)
  if (keepalive.type === 'message') keepalive.bytes[18] = 4
  push(update(1, 4000), announced(1))
  push(keepalive, [])
  expect(log.rows().map((row) => row.seq)).toEqual([1])
})

test('names are those of now, and the last row about a node is found', () => {
  const { log, push } = keep()
  push(update(1), announced(1))
  expect(log.rows()[0]).toMatchObject({ node: 'A', type: 'announce' })
  expect(log.lastOf('A')?.seq).toBe(1)
  expect(log.lastOf('B')).toBeUndefined()
  expect(log.rows(1)).toEqual([])
})

test('a repeated route is no change, and an End-of-RIB is forgotten with its session', () => {
  const { history, push } = keep()
  push(update(1), announced(1))
  push(update(2), announced(1, 'same'))
  expect(history.lastChange).toBe(1000)
  push(update(3), [{ news: 'end-of-rib', session: 1, peer: 'a', family: IPV4_UNICAST }])
  expect(history.lastEndOfRib(1, '1/1')).toBe(3)
  push({ type: 'session-closed', session: 1, how: 'fin', seq: 4, at: 4000 }, [
    { news: 'session-closed', session: 1, peer: 'a', cause: { kind: 'fin' }, wasEstablished: true },
  ])
  expect(history.lastEndOfRib(1, '1/1')).toBe(0)
  expect(history.lastChange).toBe(4000)
})

test('a peer that no object names has no node, and is found by its identifier', () => {
  const { log, push } = keep()
  const peer = '127.0.0.1:1790 64512 10.0.0.9'
  push(update(1), [{ news: 'session-established', session: 7, peer }])
  const [row] = log.rows()
  expect(row).toMatchObject({ node: undefined, peer, remote: '192.0.2.7' })
  expect(log.lastOf('10.0.0.9')).toEqual(row)
})

test('knows how far back it reaches', () => {
  const { history, push } = keep(256 * 1024)
  push(update(50), announced(1))
  expect([48, 49].map((since) => history.reachesBackTo(since))).toEqual([false, true])
  for (let seq = 51; seq <= 100; seq++) push(update(seq), announced(100))
  expect([49, 100].map((since) => history.reachesBackTo(since))).toEqual([false, true])
})

test('what was read of an event stays as it was when its page is used again, and who reads a page that goes sees its end', () => {
  const stream = new WindowStream().comes(A)
  const recent = new Recent(names, 200_000)
  const messages: Uint8Array[] = []
  stream.live.after = (event, _world, { told }) => {
    if (event.type === 'message' && event.direction === 'in') messages.push(event.bytes.slice())
    recent.push(event, told)
  }
  const prefixes = (round: number): string[] =>
    Array.from({ length: 100 }, (_, index) => `10.${round}.${index}.0/24`)
  for (let round = 0; round < 40; round++) stream.announces(A, ...prefixes(round))
  const begun = recent.after(0)
  begun.next()
  const read = [...recent.after(0)]
  const texts = read.map(({ rows }) => rows.map(({ text }) => text))
  expect(read.length).toBeGreaterThan(30)
  for (let round = 40; round < 700; round++) stream.announces(A, ...prefixes(round % 256))
  expect(recent.forgotten).toBeGreaterThan(read.at(-1)!.seq)
  expect(read.map(({ rows }) => rows.map(({ text }) => text))).toEqual(texts)
  expect(read.map(({ event }) => event.type === 'message' && event.bytes)).toEqual(
    messages.slice(0, read.length),
  )
  for (const { seq } of begun) expect(seq).toBeGreaterThan(recent.forgotten)
})
