// A drill's router in another process: what is read along is what happened.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { FollowedRouter } from '../../src/drill/followed.ts'
import { startRouter, until } from '../../src/index.ts'
import { ScriptedPeer } from '../support/scripted-peer.ts'

const SECOND = 1e6

test('a wait and a window over the record of a router say what its own would', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'routewitness-followed-'))
  const trace = join(folder, 'trace')
  const tor = await startRouter({ asn: 65000, identifier: '10.0.0.1', listen: '127.0.0.1:0', trace })
  onTestFinished(async () => {
    await tor.stop()
    rmSync(folder, { recursive: true, force: true })
  })
  const asked: string[] = []
  const followed = await FollowedRouter.open(
    trace,
    async (_method, path, body) => {
      asked.push(path)
      if (path === '/v1/flush') await tor.router.flush()
      else tor.mark((body as { name: string }).name)
    },
    new AbortController().signal,
  )
  onTestFinished(() => followed.end())
  const peer = await ScriptedPeer.dial(tor.listeners[0]!)
  const window = followed.window('one route')
  await peer.comesUp()
  await peer.announces('10.5.112.0/24')
  await followed.wait(until.route('10.5.112.0/24'), 10 * SECOND)
  expect([...followed.observer.world.speaker.peers()].map(({ routes }) => routes)).toEqual([1])
  await peer.withdraws('10.5.112.0/24')
  await followed.wait(
    until.event('gone', ({ news }) => news?.news === 'route-withdrawn', { since: window }),
    10 * SECOND,
  )
  const probes: number[] = []
  const deaf = followed.onEvent((event) => void (event.type === 'probe' && probes.push(event.results)))
  const report = { kind: 'new', target: '10.5.112.10:80', prefix: '10.5.112.0/24', pinned: false } as const
  const sent = { from: tor.now, sent: tor.now, outcome: 'ok', inRow: 7, since: tor.now } as const
  tor.router.recordProbe({ type: 'probe', ...report, ...sent, results: 7, lost: 0 })
  await followed.pause(0)
  deaf()
  tor.router.recordProbe({ type: 'probe', ...report, ...sent, results: 8, lost: 0 })
  await followed.pause(0)
  expect(probes).toEqual([7])
  await window.close()
  expect(window.announcements().map(({ prefix }) => prefix)).toEqual(['10.5.112.0/24'])
  expect(window.withdrawals().map(({ cause }) => cause.kind)).toEqual(['wire'])
  expect(window.unknowns()).toEqual([])
  expect(asked.filter((path) => path === '/v1/marks')).toHaveLength(2)
  await expect(followed.wait(until.route('10.9.0.0/16'), 0.1 * SECOND)).rejects.toThrow('is not announced')
})
