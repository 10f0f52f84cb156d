import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { serverOf } from '../../src/api/address.ts'
import { attachRouter } from '../../src/api/attach.ts'
import { serveRouter } from '../../src/api/serve-router.ts'

const URL = 'http://127.0.0.1:8480'

function tokenFile(): string {
  const directory = mkdtempSync(join(tmpdir(), 'routewitness-token-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  const file = join(directory, 'token')
  writeFileSync(file, 'a secret that is long\n')
  return file
}

test('a URL, a socket as a URL, a socket', () => {
  expect(serverOf({ url: URL }, {})).toEqual({ url: URL })
  expect(serverOf({ url: 'https://tor.example/' }, {})).toEqual({ url: 'https://tor.example/' })
  expect(serverOf({ url: 'unix:/run/x.sock' }, {})).toEqual({ socket: '/run/x.sock' })
  expect(serverOf({ url: 'unix:///run/x.sock' }, {})).toEqual({ socket: '/run/x.sock' })
  expect(serverOf({ socket: '/run/x.sock' }, {})).toEqual({ socket: '/run/x.sock' })
})

test('the variables count where nothing is named, the server before the socket, the usual socket last', () => {
  const both = { ROUTEWITNESS_SERVER: URL, ROUTEWITNESS_SOCKET: '/run/y.sock' }
  expect(serverOf({}, both)).toEqual({ url: URL })
  expect(serverOf({}, { ROUTEWITNESS_SOCKET: '/run/y.sock' })).toEqual({ socket: '/run/y.sock' })
  expect(serverOf({ socket: '/run/x.sock' }, both)).toEqual({ socket: '/run/x.sock' })
  expect(serverOf({ url: 'http://[::1]:1' }, both)).toEqual({ url: 'http://[::1]:1' })
  expect(serverOf({}, { XDG_RUNTIME_DIR: '/run/user/7' })).toEqual({
    socket: '/run/user/7/routewitness.sock',
  })
})

test('the token comes from the option, its file, or the file of the variable', () => {
  const file = tokenFile()
  const token = 'a secret that is long'
  expect(serverOf({ url: URL, token: 'given' }, { ROUTEWITNESS_TOKEN_FILE: file })).toEqual({
    url: URL,
    token: 'given',
  })
  expect(serverOf({ url: URL, tokenFile: file }, {})).toEqual({ url: URL, token })
  expect(serverOf({}, { ROUTEWITNESS_SERVER: URL, ROUTEWITNESS_TOKEN_FILE: file })).toEqual({
    url: URL,
    token,
  })
  expect(() => serverOf({ url: URL, tokenFile: '/nowhere' }, {})).toThrow(
    'cannot read the token file /nowhere',
  )
})

test('what is no address is refused', () => {
  expect(() => serverOf({ url: 'ftp://x' }, {})).toThrow('ftp://x is no address of a server')
})

test('attachRouter() goes where the variables say', async () => {
  await using served = await serveRouter({
    asn: 65000,
    listen: '127.0.0.1:0',
    token: 'a secret that is long',
  })
  const set = { ROUTEWITNESS_SERVER: served.url, ROUTEWITNESS_TOKEN_FILE: tokenFile() }
  const before = Object.keys(set).map((name) => [name, process.env[name]] as const)
  onTestFinished(() => {
    for (const [name, value] of before)
      if (value === undefined) delete process.env[name]
      else process.env[name] = value
  })
  Object.assign(process.env, set)
  await using router = await attachRouter()
  expect(await router.mark('here')).toMatchObject({ seq: expect.any(Number) })
})
