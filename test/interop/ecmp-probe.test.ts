// An ECMP router that loses a next hop hashes anew: connections move to nodes that do not know them, and are reset.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { ask, follow } from '../../src/api/client.ts'
import type { Verdict } from '../../src/core/check/finding.ts'
import type { EventRow } from '../../src/harness/event-log.ts'
import type { ProbeRow } from '../../src/probe/rows.ts'
import { RunningCommand } from '../support/command.ts'
import { TestNetwork } from '../support/namespaces.ts'
import { ServeProcess } from '../support/serve-process.ts'

const SERVICE = '198.19.255.1'

test(
  'connections over two next hops are reset when one is withdrawn, and new ones are answered all the while',
  { timeout: 120_000 },
  async () => {
    const trace = mkdtempSync(join(tmpdir(), 'routewitness-ecmp-'))
    onTestFinished(() => rmSync(trace, { recursive: true, force: true }))
    const network = await TestNetwork.make(2, [SERVICE])
    onTestFinished(() => network[Symbol.asyncDispose]())
    const [one, two] = network.nodes as [(typeof network.nodes)[0], (typeof network.nodes)[0]]
    const serve = await ServeProcess.start({
      settings: {
        asn: 64512,
        listen: ['127.0.0.1:1790', `${one.upstream}:1790`, `${two.upstream}:1790`],
        peers: [{ from: '198.18.0.0/15', asn: 64513 }],
        trace: { directory: join(trace, 'trace') },
      },
      wrapper: network.wrapper,
    })
    onTestFinished(() => serve[Symbol.asyncDispose]())
    const server = { socket: serve.socket }
    for (const node of network.nodes) node.announce({ ours: 64512, theirs: 64513 }, [SERVICE])
    for (const node of network.nodes) await node.echo()
    const announcers = new Set<string>()
    for await (const { rows } of follow<{ rows: { prefix: string; nextHop: string }[] }>(
      server,
      'GET',
      '/v1/routes?watch=true',
    )) {
      for (const { prefix, nextHop } of rows) if (prefix === `${SERVICE}/32`) announcers.add(nextHop)
      if (announcers.size === 2) break
    }

    const probes = new RunningCommand(
      ['probe', 'run', '--socket', serve.socket, '--target', `${SERVICE}:8080`, '--mode', 'pinned'].concat([
        '--kinds',
        'new,kept,ecmp',
        '--interval',
        '50ms',
        '-o',
        'json',
      ]),
      {},
      network.wrapper,
    )
    onTestFinished(() => void probes.stop('SIGINT'))
    // Both next hops are probed by themselves, and answer as who they are.
    for (const { address, number } of network.nodes)
      await probes.reads(
        new RegExp(`"kind":"new".*"nextHop":"${address}".*"outcome":"ok".*"pod":"echo-${number}"`),
      )
    // And both have connections of the series over all of them.
    await probes.reads(/"kind":"ecmp".*"answers":{("echo-1":\d+,"echo-2":\d+|"echo-2":\d+,"echo-1":\d+)}/)

    await ask(server, 'POST', '/v1/marks', { name: 'both' })
    await one.withdraw(SERVICE)
    // As the record has it, which is a moment after the prober has it.
    const seen: string[] = []
    for await (const { rows } of follow<{ rows: EventRow[] }>(
      server,
      'GET',
      '/v1/events?watch=true&since=both',
    )) {
      seen.push(...rows.map(({ text }) => text))
      const ended = seen.some((text) => text.startsWith(`new ${SERVICE}:8080 via ${one.address}: no longer`))
      if (ended && seen.some((text) => text.startsWith('ecmp ') && text.includes(' reset'))) break
    }

    const listed = await ask<{ rows: ProbeRow[] }>(server, 'GET', '/v1/probes')
    const rows = listed.rows.filter(({ ended }) => !ended)
    const ecmp = rows.find(({ kind }) => kind === 'ecmp')!
    expect(ecmp.resets).toBeGreaterThan(0)
    // Not all: those that went through the other one stay where they are, or come back.
    expect(ecmp.resets).toBeLessThanOrEqual(8)
    expect(rows.find(({ kind }) => kind === 'new')).toMatchObject({
      nextHop: two.address,
      outcome: 'ok',
      lost: 0,
    })
    expect(rows.find(({ kind }) => kind === 'kept')).toMatchObject({ nextHop: two.address, resets: 0 })
    // What BGP told of is no finding of the data plane.
    const { findings } = await ask<Verdict>(server, 'GET', '/v1/verdict')
    expect(findings).toEqual([])
    await probes.stop('SIGINT')
  },
)
