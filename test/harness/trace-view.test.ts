import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest'
import { startApiServer } from '../../src/demo/api-server.ts'
import { ciliumNodeObject, INCIDENT, nodeObject } from '../../src/demo/incident.ts'
import { SimulatedNode } from '../../src/demo/simulated-node.ts'
import { collect } from '../../src/harness/sources.ts'
import { startRouter } from '../../src/harness/start.ts'
import { judgeTrace, observeTrace, traceRows, type TraceEnd } from '../../src/harness/trace-view.ts'
import { until } from '../../src/harness/until.ts'
import { fromCluster } from '../../src/kube/source.ts'
import type { Verdict } from '../../src/core/check/finding.ts'
import { advertisement, bgpCluster } from '../support/cluster-objects.ts'
import { ALL_SERVICES, service, slice } from '../support/services.ts'
import { ScriptedPeer } from '../support/scripted-peer.ts'

let directory: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'routewitness-view-'))
})

afterEach(() => rmSync(directory, { recursive: true, force: true }))

test('a trace that begins with a checkpoint is judged like a whole one, and by other objects where they are given', async () => {
  await using api = await startApiServer({ objects: INCIDENT.objects })
  const router = await startRouter({
    asn: INCIDENT.routerAsn,
    listen: '127.0.0.1:0',
    settle: '50ms',
    trace: { directory: join(directory, 'trace'), rotateBytes: 65_536, keep: 1 },
    expected: fromCluster({ kubeconfigText: api.kubeconfig() }),
  })
  const [address = '', port = ''] = router.listeners[0]!.split(':')
  const [first] = INCIDENT.nodes
  const node = new SimulatedNode({
    name: first!.name,
    asn: INCIDENT.nodeAsn,
    identifier: first!.address,
    source: '127.0.0.41',
    router: { address, port: Number(port) },
    api: api.url,
  })
  await node.start()
  await router.wait(until.route(first!.announces), { timeout: '10s' })
  const live = await router.settled()
  for (let count = 0; count < 3000; count++)
    router.mark(`mark ${count} of many that make the segments grow until they are rotated`)
  await router.router.flush()
  await router.stop()
  node.stop()

  const trace = join(directory, 'trace')
  expect(readdirSync(trace).some((name) => /^events-\d{4}\.jsonl$/.test(name))).toBe(true)
  expect(readdirSync(trace)).not.toContain('events-0001.jsonl')
  expect((await judgeTrace(trace)).findings).toEqual(live.findings)
  expect(live.findings.map(({ code, node: name }) => `${name} ${code}`)).toContain('master1 wrong-owner')

  // Had every node owned what it announces, the only things wrong would be the three that never came.
  const own = INCIDENT.nodes.flatMap((each) => [
    nodeObject(each),
    ciliumNodeObject({ ...each, pods: each.announces }),
  ])
  const settings = INCIDENT.objects.filter(({ kind }) => kind === 'ConfigMap' || kind === 'DaemonSet')
  const other = await judgeTrace(trace, { objects: [...settings, ...own] })
  expect(other.findings.map(({ code, node: name }) => `${name} ${code}`)).toEqual([
    'master2 missing',
    'master3 missing',
    'node01 missing',
  ])
})

/** A recording of a peer of 10.0.0.1 that announces these, until they have settled. */
async function recorded(...prefixes: string[]): Promise<void> {
  const router = await startRouter({ asn: 65000, listen: '127.0.0.1:0', settle: '50ms', trace: directory })
  const peer = await ScriptedPeer.establish(router.listeners[0]!, { identifier: '10.0.0.1', families: [] })
  await peer.announces(...prefixes)
  await router.wait(until.route(prefixes.at(-1)!), { timeout: '10s' })
  const settled = until.event('settled', ({ event }) => event.type === 'timer' && event.key.of === 'check', {
    since: { seq: 0 },
  })
  await router.wait(settled, { timeout: '10s' })
  await router.stop()
}

function dumpFolder(): string {
  const dump = mkdtempSync(join(tmpdir(), 'routewitness-dump-'))
  onTestFinished(() => rmSync(dump, { recursive: true, force: true }))
  return dump
}

test('by other objects a recording tells of addresses of Services only where their endpoints were looked for', async () => {
  await recorded('192.0.2.10/32')
  const dump = dumpFolder()
  const judged = async (): Promise<Verdict> => {
    const { objects, resources } = await collect({ objects: dump })
    return judgeTrace(directory, { objects, resources })
  }
  const write = (name: string, items: readonly object[]): void =>
    writeFileSync(join(dump, name), JSON.stringify({ kind: 'List', items }))
  write('cluster.json', [
    ...bgpCluster(['a', '10.1.1.0/24', '10.0.0.1']),
    advertisement('vip', [ALL_SERVICES]),
    service('web'),
  ])
  const without = await judged()
  expect(without.findings.filter(({ code }) => code === 'no-endpoint')).toEqual([])
  expect(without.caveats).toEqual([
    'not in the dump: nodes',
    expect.stringMatching(/^endpointslices.discovery.k8s.io: not in the dump/),
  ])
  write('slices.json', [slice('web', ['b'])])
  const { findings, caveats } = await judged()
  expect(findings.map(({ code, node, prefix }) => [code, node, prefix])).toContainEqual([
    'no-endpoint',
    'a',
    '192.0.2.10/32',
  ])
  expect(caveats).toEqual(['not in the dump: nodes'])
})

