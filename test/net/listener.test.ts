import { describe, expect, onTestFinished, test } from 'vitest'
import type { Connection } from '../../src/net/connection.ts'
import { parseListenAddress } from '../../src/net/endpoint.ts'
import { Listeners, type ListenOptions } from '../../src/net/listener.ts'
import { cannotAsk, socketOption } from '../support/socket-option.ts'
import { RawPeer } from '../support/raw-peer.ts'

const IGNORE = { message: () => undefined, unframed: () => undefined, closed: () => undefined }

/** Listeners, and the connections that they accepted in the order of their coming. */
async function listening(
  addresses: string[],
  options: ListenOptions = {},
): Promise<{ listeners: Listeners; next: () => Promise<Connection> }> {
  const listeners = await Listeners.open(addresses, options)
  const arrived: Connection[] = []
  const waiting: ((connection: Connection) => void)[] = []
  const all: Connection[] = []
  listeners.accept((connection) => {
    connection.start(IGNORE)
    all.push(connection)
    const taker = waiting.shift()
    if (taker) taker(connection)
    else arrived.push(connection)
  })
  onTestFinished(() => {
    listeners.close()
    for (const connection of all) connection.close('rst')
  })
  return {
    listeners,
    next: () => {
      const connection = arrived.shift()
      return connection ? Promise.resolve(connection) : new Promise((resolve) => waiting.push(resolve))
    },
  }
}

async function dial(address: string, from?: string): Promise<RawPeer> {
  const peer = await RawPeer.dial(address, from === undefined ? {} : { from })
  onTestFinished(() => peer.reset())
  return peer
}

test('listens on several addresses of both families and says which one a connection came to', async () => {
  const { listeners, next } = await listening(['127.0.0.1:0', '127.0.0.2:0', '[::1]:0'])
  expect(listeners.addresses).toEqual([
    expect.stringMatching(/^127\.0\.0\.1:[1-9]\d*$/),
    expect.stringMatching(/^127\.0\.0\.2:[1-9]\d*$/),
    expect.stringMatching(/^\[::1\]:[1-9]\d*$/),
  ])
  for (const address of listeners.addresses) {
    await dial(address)
    expect((await next()).listener).toBe(address)
  }
})

test('shows both ends of an IPv6 connection', async () => {
  const { listeners, next } = await listening(['[::1]:0'])
  const peer = await dial(listeners.addresses[0]!)
  const { local, remote } = await next()
  expect(local).toEqual({ address: '::1', port: peer.socket.remotePort })
  expect(remote).toEqual({ address: '::1', port: peer.socket.localPort })
})

test('[row 111] shows IPv4 peers of a dual-stack listener without the mapped form', async () => {
  const { listeners, next } = await listening(['[::]:0'])
  const peer = await dial(listeners.addresses[0]!.replace('[::]', '127.0.0.1'), '127.0.0.9')
  const { local, remote } = await next()
  expect(local).toEqual({ address: '127.0.0.1', port: peer.socket.remotePort })
  expect(remote).toEqual({ address: '127.0.0.9', port: peer.socket.localPort })
})

test('listens on both wildcards with one port', async () => {
  const { listeners: first } = await listening(['0.0.0.0:0'])
  const port = first.addresses[0]!.split(':')[1]!
  first.close()
  const { listeners } = await listening([`0.0.0.0:${port}`, `[::]:${port}`])
  expect(listeners.addresses).toEqual([`0.0.0.0:${port}`, `[::]:${port}`])
})

test('a port in use says so, and leaves none of the others open', async () => {
  const { listeners } = await listening(['127.0.0.1:0'])
  const taken = listeners.addresses[0]!
  const free = taken.replace('127.0.0.1', '127.0.0.2')
  await expect(Listeners.open([free, taken])).rejects.toMatchObject({
    code: 'RW_PORT_IN_USE',
    what: `cannot listen on ${taken}: the port is in use`,
  })
  await expect(listening([free])).resolves.toBeDefined()
})

test('an address of another machine says so', async () => {
  await expect(Listeners.open(['192.0.2.1:0'])).rejects.toMatchObject({
    code: 'RW_ADDRESS',
    what: 'cannot listen on 192.0.2.1:0: not an address of this machine',
  })
})

