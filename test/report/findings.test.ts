import { expect, test } from 'vitest'
import type { Finding, Verdict } from '../../src/core/check/finding.ts'
import { findingsText } from '../../src/report/findings.ts'
import { clockTime } from '../../src/report/time.ts'
import { junit } from '../../src/report/junit.ts'
import { table } from '../../src/report/table.ts'

const AT = Date.UTC(2026, 10, 21, 12, 0, 1, 204) * 1000

const finding: Finding = {
  code: 'wrong-owner',
  severity: 'error',
  node: 'node01',
  peer: '127.0.0.1:1790 64513 10.4.94.23',
  session: 4,
  family: 'ipv4-unicast',
  prefix: '10.5.115.0/24',
  since: AT,
  evidence: [41, 57],
  summary:
    'announced by node01 (10.4.94.23) since 12:00:01.204, owned by master2 (CiliumNode.spec.ipam.podCIDRs)',
  owner: 'master2',
  cause: 'equals Node.spec.podCIDRs of node01',
  impact: 'removing node01 withdraws 10.5.115.0/24, the pods of master2',
  remedy: 'Cilium >= 1.12, or ipam: kubernetes',
  near: [{ node: 'node01', prefix: '10.5.115.0/24', nextHop: '127.0.0.14', differs: ['owner'] }],
}

const verdict = (findings: readonly Finding[], more: Partial<Verdict> = {}): Verdict => ({
  at: AT,
  findings,
  notJudged: [],
  unsettled: [],
  checked: { nodes: 4, peers: 4, routes: 4, expected: 4 },
  caveats: [],
  known: true,
  ...more,
})

const plain = { colour: false, headers: true }

test('a finding is told with subject, cause, impact, remedy, evidence and the nearest routes', () => {
  expect(findingsText(verdict([finding]), false, plain)).toBe(`node01  10.5.115.0/24  wrong-owner
  announced by node01 (10.4.94.23) since 12:00:01.204, owned by master2 (CiliumNode.spec.ipam.podCIDRs)
  cause    equals Node.spec.podCIDRs of node01
  impact   removing node01 withdraws 10.5.115.0/24, the pods of master2
  remedy   Cilium >= 1.12, or ipam: kubernetes
  evidence events 41, 57
  nearest  recorded routes, and what differs
             node01  10.5.115.0/24  127.0.0.14  owner

1 error, 0 warnings: 4 routes of 4 nodes compared with 4 expected
`)
})

test('only related routes are told as near, unless all is asked for', () => {
  const near = [
    { node: 'node02', prefix: '10.5.116.0/24', nextHop: '127.0.0.15', differs: ['owner', 'prefix'] },
    { node: 'node02', prefix: '10.5.0.0/16', nextHop: '127.0.0.15', differs: ['owner', 'length'] },
    { node: 'master2', prefix: '10.9.0.0/24', nextHop: '127.0.0.12', differs: ['prefix'] },
  ]
  const text = findingsText(verdict([{ ...finding, near }]), false, plain)
  expect(text).not.toContain('10.5.116.0/24')
  expect(text).toContain('10.5.0.0/16')
  expect(text).toContain('10.9.0.0/24')
  expect(findingsText(verdict([{ ...finding, near }]), true, plain)).toContain('10.5.116.0/24')
  expect(findingsText(verdict([{ ...finding, near: near.slice(0, 1) }]), false, plain)).not.toContain(
    'nearest',
  )
})

test('nothing found is one line', () => {
  expect(findingsText(verdict([]), false, plain)).toBe(
    'no finding: 4 routes of 4 nodes compared with 4 expected\n',
  )
})

test('what could not be judged is counted and listed, shortened unless all is asked for', () => {
  const notJudged = Array.from({ length: 7 }, (_, at) => ({
    node: 'node01',
    prefix: `10.99.0.${at}/32`,
    reason: 'a Service advertisement could explain it',
  }))
  const short = findingsText(
    verdict([], { notJudged, caveats: ['Node is forbidden: done without'] }),
    false,
    plain,
  )
  expect(short).toContain('and 2 more (-o wide lists all)')
  expect(short).toContain('note  Node is forbidden: done without')
  expect(short).toContain('compared with 4 expected; 7 not judged')
  expect(findingsText(verdict([], { notJudged }), true, plain)).toContain('10.99.0.6/32')
})

test('what has not settled is no all-clear', () => {
  const unsettled = [{ node: 'node01', prefix: '10.5.115.0/24', until: AT }]
  expect(findingsText(verdict([], { unsettled }), false, plain)).toContain('no finding so far: ')
})

test('what has not settled lines up, with times of day as elsewhere', () => {
  const unsettled = [
    { node: 'a', prefix: '10.5.115.0/24', until: AT },
    { node: 'node01', prefix: '10.0.0.0/8', until: AT },
  ]
  const due = clockTime(AT)
  expect(findingsText(verdict([], { unsettled }), false, plain)).toContain(
    `not settled\n  a       10.5.115.0/24  due ${due}\n  node01  10.0.0.0/8     due ${due}\n\n`,
  )
})

test('colours appear only when they are asked for', () => {
  expect(findingsText(verdict([finding]), false, plain)).not.toContain('\u001b')
  expect(findingsText(verdict([finding]), false, { colour: true, headers: true })).toContain(
    '\u001b[31mwrong-owner',
  )
})

test('JUnit has a failure for an error, and escapes what XML cannot hold', () => {
  const xml = junit(verdict([{ ...finding, summary: 'a < b & "c"\u0007' }]))
  expect(xml).toContain('<testsuites tests="1" failures="1">')
  expect(xml).toContain('message="a &lt; b &amp; &quot;c&quot;?"')
})

test('JUnit without a finding has one passing case, so that nobody takes it for an empty run', () => {
  expect(junit(verdict([]))).toContain('<testsuite name="routewitness check" tests="1" failures="0">')
})

test('columns line up, and the header can be left out', () => {
  expect(
    table(
      ['node', 'prefix'],
      [
        ['a', '10.0.0.0/8'],
        ['master1', '::/0'],
      ],
    ),
  ).toBe('NODE     PREFIX\na        10.0.0.0/8\nmaster1  ::/0\n')
  expect(table(['node'], [['a']], { colour: false, headers: false })).toBe('a\n')
})
