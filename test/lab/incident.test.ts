// Incident I-1 with the original code: Cilium's own MetalLB-mode speakers of 1.11 and 1.12 against a real API server.
import { expect, test } from 'vitest'
import { judgeTrace } from '../../src/harness/trace-view.ts'
import { until, type Verdict } from '../../src/index.ts'
import { labWithRouter, preflightOf, routeEvent } from '../support/lab.ts'

const listed = (verdict: Verdict): string[] =>
  verdict.findings.map(
    ({ code, node, prefix, owner }) => `${node} ${prefix} ${code}${owner === undefined ? '' : ` ${owner}`}`,
  )

const sourceCheck = async (lab: Parameters<typeof preflightOf>[0]) =>
  (await preflightOf(lab, ['version-ipam']))[0]!.outcomes[0]

test('the 1.11 speakers announce what Node says: wrong owners before, a missing and a leftover route after node01 went', async () => {
  await using world = await labWithRouter({ name: 'test-incident', speakers: '1.11' })
  const { lab, router, trace } = world
  // It needs no session to be told.
  expect(await sourceCheck(lab)).toMatchObject({
    verdict: 'error',
    remedy: 'Cilium >= 1.12, or ipam: kubernetes',
  })
  await router.wait(until.sessions(4), { timeout: '60s' })
  for (const prefix of ['10.5.112.0/24', '10.5.113.0/24', '10.5.114.0/24', '10.5.115.0/24'])
    await router.wait(until.route(prefix), { timeout: '30s' })

  // One source address, no FQDN: the router-id alone tells who is who.
  expect(new Set(router.peers().map((peer) => peer.address))).toEqual(new Set(['127.0.0.1']))
  expect(router.peers().map((peer) => [peer.node, peer.identifier])).toEqual([
    ['master1', '10.4.94.32'],
    ['master2', '10.4.94.21'],
    ['master3', '10.4.94.31'],
    ['node01', '10.4.94.23'],
  ])
  const before = await router.settled()
  expect(listed(before)).toEqual([
    'master1 10.5.112.0/24 wrong-owner node01',
    'master2 10.5.114.0/24 wrong-owner master3',
    'master3 10.5.113.0/24 wrong-owner master1',
    'node01 10.5.115.0/24 wrong-owner master2',
  ])
  const worst = before.findings[3]!
  expect(worst.cause).toContain('Node.spec.podCIDRs of node01')
  expect(worst.impact).toContain('removing node01 withdraws 10.5.115.0/24, the pods of master2')
  expect(worst.remedy).toContain('1.12')

  const since = router.mark('node01 removed')
  await lab.removeNode('node01', { agent: 'keep' })
  await routeEvent(router, 'route-withdrawn', 'node01', '10.5.115.0/24', since)
  await router.wait(
    until.event(
      'CiliumNode gone',
      ({ event }) =>
        event.type === 'object' && event.action === 'deleted' && event.object.kind === 'CiliumNode',
      { since },
    ),
    { timeout: '30s' },
  )
  const after = await router.settled()
  expect(listed(after)).toEqual([
    'master1 10.5.112.0/24 leftover',
    'master2 10.5.114.0/24 wrong-owner master3',
    'master2 10.5.115.0/24 missing master2',
    'master3 10.5.113.0/24 wrong-owner master1',
  ])

  await router.stop()
  expect((await judgeTrace(trace, { at: 'node01 removed' })).findings.map((finding) => finding.code)).toEqual(
    before.findings.map((finding) => finding.code),
  )
  expect((await judgeTrace(trace)).findings).toEqual(after.findings)
})

test('the 1.12 speakers, fed from CiliumNode as the agent does, announce what is allocated: no finding', async () => {
  await using world = await labWithRouter({ name: 'test-incident-112', speakers: '1.12' })
  const { lab, router } = world
  expect(await sourceCheck(lab)).toMatchObject({ verdict: 'ok' })
  await router.wait(until.sessions(4), { timeout: '60s' })
  await router.wait(until.routes(), { timeout: '60s' })
  const verdict = await router.settled()
  expect(verdict.findings).toEqual([])
  expect(verdict.checked).toMatchObject({ nodes: 4, routes: 4, expected: 4 })
})