describe('reads addresses', () => {
  test.each([
    ['127.0.0.1:1790', { host: '127.0.0.1', port: 1790 }],
    ['[::1]:0', { host: '::1', port: 0 }],
    ['[fe80::1%eth0]:179', { host: 'fe80::1%eth0', port: 179 }],
  ])('%s', (text, address) => {
    expect(parseListenAddress(text)).toEqual(address)
  })

  test.each([
    '',
    '127.0.0.1',
    '::1:1790',
    '[127.0.0.1]:1',
    '127.0.0.1:70000',
    'localhost:1790',
    '1.2.3:4',
    '[::1]:',
  ])('not %j', (text) => {
    expect(() => parseListenAddress(text)).toThrow(expect.objectContaining({ code: 'RW_CONFIG' }))
  })
})

describe('limits', () => {
  test('marks connections over the limit of a source as refused, and resets those beyond twice of it', async () => {
    const { listeners, next } = await listening(['127.0.0.1:0'], { limits: { perSource: 2 } })
    const address = listeners.addresses[0]!
    const refused = []
    for (let n = 0; n < 4; n++) {
      await dial(address)
      refused.push((await next()).refused)
    }
    expect(refused).toEqual([undefined, undefined, 'source', 'source'])

    const fifth = await dial(address)
    expect(await fifth.end()).toBe('rst')
    expect(listeners).toMatchObject({ open: 4, dropped: 1 })

    await dial(address, '127.0.0.2')
    expect((await next()).refused).toBeUndefined()
  })

  test('marks connections over the limit of all as refused', async () => {
    const { listeners, next } = await listening(['127.0.0.1:0'], { limits: { total: 1 } })
    await dial(listeners.addresses[0]!)
    expect((await next()).refused).toBeUndefined()
    await dial(listeners.addresses[0]!, '127.0.0.2')
    expect((await next()).refused).toBe('total')
  })

  test('counts open connections only', async () => {
    const { listeners, next } = await listening(['127.0.0.1:0'], { limits: { perSource: 1 } })
    const first = await dial(listeners.addresses[0]!)
    const ours = await next()
    ours.close('rst')
    expect(await first.end()).toBe('rst')
    await dial(listeners.addresses[0]!)
    expect((await next()).refused).toBeUndefined()
  })
})

test('connections that come before anybody takes them are not lost', async () => {
  const listeners = await Listeners.open(['127.0.0.1:0'])
  onTestFinished(() => listeners.close())
  const peer = await dial(listeners.addresses[0]!)
  await peer.write(Uint8Array.of(1))
  // A second connection is accepted after the first: then the first waits in the listener.
  const taken = new Promise<Connection>((resolve) => setImmediate(() => listeners.accept(resolve)))
  const connection = await taken
  expect(connection.remote.port).toBe(peer.socket.localPort)
  connection.close('rst')
})

test('[row 112] does not wait for more to send (TCP_NODELAY)', async (context) => {
  const cannot = cannotAsk()
  if (cannot !== undefined) return context.skip(cannot)
  const { listeners, next } = await listening(['127.0.0.1:0'])
  const peer = await dial(listeners.addresses[0]!)
  const { local, remote } = await next()
  expect(await socketOption('TCP_NODELAY', { local: local.port, remote: remote.port })).toBeGreaterThan(0)
  // The kernel does not do so by itself.
  peer.socket.setNoDelay(false)
  expect(await socketOption('TCP_NODELAY', { local: remote.port, remote: local.port })).toBe(0)
})

test('a storm of connections is handed over in turns', async () => {
  const listeners = await Listeners.open(['127.0.0.1:0'])
  const taken: { readonly port: number; readonly turn: number }[] = []
  const connections: Connection[] = []
  let turn = 0
  let all: (() => void) | undefined
  const done = new Promise<void>((resolve) => (all = resolve))
  const count = (): void => {
    turn += 1
    if (taken.length < 40) setImmediate(count)
  }
  listeners.accept((connection) => {
    connection.start(IGNORE)
    connections.push(connection)
    taken.push({ port: connection.remote.port, turn })
    if (taken.length === 40) all?.()
  })
  onTestFinished(() => {
    listeners.close()
    for (const connection of connections) connection.close('rst')
  })
  setImmediate(count)
  const peers = await Promise.all(Array.from({ length: 40 }, () => dial(listeners.addresses[0]!)))
  await done
  expect(new Set(taken.map(({ port }) => port))).toEqual(new Set(peers.map(({ socket }) => socket.localPort)))
  // A turn of the router's may begin between two looks of ours, but no third one.
  const together = taken.map(({ turn: at }) => taken.filter((other) => other.turn === at).length)
  expect(Math.max(...together)).toBeLessThanOrEqual(16)
})
