// Addresses of Services with Cilium's own control plane: who announces them, and who has endpoints (D-19). What the agents
// do right gives no finding; an agent that hangs, a peer that announces what it should not, and 1.18 give one.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { until } from '../../src/index.ts'
import { findingsText } from '../../src/report/findings.ts'
import type { Finding, Verdict } from '../../src/index.ts'
import { labWithRouter, recorded, routeEvent, routeEvents, type LabWithRouter } from '../support/lab.ts'
import { ScriptedPeer } from '../support/scripted-peer.ts'
import { keepalive, open } from '../support/speaker-messages.ts'

/** Condition of an endpoint, as the kubelet and the EndpointSlice controller set it. */
const READY = { ready: true, serving: true, terminating: false }
const NOT_READY = { ready: false, serving: false, terminating: false }
const DRAINING = { ready: false, serving: true, terminating: true }

/** LoadBalancer addresses of a Service of the lab, as host routes: IPv4, IPv6. */
async function vipsOf({ lab }: LabWithRouter, service: string): Promise<[v4: string, v6: string]> {
  const list = JSON.parse(await lab.kubectl(['get', 'service', service, '-o', 'json'])) as {
    status: { loadBalancer: { ingress?: { ip: string }[] } }
  }
  const ips = (list.status.loadBalancer.ingress ?? []).map(({ ip }) => ip)
  const [v4, v6] = [ips.find((ip) => !ip.includes(':')), ips.find((ip) => ip.includes(':'))]
  return [`${v4!}/32`, `${v6!}/128`]
}

/** Writes the endpoints of Service "local", in both families: node and condition of each. */
async function endpoints(
  { lab, trace }: LabWithRouter,
  ...list: readonly (readonly [node: string, conditions: object])[]
): Promise<void> {
  const items = (['IPv4', 'IPv6'] as const).map((addressType) => ({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: `local-${addressType.toLowerCase()}`,
      namespace: 'default',
      labels: { 'kubernetes.io/service-name': 'local' },
    },
    addressType,
    ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
    endpoints: list.map(([nodeName, conditions], at) => ({
      addresses: [addressType === 'IPv4' ? `10.5.112.${10 + at}` : `fd10::${10 + at}`],
      nodeName,
      conditions,
    })),
  }))
  const file = join(trace, '..', 'endpoints.json')
  writeFileSync(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items }))
  await lab.kubectl(['apply', '-f', file])
}

/** Nodes that announce the prefix, in order of name. */
const announcersOf = ({ router }: LabWithRouter, prefix: string): string[] =>
  router
    .routes()
    .filter((route) => route.prefix === prefix)
    .map(({ node }) => node ?? '(unknown)')
    .sort()

/** Codes of findings that began after an event, those that ended since too. */
async function foundSince(world: LabWithRouter, since: { seq: number }): Promise<string[]> {
  return (await recorded(world, since)).filter(({ type }) => type === 'finding').map(({ text }) => text)
}

const about = ({ findings }: Verdict): [string, string, string | undefined][] =>
  findings.map(({ code, node, prefix }: Finding) => [code, node, prefix])

