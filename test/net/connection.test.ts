import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { Connection } from '../../src/net/connection.ts'
import { Listeners, type ListenOptions } from '../../src/net/listener.ts'
import { TURN, Turns } from '../../src/net/turns.ts'
import { countTurns, nextTurn } from '../support/loop-turns.ts'
import { RawPeer } from '../support/raw-peer.ts'

/** A message of type UPDATE whose body is `fill` repeated. */
function message(length = 19, fill = 0): Uint8Array {
  const bytes = new Uint8Array(length).fill(fill)
  bytes.fill(0xff, 0, 16)
  bytes.set([length >>> 8, length & 255, 2], 16)
  return bytes
}

function repeated(bytes: Uint8Array, times: number): Uint8Array {
  const all = new Uint8Array(bytes.length * times)
  for (let n = 0; n < times; n++) all.set(bytes, n * bytes.length)
  return all
}

/** What our end of a connection reported. */
class Seen {
  readonly connection: Connection
  readonly messages: Uint8Array[] = []
  readonly unframed: { bytes: Uint8Array; subcode: number }[] = []
  /** What was reported of the queue: true when it stood still, false when it moved again. */
  readonly blocked: boolean[] = []
  onBlocked: () => void = () => undefined
  readonly closed: Promise<{ how: string; message: string | undefined }>
  /** Called with each message, before it is kept. */
  onMessage: (bytes: Uint8Array) => void = () => undefined
  #closings = 0

  constructor(connection: Connection) {
    this.connection = connection
    this.closed = new Promise((resolve) => {
      connection.start({
        message: (bytes) => {
          this.onMessage(bytes)
          this.messages.push(bytes.slice())
        },
        unframed: (bytes, subcode) => void this.unframed.push({ bytes, subcode }),
        blocked: (blocked) => {
          this.blocked.push(blocked)
          this.onBlocked()
        },
        closed: (how, text) => {
          this.#closings += 1
          if (this.#closings > 1) throw new Error('reported twice')
          resolve({ how, message: text })
        },
      })
    })
  }
}

/** Both ends of a connection over loopback. */
async function pair(
  options: ListenOptions = {},
): Promise<{ ours: Seen; peer: RawPeer; turns: Listeners['turns'] }> {
  const listeners = await Listeners.open(['127.0.0.1:0'], options)
  const accepted = new Promise<Seen>((resolve) =>
    listeners.accept((connection) => resolve(new Seen(connection))),
  )
  const peer = await RawPeer.dial(listeners.addresses[0]!)
  const ours = await accepted
  onTestFinished(() => {
    ours.connection.close('rst')
    peer.reset()
    listeners.close()
  })
  return { ours, peer, turns: listeners.turns }
}

describe('says how the peer closed, once, after all that came before', () => {
  test('FIN', async () => {
    const { ours, peer } = await pair()
    await peer.write(message())
    peer.finish()
    expect(await ours.closed).toEqual({ how: 'fin', message: undefined })
    expect(ours.messages).toEqual([message()])
    expect(await peer.end()).toBe('fin')
  })

  test('RST', async () => {
    const { ours, peer } = await pair()
    await peer.write(message())
    ours.onMessage = () => peer.reset()
    expect(await ours.closed).toEqual({ how: 'rst', message: undefined })
    expect(ours.messages).toEqual([message()])
  })

  test.each(['fin', 'rst'] as const)('%s while input was held: then all of it waits', async (how) => {
    const { ours, peer, turns } = await pair()
    const order: string[] = []
    ours.onMessage = () => order.push('message')
    const closed = ours.closed.then(() => order.push('closed'))
    turns.hold(true)
    await peer.write(message())
    while (ours.connection.received === 0) await nextTurn()
    if (how === 'fin') peer.finish()
    else peer.reset()
    for (let turn = 0; turn < 10; turn++) await nextTurn()
    expect(order).toEqual([])
    expect(ours.connection.waits).toBe(true)
    turns.hold(false)
    await closed
    expect(order).toEqual(['message', 'closed'])
    expect(await ours.closed).toEqual({ how, message: undefined })
    expect(ours.connection.waits).toBe(false)
  })

  test.each(['fin', 'rst'] as const)(
    '%s that has no turn yet waits, as input does: it comes before a hold timer',
    async (how) => {
      const { ours, peer, turns } = await pair()
      turns.hold(true)
      if (how === 'fin') peer.finish()
      else peer.reset()
      while (!ours.connection.waits) await nextTurn()
      turns.hold(false)
      expect(await ours.closed).toEqual({ how, message: undefined })
      expect(ours.connection.waits).toBe(false)
    },
  )

  test('FIN that was read, and a reset that follows before it is handled', async () => {
    const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }).listen(0, '127.0.0.1')
    onTestFinished(() => void server.close())
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const peer = connect(port, '127.0.0.1')
    const [socket] = (await once(server, 'connection')) as [Socket]
    const end = { address: '127.0.0.1', port }
    const turns = new Turns()
    const ours = new Seen(
      new Connection(socket, {
        listener: `127.0.0.1:${port}`,
        local: end,
        remote: end,
        refused: undefined,
        writeQueue: 1000,
        turns,
      }),
    )
    turns.hold(true)
    const read = once(socket, 'end')
    peer.end()
    await Promise.all([read, once(peer, 'finish')])
    peer.resetAndDestroy()
    turns.hold(false)
    expect(await ours.closed).toEqual({ how: 'fin', message: undefined })
  })

