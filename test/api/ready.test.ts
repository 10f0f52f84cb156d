import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { serveRequest } from '../../src/api/http.ts'
import { apiRoutes } from '../../src/api/server.ts'
import { startRouter } from '../../src/index.ts'

test('it answers from the start, and is ready once the objects of the cluster have been read', async () => {
  const router = await startRouter({ asn: 64512, listen: '127.0.0.1:0' })
  onTestFinished(() => router.stop())
  let read = false
  const routes = apiRoutes(router, () => read)
  const server = createServer(
    (request, response) => void serveRequest(request, response, routes, () => false),
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  const ask = async (path: string): Promise<number> => (await fetch(`http://127.0.0.1:${port}${path}`)).status

  expect([await ask('/v1/state'), await ask('/v1/ready')]).toEqual([200, 503])
  read = true
  expect(await ask('/v1/ready')).toBe(200)
})
