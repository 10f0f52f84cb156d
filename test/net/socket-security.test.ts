// Keys and TTLs between our own ends. What daemons make of them is in test/interop/tcp-security.test.ts.
import { readFileSync } from 'node:fs'
import { expect, onTestFinished, test } from 'vitest'
import { parsePrefix } from '../../src/core/ip/text.ts'
import type { Connection } from '../../src/net/connection.ts'
import { Dialler } from '../../src/net/dialler.ts'
import { readCounters } from '../../src/net/kernel-drops.ts'
import { formatListenAddress, parseListenAddress } from '../../src/net/endpoint.ts'
import { Listeners } from '../../src/net/listener.ts'
import { SocketSecurity, type PeerSecurity } from '../../src/net/socket-security.ts'
import { cannotAsk, socketOption } from '../support/socket-option.ts'

const IGNORE = { message: () => undefined, unframed: () => undefined, closed: () => undefined }
/** They connect from 127.0.0.0/8 to it. */
const FROM = parsePrefix('127.0.0.0/8')
type Terms = Omit<PeerSecurity, 'from'>

/** Both ends of a connection, when there is one. */
interface Ends {
  readonly accepted: Promise<Connection>
  readonly dialled: Promise<Connection>
  /** What has come about so far. */
  readonly open: readonly string[]
}

async function connect(ours: Terms, theirs: Terms, host = '127.0.0.1'): Promise<Ends> {
  const [listening, dialling] = await Promise.all(
    [ours, theirs].map((terms) => SocketSecurity.load([{ from: FROM, ...terms }])),
  )
  const listeners = await Listeners.open([formatListenAddress({ host, port: 0 })], { security: listening })
  const dialler = new Dialler({ listeners: [], turns: listeners.turns, security: dialling })
  const open: string[] = []
  const keep = (end: string, connection: Connection): Connection => {
    connection.start(IGNORE)
    onTestFinished(() => connection.close('rst'))
    open.push(end)
    return connection
  }
  onTestFinished(() => {
    dialler.close()
    listeners.close()
  })
  const accepted = new Promise<Connection>((resolve) =>
    listeners.accept((connection) => resolve(keep('accepted', connection))),
  )
  const target = { address: host, port: parseListenAddress(listeners.addresses[0]!).port }
  const dialled = new Promise<Connection>((resolve, reject) =>
    dialler.connect(
      { range: 0, attempt: 1, ...target },
      {
        connected: (connection) => resolve(keep('dialled', connection)),
        failed: (message) => reject(new Error(message)),
      },
    ),
  )
  return { accepted, dialled, open }
}

const dropped = (counter: string): number =>
  readCounters(readFileSync('/proc/self/net/netstat', 'latin1')).get(counter) ?? Number.NaN

test.for(['127.0.0.1', '::ffff:127.0.0.1'])(
  '[row 109] both with the same key connect, at %s',
  async (host, context) => {
    const cannot = cannotAsk()
    if (cannot !== undefined) return context.skip(cannot)
    const { accepted, dialled } = await connect({ password: 'a key' }, { password: 'a key' }, host)
    const [ours, theirs] = await Promise.all([accepted, dialled])
    expect(ours.remote).toEqual(theirs.local)
  },
)

test.for<readonly [what: string, ours: Terms, theirs: Terms, counter: string]>([
  ['a key that only the peer has', { ttlSecurity: true }, { password: 'a key' }, 'TCPMD5Unexpected'],
  ['a key that only we have', { password: 'a key' }, {}, 'TCPMD5NotFound'],
  ['two different keys', { password: 'a key' }, { password: 'A key' }, 'TCPMD5Failure'],
])(
  '[row 109] %s: the kernel drops it, and counts it as what it is',
  async ([, ours, theirs, counter], context) => {
    const cannot = cannotAsk()
    if (cannot !== undefined) return context.skip(cannot)
    const before = dropped(counter)
    const { open, dialled } = await connect(ours, theirs)
    dialled.catch(() => undefined)
    while (!(dropped(counter) > before)) await new Promise((resolve) => setTimeout(resolve, 20))
    expect(open).toEqual([])
  },
)

test('[row 108] sends with TTL 255 and takes nothing with less, on both ends', async (context) => {
  const cannot = cannotAsk()
  if (cannot !== undefined) return context.skip(cannot)
  const { accepted, dialled } = await connect({ ttlSecurity: true }, { ttlSecurity: true })
  for (const { local, remote } of await Promise.all([accepted, dialled])) {
    const ports = { local: local.port, remote: remote.port }
    expect([await socketOption('IP_TTL', ports), await socketOption('IP_MINTTL', ports)]).toEqual([255, 255])
  }
})

test('[row 108] a peer that does not ask for it is not shut out by one that does', async (context) => {
  const cannot = cannotAsk()
  if (cannot !== undefined) return context.skip(cannot)
  const security = await SocketSecurity.load([{ from: parsePrefix('127.0.0.9/32'), ttlSecurity: true }])
  const listeners = await Listeners.open(['127.0.0.1:0'], { security })
  const dialler = new Dialler({ listeners: [], turns: listeners.turns })
  onTestFinished(() => listeners.close())
  const { port } = parseListenAddress(listeners.addresses[0]!)
  const accepted = new Promise<Connection>((resolve) => listeners.accept(resolve))
  dialler.connect(
    { range: 0, attempt: 1, address: '127.0.0.1', port },
    { connected: (connection) => onTestFinished(() => connection.close('rst')), failed: () => undefined },
  )
  const ours = await accepted
  onTestFinished(() => ours.close('rst'))
  const { local, remote } = ours
  expect(await socketOption('IP_MINTTL', { local: local.port, remote: remote.port })).toBe(0)
})

test('nothing is loaded where nothing is asked for', async () => {
  expect(await SocketSecurity.load([{ from: FROM }, { from: FROM, ttlSecurity: false }])).toBeUndefined()
})
