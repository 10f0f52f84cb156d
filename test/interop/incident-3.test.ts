// Incident I-3 for real: BGP stays Established, rp_filter flips to 1, and the replies of pods die at their veth.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { ask, follow } from '../../src/api/client.ts'
import type { Finding, Verdict } from '../../src/core/check/finding.ts'
import type { EventRow } from '../../src/harness/event-log.ts'
import type { PeerRow } from '../../src/harness/views.ts'
import { judgeTrace, observeTrace } from '../../src/harness/trace-view.ts'
import { probeRows, type ProbeRow } from '../../src/probe/rows.ts'
import { command, RunningCommand } from '../support/command.ts'
import { TestNetwork } from '../support/namespaces.ts'
import { ServeProcess } from '../support/serve-process.ts'

const SECOND = 1_000_000
const ALL = 'net.ipv4.conf.all.rp_filter'

test(
  'rp_filter flips to 1 under a session that stays up: blackhole, cause sysctl, within a second; it flips back, and all is well',
  { timeout: 120_000 },
  async () => {
    const directory = mkdtempSync(join(tmpdir(), 'routewitness-incident-3-'))
    onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
    const trace = join(directory, 'trace')
    const root = join(directory, 'root')
    mkdirSync(join(root, 'etc/sysctl.d'), { recursive: true })
    writeFileSync(join(root, 'etc/sysctl.d/50-hardening.conf'), `# a profile\n${ALL} = 1\n`)

    const network = await TestNetwork.make(1)
    // Also when the time is up, unlike `await using`.
    onTestFinished(() => network[Symbol.asyncDispose]())
    const node = network.nodes[0]!
    const serve = await ServeProcess.start({
      settings: {
        asn: 64512,
        listen: ['127.0.0.1:1790', `${node.upstream}:1790`],
        peers: [{ from: '198.18.0.0/15', asn: 64513 }],
        trace: { directory: trace },
      },
      wrapper: network.wrapper,
    })
    onTestFinished(() => serve[Symbol.asyncDispose]())
    const server = { socket: serve.socket }
    node.announce({ ours: 64512, theirs: 64513 })
    await node.echo()
    for await (const { rows } of follow<{ rows: { prefix: string }[] }>(
      server,
      'GET',
      '/v1/routes?watch=true',
    ))
      if (rows.some(({ prefix }) => prefix === node.podCidr)) break

    const probes = new RunningCommand(
      ['probe', 'run', '--socket', serve.socket, '--target', `${node.pod}:8080`]
        .concat(['--census', `${node.address}=netns:${node.name}`, '--census-root', root])
        .concat(['--mode', 'pinned', '--interval', '100ms', '--census-interval', '200ms']),
      {},
      network.wrapper,
    )
    onTestFinished(() => void probes.stop('SIGINT'))
    await probes.reads(/new .*: ok, echo-1 answers/)
    await probes.reads(/kept .*: ok, echo-1 answers/)
    await finding(server, 'sysctl', 'added')
    const before = await ask<Verdict>(server, 'GET', '/v1/verdict')
    // The file lies in wait: that is all there is to say.
    expect(before.findings.map(({ code, severity }) => [code, severity])).toEqual([['sysctl', 'warning']])
    await ask(server, 'POST', '/v1/marks', { name: 'healthy' })

    const flip = [Date.now() * 1000]
    await node.sysctl(ALL, '1')
    flip.push(Date.now() * 1000)
    const blackhole = await finding(server, 'blackhole', 'added')
    await ask(server, 'POST', '/v1/marks', { name: 'dead' })

    expect(blackhole).toMatchObject({ severity: 'error', node: node.address, prefix: node.podCidr })
    expect(blackhole.since).toBeGreaterThan(flip[0]! - SECOND)
    expect(blackhole.since).toBeLessThan(flip[1]! + SECOND)
    const verdict = await ask<Verdict>(server, 'GET', '/v1/verdict')
    const [sysctl, same] = verdict.findings
    expect(verdict.findings.map(({ code }) => code)).toEqual(['sysctl', 'blackhole'])
    expect(same!.cause).toMatch(/^sysctl: net\.ipv4\.conf\.all\.rp_filter went from 0 to 1 between /)
    expect(same!.cause).toContain(`/etc/sysctl.d/50-hardening.conf says ${ALL} = 1`)
    expect(same!.cause).toMatch(/TcpExtIPReversePathFilter rose to \d+/)
    expect(sysctl).toMatchObject({ severity: 'error', node: node.address })
    expect(Math.abs(sysctl!.since - flip[0]!)).toBeLessThan(SECOND)
    // All that while BGP has nothing to tell.
    const { rows: peers } = await ask<{ rows: PeerRow[] }>(server, 'GET', '/v1/peers')
    expect(peers).toMatchObject([{ state: 'established', established: 1 }])
    const types = new Set<string>()
    const events = follow<{ rows: EventRow[] }>(server, 'GET', '/v1/events?since=healthy&watch=true')
    // A finding is an event a moment after the verdict has it.
    for await (const { rows } of events) {
      for (const { type } of rows) types.add(type)
      if (types.has('finding')) break
    }
    expect([...types].sort()).toEqual(['finding', 'mark', 'probe', 'sysctl'])

    await node.sysctl(ALL, '0')
    await finding(server, 'blackhole', 'gone')
    await ask(server, 'POST', '/v1/marks', { name: 'recovered' })
    const { rows } = await ask<{ rows: ProbeRow[] }>(server, 'GET', '/v1/probes')
    expect(rows.find(({ kind }) => kind === 'new')).toMatchObject({ outcome: 'ok', answeredBy: 'echo-1' })
    expect(await probes.stop('SIGINT')).toMatchObject({ code: 130 })
    const after = await ask<{ rows: ProbeRow[] }>(server, 'GET', '/v1/probes')
    expect(after.rows.every(({ ended }) => ended)).toBe(true)
    await serve[Symbol.asyncDispose]()

    // The record tells the same.
    const codes = async (at: string): Promise<string[]> =>
      (await judgeTrace(trace, { at })).findings.map(({ code, severity }) => `${code} ${severity}`)
    expect(await codes('healthy')).toEqual(['sysctl warning'])
    expect(await codes('dead')).toEqual(['sysctl error', 'blackhole error'])
    expect(await codes('recovered')).toEqual(['sysctl warning'])
    const dead = (await judgeTrace(trace, { at: 'dead' })).findings[1]!
    expect(dead).toMatchObject({ since: blackhole.since, summary: blackhole.summary })
    expect(probeRows(await observeTrace(trace, { at: 'dead' })).map(({ outcome }) => outcome)).toContain(
      'timeout',
    )
    const check = await command('check', '--trace', trace, '--at', 'dead')
    expect(check.code).toBe(1)
    expect(check.stdout).toContain('blackhole')
  },
)

/** Waits until a finding with this code appears, or is gone. */
async function finding(
  server: { readonly socket: string },
  code: Finding['code'],
  op: 'added' | 'gone',
): Promise<Finding> {
  const open = new Set<string>()
  for await (const { rows } of follow<{ rows: (Finding & { op: string })[] }>(
    server,
    'GET',
    '/v1/findings?watch=true',
  )) {
    for (const row of rows) {
      if (row.code !== code) continue
      if (row.op === 'gone') open.delete(row.code)
      else open.add(row.code)
      if (row.op === op) return row
    }
    if (op === 'gone' && open.size === 0 && rows.every((row) => row.code !== code)) return {} as Finding
  }
  throw new Error(`the watch ended before ${code} was ${op}`)
}
