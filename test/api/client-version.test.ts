import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { ask, follow } from '../../src/api/client.ts'
import { serveRequest } from '../../src/api/http.ts'
import { VERSION } from '../../src/harness/version.ts'

async function served(listener: RequestListener): Promise<{ url: string }> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

const answering = (version: string | undefined): RequestListener => {
  return (_, response) => {
    if (version !== undefined) response.setHeader('routewitness-version', version)
    response.end('{"rows":[]}\n')
  }
}

test('a server of a version that does not go with ours is not listened to', async () => {
  const server = await served(answering('99.0.0'))
  const refusal = { code: 'RW_VERSION', message: expect.stringContaining('runs routewitness 99.0.0') }
  await expect(ask(server, 'GET', '/v1/peers')).rejects.toMatchObject(refusal)
  await expect(follow(server, 'GET', '/v1/peers').next()).rejects.toMatchObject(refusal)
})

test('one of our version, and one that does not say, are', async () => {
  for (const version of [VERSION, undefined])
    expect(await ask(await served(answering(version)), 'GET', '/v1/peers')).toEqual({ rows: [] })
})

test('every answer of ours says the version, errors too', async () => {
  const server = await served((request, response) => void serveRequest(request, response, [], () => true))
  const response = await fetch(`${server.url}/v1/nothing`)
  expect([response.status, response.headers.get('routewitness-version')]).toEqual([404, VERSION])
})
