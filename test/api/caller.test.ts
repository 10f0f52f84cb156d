// What a user's mistake says that comes to light later: where it was made, and what to do in the words of the functions.
import { expect, onTestFinished, test } from 'vitest'
import { attachRouter } from '../../src/api/attach.ts'
import { serveRouter } from '../../src/api/serve-router.ts'
import type { UserError } from '../../src/core/errors/user-error.ts'
import { startRouter } from '../../src/harness/start.ts'
import { until } from '../../src/harness/until.ts'
import { fromCluster } from '../../src/kube/source.ts'

const NOBODY = 'http://127.0.0.1:1'

async function thrown(promise: Promise<unknown>): Promise<UserError> {
  return promise.then(
    () => expect.fail('it did not fail'),
    (error: unknown) => error as UserError,
  )
}

/** The first line of the stack behind the message. */
const firstFrame = ({ message, stack = '' }: Error): string =>
  stack.slice(stack.indexOf(message) + message.length).split('\n')[1] ?? ''

test('the stack of a router that cannot be started or asked begins with the line of the test', async () => {
  await using taken = await startRouter({ asn: 65000, listen: '127.0.0.1:0' })
  const calls = {
    startTaken: () => startRouter({ asn: 65000, listen: taken.listeners[0]! }),
    startWrong: () => startRouter({ asn: 0 }),
    serve: () => serveRouter({ asn: 65000, listen: taken.listeners[0]! }),
    attach: () => attachRouter(NOBODY),
    wait: () => taken.wait(until.sessions(1), { timeout: 1 }),
  }
  for (const [name, call] of Object.entries(calls)) {
    const error = await thrown(call())
    expect(firstFrame(error), name).toMatch(new RegExp(`${name}.*caller\\.test\\.ts`))
    expect(error.stack).toContain(error.message)
  }
})

test('the stack of a question to a router that went away has the line of the test', async () => {
  const served = await serveRouter({ asn: 65000, listen: '127.0.0.1:0' })
  const router = await attachRouter(served.url, { token: served.token })
  await served.stop()
  const calls = [
    () => router.state(),
    () => router.mark('x'),
    () => router.wait(until.sessions(1), { timeout: '1s' }),
  ]
  for (const call of calls) expect((await thrown(call())).stack).toContain('caller.test.ts')
})

test('what to do is said in the words of the functions as well as in those of the commands', async () => {
  const served = await serveRouter({ asn: 65000, listen: '127.0.0.1:0' })
  onTestFinished(() => served.stop())
  const denied = await attachRouter(served.url)
  onTestFinished(() => denied.stop())
  expect((await thrown(denied.mark('x'))).remedy).toMatch(/--token-file.*attachRouter\(url, \{ token \}\)/)
  expect((await thrown(attachRouter(NOBODY))).remedy).toContain('that of serveRouter is `.url`')
  const taken = startRouter({ asn: 65000, listen: served.handle.listeners[0]! })
  expect((await thrown(taken)).remedy).toContain('(--listen, or the option listen)')
  const cluster = fromCluster({ kubeconfig: '/nonexistent/kubeconfig' })
  const unread = startRouter({ asn: 65000, listen: '127.0.0.1:0', expected: cluster })
  expect((await thrown(unread)).remedy).toMatch(/--kubeconfig, or the options of fromCluster/)
})