  test('FIN answered to ours', async () => {
    const { ours, peer } = await pair()
    ours.connection.close('fin')
    expect(await peer.end()).toBe('fin')
    peer.finish()
    expect(await ours.closed).toEqual({ how: 'closed-by-us', message: undefined })
  })

  test('our RST', async () => {
    const { ours, peer } = await pair()
    ours.connection.close('rst')
    expect(await ours.closed).toEqual({ how: 'closed-by-us', message: undefined })
    expect(await peer.end()).toBe('rst')
  })

  test('our RST after a FIN that the peer did not answer', async () => {
    const { ours, peer } = await pair()
    ours.connection.close('fin')
    expect(await peer.end()).toBe('fin')
    ours.connection.close('rst')
    expect(await ours.closed).toEqual({ how: 'closed-by-us', message: undefined })
  })
})

test.each(['nothing', 'a message', 'more than the peer takes'])(
  'a reset right after a close ends it: %s is queued',
  async (queued) => {
    const { ours, peer } = await pair()
    peer.stopReading()
    if (queued === 'a message') ours.connection.write(message())
    if (queued === 'more than the peer takes') ours.connection.write(new Uint8Array(32 * 1024 * 1024))
    ours.connection.close('fin')
    ours.connection.close('rst')
    expect((await ours.closed).how).toBe('closed-by-us')
    peer.startReading()
    expect(await peer.end()).toBeDefined()
  },
)

test('quotes a message that had begun when the connection ended', async () => {
  const { ours, peer } = await pair()
  await peer.write(message(23).subarray(0, 21))
  peer.finish()
  expect(await ours.closed).toEqual({
    how: 'fin',
    message: `ended inside a message, after 21 octets: ${'ff'.repeat(16)}0017020000`,
  })
})

test('[row 30] what is written before a FIN arrives although input is unread', async () => {
  const { ours, peer } = await pair()
  // The first message makes us close; the rest is unread then, and the kernel would answer a close with RST.
  ours.onMessage = () => {
    if (!ours.connection.write(message(4096, 9))) return
    ours.connection.close('fin')
  }
  await peer.write(repeated(message(1000), 1000))
  expect(await peer.end()).toBe('fin')
  expect(Buffer.from(peer.received).equals(message(4096, 9))).toBe(true)
  peer.finish()
  expect((await ours.closed).how).toBe('closed-by-us')
  // All was read to its end: no reset can have overtaken our last message.
  expect(ours.connection.received).toBe(1_000_000)
})

test('what is written after a close is refused', async () => {
  const { ours } = await pair()
  ours.connection.close('fin')
  expect(ours.connection.write(message())).toBe(false)
})

test('[row 112] one turn of the event loop handles a bounded amount of input, over all connections', async () => {
  const listeners = await Listeners.open(['127.0.0.1:0'])
  onTestFinished(() => listeners.close())
  const perTurn = new Map<number, number>()
  const turn = countTurns()
  const all: Seen[] = []
  listeners.accept((connection) => {
    const seen = new Seen(connection)
    seen.onMessage = (bytes) => void perTurn.set(turn(), (perTurn.get(turn()) ?? 0) + bytes.length)
    all.push(seen)
  })
  const peers = await Promise.all(Array.from({ length: 5 }, () => RawPeer.dial(listeners.addresses[0]!)))
  await Promise.all(peers.map((peer) => peer.write(repeated(message(512), 2000))))
  for (const peer of peers) peer.finish()
  for (const seen of all) {
    expect((await seen.closed).how).toBe('fin')
    expect(seen.messages).toHaveLength(2000)
  }
  // Our own immediate may stand before or after the one that begins a turn; and a message that was split is counted whole.
  expect(Math.max(...perTurn.values())).toBeLessThanOrEqual(2 * (TURN + 5 * 512))
})

