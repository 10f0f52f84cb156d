import { expect, test } from 'vitest'
import { parsePrefix } from '../../src/core/ip/text.ts'
import type { News } from '../../src/core/speaker/contract.ts'
import type { StreamEvent } from '../../src/core/stream/events.ts'
import { IPV4_UNICAST } from '../../src/core/wire/message.ts'
import { History } from '../../src/harness/history.ts'

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

test('is bounded by what happened, not by how many events it took', () => {
  const history = new History(0, 1000)
  for (let seq = 1; seq <= 100; seq++) history.push(update(seq), announced(100))
  const rows = history.rows(names)
  expect(rows.length).toBeLessThanOrEqual(2000)
  expect(rows.at(-1)!.seq).toBe(100)
  expect(() => history.count(1, () => true, 1)).toThrow(expect.objectContaining({ code: 'RW_NOT_FOUND' }))
  expect(history.count(99, () => true, 1000)).toBe(100)
})

test('one event of 200,000 routes is told whole, and what follows too', () => {
  const history = new History(0, 1000)
  history.push(update(1), announced(200_000))
  expect(history.rows(names)).toHaveLength(200_000)
  history.push({ type: 'mark', name: 'after', seq: 2, at: 2000 }, [])
  expect(history.rows(names).map((row) => row.text)).toEqual(['after'])
  expect(history.count(1, ({ event }) => event.type === 'mark', 1)).toBe(1)
})

test('of a message the header is kept, and KEEPALIVEs are not', () => {
  const history = new History(0)
  history.push(update(1, 4000), announced(1))
  const keepalive = update(2, 19)
  if (keepalive.type === 'message') keepalive.bytes[18] = 4
  history.push(keepalive, [])
  const lengths: number[] = []
  history.count(0, ({ event }) => event.type === 'message' && lengths.push(event.bytes.length) === 0, 10)
  expect(lengths).toEqual([19])
})

test('names are those of now, and the last row about a node is found', () => {
  const history = new History(0)
  history.push(update(1), announced(1))
  expect(history.rows(names)[0]).toMatchObject({ node: 'A', type: 'announce' })
  expect(history.lastOf('A', names)?.seq).toBe(1)
  expect(history.lastOf('B', names)).toBeUndefined()
  expect(history.rows(names, 1)).toEqual([])
})

test('a repeated route is no change, and an End-of-RIB is forgotten with its session', () => {
  const history = new History(0)
  history.push(update(1), announced(1))
  history.push(update(2), announced(1, 'same'))
  expect(history.lastChange).toBe(1000)
  history.push(update(3), [{ news: 'end-of-rib', session: 1, peer: 'a', family: IPV4_UNICAST }])
  expect(history.lastEndOfRib(1, '1/1')).toBe(3)
  history.push({ type: 'session-closed', session: 1, how: 'fin', seq: 4, at: 4000 }, [
    { news: 'session-closed', session: 1, peer: 'a', cause: { kind: 'fin' }, wasEstablished: true },
  ])
  expect(history.lastEndOfRib(1, '1/1')).toBe(0)
  expect(history.lastChange).toBe(4000)
})

test('a peer that no object names has no node, and is found by its identifier', () => {
  const history = new History(0)
  const peer = '127.0.0.1:1790 64512 10.0.0.9'
  history.push(update(1), [{ news: 'session-established', session: 7, peer }])
  const [row] = history.rows(names)
  expect(row).toMatchObject({ node: undefined, peer, remote: '192.0.2.7' })
  expect(history.lastOf('10.0.0.9', names)).toEqual(row)
})

test('knows how far back it reaches', () => {
  const resumed = new History(0, 1000)
  resumed.push(update(50), announced(1))
  expect([48, 49].map((since) => resumed.reachesBackTo(since))).toEqual([false, true])
  for (let seq = 51; seq <= 100; seq++) resumed.push(update(seq), announced(100))
  expect([49, 100].map((since) => resumed.reachesBackTo(since))).toEqual([false, true])
})
