// Cilium 1.20's own control plane, the real operator and the real API server: what is announced is what is allocated.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { judgeTrace } from '../../src/harness/trace-view.ts'
import { until, type RouterHandle } from '../../src/index.ts'
import { CHECKS } from '../../src/lab/preflight/table.ts'
import { dumpedRoutes } from '../support/bgpdump.ts'
import {
  allocations,
  announced,
  labWithRouter,
  preflightOf,
  routeEvent,
  routeEvents,
  type LabWithRouter,
} from '../support/lab.ts'

let world: LabWithRouter

beforeAll(async () => {
  world = await labWithRouter({ name: 'test-allocation', cilium: '1.20.2' })
  await world.router.wait(until.converged(), { timeout: '90s' })
})

afterAll(() => world?.[Symbol.asyncDispose]())

/** Waits until the cluster said after `since` that the node has the CIDR; the number of the event that said so first. */
async function allocationSeen(
  router: RouterHandle,
  node: string,
  cidr: string,
  since: { seq: number },
): Promise<number> {
  let seq = 0
  const says = until.event(
    `CiliumNode ${node} has ${cidr}`,
    ({ event }) => {
      if (event.type !== 'object' || event.object.kind !== 'CiliumNode') return false
      const { metadata, spec } = event.object as { metadata: { name: string }; spec?: unknown }
      const { ipam } = (spec ?? {}) as { ipam?: { podCIDRs?: readonly string[] } }
      if (metadata.name !== node || ipam?.podCIDRs?.includes(cidr) !== true) return false
      if (seq === 0) seq = event.seq
      return true
    },
    { since },
  )
  await router.wait(says, { timeout: '60s' })
  return seq
}

test('four agents announce exactly what CiliumNode allocates, in both families, and nothing is found', async () => {
  const { lab, router, trace } = world
  const allocated = await allocations(lab)
  expect(Object.keys(allocated)).toEqual(['master1', 'master2', 'master3', 'node01'])
  expect(announced(router)).toEqual(allocated)
  // Node.spec.podCIDRs are others on purpose.
  for (const node of lab.nodes) expect(allocated[node.name]).not.toEqual(node.nodePodCidrs)
  const verdict = await router.settled()
  expect(verdict.findings).toEqual([])
  expect(verdict.notJudged).toEqual([])
  expect(verdict.checked).toMatchObject({ nodes: 4, routes: 8, expected: 8 })

  await router.router.flush()
  const dumped = (await dumpedRoutes(join(trace, 'messages.mrt'))).map((line) => line.split(' ')[0])
  expect(dumped).toEqual(Object.values(allocated).flat().sort())
  // IPv6 over a session between IPv4 addresses: GoBGP sends an IPv4-mapped next hop.
  expect(
    router
      .routes()
      .filter((route) => route.prefix.includes(':'))
      .map((route) => route.nextHop),
  ).toEqual(lab.nodes.map((node) => `::ffff:${node.source}`))
})

test('preflight follows every link from a label to a route, and finds what is only warned of', async () => {
  const { lab, router } = world
  const facts = { address: '127.0.0.1', asn: lab.plan.router.asn, listen: router.listeners }
  const ids = CHECKS.filter(({ about }) => about === 'cluster').map(({ id }) => id)
  const results = await preflightOf(lab, ids, facts)
  expect(results.map(({ id, verdict }) => [id, verdict])).toEqual([
    ['version-ipam', 'ok'],
    ['bgp-enabled', 'ok'],
    // Node.spec.podCIDRs differ on purpose.
    ['pod-cidrs', 'warning'],
    ['selector-chain', 'ok'],
    ['advertisement-types', 'ok'],
    // No advertisement announces Services.
    ['services', 'skipped'],
    ['lb-pools', 'skipped'],
    ['conditions', 'ok'],
    ['router-address', 'ok'],
    ['timers', 'ok'],
    ['graceful-restart', 'warning'],
    ['md5', 'ok'],
    ['password-secrets', 'ok'],
    ['families', 'warning'],
    ['ttl', 'warning'],
    ['router-id', 'ok'],
    ['sysctl-fix', 'skipped'],
  ])
  const [wrong] = await preflightOf(lab, ['router-address'], { ...facts, asn: 65001 })
  expect(wrong?.outcomes[0]?.what).toContain('ours is 65001')
})

test('a node that is added announces its allocation', async () => {
  const { lab, router } = world
  await lab.addNode('node02')
  await router.wait(until.sessions(['node02']), { timeout: '60s' })
  await router.wait(until.routes(), { timeout: '60s' })
  const allocated = await allocations(lab)
  expect(announced(router)['node02']).toEqual(allocated['node02'])
  expect((await router.settled()).findings).toEqual([])
})

