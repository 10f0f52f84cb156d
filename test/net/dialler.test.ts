import { describe, expect, onTestFinished, test } from 'vitest'
import type { Connection } from '../../src/net/connection.ts'
import { Turns } from '../../src/net/turns.ts'
import { Dialler, type DialTarget } from '../../src/net/dialler.ts'
import { ListeningPeer } from '../support/listening-peer.ts'
import { cannotAsk, socketOption } from '../support/socket-option.ts'

type Outcome = { readonly connection: Connection } | { readonly failed: string }

async function dial(
  target: Partial<DialTarget>,
  listeners: readonly string[] = ['0.0.0.0:1790'],
): Promise<Outcome> {
  const dialler = new Dialler({ listeners, turns: new Turns() })
  onTestFinished(() => dialler.close())
  return new Promise((resolve) =>
    dialler.connect(
      { range: 0, attempt: 1, address: '127.0.0.1', port: 1, ...target },
      {
        connected: (connection) => {
          connection.start({ message: () => undefined, unframed: () => undefined, closed: () => undefined })
          onTestFinished(() => connection.close('rst'))
          resolve({ connection })
        },
        failed: (failed) => resolve({ failed }),
      },
    ),
  )
}

async function connected(target: Partial<DialTarget>, listeners?: readonly string[]): Promise<Connection> {
  const outcome = await dial(target, listeners)
  if ('failed' in outcome) throw new Error(outcome.failed)
  return outcome.connection
}

test('connects from the address that is asked for', async () => {
  const node = await ListeningPeer.listen('127.0.0.1')
  const { local, remote } = await connected({ port: node.port, localAddress: '127.0.0.3' })
  expect(local.address).toBe('127.0.0.3')
  expect(remote).toEqual({ address: '127.0.0.1', port: node.port })
})

test('[row 112] does not wait for more to send (TCP_NODELAY)', async (context) => {
  const cannot = cannotAsk()
  if (cannot !== undefined) return context.skip(cannot)
  const node = await ListeningPeer.listen('127.0.0.1')
  const { local, remote } = await connected({ port: node.port })
  expect(await socketOption('TCP_NODELAY', { local: local.port, remote: remote.port })).toBeGreaterThan(0)
})

describe('counts the connection to the listener', () => {
  test.each([
    ['on our address', ['127.0.0.1:1', '0.0.0.0:2', '127.0.0.3:3'], '127.0.0.3:3'],
    ['on every address, where there is none on ours', ['[::]:1', '0.0.0.0:2'], '0.0.0.0:2'],
    ['on every address of both kinds', ['127.0.0.1:1', '[::]:2'], '[::]:2'],
    ['that is the first, where none fits', ['127.0.0.1:1', '127.0.0.2:2'], '127.0.0.1:1'],
  ])('%s', async (_, listeners, expected) => {
    const node = await ListeningPeer.listen('127.0.0.1')
    const { listener } = await connected({ port: node.port, localAddress: '127.0.0.3' }, listeners)
    expect(listener).toBe(expected)
  })

  test('of the target itself, where we do not listen', async () => {
    const node = await ListeningPeer.listen('127.0.0.1')
    expect((await connected({ port: node.port }, [])).listener).toBe(`dial ${node.address}`)
  })
})

describe('says why it failed', () => {
  test('nobody listens', async () => {
    const node = await ListeningPeer.listen('127.0.0.1')
    node.close()
    expect(await dial({ port: node.port })).toEqual({ failed: `refused: nobody listens on ${node.address}` })
  })

  test('the source address is not ours', async () => {
    const outcome = await dial({ localAddress: '192.0.2.1' })
    expect(outcome).toEqual({
      failed: '192.0.2.1 is no address of this machine, or 127.0.0.1:1 cannot be reached from it',
    })
  })
})

test('an attempt that was given up reports nothing', async () => {
  const node = await ListeningPeer.listen('127.0.0.1')
  const dialler = new Dialler({ listeners: [], turns: new Turns() })
  const reports: string[] = []
  const target = { range: 0, attempt: 1, address: '127.0.0.1', port: node.port }
  const handler = {
    connected: () => void reports.push('connected'),
    failed: () => void reports.push('failed'),
  }
  dialler.connect(target, handler)
  dialler.abort(target)
  const second = new Promise<void>((resolve) =>
    dialler.connect(
      { ...target, attempt: 2 },
      {
        ...handler,
        connected: (connection) => {
          connection.close('rst')
          resolve()
        },
      },
    ),
  )
  await second
  expect(reports).toEqual([])
})
