// Probes in the process of the router, by the system's own routes, over loopback.
import { createServer, type Server } from 'node:http'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { ask } from '../../src/api/client.ts'
import { remoteRouter } from '../../src/api/probe-client.ts'
import { serveRequest } from '../../src/api/http.ts'
import { apiRoutes } from '../../src/api/server.ts'
import type { RouterHandle } from '../../src/harness/handle.ts'
import { startRouter } from '../../src/harness/start.ts'
import { serveEcho } from '../../src/probe/echo-server.ts'
import { probeRows, type ProbeRow } from '../../src/probe/rows.ts'
import { startProber, startProbes } from '../../src/probe/start.ts'
import { ScriptedPeer } from '../support/scripted-peer.ts'

const FAST = { mode: 'direct', interval: '25ms', timeout: '500ms' } as const

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port
}

function closes(server: Server): void {
  server.close()
  server.closeAllConnections()
}

async function echo(): Promise<{ server: Server; target: string }> {
  const server = await serveEcho({ host: '127.0.0.1', port: 0, pod: 'echo', node: 'a' })
  onTestFinished(() => closes(server))
  return { server, target: `127.0.0.1:${portOf(server)}` }
}

async function announced(handle: RouterHandle): Promise<void> {
  const peer = await ScriptedPeer.establish(handle.listeners[0]!, { identifier: '10.0.0.1', families: [] })
  await peer.announces('127.0.0.0/8')
  await handle.wait({
    name: 'route',
    progress: () => (handle.routes().length > 0 ? [] : [{ node: 'a', why: 'no route' }]),
  })
}

/** Waits until the rows of probes are as asked for. */
async function until(handle: RouterHandle, holds: (rows: readonly ProbeRow[]) => boolean): Promise<void> {
  const rows = (): readonly ProbeRow[] => probeRows(handle.router.observer)
  const progress = (): { node: string; why: string }[] =>
    holds(rows()) ? [] : [{ node: '(any)', why: JSON.stringify(rows()) }]
  await handle.wait({ name: 'probes', progress }, { timeout: '20s' })
}

test('small, kept and large probes are answered; when the server is gone, the route is a black hole until it is back', async () => {
  await using router = await startRouter({ asn: 64512, listen: '127.0.0.1:0' })
  await announced(router)
  const { server, target } = await echo()
  await using _probes = await startProbes(router, { ...FAST, targets: [target] })
  await until(router, (rows) => rows.length === 3 && rows.every(({ outcome }) => outcome === 'ok'))
  expect(probeRows(router.router.observer)).toMatchObject([
    { kind: 'kept', pinned: false, answeredBy: 'echo', node: '10.0.0.1', prefix: '127.0.0.0/8' },
    { kind: 'large' },
    { kind: 'new' },
  ])
  expect(router.verdict().findings).toEqual([])

  const port = portOf(server)
  closes(server)
  await router.wait({
    name: 'blackhole',
    progress: () =>
      router.verdict().findings.some(({ code }) => code === 'blackhole') ? [] : [{ node: 'a', why: 'none' }],
  })
  expect(router.verdict().findings).toMatchObject([
    {
      code: 'blackhole',
      node: '10.0.0.1',
      summary: expect.stringMatching(/fail \(refused\)/),
      cause: expect.stringMatching(/^the host answered that nothing listens at /),
    },
  ])
  const again = await serveEcho({ host: '127.0.0.1', port })
  onTestFinished(() => closes(again))
  await until(router, (rows) => rows.every(({ outcome }) => outcome === 'ok'))
  expect(router.verdict().findings).toEqual([])
  expect(probeRows(router.router.observer).find(({ kind }) => kind === 'kept')?.resets).toBe(1)
})

test('a route that is announced before its target listens is told of, and what became of it', async () => {
  await using router = await startRouter({ asn: 64512, listen: '127.0.0.1:0' })
  const { server, target } = await echo()
  closes(server)
  await using _probes = await startProbes(router, { ...FAST, targets: [target], kinds: ['new'] })
  await announced(router)
  const summary = (): string | undefined =>
    router.verdict().findings.find(({ code }) => code === 'announced-early')?.summary
  const told = async (what: RegExp): Promise<void> => {
    await router.wait(
      {
        name: 'told',
        progress: () => (what.test(summary() ?? '') ? [] : [{ node: 'a', why: summary() ?? '' }]),
      },
      { timeout: '20s' },
    )
  }
  await until(router, ([row]) => row?.outcome === 'refused')
  const again = await serveEcho({ host: '127.0.0.1', port: Number(target.split(':')[1]) })
  onTestFinished(() => closes(again))
  await told(/^10\.0\.0\.1 announced 127\.0\.0\.0\/8 .* was refused 0\.\d{3} s later; it is answered since /)
})