test('a CIDR patched by hand is undone by the operator, and the record has both changes in order', async () => {
  const { lab, router } = world
  const before = (await allocations(lab))['master1']!
  const [v4 = '', v6 = ''] = before
  const since = router.mark('patch')
  await lab.kubectl([
    'patch',
    'ciliumnode',
    'master1',
    '--type',
    'merge',
    '-p',
    JSON.stringify({ spec: { ipam: { podCIDRs: ['10.200.1.0/24', v6] } } }),
  ])
  const patched = await allocationSeen(router, 'master1', '10.200.1.0/24', since)
  await allocationSeen(router, 'master1', v4, { seq: patched })
  await router.wait(until.quiet('2s', { since }), { timeout: '30s' })

  // The operator takes milliseconds: an agent may see both changes, or the last one alone and have nothing to do.
  const changes = (await routeEvents(world, 'master1', since)).filter((line) => !line.endsWith(v6))
  expect([
    [],
    [`withdraw ${v4}`, 'announce 10.200.1.0/24', 'withdraw 10.200.1.0/24', `announce ${v4}`],
  ]).toContainEqual(changes.filter((line, at) => line !== changes[at - 1]))
  expect((await router.settled()).findings).toEqual([])
})

test('an advertisement that is removed withdraws the routes and expects none; restored, they are back', async () => {
  const { lab, router, trace } = world
  const advertisement = await lab.kubectl(['get', 'ciliumbgpadvertisement', 'pod-cidr', '-o', 'json'])
  const allocated = await allocations(lab)
  const removed = router.mark('advertisement removed')
  await lab.kubectl(['delete', 'ciliumbgpadvertisement', 'pod-cidr'])
  for (const [node, prefixes] of Object.entries(allocated)) {
    for (const prefix of prefixes) await routeEvent(router, 'route-withdrawn', node, prefix, removed)
  }
  expect(announced(router)).toEqual({})
  expect((await router.settled()).findings).toEqual([])

  const restored = router.mark('advertisement restored')
  const { metadata, ...rest } = JSON.parse(advertisement) as { metadata: { name: string; labels: unknown } }
  const clean = { ...rest, metadata: { name: metadata.name, labels: metadata.labels } }
  const file = join(trace, '..', 'advertisement.json')
  writeFileSync(file, JSON.stringify(clean))
  await lab.kubectl(['create', '-f', file])
  await router.wait(until.routes(), { timeout: '60s' })
  expect(announced(router)).toEqual(allocated)
  for (const node of Object.keys(allocated))
    expect((await routeEvents(world, node, restored)).filter((line) => !line.startsWith('announce'))).toEqual(
      [],
    )
  expect((await router.settled()).findings).toEqual([])

  // The trace says the same at both marks.
  await router.router.flush()
  expect((await judgeTrace(trace, { at: 'advertisement restored' })).checked.routes).toBe(0)
  expect((await judgeTrace(trace)).findings).toEqual([])
})

test('with graceful restart off the routes of an agent that ends go at once, and are missed', async () => {
  const { lab, router } = world
  const prefixes = (await allocations(lab))['master3']!
  const since = router.mark('master3 ends')
  await lab.stopAgent('master3', 'SIGTERM')
  for (const prefix of prefixes) await routeEvent(router, 'route-withdrawn', 'master3', prefix, since)
  expect(announced(router)['master3']).toBeUndefined()
  const verdict = await router.settled()
  expect(verdict.findings.map(({ code, node, prefix }) => [code, node, prefix])).toEqual(
    prefixes.map((prefix) => ['missing', 'master3', prefix]),
  )
  expect(verdict.findings[0]!.cause).toContain('master3')
  await lab.startAgent('master3')
  await router.wait(until.routes(), { timeout: '60s' })
  expect((await router.settled()).findings).toEqual([])
})

test('a node that is removed leaves neither route nor expectation', async () => {
  const { lab, router } = world
  const prefixes = (await allocations(lab))['node02']!
  const since = router.mark('node02 removed')
  await lab.removeNode('node02', { agent: 'keep' })
  for (const prefix of prefixes) await routeEvent(router, 'route-withdrawn', 'node02', prefix, since)
  const verdict = await router.settled()
  expect(verdict.findings).toEqual([])
  expect(verdict.checked).toMatchObject({ nodes: 4, expected: 8 })
})
