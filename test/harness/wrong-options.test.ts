import { expect, test } from 'vitest'
import { attachRouter } from '../../src/api/attach.ts'
import { startRouter } from '../../src/harness/start.ts'
import { until } from '../../src/harness/until.ts'
import { fromCluster } from '../../src/kube/source.ts'

test.each<[call: () => unknown, message: string]>([
  [
    () => fromCluster({ contxt: 'kind-lab' } as object),
    'fromCluster: contxt: no such option (did you mean context?)',
  ],
  [
    () => until.endOfRib({ sinse: 3 } as object),
    'until.endOfRib: sinse: no such option (did you mean since?)',
  ],
  [() => until.quiet('3s', { from: 3 } as object), 'until.quiet: from: no such option (there are since)'],
  [
    () => until.converged({ Since: 3 } as object),
    'until.converged: Since: no such option (did you mean since?)',
  ],
  [
    () => until.event('x', () => true, { cont: 2 } as object),
    'until.event: cont: no such option (did you mean count?)',
  ],
  [() => until.quiet('3 s'), 'quiet: "3 s" is no duration'],
  [() => until.route('10.0.0.0/33'), '10.0.0.0/33'],
])('an option that there is not is refused at once, with the nearest right one: %s', (call, message) => {
  expect(call).toThrow(message)
})

test('a misspelt timeout does not wait a minute', async () => {
  await using router = await startRouter({ asn: 65000, listen: '127.0.0.1:0' })
  const options = { timout: '1s' } as object
  await expect(router.wait(until.sessions(1), options)).rejects.toThrow(
    'wait: timout: no such option (did you mean timeout?)',
  )
  await expect(attachRouter('http://127.0.0.1:1', { tokn: 'x' } as object)).rejects.toThrow(
    'attachRouter: tokn: no such option (did you mean token?)',
  )
})

test.each<[options: object, message: string]>([
  [{ listn: 'x' }, 'listn: no such option (did you mean listen?)'],
  [{ asn: 1, settle: true }, 'settle: write a text or a number'],
  [{ asn: 1, trace: 3 }, 'trace: write a text, false or a mapping'],
  [
    { asn: 1, peers: [{ from: '::/0', gracefulRestart: 'on' }] },
    'peers[0].gracefulRestart: write helper, off or a mapping',
  ],
  [{ asn: 1, expected: './dump' }, 'expected: Invalid input: expected object, received string'],
])('startRouter(%j) says which key is wrong, and what may stand there', async (options, message) => {
  await expect(startRouter(options as Parameters<typeof startRouter>[0])).rejects.toThrow(
    expect.objectContaining({ code: 'RW_CONFIG', what: message }),
  )
})
