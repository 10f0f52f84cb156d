// `serve` on disks that fail for real: a file system that is full, one that is frozen, a folder that is removed.
// What the writer does with any failure is in test/trace/failing-disk.test.ts.
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { ask } from '../../src/api/client.ts'
import type { PeerRow } from '../../src/harness/views.ts'
import { openTrace } from '../../src/trace/reader.ts'
import type { StreamEvent } from '../../src/core/stream/events.ts'
import { RawPeer } from '../support/raw-peer.ts'
import { ServeProcess } from '../support/serve-process.ts'
import { keepalive, open, update } from '../support/speaker-messages.ts'

const run = promisify(execFile)

/** A mount of its own that nobody else sees needs root. */
const cannotMount = await run('unshare', ['--mount', 'true']).then(
  () => undefined,
  () => 'no right to unshare --mount',
)

const PATH = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`
const tools = 'command -v fsfreeze && command -v mkfs.ext4 && command -v nsenter && test -e /dev/loop-control'
const cannotFreeze = await run('sh', ['-c', tools], { env: { ...process.env, PATH } }).then(
  () => undefined,
  () => 'no fsfreeze, mkfs.ext4, nsenter or loop device',
)

/** 64 UPDATEs of 4 KB each that cost little but room: one route, many communities. */
const HEAVY = Buffer.concat(
  Array.from({ length: 64 }, () =>
    update({
      prefixes: ['203.0.113.0/24'],
      attributes: {
        origin: 0,
        asPath: [],
        localPref: 100,
        communities: Array.from({ length: 950 }, (_, n) => 0xfde80000 + n),
      },
    }),
  ),
)

/** Enough UPDATEs for 3 MiB of trace. */
const LOAD = Buffer.concat(
  Array.from({ length: 20_000 }, (_, n) => update({ prefixes: [`10.${n >> 8}.${n & 255}.0/24`] })),
)

function folder(): string {
  const directory = mkdtempSync(join(tmpdir(), 'routewitness-disk-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

async function start(
  directory: string,
  trace: string,
  wrapper: readonly string[] = [],
): Promise<ServeProcess> {
  const serve = await ServeProcess.start({
    directory,
    wrapper,
    settings: { asn: 64512, identifier: '192.0.2.1', listen: '127.0.0.1:0', trace },
  })
  onTestFinished(() => serve[Symbol.asyncDispose]())
  return serve
}

async function goodPeer(serve: ServeProcess): Promise<RawPeer> {
  const peer = await RawPeer.dial(serve.address)
  onTestFinished(() => peer.reset())
  await peer.write(Buffer.concat([open({ holdTime: 0 }), keepalive, update({ prefixes: ['192.0.2.0/24'] })]))
  return peer
}

async function peerOf(
  serve: ServeProcess,
): Promise<Pick<PeerRow, 'state' | 'routes' | 'session'> | undefined> {
  const { rows } = await ask<{ rows: PeerRow[] }>({ socket: serve.socket }, 'GET', '/v1/peers')
  return rows[0] && { state: rows[0].state, routes: rows[0].routes, session: rows[0].session }
}

/** Waits until the peer has so many routes. */
async function routes(serve: ServeProcess, count: number): Promise<void> {
  while ((await peerOf(serve))?.routes !== count) await new Promise((resolve) => setImmediate(resolve))
}

const UP = { state: 'established', routes: 20_001 }

async function eventsOf(directory: string): Promise<StreamEvent[]> {
  const events: StreamEvent[] = []
  for await (const event of (await openTrace(directory)).events()) events.push(event)
  return events
}

const gapsOf = (events: readonly StreamEvent[]): StreamEvent[] => events.filter(({ type }) => type === 'gap')

test('a full disk: a message says so, the session stays, and a gap stands where events are missing', async (context) => {
  if (cannotMount !== undefined) return context.skip(cannotMount)
  const directory = folder()
  const mount = 'mount -t tmpfs -o size=512k tmpfs "$0" && exec "$@"'
  const disk = join(directory, 'disk')
  mkdirSync(disk)
  const serve = await start(directory, join(disk, 'trace'), ['unshare', '--mount', 'sh', '-c', mount, disk])
  const peer = await goodPeer(serve)
  await peer.write(LOAD)
  await serve.says(/^problem {2}the trace is interrupted: ENOSPC.*$/m)
  await routes(serve, 20_001)
  expect(await peerOf(serve)).toMatchObject(UP)

  await run('nsenter', ['--target', String(serve.pid), '--mount', 'mount', '-o', 'remount,size=64m', disk])
  await serve.says(/^problem {2}the trace goes on; \d+ events are not in it$/m)
  expect(await peerOf(serve)).toMatchObject(UP)
  const events = await eventsOf(join('/proc', String(serve.pid), 'root', disk, 'trace'))
  expect(gapsOf(events)).toMatchObject([{ reason: expect.stringContaining('ENOSPC') as string }])
}, 60_000)

test('a removed folder: a message says so, the session stays, and the new one begins with a gap', async () => {
  const directory = folder()
  const trace = join(directory, 'trace')
  const serve = await start(directory, trace)
  const peer = await goodPeer(serve)
  await routes(serve, 1)
  await ask({ socket: serve.socket }, 'POST', '/v1/flush')
  rmSync(trace, { recursive: true })
  await peer.write(LOAD)
  await serve.says(/^problem {2}the trace is interrupted: the files in .* were moved or removed$/m)
  await serve.says(/^problem {2}the trace goes on; \d+ events are not in it$/m)
  await routes(serve, 20_001)
  expect(await peerOf(serve)).toMatchObject(UP)
  await ask({ socket: serve.socket }, 'POST', '/v1/flush')
  const events = await eventsOf(trace)
  expect(events[0]).toMatchObject({ type: 'gap', reason: expect.stringContaining('removed') as string })
}, 60_000)

interface OwnDisk {
  readonly serve: ServeProcess
  /** Where `serve` records, as others see it. */
  readonly trace: string
  /** '-f' lets every write wait, '-u' lets them go on. */
  freeze(how: '-f' | '-u'): Promise<unknown>
}

/** `serve` with a file system of its own that can be frozen. */
async function startOnOwnDisk(): Promise<OwnDisk> {
  const directory = folder()
  const image = join(directory, 'image')
  const disk = join(directory, 'disk')
  mkdirSync(disk)
  await run('truncate', ['-s', '256M', image])
  await run('mkfs.ext4', ['-q', image], { env: { ...process.env, PATH } })
  const mount = 'mount -o loop "$0.image" "$0" && exec "$@"'
  await run('ln', ['-s', image, `${disk}.image`])
  const serve = await start(directory, join(disk, 'trace'), ['unshare', '--mount', 'sh', '-c', mount, disk])
  return {
    serve,
    trace: join('/proc', String(serve.pid), 'root', disk, 'trace'),
    freeze: (how) =>
      run('nsenter', ['--target', String(serve.pid), '--mount', 'fsfreeze', how, disk], {
        env: { ...process.env, PATH },
      }),
  }
}

test('a disk that takes nothing: a message says so, the session stays, and a gap stands where events are missing', async (context) => {
  if (cannotMount !== undefined) return context.skip(cannotMount)
  if (cannotFreeze !== undefined) return context.skip(cannotFreeze)
  const { serve, trace, freeze } = await startOnOwnDisk()
  const peer = await goodPeer(serve)
  await routes(serve, 1)
  // What is frozen waits without end, and so would the process that has to go.
  await freeze('-f')
  try {
    const watch = { told: false }
    const interrupted = serve.says(/^problem {2}the trace is interrupted: the disk could not follow$/m)
    const done = interrupted.finally(() => (watch.told = true))
    while (!watch.told) await peer.write(HEAVY)
    await done
    expect(await peerOf(serve)).toMatchObject({ state: 'established' })
  } finally {
    await freeze('-u')
  }
  await serve.says(/^problem {2}the trace goes on; \d+ events are not in it$/m)
  expect(await peerOf(serve)).toMatchObject({ state: 'established' })
  expect(gapsOf(await eventsOf(trace))).toMatchObject([{ reason: 'the disk could not follow' }])
}, 60_000)

test('a slow disk: a message says so, a session with a hold time of 3 s stays, and a gap stands where events are missing', async (context) => {
  if (cannotMount !== undefined) return context.skip(cannotMount)
  if (cannotFreeze !== undefined) return context.skip(cannotFreeze)
  const { serve, trace, freeze } = await startOnOwnDisk()
  const heavy = await goodPeer(serve)
  await routes(serve, 1)
  const quiet = await RawPeer.dial(serve.address)
  onTestFinished(() => quiet.reset())
  await quiet.write(
    Buffer.concat([
      open({ holdTime: 3, identifier: '192.168.77.15' }),
      keepalive,
      update({ prefixes: ['198.51.100.0/24'] }),
    ]),
  )
  const beat = setInterval(() => void quiet.write(keepalive), 1000)
  onTestFinished(() => clearInterval(beat))

  const watch = { told: false }
  const interrupted = serve
    .says(/^problem {2}the trace is interrupted: the disk could not follow$/m)
    .finally(() => (watch.told = true))
  // Between two freezes a few writes get through, so that it is slow and never still.
  const slow = (async () => {
    while (!watch.told) {
      await freeze('-f')
      await freeze('-u')
    }
  })()
  while (!watch.told) await heavy.write(HEAVY)
  await interrupted
  await slow
  await serve.says(/^problem {2}the trace goes on; \d+ events are not in it$/m)
  const { rows } = await ask<{ rows: PeerRow[] }>({ socket: serve.socket }, 'GET', '/v1/peers')
  expect(rows.map(({ state, session }) => ({ state, session }))).toEqual([
    { state: 'established', session: rows[0]?.session },
    { state: 'established', session: rows[1]?.session },
  ])
  await ask({ socket: serve.socket }, 'POST', '/v1/flush')
  const events = await eventsOf(trace)
  expect(gapsOf(events)).toMatchObject([{ reason: 'the disk could not follow' }])
  expect(events.filter(({ type }) => type === 'session-closed')).toEqual([])
}, 120_000)
