import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { attachRouter } from '../../src/api/attach.ts'
import { serveRouter } from '../../src/api/serve-router.ts'
import { startRouter, type StartOptions } from '../../src/harness/start.ts'
import type { RouterHandle } from '../../src/harness/handle.ts'
import { openTrace } from '../../src/harness/trace-handle.ts'
import { until } from '../../src/harness/until.ts'
import { fromStatic } from '../../src/kube/static-source.ts'
import { ScriptedPeer } from '../support/scripted-peer.ts'

const PREFIX = '10.5.112.0/24'
const NODE01 = { node: 'node01', prefixes: [PREFIX], asn: 64512 }

async function started(options: Partial<StartOptions> = {}): Promise<RouterHandle> {
  const router = await startRouter({ asn: 65000, listen: '127.0.0.1:0', settle: '20ms', ...options })
  onTestFinished(() => router.stop())
  return router
}

function folder(): string {
  const directory = mkdtempSync(join(tmpdir(), 'routewitness-reset-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  return join(directory, 'trace')
}

test('ends windows and forgets the names of instants; sessions and routes stay', async () => {
  const router = await started()
  const peer = await ScriptedPeer.establish(router.listeners[0]!)
  await peer.announces(PREFIX)
  await router.wait(until.route(PREFIX))
  const mark = router.mark('before')
  const window = router.window('rollout')
  const { seq } = router.reset()
  expect(window.closed).toBe(true)
  expect(window.to.seq).toBeLessThan(seq)
  expect(router.marks.list()).toEqual([])
  expect(router.mark('before')).toEqual({ seq: seq + 1, at: expect.any(Number) })
  expect(mark.seq).toBeLessThan(seq)
  expect(router.peers()).toMatchObject([{ state: 'established', routes: 1 }])
})

test('takes back what was announced, to all and to one', async () => {
  const router = await started()
  const peer = await ScriptedPeer.establish(router.listeners[0]!)
  router.announce([{ prefix: '10.1.0.0/16' }, { prefix: '10.2.0.0/16' }])
  router.announce([{ prefix: '10.3.0.0/16' }], router.peers()[0]!.peer)
  router.withdraw(['10.2.0.0/16'])
  router.reset()
  const withdrawn: number[] = []
  await peer.raw.until(() => {
    withdrawn.length = 0
    for (const message of peer.received)
      if (message.type === 'update')
        for (const { nlri } of message.unreach)
          withdrawn.push(...nlri.map(({ prefix }) => prefix.words[0]! >>> 16))
    return withdrawn.length === 3 ? true : undefined
  })
  expect(withdrawn).toEqual([0x0a02, 0x0a01, 0x0a03])
  const later = await ScriptedPeer.establish(router.listeners[0]!, { identifier: '192.168.77.15' })
  expect(later.received.filter((message) => message.type === 'update' && message.reach.length > 0)).toEqual(
    [],
  )
})

test('what a test expects holds until the reset, and then what the start said', async () => {
  const router = await started({ expected: fromStatic([NODE01]) })
  const expected = (): string[] => router.expected().map(({ node, prefix }) => `${node} ${prefix}`)
  router.setExpected([
    { ...NODE01, prefixes: ['10.9.0.0/16'] },
    { node: 'node02', prefixes: ['10.8.0.0/16'], identifiers: '10.0.0.2' },
  ])
  expect(expected()).toEqual(['node01 10.9.0.0/16', 'node02 10.8.0.0/16'])
  router.reset()
  expect(expected()).toEqual([`node01 ${PREFIX}`])
  expect(() => router.setExpected([])).toThrow('setExpected: the list of nodes is empty')
})

test('is in the record, which keeps what it forgets and replays to the same state', async () => {
  const trace = folder()
  const router = await started({ trace, expected: fromStatic([NODE01]) })
  const peer = await ScriptedPeer.establish(router.listeners[0]!)
  const first = router.window('rollout')
  await peer.announces(PREFIX)
  await router.wait(until.route(PREFIX).from('node01'))
  router.setExpected([{ node: 'node02', prefixes: [PREFIX], identifiers: '10.0.0.2' }])
  const { seq } = router.reset()
  const second = router.window('rollout')
  await peer.withdraws(PREFIX)
  await router.wait(
    until.event('withdrawn', ({ news }) => news?.news === 'route-withdrawn', { since: second }),
  )
  second.close()
  const live = router.state()
  await router.stop()
  const recorded = await openTrace(trace)
  expect(recorded.window(first.name).announcements()).toHaveLength(1)
  expect(recorded.window(second.name).withdrawals()).toHaveLength(1)
  expect(recorded.events().find((row) => row.type === 'reset')).toMatchObject({ seq })
  const at = await recorded.at(live.at.seq)
  expect(at.expected()).toEqual(live.expected())
  expect(at.routes()).toEqual(live.routes())
})

test('over the API: windows carry their answers over, and a reset closes and forgets them', async () => {
  await using served = await serveRouter({
    asn: 65000,
    listen: '127.0.0.1:0',
    expected: fromStatic([NODE01]),
  })
  await using router = await attachRouter(served.url, { token: served.token, label: 'tor' })
  const window = await router.window('rollout')
  expect(() => window.withdrawals()).toThrow(
    'the window "rollout" is open, and its router in another process',
  )
  const peer = await ScriptedPeer.establish(router.listeners[0]!)
  await peer.announces(PREFIX)
  await router.wait(
    until.event('announced', ({ news }) => news?.news === 'route-announced', { since: window }),
  )
  await window.close()
  expect(window).toMatchObject({ closed: true, label: 'tor', name: 'rollout' })
  expect(window.announcements({ node: 'node01' })).toMatchObject([{ prefix: PREFIX, change: 'new' }])
  expect(window.announcements({ node: 'node02' })).toEqual([])
  expect(window.convergence()).toBeGreaterThan(0)
  expect(window.events().map(({ type }) => type)).toContain('announce')
  await router.mark('before')
  const state = await fetch(`${served.url}/v1/events?since=befor`)
  expect(await state.json()).toMatchObject({
    error: { message: 'there is no mark "befor" (did you mean before?)' },
  })
  const lost = await router.window('lost')
  await router.setExpected([{ node: 'node02', prefixes: [PREFIX], identifiers: '10.0.0.2' }])
  await router.reset()
  await expect(lost.close()).rejects.toThrow('there is no open window "lost"')
  expect((await router.state()).expected()).toMatchObject([{ node: 'node01' }])
  expect((await fetch(`${served.url}/v1/events?since=before`)).status).toBe(404)
})
