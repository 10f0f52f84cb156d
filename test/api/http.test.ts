import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { serveRequest, type ApiRoute } from '../../src/api/http.ts'

const ROUTES: readonly ApiRoute[] = [
  {
    method: 'GET',
    path: '/v1/rows',
    guarded: false,
    what: 'reading',
    parameters: ['watch'],
    answer: () => ({ json: 1 }),
  },
  { method: 'POST', path: '/v1/marks', guarded: true, what: 'naming', answer: () => ({ json: 2 }) },
]

async function ask(
  path: string,
  method: string,
): Promise<{ status: number; body: unknown; allow: string | null }> {
  const server = createServer(
    (request, response) => void serveRequest(request, response, ROUTES, () => false),
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { method })
  return { status: response.status, body: await response.json(), allow: response.headers.get('allow') }
}

test('a parameter that a route does not take is refused with those that it takes', async () => {
  expect(await ask('/v1/rows?watch=true', 'GET')).toMatchObject({ status: 200 })
  expect(await ask('/v1/rows?wach=true', 'GET')).toMatchObject({
    status: 400,
    body: {
      error: { code: 'RW_USAGE', message: '/v1/rows takes no parameter "wach"', remedy: 'It takes watch.' },
    },
  })
})

test('a wrong method is told which one it is', async () => {
  expect(await ask('/v1/rows', 'POST')).toMatchObject({
    status: 405,
    allow: 'GET',
    body: { error: { message: '/v1/rows takes GET' } },
  })
})

test('what needs the token is named by what it does, with a way out', async () => {
  expect(await ask('/v1/marks', 'POST')).toMatchObject({
    status: 401,
    body: {
      error: {
        code: 'RW_DENIED',
        message: 'naming needs the token of this server',
        remedy: expect.stringContaining('control socket'),
      },
    },
  })
})

test('an unknown path is told with those that there are', async () => {
  expect(await ask('/v1/nothing', 'GET')).toMatchObject({
    status: 404,
    body: { error: { remedy: 'There are /v1/rows, /v1/marks.' } },
  })
})
