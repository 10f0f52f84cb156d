import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import type { ProbeBody } from '../../src/probe/prober.ts'
import { remoteRouter } from '../../src/api/probe-client.ts'

const AT = 1_700_000_000_000_000
const RESULT: ProbeBody = {
  type: 'probe',
  kind: 'new',
  target: '10.1.1.1:80',
  prefix: '10.1.1.0/24',
  nextHop: '192.0.2.1',
  node: 'a',
  pinned: true,
  results: 1,
  lost: 0,
  from: AT,
  sent: AT,
  outcome: 'ok',
  inRow: 1,
  since: AT,
}

test('results that a router does not take are dropped when too many wait, and that is said once', async () => {
  const server = createServer(() => undefined)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const said: string[] = []
  const over = new Promise<void>((resolve) => {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const router = remoteRouter(
      { url },
      (line) => {
        said.push(line)
        if (said.length === 2) resolve()
      },
      () => undefined,
    )
    for (let count = 0; count < 11_000; count++) router.record(RESULT)
  })
  expect(said).toEqual(['results are lost: 10000 wait for the router already'])
  // One complaint for all that waited for the same answer.
  onTestFinished(() => void server.close())
  server.on('request', (request) => request.socket.destroy())
  server.closeAllConnections()
  await over
  expect(said).toHaveLength(2)
})