test('a server that is none of ours does not count as an answer', async () => {
  await using router = await startRouter({ asn: 64512, listen: '127.0.0.1:0' })
  await announced(router)
  const gateway = createServer((_, response) => response.end('{"hello":"world"}'))
  await new Promise<void>((resolve) => gateway.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => closes(gateway))
  await using _probes = await startProbes(router, {
    ...FAST,
    targets: [`127.0.0.1:${portOf(gateway)}`],
    kinds: ['new'],
  })
  await until(router, ([row]) => row?.outcome === 'garbled' && row.inRow >= 3)
  expect(router.verdict().findings).toMatchObject([{ code: 'unreachable' }])
})

test('a prober in another process delivers its results by the API, by the clock of the router', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'routewitness-probe-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  const socket = join(directory, 'control.sock')
  await using router = await startRouter({ asn: 64512, listen: '127.0.0.1:0' })
  const routes = apiRoutes(router, () => true)
  const api = createServer((request, response) => void serveRequest(request, response, routes, () => true))
  await new Promise<void>((resolve) => api.listen(socket, resolve))
  onTestFinished(() => closes(api))
  await announced(router)
  const { target } = await echo()
  const hour = 3600e6
  const remote = remoteRouter(
    { socket },
    () => undefined,
    () => undefined,
  )
  const probes = await startProber(remote, { ...FAST, targets: [target] })
  onTestFinished(() => probes.stop())
  await until(router, (rows) => rows.length === 3 && rows.every(({ outcome }) => outcome === 'ok'))
  const { rows } = await ask<{ rows: ProbeRow[] }>({ socket }, 'GET', '/v1/probes')
  for (const { since } of rows) expect(Math.abs(router.now - since)).toBeLessThan(60e6)
  const sent = {
    kind: 'new',
    target,
    prefix: '127.0.0.0/8',
    pinned: false,
    results: 1,
    lost: 0,
    outcome: 'ok',
    inRow: 1,
  }
  // Another one, whose clock is years ahead: what counts is that it sent this an hour before it delivered it.
  const at = '2030-01-01T00:00:00Z'
  await ask({ socket }, 'POST', '/v1/probes/results', {
    now: Date.parse(at) * 1000 + hour,
    events: [{ type: 'probe', at, ...sent, nextHop: '192.0.2.1', from: at, sent: at, since: at }],
  })
  const [old] = router.router.observer.checker.probes
    .series(router.now)
    .filter(({ nextHop }) => nextHop === '192.0.2.1')
  expect(Math.abs(router.now - hour - old!.since)).toBeLessThan(60e6)
  await probes.stop()
  await remote.flush()
  const after = await ask<{ rows: ProbeRow[] }>({ socket }, 'GET', '/v1/probes')
  // Those of this prober stand there for a while as they were.
  expect(after.rows.filter(({ ended }) => !ended)).toMatchObject([{ nextHop: '192.0.2.1' }])

  await expect(
    ask({ socket }, 'POST', '/v1/probes/results', { now: 1, events: [{ type: 'mark', at, name: 'x' }] }),
  ).rejects.toMatchObject({ code: 'RW_USAGE', what: 'an event of type mark is no result of a probe' })
  await expect(ask({ socket }, 'POST', '/v1/probes/results', {})).rejects.toMatchObject({ code: 'RW_USAGE' })
  await expect(ask({ socket }, 'POST', '/v1/probes/paths', {})).rejects.toMatchObject({ code: 'RW_USAGE' })
})

test('there has to be something to probe', async () => {
  await using router = await startRouter({ asn: 64512, listen: '127.0.0.1:0' })
  await expect(startProbes(router, {})).rejects.toMatchObject({ code: 'RW_USAGE' })
})
