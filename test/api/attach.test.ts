import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { attachRouter, type AttachedRouter } from '../../src/api/attach.ts'
import { serveRouter, type ServedRouter } from '../../src/api/serve-router.ts'
import { fromStatic } from '../../src/kube/static-source.ts'
import { until } from '../../src/harness/until.ts'
import { VERSION } from '../../src/harness/version.ts'
import { ScriptedPeer } from '../support/scripted-peer.ts'

const PREFIX = '10.5.112.0/24'

async function serving(): Promise<{ served: ServedRouter; router: AttachedRouter; address: string }> {
  const served = await serveRouter({
    asn: 65000,
    label: 'tor',
    listen: '127.0.0.1:0',
    settle: '50ms',
    expected: fromStatic([{ node: 'node01', prefixes: [PREFIX], asn: 64512 }]),
  })
  onTestFinished(() => served.stop())
  const router = await attachRouter(served.url, { token: served.token })
  onTestFinished(() => router.stop())
  return { served, router, address: served.handle.listeners[0]! }
}

/** A server that says of itself what it is told to. */
async function pretender(answer: (path: string) => { status: number; body: unknown }): Promise<string> {
  const server = createServer((request, response) => {
    const { status, body } = answer(request.url!)
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const hello = (version: string): unknown => ({
  version,
  asn: 65000,
  listeners: [],
  lastEvent: { seq: 1, at: 0 },
})

describe('an attached router', () => {
  test('has a state of one instant, also of a large table to which a peer goes on adding', async () => {
    const { router, address } = await serving()
    const peer = await ScriptedPeer.establish(address)
    const prefixes = (from: number): string[] =>
      Array.from({ length: 500 }, (_, index) => `10.${(from + index) >>> 8}.${(from + index) & 255}.0/24`)
    for (let from = 0; from < 3000; from += 500) await peer.announces(...prefixes(from))
    await router.wait(until.route('10.11.183.0/24'))
    let announced = 3000
    const states = []
    for (let round = 0; round < 2; round++) {
      const looking = Promise.all([router.state(), router.state()])
      for (let more = 0; more < 2; more++, announced += 500) await peer.announces(...prefixes(announced))
      states.push(...(await looking))
    }
    for (const state of states) {
      const routes = state.routes()
      expect(routes).toHaveLength(state.peers()[0]!.routes)
      expect(new Set(routes.map(({ prefix }) => prefix)).size).toBe(routes.length)
      expect(Math.max(...routes.map(({ event }) => event))).toBeLessThanOrEqual(state.at.seq)
    }
    // Input goes on.
    await router.wait(until.route(prefixes(announced - 500).at(-1)!))
    expect((await router.state()).routes()).toHaveLength(announced)
  })

  test('waits from a mark that is named, and refuses one that there is not', async () => {
    const { served, router, address } = await serving()
    const peer = await ScriptedPeer.establish(address)
    await peer.announces(PREFIX)
    await router.wait(until.route(PREFIX))
    await router.mark('before it')
    const make = [
      until.endOfRib({ since: 'befor it' }),
      until.quiet('1ms', { since: 'befor it' }),
      until.converged({ since: 'befor it' }),
      until.event('anything', () => false, { since: 'befor it' }),
    ]
    for (const condition of make)
      await expect(router.wait(condition)).rejects.toThrow(
        expect.objectContaining({
          code: 'RW_NOT_FOUND',
          what: 'there is no mark "befor it" (did you mean before it?)',
        }),
      )
    const again = until.event('a route', ({ news }) => news?.news === 'route-announced', {
      since: 'before it',
    })
    const short = { timeout: 50 }
    await expect(router.wait(again, short)).rejects.toThrow('it has not happened')
    await expect(router.wait(until.converged({ since: 'before it' }), short)).rejects.toThrow(
      'nothing has happened since the mark',
    )
    await peer.announces('10.5.113.0/24')
    await router.wait(again)
    await served.handle.wait(again)
  })

  test('has the state of the one that it is attached to', async () => {
    const { served, router, address } = await serving()
    const peer = await ScriptedPeer.establish(address)
    await peer.announces(PREFIX)
    await router.wait(until.route(PREFIX).from('node01'))
    const state = await router.state()
    expect(state.label).toBe('tor')
    expect(state.routes()).toEqual(JSON.parse(JSON.stringify(served.handle.routes())))
    expect(state.peers()).toMatchObject([{ node: 'node01', state: 'established', routes: 1 }])
    expect(state.expected()).toMatchObject([{ node: 'node01', prefix: PREFIX, announced: true }])
    expect(state.events(0, 1)).toHaveLength(1)
    expect(await router.settled()).toMatchObject({ findings: [], checked: { routes: 1, expected: 1 } })
  })

  test('waits with the same conditions, and says for whom it waited and why', async () => {
    const { router } = await serving()
    await expect(router.wait(until.converged(), { timeout: '100ms' })).rejects.toThrow(
      /^converged: not so after 0\.1 s\n {2}node01 {2}never connected/,
    )
  })

  test('counts happenings by a function that stays here, history included', async () => {
    const { router, address } = await serving()
    const begin = await router.mark('begin')
    const peer = await ScriptedPeer.establish(address)
    await peer.announces(PREFIX, '10.5.113.0/24')
    await router.wait(until.route('10.5.113.0/24'))
    const announced = until.event(
      'both announced',
      ({ event, news }) =>
        news?.news === 'route-announced' && event.type === 'message' && event.bytes instanceof Uint8Array,
      { since: begin, count: 2 },
    )
    expect(await router.wait(announced)).toBe('both announced')
    const more = until.event('more', ({ news }) => news?.news === 'route-announced', {
      since: begin,
      count: 3,
    })
    await expect(router.wait(more, { timeout: '100ms' })).rejects.toThrow('it happened 2 of 3 times')
  })

  test('tells when something changed since the last look', async () => {
    const { router, address } = await serving()
    const { signal } = new AbortController()
    await router.state()
    const changed = router.changed(signal)
    const peer = await ScriptedPeer.dial(address)
    await changed
    await router.changed(AbortSignal.abort())
    peer.raw.finish()
  })

  test('announces and withdraws', async () => {
    const { router, address } = await serving()
    const peer = await ScriptedPeer.establish(address)
    await router.announce([{ prefix: '0.0.0.0/0' }])
    expect((await peer.next('update')).reach).toHaveLength(1)
    await expect(router.announce([{ prefix: '10.0.0.0/33' }])).rejects.toThrow('announce[0].prefix')
    await router.withdraw(['0.0.0.0/0'])
    expect((await peer.next('update')).unreach).toHaveLength(1)
  })

  test('changes nothing without the token', async () => {
    const { served, router } = await serving()
    const reader = await attachRouter(served.url)
    await expect(reader.mark('x')).rejects.toThrow('naming an instant needs the token of this server')
    await expect(reader.state()).resolves.toMatchObject({ label: 'tor' })
    await expect(router.mark('x')).resolves.toMatchObject({ seq: expect.any(Number) })
  })

  test('ends what waits when it is let go of, and the router runs on', async () => {
    const { served, router } = await serving()
    const waited = router.wait(until.sessions(1))
    await router.stop()
    await expect(waited).rejects.toThrow('tor was let go of: it cannot be asked any more')
    await expect(router.state()).rejects.toMatchObject({ code: 'RW_NO_SERVER' })
    await expect(router.changed(new AbortController().signal)).rejects.toThrow('tor was let go of')
    expect(served.handle.verdict().known).toBe(true)
  })

  test('ends what waits when the other side goes away', async () => {
    const { served, router } = await serving()
    const waited = router.wait(until.event('never', () => false))
    const refused = expect(waited).rejects.toMatchObject({ code: 'RW_NO_SERVER' })
    await router.state()
    await served.stop()
    await refused
  })

  test('can be reached by its socket', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'routewitness-attach-'))
    onTestFinished(() => rmSync(directory, { recursive: true }))
    const socket = join(directory, 'control.sock')
    await using other = await serveRouter({ asn: 65000, listen: '127.0.0.1:0', socket })
    await using router = await attachRouter(`unix:${socket}`)
    expect(await router.mark('by socket')).toMatchObject({ seq: other.handle.at.seq })
    expect(router.label).toBe('router')
  })
})