test('kinds that a dump lacks are unknown: routes that they would explain are not judged, and a note names them', async () => {
  await recorded('10.1.1.0/24', '10.1.2.0/24', '192.0.2.10/32')
  const dump = dumpFolder()
  const judged = async (...items: readonly object[]): Promise<Verdict> => {
    writeFileSync(join(dump, 'dump.json'), JSON.stringify({ kind: 'List', items }))
    return judgeTrace(directory, await collect({ objects: dump }))
  }
  const lines = ({ findings }: Verdict): string[] =>
    findings.map(({ node, prefix, code }) => `${node} ${prefix} ${code}`)
  const whole = bgpCluster(['a', '10.1.1.0/24', '10.0.0.1'], ['b', '10.1.2.0/24', '10.0.0.2'])
  const nodes = whole.filter(({ kind }) => kind === 'CiliumNode')

  const verdict = await judged(...nodes, service('web'), slice('web', ['a']))
  // What the CiliumNodes alone show is wrong all the same.
  expect(lines(verdict)).toEqual(['a 10.1.2.0/24 wrong-owner'])
  const reason = 'what the node should announce is not known: ciliumbgpnodeconfigs.cilium.io: not in the dump'
  expect(verdict.notJudged).toEqual([
    { node: 'a', prefix: '10.1.1.0/24', reason },
    { node: 'a', prefix: '192.0.2.10/32', reason },
  ])
  expect(verdict.caveats[0]).toMatch(
    /^not in the dump: nodes, configmaps, daemonsets.apps, ciliumbgpnodeconfigs.cilium.io, .*; so it is not judged .*: a whole dump is what `kubectl get nodes,ciliumnodes,.*,endpointslices -A -o yaml/,
  )
  const serves = await judged(...nodes, service('web'), slice('web', ['b']))
  expect(lines(serves)).toEqual(['a 10.1.2.0/24 wrong-owner', 'a 192.0.2.10/32 no-endpoint'])
  expect(serves.findings[1]!.cause).toBe('a announces it although no ready endpoint was ever seen there')

  // Without the objects that allocate pod CIDRs no route is one that nobody owns.
  const configured = whole.filter(({ kind }) => kind !== 'CiliumNode' && kind !== 'Node')
  expect(lines(await judged(...configured))).toEqual([])

  // A whole dump in which no configuration of the node is: now it is known that there is none.
  const other = whole.filter(
    ({ kind, metadata }) => !(kind === 'CiliumBGPNodeConfig' && metadata.name === 'a'),
  )
  expect(lines(await judged(...other))).toContain('a 10.1.1.0/24 unadvertised')
})

test('an instant that the trace has not is refused with those that it has', async () => {
  const trace = join(directory, 'trace')
  const router = await startRouter({ asn: 64512, listen: '127.0.0.1:0', trace })
  router.mark('here')
  await router.stop()
  await expect(traceRows(trace, 'peers', { at: 'there' })).rejects.toThrow(
    expect.objectContaining({ code: 'RW_NOT_FOUND', message: expect.stringContaining('its marks are here') }),
  )
  expect((await traceRows(trace, 'peers', { at: 'here' })).rows).toEqual([])
  expect((await traceRows(trace, 'events', { since: 'here' })).rows.length).toBeGreaterThan(0)
})

test('the running router tells the same events as its trace, from the first on', async () => {
  const trace = join(directory, 'trace')
  const router = await startRouter({ asn: 64512, listen: '127.0.0.1:0', trace })
  // Without a family listed we send no End-of-RIB.
  await ScriptedPeer.establish(router.listeners[0]!, { identifier: '10.0.0.1', families: [] })
  await router.wait(until.sessions(1))
  const live = router.events()
  await router.stop()
  expect(live[0]).toMatchObject({ seq: 1, type: 'started' })
  const opens = live.filter((row) => row.type === 'message').map(({ text }) => text)
  expect(opens).toContainEqual(
    expect.stringMatching(/^OPEN received: AS 64512 identifier 10\.0\.0\.1 hold \d+ s: /),
  )
  expect(opens).toContainEqual(expect.stringMatching(/^OPEN sent: AS 64512 /))
  const recorded = (await traceRows(trace, 'events')).rows as typeof live
  // Names are told as they are known, and the trace tells each row at its own instant.
  const told = (rows: typeof live): string[] => rows.map(({ seq, type, text }) => `${seq} ${type} ${text}`)
  expect(told(recorded).slice(0, live.length)).toEqual(told(live))
})

test('who reads a trace to its end is told of events of types that this version does not know', async () => {
  const trace = join(directory, 'trace')
  const router = await startRouter({ asn: 64512, listen: '127.0.0.1:0', trace })
  const { seq } = router.mark('last')
  await router.stop()
  const events = join(trace, 'events.jsonl')
  const text = readFileSync(events, 'utf8')
  writeFileSync(events, text.replace('"type":"mark"', '"type":"weather"'))
  const ends: TraceEnd[] = []
  const observer = await observeTrace(trace, { onEnd: (end) => ends.push(end) })
  expect(ends).toMatchObject([{ stopped: true, unknown: ['weather'] }])
  expect(observer.world.marks.list()).toEqual([])
  expect(seq).toBe(2)
})
