// A link that takes no full-size packets and tells nobody: small probes pass, and so does BGP.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { ask, follow } from '../../src/api/client.ts'
import type { Finding, Verdict } from '../../src/core/check/finding.ts'
import { RunningCommand } from '../support/command.ts'
import { output } from '../support/daemon.ts'
import { TestNetwork } from '../support/namespaces.ts'
import { ServeProcess } from '../support/serve-process.ts'

test(
  'a black hole for full-size packets alone is a warning, and its cause is the MTU',
  { timeout: 120_000 },
  async () => {
    const directory = mkdtempSync(join(tmpdir(), 'routewitness-mtu-'))
    onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
    const network = await TestNetwork.make(1)
    onTestFinished(() => network[Symbol.asyncDispose]())
    const node = network.nodes[0]!
    const serve = await ServeProcess.start({
      settings: {
        asn: 64512,
        listen: ['127.0.0.1:1790', `${node.upstream}:1790`],
        peers: [{ from: '198.18.0.0/15', asn: 64513 }],
        trace: { directory: join(directory, 'trace') },
      },
      wrapper: network.wrapper,
    })
    onTestFinished(() => serve[Symbol.asyncDispose]())
    const server = { socket: serve.socket }
    node.announce({ ours: 64512, theirs: 64513 })
    await node.echo()
    for await (const { rows } of follow<{ rows: unknown[] }>(server, 'GET', '/v1/routes?watch=true'))
      if (rows.length > 0) break
    const probes = new RunningCommand(
      ['probe', 'run', '--socket', serve.socket, '--target', `${node.pod}:8080`, '--interval', '100ms'],
      {},
      network.wrapper,
    )
    onTestFinished(() => void probes.stop('SIGINT'))
    await probes.reads(/large .*: ok, echo-1 answers/)
    await probes.reads(/new .*: ok, echo-1 answers/)

    // What comes in and is larger than the MTU of the device is dropped without a word; segments go out one by one.
    await output('ip', ['-n', network.upstream, 'link', 'set', 'dev', 'node1', 'gso_max_segs', '1'])
    await output('ip', ['-n', node.name, 'link', 'set', 'dev', 'eth0', 'mtu', '1300'])
    let found: Finding | undefined
    for await (const { rows } of follow<{ rows: Finding[] }>(server, 'GET', '/v1/findings?watch=true')) {
      found = rows.find(({ code }) => code === 'blackhole')
      if (found !== undefined) break
    }
    expect(found).toMatchObject({ severity: 'warning', node: node.address, prefix: node.podCidr })
    expect(found!.cause).toMatch(/^mtu: /)
    const { findings } = await ask<Verdict>(server, 'GET', '/v1/verdict')
    expect(findings.map(({ code, severity }) => `${code} ${severity}`)).toEqual(['blackhole warning'])
    await probes.stop('SIGINT')
  },
)