describe('whom nobody can attach to', () => {
  test('nobody serves there: it says what to do', async () => {
    await expect(attachRouter('http://127.0.0.1:1')).rejects.toMatchObject({
      code: 'RW_NO_SERVER',
      what: 'cannot ask http://127.0.0.1:1: nobody serves there',
      remedy: expect.stringContaining('routewitness serve'),
    })
    await expect(attachRouter('unix:/nowhere/x.sock')).rejects.toMatchObject({
      what: 'cannot ask /nowhere/x.sock: nobody serves there',
    })
  })

  test('an address that is none', async () => {
    await expect(attachRouter('127.0.0.1:8480')).rejects.toMatchObject({
      code: 'RW_USAGE',
      remedy: expect.stringContaining('http://127.0.0.1:8480'),
    })
  })

  test('a server of another major version: both are named', async () => {
    const url = await pretender(() => ({ status: 200, body: hello('9.1.0') }))
    await expect(attachRouter(url)).rejects.toMatchObject({
      code: 'RW_VERSION',
      what: `${url} runs routewitness 9.1.0, and this is ${VERSION}: they do not go together`,
    })
  })

  test('a server that lacks a route: both versions are named', async () => {
    const url = await pretender((path) =>
      path === '/v1/state'
        ? { status: 200, body: hello(VERSION) }
        : {
            status: 404,
            body: { error: { code: 'RW_NOT_FOUND', message: `there is no ${path}`, remedy: '' } },
          },
    )
    const router = await attachRouter(url)
    await expect(router.state()).rejects.toThrow(
      `${url} runs routewitness ${VERSION}, and this is ${VERSION}: it has no /v1/snapshot`,
    )
  })

  test('a version that should do is told of', async () => {
    const [major, minor, patch] = VERSION.split('.').map(Number)
    const url = await pretender(() => ({ status: 200, body: hello(`${major}.${minor}.${patch! + 1}`) }))
    const problems: string[] = []
    await attachRouter(url, { onProblem: (message) => problems.push(message) })
    expect(problems).toEqual([expect.stringContaining(`and this is ${VERSION}`)])
  })
})
