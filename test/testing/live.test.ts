// Claims about a running router are looked at again whenever something happens, until they may be said.
import { AssertionError } from 'node:assert'
import { expect, expectTypeOf, onTestFinished, test } from 'vitest'
import {
  attachRouter,
  fromStatic,
  serveRouter,
  startRouter,
  until,
  type RouterHandle,
} from '../../src/index.ts'
import * as assertions from '../../src/testing/assert.ts'
import '../../src/testing/vitest.ts'
import { ScriptedPeer } from '../support/scripted-peer.ts'
import { notification } from '../support/speaker-messages.ts'

async function start(): Promise<{ tor: RouterHandle; comes: () => Promise<ScriptedPeer> }> {
  const tor = await startRouter({
    asn: 65000,
    listen: '127.0.0.1:0',
    label: 'tor',
    settle: '50ms',
    expected: fromStatic([{ node: 'node01', prefixes: ['10.0.1.0/24'], identifiers: '10.0.0.1' }]),
  })
  onTestFinished(() => tor.stop())
  return { tor, comes: () => ScriptedPeer.establish(tor.listeners[0]!, { identifier: '10.0.0.1' }) }
}

test('a claim made too early holds once it has become true', async () => {
  const { tor, comes } = await start()
  const claims = Promise.all([
    expect(tor).toBeEstablished(),
    expect(tor).toAdvertise('10.0.1.0/24', { node: 'node01' }),
    expect(tor).toMatchCluster(),
    expect(tor).toConvergeWithin('20s'),
  ])
  const peer = await comes()
  await peer.announces('10.0.1.0/24')
  await claims
  expect(tor.state()).toMatchCluster()
})

test('a negated claim waits for what it negates to go', async () => {
  const { tor, comes } = await start()
  const peer = await comes()
  await peer.announces('10.0.1.0/24')
  await expect(tor).toAdvertise('10.0.1.0/24')
  const gone = expect(tor).not.toAdvertise('10.0.1.0/24')
  await peer.withdraws('10.0.1.0/24')
  await gone
  await expect(tor).toHaveNoRoutes({ node: 'node01' })
})

test('what comes is waited for from the call on, or since a window', async () => {
  const { tor, comes } = await start()
  const peer = await comes()
  await expect(tor).toBeEstablished()
  const since = tor.window('maintenance')
  const told = expect(tor).toReceiveNotification({ node: 'node01', code: 6, subcode: 3 })
  await peer.sends(notification([6, 3]))
  await told
  await expect(tor).toReceiveNotification({ code: 6, since })
  // It came before this call: nothing like it comes any more.
  await expect(assertions.assertReceivesNotification(tor, { code: 6, timeout: '100ms' })).rejects.toThrow(
    'no such NOTIFICATION was received',
  )
})

test('that nothing comes is no claim about a running router', async () => {
  const { tor } = await start()
  await expect(assertions.assertReceivesNoNotification(tor, { timeout: '10s' })).rejects.toThrow(
    'Open a window before you act',
  )
})

test('the negation of toConvergeWithin waits until the time is over', async () => {
  const { tor, comes } = await start()
  const peer = await comes()
  const late = expect(tor).not.toConvergeWithin('300ms')
  await late
  await peer.announces('10.0.1.0/24')
  await expect(tor).toConvergeWithin('20s')
})

test('plain functions throw the same text under their own name, at once where the value is one', async () => {
  const { tor, comes } = await start()
  const peer = await comes()
  await tor.wait(until.sessions('all'))
  const text = /assertMatchesCluster\(tor[\s\S]*10\.0\.1\.0\/24 {2}missing[\s\S]*trace/
  await expect(assertions.assertMatchesCluster(tor, { timeout: '200ms' })).rejects.toThrow(text)
  expect(() => assertions.assertMatchesCluster(tor.state())).toThrow(text)
  expect(() => assertions.assertMatchesCluster(tor.state())).toThrow(AssertionError)
  const failure = await assertions.assertMatchesCluster(tor, { timeout: 0 }).catch((error: Error) => error)
  expect(failure?.stack).toMatch(/AssertionError[\s\S]*\n {4}at .*live\.test\.ts/)
  await peer.announces('10.0.1.0/24')
  await assertions.assertMatchesCluster(tor)
  const gone = assertions.assertDoesNotAdvertise
  const now = tor.state()
  expect(() => gone(now, '10.0.1.0/24')).toThrow(/^assertDoesNotAdvertise\(tor, '10\.0\.1\.0\/24'\)\n/)
  expect(() => gone(now, '10.0.1.0/24', { nod: 'node01' } as object)).toThrow(
    /^assertDoesNotAdvertise\(…, .*\n\n {2}assertDoesNotAdvertise has no option "nod"/,
  )
  expect(() => assertions.assertAdvertises(now, 'foo')).toThrow(/^assertAdvertises\(tor, 'foo'\)\n/)
  assertions.assertHasNoFindings(tor.state())
})

test('a claim about a running router is a promise for the compiler, one about a value is not', () => {
  expectTypeOf(expect({} as RouterHandle).toMatchCluster).returns.toEqualTypeOf<Promise<void>>()
  expectTypeOf(expect({} as ReturnType<RouterHandle['state']>).toMatchCluster).returns.toEqualTypeOf<void>()
  expectTypeOf(expect({} as ReturnType<RouterHandle['window']>).toHaveNoGap).returns.toEqualTypeOf<void>()
  expectTypeOf(expect({} as RouterHandle).not.toAdvertise)
    .parameter(0)
    .toEqualTypeOf<string>()
})

test('a router in another process is asked the same', async () => {
  await using served = await serveRouter({
    asn: 65000,
    listen: '127.0.0.1:0',
    settle: '50ms',
    expected: fromStatic([{ node: 'node01', prefixes: ['10.0.1.0/24'], identifiers: '10.0.0.1' }]),
  })
  await using tor = await attachRouter(served.url, { token: served.token, label: 'tor' })
  const claims = Promise.all([expect(tor).toBeEstablished(), expect(tor).toMatchCluster()])
  const peer = await ScriptedPeer.establish(served.handle.listeners[0]!, { identifier: '10.0.0.1' })
  await peer.announces('10.0.1.0/24')
  await claims

  const window = await tor.window('withdrawal')
  await peer.withdraws('10.0.1.0/24')
  await expect(tor).toHaveNoRoutes({ node: 'node01' })
  await expect(tor).not.toMatchCluster()
  expect(() => expect(window).toHaveNoWithdrawals()).toThrow('close() it first')
  await window.close()
  expect(() => expect(window).toHaveNoWithdrawals()).toThrow(
    /node01 {2}10\.0\.1\.0\/24 {2}withdrawn by the peer in an UPDATE[\s\S]*timeline .*10\.0\.1\.0\/24 withdrawn/,
  )
  expect(await tor.state()).not.toAdvertise('10.0.1.0/24')

  const ending = await tor.window('ending')
  const since = expect(tor).toReceiveNotification({ node: 'node01', since: ending })
  const told = expect(tor).toReceiveNotification({ node: 'node01' })
  await tor.wait(
    until.event('the window of the claim', ({ event }) => event.type === 'mark', { since: ending }),
  )
  await peer.sends(notification([6, 4]))
  await Promise.all([since, told])
  expect(ending.closed).toBe(false)
})