describe('Cilium 1.20', () => {
  let world: LabWithRouter
  let local: readonly [string, string]
  let everywhere: readonly [string, string]

  beforeAll(async () => {
    world = await labWithRouter(
      {
        name: 'test-services',
        cilium: '1.20.2',
        services: true,
        // A frozen agent is to keep its session for as long as a test takes.
        hold: 90,
        keepalive: 30,
      },
      // Agents take half a second, on a busy machine longer.
      { settle: '4s' },
    )
    const { router } = world
    await router.wait(until.converged(), { timeout: '90s' })
    local = await vipsOf(world, 'local')
    everywhere = await vipsOf(world, 'everywhere')
    const start = { seq: 0 }
    for (const vip of local) await routeEvent(router, 'route-announced', 'node01', vip, start)
    for (const vip of everywhere)
      for (const { name } of world.lab.nodes) await routeEvent(router, 'route-announced', name, vip, start)
  })

  afterAll(() => world?.[Symbol.asyncDispose]())

  test('the address of a Local Service is announced where its endpoint is, and that is judged', async () => {
    const verdict = await world.router.settled()
    expect(verdict.findings).toEqual([])
    expect(verdict.caveats).toEqual([])
    for (const vip of local) expect(announcersOf(world, vip)).toEqual(['node01'])
    const nodes = world.lab.nodes.map(({ name }) => name)
    for (const vip of everywhere) expect(announcersOf(world, vip)).toEqual(nodes)
    // Nothing is to be said about who announces the other Service.
    expect(verdict.notJudged).toHaveLength(2 * nodes.length)
    for (const { reason } of verdict.notJudged)
      expect(reason).toBe(
        'it is the LoadBalancerIP of Service default/everywhere, whose externalTrafficPolicy is Cluster: any node may announce it',
      )
  })

  test.each<[string, Parameters<typeof endpoints>[1][], string[]]>([
    ['moves to another node', [['master1', READY]], ['master1']],
    [
      'is there twice',
      [
        ['master1', READY],
        ['master2', READY],
      ],
      ['master1', 'master2'],
    ],
    [
      'is not ready on one of two nodes',
      [
        ['master1', NOT_READY],
        ['master2', READY],
      ],
      ['master2'],
    ],
    [
      'ends and still serves',
      [
        ['master2', DRAINING],
        ['node01', READY],
      ],
      ['node01'],
    ],
    ['is gone everywhere', [], []],
    ['comes back', [['node01', READY]], ['node01']],
  ])('when the endpoint %s, agents follow within the settle time: no finding', async (_what, list, nodes) => {
    const { router } = world
    const before = announcersOf(world, local[0])
    const since = router.mark('endpoints changed')
    await endpoints(world, ...list)
    for (const vip of local) {
      for (const node of nodes)
        if (!before.includes(node)) await routeEvent(router, 'route-announced', node, vip, since)
      for (const node of before)
        if (!nodes.includes(node)) await routeEvent(router, 'route-withdrawn', node, vip, since)
    }
    expect(about(await router.settled())).toEqual([])
    for (const vip of local) expect(announcersOf(world, vip)).toEqual(nodes)
    for (const vip of everywhere) expect(announcersOf(world, vip)).toHaveLength(world.lab.nodes.length)
    expect(await foundSince(world, since)).toEqual([])
  })

  test('an agent that hangs does not withdraw: found, with the Service, the node and since when; gone when it goes on', async () => {
    const { lab, router } = world
    const since = router.mark('node01 hangs')
    await lab.freezeAgent('node01', true)
    try {
      await endpoints(world, ['master1', READY], ['master2', READY], ['node01', NOT_READY])
      for (const vip of local) await routeEvent(router, 'route-announced', 'master2', vip, since)
      const verdict = await router.settled()
      expect(about(verdict)).toEqual(local.map((vip) => ['no-endpoint', 'node01', vip]))
      const [finding] = verdict.findings
      expect(finding).toMatchObject({
        severity: 'error',
        cause: 'node01 did not withdraw it when its last ready endpoint went',
        impact: expect.stringMatching(
          / \(1 of 3 announcers cannot serve it\); ready endpoints are on master1, master2$/,
        ),
      })
      expect(finding!.since).toBeGreaterThan(since.at)
      expect(finding!.summary).toMatch(
        /Service default\/local \(externalTrafficPolicy Local\), which has no ready endpoint on node01 since \S+ \(1 not ready\)$/,
      )
      // What `check` prints.
      const text = findingsText(verdict, false, { colour: false, headers: true })
      expect(text).toContain(`node01  ${local[0]}  no-endpoint`)
    } finally {
      await lab.freezeAgent('node01', false)
    }
    for (const vip of local) await routeEvent(router, 'route-withdrawn', 'node01', vip, since)
    expect(about(await router.settled())).toEqual([])
    expect((await foundSince(world, since)).length).toBeGreaterThan(0)
  })

  test('a peer that announces the address in the name of a node without endpoint is found', async () => {
    const { lab, router } = world
    const since = router.mark('a second peer')
    const peer = await ScriptedPeer.dial(router.listeners[0]!)
    const asMaster3 = { extra: [{ code: 73, host: 'master3', domain: '' }] } as const
    await peer.sends(open({ asn: lab.plan.localAsn, identifier: '198.51.100.7', ...asMaster3 }))
    await peer.next('keepalive')
    await peer.sends(keepalive)
    await peer.announces(local[0])
    await routeEvent(router, 'route-announced', 'master3', local[0], since)
    const { findings } = await router.settled()
    expect(findings.map(({ code, node, prefix }) => [code, node, prefix])).toContainEqual([
      'no-endpoint',
      'master3',
      local[0],
    ])
    expect(await routeEvents(world, 'master3', since)).toEqual([`announce ${local[0]}`])
  })
})

test('Cilium 1.18 announces the address for an endpoint that is not ready: found, with the cause', async () => {
  await using world = await labWithRouter({ name: 'test-services-old', cilium: '1.18.11', services: true })
  const { router } = world
  await router.wait(until.converged(), { timeout: '90s' })
  const vips = await vipsOf(world, 'local')
  for (const vip of vips) await routeEvent(router, 'route-announced', 'node01', vip, { seq: 0 })
  expect(about(await router.settled())).toEqual([])

  const since = router.mark('not ready')
  await endpoints(world, ['node01', NOT_READY])
  for (const name of ['local-ipv4', 'local-ipv6'])
    await router.wait(
      until.event(
        `EndpointSlice ${name}`,
        ({ event }) => event.type === 'object' && event.object.metadata.name === name,
        { since },
      ),
    )
  const { findings } = await router.settled()
  expect(findings.map(({ code, node, prefix }) => [code, node, prefix])).toEqual(
    vips.map((vip) => ['no-endpoint', 'node01', vip]),
  )
  for (const { cause } of findings)
    expect(cause).toBe('Cilium 1.18.11 counts endpoints that are not ready, too (cilium#45276)')
})
