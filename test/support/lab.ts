// A native lab with a router of ours in front of it, for one test file.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { formatPrefix } from '../../src/core/ip/text.ts'
import { startLab, type Lab, type StartOptions } from '../../scripts/lab/lab.ts'
import { fromCluster, startRouter, until, type RouterHandle, type RouterSettings } from '../../src/index.ts'
import type { EventRow } from '../../src/harness/event-log.ts'
import { traceRows } from '../../src/harness/trace-view.ts'
import { collectObjects } from '../../src/harness/sources.ts'
import { objectsOf, type RouterFacts } from '../../src/lab/preflight/contract.ts'
import { thisHost } from '../../src/lab/preflight/host.ts'
import { chosenChecks, preflight, type CheckResult } from '../../src/lab/preflight/run.ts'
import { freePort } from './daemon.ts'

export interface LabWithRouter extends AsyncDisposable {
  readonly lab: Lab
  readonly router: RouterHandle
  readonly trace: string
}

/** What a test does not say: a short settle time, so that nobody waits for verdicts. */
const SETTLE = '2s'

/** Starts a lab under a name of its own, then the router that its nodes dial, watching the lab's API server. */
export async function labWithRouter(
  options: StartOptions & { name: string },
  settings: Partial<RouterSettings> = {},
): Promise<LabWithRouter> {
  const directory = mkdtempSync(join(tmpdir(), 'routewitness-lab-'))
  const trace = join(directory, 'trace')
  const port = await freePort()
  const lab = await startLab({ ...options, router: { port } })
  const asn = lab.plan.router.asn
  const router = await startRouter({
    asn,
    listen: `127.0.0.1:${port}`,
    identifier: '192.0.2.1',
    peers: [{ from: '127.0.0.0/8', asn: lab.plan.localAsn }],
    settle: SETTLE,
    trace,
    ...settings,
    expected: fromCluster({ kubeconfig: lab.kubeconfig }),
  }).catch(async (error: unknown) => {
    await lab.down()
    throw error
  })
  return {
    lab,
    router,
    trace,
    [Symbol.asyncDispose]: async () => {
      await router.stop()
      await lab.down()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

/** What `preflight` says of the lab's cluster. */
export async function preflightOf(
  { kubeconfig }: Lab,
  ids: readonly string[],
  router: Partial<RouterFacts> = {},
): Promise<readonly CheckResult[]> {
  const cluster = objectsOf(await collectObjects({ kubeconfig }))
  const facts = { address: undefined, asn: undefined, listen: [], ...router }
  return preflight({ cluster, router: facts, host: thisHost() }, chosenChecks(ids))
}

/** Pod CIDRs by node, as the API server has them now. */
export async function allocations(lab: Lab): Promise<Record<string, string[]>> {
  const list = JSON.parse(await lab.kubectl(['get', 'ciliumnodes', '-o', 'json'])) as {
    items: { metadata: { name: string }; spec: { ipam: { podCIDRs?: string[] } } }[]
  }
  return Object.fromEntries(
    list.items.map((item) => [item.metadata.name, [...(item.spec.ipam.podCIDRs ?? [])].sort()]),
  )
}

/** Announced prefixes by node, stale ones included. */
export function announced(router: RouterHandle): Record<string, string[]> {
  const routes: Record<string, string[]> = {}
  for (const { node, prefix } of router.routes()) (routes[node ?? '(unknown)'] ??= []).push(prefix)
  for (const list of Object.values(routes)) list.sort()
  return routes
}

/** What the trace on disk says happened after an event number. */
export async function recorded(
  { router, trace }: LabWithRouter,
  since: { seq: number },
): Promise<EventRow[]> {
  await router.router.flush()
  return (await traceRows(trace, 'events', { since: String(since.seq) })).rows as EventRow[]
}

/** Route events of one node in the trace: "announce 10.5.113.0/24", in the order of the stream. */
export async function routeEvents(
  world: LabWithRouter,
  node: string,
  since: { seq: number },
): Promise<string[]> {
  return (await recorded(world, since))
    .filter((row) => row.node === node && (row.type === 'announce' || row.type === 'withdraw'))
    .map((row) => `${row.type} ${row.text.split(' ')[0]}`)
}

/** Waits until a node announced or withdrew a prefix after `since`. */
export async function routeEvent(
  router: RouterHandle,
  what: 'route-announced' | 'route-withdrawn',
  node: string,
  prefix: string,
  since: { seq: number },
): Promise<void> {
  await router.wait(
    until.event(
      `${what} ${prefix} by ${node}`,
      ({ news }) =>
        news?.news === what && router.nodeOf(news.peer) === node && formatPrefix(news.prefix) === prefix,
      { since },
    ),
    { timeout: '60s' },
  )
}
