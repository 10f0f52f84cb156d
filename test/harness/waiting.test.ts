import { createServer, type AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { startRouter, until } from '../../src/index.ts'

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

test('a wait for sessions that runs out of time names the peer that is dialled in vain, and why', async () => {
  const port = await freePort()
  await using router = await startRouter({
    asn: 64512,
    listen: '127.0.0.1:0',
    trace: false,
    peers: [{ dial: `127.0.0.1:${port}` }],
  })
  await router.wait(
    until.event('refused', ({ news }) => news?.news === 'dial-failed'),
    { timeout: '10s' },
  )
  await expect(router.wait(until.sessions('all'), { timeout: '10ms' })).rejects.toMatchObject({
    code: 'RW_TIMEOUT',
    message: expect.stringContaining(
      `127.0.0.1  dialled (attempt 1): refused: nobody listens on 127.0.0.1:${port}`,
    ) as unknown,
  })
})
