// The main job over loopback TCP: incident I-1, from bytes to findings, and back from the trace.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Verdict } from '../../src/core/check/finding.ts'
import { ciliumNodeObject, INCIDENT, nodeObject, type Incident } from '../../src/demo/incident.ts'
import { playIncident, type DemoResult } from '../../src/demo/play.ts'
import { judgeTrace, traceRows } from '../../src/harness/trace-view.ts'
import type { EventRow } from '../../src/harness/event-log.ts'

let directory: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'routewitness-demo-'))
})

afterEach(() => rmSync(directory, { recursive: true, force: true }))

const play = (incident?: Incident): Promise<DemoResult> =>
  playIncident({
    directory: join(directory, 'trace'),
    say: () => undefined,
    show: () => undefined,
    ...(incident === undefined ? {} : { incident }),
  })

const listed = (verdict: Verdict): string[] =>
  verdict.findings.map(
    ({ code, node, prefix, owner }) => `${node} ${prefix} ${code}${owner === undefined ? '' : ` ${owner}`}`,
  )

test(
  'I-1 gives four wrong owners before, and a missing, a leftover and two wrong owners after node01 went',
  { timeout: 30_000 },
  async () => {
    const { before, after } = await play()
    expect(listed(before)).toEqual([
      'master1 10.5.112.0/24 wrong-owner node01',
      'master2 10.5.114.0/24 wrong-owner master3',
      'master3 10.5.113.0/24 wrong-owner master1',
      'node01 10.5.115.0/24 wrong-owner master2',
    ])
    expect(before.findings[3]).toMatchObject({
      severity: 'error',
      impact: expect.stringContaining('removing node01 withdraws 10.5.115.0/24, the pods of master2'),
      cause: expect.stringContaining('Node.spec.podCIDRs of node01'),
      remedy: expect.stringContaining('1.12'),
    })
    expect(listed(after)).toEqual([
      'master1 10.5.112.0/24 leftover',
      'master2 10.5.114.0/24 wrong-owner master3',
      'master2 10.5.115.0/24 missing master2',
      'master3 10.5.113.0/24 wrong-owner master1',
    ])

    // The trace says what the live check said, at both marks.
    const trace = join(directory, 'trace')
    expect((await judgeTrace(trace, { at: 'before' })).findings).toEqual(before.findings)
    expect((await judgeTrace(trace, { at: 'after' })).findings).toEqual(after.findings)

    // By objects in which every node announces its own CIDR nothing is wrong at the first mark.
    const own = INCIDENT.nodes.flatMap((node) => [
      nodeObject(node),
      ciliumNodeObject({ ...node, pods: node.announces }),
    ])
    const settings = INCIDENT.objects.filter(
      (object) => object.kind === 'ConfigMap' || object.kind === 'DaemonSet',
    )
    expect((await judgeTrace(trace, { at: 'before', objects: [...settings, ...own] })).findings).toEqual([])

    const { rows } = await traceRows(trace, 'events', { since: 'node01 removed', at: 'after' })
    expect(
      (rows as EventRow[]).filter((row) => row.type === 'withdraw').map((row) => `${row.node} ${row.text}`),
    ).toEqual(['node01 10.5.115.0/24 withdrawn'])
  },
)

test(
  'other CIDRs in the input give other findings: nothing in the demo is canned',
  { timeout: 30_000 },
  async () => {
    // Now node01 announces what it owns, and master1 too: a duplicate, and node01's removal takes nothing from anybody.
    const nodes = INCIDENT.nodes.map((node) =>
      node.name === 'node01' ? { ...node, announces: node.pods } : node,
    )
    const objects = [
      ...INCIDENT.objects.filter((object) => object.kind === 'ConfigMap' || object.kind === 'DaemonSet'),
      ...nodes.flatMap((node) => [nodeObject(node), ciliumNodeObject(node)]),
    ]
    const { before, after } = await play({ ...INCIDENT, nodes, objects })
    expect(listed(before)).toEqual([
      'master1 10.5.112.0/24 duplicate node01',
      'master2 10.5.114.0/24 wrong-owner master3',
      'master2 10.5.115.0/24 missing master2',
      'master3 10.5.113.0/24 wrong-owner master1',
    ])
    expect(listed(after)).toEqual([
      'master1 10.5.112.0/24 leftover',
      'master2 10.5.114.0/24 wrong-owner master3',
      'master2 10.5.115.0/24 missing master2',
      'master3 10.5.113.0/24 wrong-owner master1',
    ])
  },
)