test.each(['fin', 'rst'] as const)(
  'connections that end together (%s) are reported in turns',
  async (how) => {
    const listeners = await Listeners.open(['127.0.0.1:0'])
    onTestFinished(() => listeners.close())
    const turn = countTurns()
    const ends: Promise<{ readonly how: string; readonly turn: number }>[] = []
    listeners.accept((connection) => {
      const { closed } = new Seen(connection)
      ends.push(closed.then((end) => ({ how: end.how, turn: turn() })))
    })
    const peers = await Promise.all(Array.from({ length: 40 }, () => RawPeer.dial(listeners.addresses[0]!)))
    while (ends.length < 40) await nextTurn()
    for (const peer of peers) {
      if (how === 'fin') peer.finish()
      else peer.reset()
    }
    const all = await Promise.all(ends)
    expect(all.map((end) => end.how)).toEqual(Array(40).fill(how))
    const together = all.map((one) => all.filter((other) => other.turn === one.turn).length)
    // A turn of the router's may begin between two looks of ours, but no third one.
    expect(Math.max(...together)).toBeLessThanOrEqual(16)
  },
)

test('what comes while input waits is read along, in its order, but not more than a little', async () => {
  const { ours, peer, turns } = await pair()
  turns.hold(true)
  for (let fill = 1; fill <= 3; fill++) {
    await peer.write(message(100, fill))
    while (ours.connection.received < 100 * fill) await nextTurn()
  }
  const more = peer.write(repeated(message(4096, 4), 4096))
  for (let round = 0; round < 100; round++) await nextTurn()
  // One read of the socket is 64 KiB, and the stream beneath keeps another.
  expect(ours.connection.received).toBeLessThanOrEqual(2 * 65_536)
  turns.hold(false)
  await more
  peer.finish()
  await ours.closed
  expect(ours.messages.slice(0, 4).map((bytes) => [bytes.length, bytes[20]])).toEqual([
    [100, 1],
    [100, 2],
    [100, 3],
    [4096, 4],
  ])
  expect(ours.messages).toHaveLength(3 + 4096)
})

test('loses nothing that was read before a reset', async () => {
  const { ours, peer } = await pair()
  // Much more than one turn handles: the rest waits, in our hands and in the socket's, when the reset arrives.
  ours.onMessage = () => {
    ours.onMessage = () => undefined
    void peer.write(message(100, 2)).then(() => peer.reset())
  }
  await peer.write(repeated(message(4096, 1), 16))
  expect((await ours.closed).how).toBe('rst')
  expect(ours.messages.map((bytes) => bytes.length)).toEqual([...Array<number>(16).fill(4096), 100])
})

test('a reset that is there as soon as the last message is no FIN', async () => {
  const { ours, peer } = await pair()
  peer.socket.write(message(100))
  peer.reset()
  expect((await ours.closed).how).toBe('rst')
  expect(ours.messages.map((bytes) => bytes.length)).toEqual([100])
})

test('[row 112] resets a peer that does not read when too much waits, and says so', async () => {
  const { ours, peer } = await pair({ writeQueue: 100_000 })
  peer.stopReading()
  let sent = 0
  while (ours.connection.write(message(4096))) {
    sent += 1
    if (sent % 16 === 0) await new Promise((resolve) => setImmediate(resolve))
  }
  const { how, message: text } = await ours.closed
  expect(how).toBe('error')
  expect(text).toMatch(/^the peer does not read: \d+ octets wait to be sent$/)
})

test('tells that a peer has read nothing for a second, and that it reads again', async () => {
  const { ours, peer } = await pair()
  const told = (): Promise<void> => new Promise((resolve) => (ours.onBlocked = resolve))
  peer.stopReading()
  const stands = told()
  for (let sent = 0; sent < 5000; sent++) ours.connection.write(message(4096))
  await stands
  expect(ours.blocked).toEqual([true])
  const moves = told()
  peer.startReading()
  await moves
  expect(ours.blocked).toEqual([true, false])
})

test('tells nothing of a queue that moves', async () => {
  const { ours, peer } = await pair()
  for (let sent = 0; sent < 100; sent++) ours.connection.write(message(4096))
  await peer.until(() => (peer.received.length === 100 * 4096 ? true : undefined))
  ours.connection.close('fin')
  peer.finish()
  await ours.closed
  expect(ours.blocked).toEqual([])
})

test('ignores what follows bytes that are no message, and still ends in order', async () => {
  const { ours, peer } = await pair()
  await peer.write(message())
  await peer.write(new TextEncoder().encode('GET / HTTP/1.1\r\nHost: router\r\n\r\n'))
  await peer.write(message())
  peer.finish()
  expect((await ours.closed).how).toBe('fin')
  expect(ours.messages).toHaveLength(1)
  expect(
    ours.unframed.map(({ bytes, subcode }) => [Buffer.from(bytes).toString().slice(0, 14), subcode]),
  ).toEqual([['GET / HTTP/1.1', 1]])
})
