// `probe run --for`: its exit code is the verdict.
import { expect, onTestFinished, test } from 'vitest'
import { ask } from '../../src/api/client.ts'
import type { Verdict } from '../../src/core/check/finding.ts'
import type { ProbeReport } from '../../src/core/stream/probe-events.ts'
import type { PeerRow } from '../../src/harness/views.ts'
import type { ProbeRow } from '../../src/probe/rows.ts'
import { RunningCommand } from '../support/command.ts'
import { freePort } from '../support/daemon.ts'
import { RawPeer } from '../support/raw-peer.ts'
import { ServeProcess } from '../support/serve-process.ts'
import { keepalive, open, update } from '../support/speaker-messages.ts'

async function serveWithRoute(prefix: string): Promise<ServeProcess> {
  const serve = await ServeProcess.start({
    settings: { asn: 64512, identifier: '192.0.2.1', listen: '127.0.0.1:0', trace: false },
  })
  onTestFinished(() => serve[Symbol.asyncDispose]())
  const peer = await RawPeer.dial(serve.address)
  onTestFinished(() => peer.reset())
  await peer.write(Buffer.concat([open({ holdTime: 0 }), keepalive, update({ prefixes: [prefix] })]))
  const peers = (): Promise<{ rows: PeerRow[] }> => ask({ socket: serve.socket }, 'GET', '/v1/peers')
  while ((await peers()).rows[0]?.routes !== 1) await new Promise((resolve) => setImmediate(resolve))
  return serve
}

const probe = (serve: ServeProcess, target: string, more: readonly string[] = []): RunningCommand['ended'] =>
  new RunningCommand([
    ...['probe', 'run', '--socket', serve.socket, '--mode', 'direct', '--kinds', 'new'],
    ...['--target', target, '--interval', '50ms', '--for', '1s'],
    ...more,
  ]).ended

test('ends with 1 when probes are lost at its end', async () => {
  const serve = await serveWithRoute('127.77.0.0/16')
  const target = `127.77.0.1:${await freePort()}`
  const { code, stdout, stderr } = await probe(serve, target)
  expect([code, stderr]).toEqual([1, expect.stringContaining('probing') as string])
  // It prints the finding, which is there for others, too.
  expect(stdout).toMatch(/127\.77\.0\.0\/16 {2}unreachable\n/)
  const { findings } = await ask<Verdict>({ socket: serve.socket }, 'GET', '/v1/verdict')
  expect(findings.map(({ code }) => code)).toEqual(['unreachable'])
  const { rows } = await ask<{ rows: ProbeRow[] }>({ socket: serve.socket }, 'GET', '/v1/probes')
  expect(rows).toMatchObject([{ target, outcome: 'refused', ended: true }])
})

test('a target that is dead is told once, and a summary ends it; as JSON nothing is left out', async () => {
  const serve = await serveWithRoute('127.77.0.0/16')
  const target = `127.77.0.1:${await freePort()}`
  const { stdout } = await probe(serve, target)
  const [first, ...rest] = stdout.split('\n').filter(Boolean)
  expect(first).toMatch(new RegExp(`new ${target}.*: refused, 1 in a row`))
  expect(rest[0]).toMatch(/^NODE +TARGET/)
  expect(rest[1]).toMatch(new RegExp(`${target} +\\S+ +new +(\\d+)/\\1 +0 +refused$`))
  expect(rest[2]).toMatch(/unreachable$/)
  const { stdout: json } = await probe(serve, target, ['--output', 'json'])
  const reports = json.split('\n').flatMap((text) => (text === '' ? [] : [JSON.parse(text) as ProbeReport]))
  // The first loss, the third in a row, and that it is over.
  expect(reports.length).toBeGreaterThanOrEqual(3)
  expect(reports.at(-1)!.ended).toBe(true)
})

test('ends with 2 when nobody announces the target, so that nothing was probed', async () => {
  const serve = await serveWithRoute('127.77.0.0/16')
  const { code, stderr } = await probe(serve, '127.78.0.1:8080')
  expect([code, stderr]).toEqual([
    2,
    expect.stringContaining('there is no result of 127.78.0.1:8080') as string,
  ])
})
