// `demo`: incident I-1 played with real TCP sessions. The router, the record and the check are the ones of `serve`;
// the nodes and the API server are simulated (./simulated-node.ts, ./api-server.ts).
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Verdict } from '../core/check/finding.ts'
import { formatPrefix } from '../core/ip/text.ts'
import type { ClusterObject } from '../core/stream/events.ts'
import { until } from '../harness/until.ts'
import { startRouter } from '../harness/start.ts'
import { fromCluster } from '../kube/source.ts'
import { startApiServer } from './api-server.ts'
import { INCIDENT, type Incident } from './incident.ts'
import { SimulatedNode } from './simulated-node.ts'

/** A second instead of fifteen, so that a demo does not keep people waiting. */
const SETTLE = '1s'

export interface DemoOptions {
  /** Folder for the trace; a new one in the temporary directory when left out. */
  readonly directory?: string | undefined
  /** What to play instead of incident I-1. */
  readonly incident?: Incident
  readonly say: (line: string) => void
  readonly show: (verdict: Verdict) => void
}

export interface DemoResult {
  readonly before: Verdict
  readonly after: Verdict
  readonly directory: string
}

/** Plays the incident and gives the verdicts before and after the node went. */
export async function playIncident(options: DemoOptions): Promise<DemoResult> {
  const { say, show, incident = INCIDENT } = options
  const directory = options.directory ?? join(mkdtempSync(join(tmpdir(), 'routewitness-')), 'trace')
  const api = await startApiServer({ objects: incident.objects })
  say(
    `A cluster of ${incident.nodes.length} nodes, Cilium ${incident.version} in MetalLB mode, ipam=cluster-pool, at an embedded API server.`,
  )
  const router = await startRouter({
    asn: incident.routerAsn,
    listen: '127.0.0.1:0',
    peers: [{ from: '127.0.0.0/8', asn: incident.nodeAsn }],
    settle: SETTLE,
    trace: directory,
    expected: fromCluster({ kubeconfigText: api.kubeconfig() }),
  }).catch(async (error: unknown) => {
    await api[Symbol.asyncDispose]()
    throw error
  })
  const listener = router.listeners[0]!
  say(`The router, AS ${incident.routerAsn}, listens on ${listener} and records into ${directory}`)
  const quiet = router.onEvent((_, news) => {
    for (const item of news) {
      if (item.news === 'session-established') say(`  ${router.nodeOf(item.peer)} is Established`)
      if (item.news === 'route-announced' && item.change === 'new')
        say(`  ${router.nodeOf(item.peer)} announces ${formatPrefix(item.prefix)}`)
      if (item.news === 'route-withdrawn')
        say(`  ${router.nodeOf(item.peer)} withdraws ${formatPrefix(item.prefix)}`)
    }
  })

  const [address = '127.0.0.1', port = '0'] = listener.split(':')
  const nodes = incident.nodes.map(
    (node, at) =>
      new SimulatedNode({
        name: node.name,
        asn: incident.nodeAsn,
        identifier: node.address,
        source: `127.0.0.${11 + at}`,
        router: { address, port: Number(port) },
        api: api.url,
      }),
  )
  try {
    for (const node of nodes) await node.start()
    await router.wait(until.sessions(nodes.length), { timeout: '10s' })
    await router.wait(
      until.event('every node announced', ({ news }) => news?.news === 'route-announced', {
        since: 0,
        count: nodes.length,
      }),
      { timeout: '10s' },
    )
    const before = await router.settled()
    router.mark('before')
    say(
      `\nWhat is wrong, one second after the last change (the settle time is ${SETTLE} here, 15s elsewhere):`,
    )
    show(before)

    const { leaves } = incident
    say(`Now ${leaves} is taken out: its Node and CiliumNode are deleted.`)
    const removal = router.mark(`${leaves} removed`)
    for (const kind of ['Node', 'CiliumNode']) api.delete(kind, leaves)
    await router.wait(
      until.event(`a withdrawal by ${leaves}`, ({ news }) => news?.news === 'route-withdrawn', {
        since: removal.seq,
      }),
      { timeout: '10s' },
    )
    await router.wait(
      until.event(`${leaves} gone`, ({ event }) => isDeletion(event, leaves), { since: removal.seq }),
      { timeout: '10s' },
    )
    const after = await router.settled()
    router.mark('after')
    say('\nWhat is wrong now:')
    show(after)
    return { before, after, directory }
  } finally {
    quiet()
    await router.stop()
    for (const node of nodes) node.stop()
    await api[Symbol.asyncDispose]()
    say(`Every message lies in ${directory}. Look at it:`)
    say(`  npx routewitness get events --trace ${directory}`)
    say(`  npx routewitness check --trace ${directory} --at before`)
    say(`  bgpdump -m ${join(directory, 'messages.mrt')}`)
  }
}

function isDeletion(
  event: { readonly type: string; readonly action?: unknown; readonly object?: ClusterObject },
  node: string,
): boolean {
  return (
    event.type === 'object' &&
    event.action === 'deleted' &&
    event.object?.kind === 'CiliumNode' &&
    event.object.metadata.name === node
  )
}
