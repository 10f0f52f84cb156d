// What several drills do: parts of a procedure, each a step with its undo.
import type { Observer } from '../core/check/observer.ts'
import { gracefulRestart } from '../core/session/negotiate.ts'
import type { Micros } from '../core/speaker/contract.ts'
import { familyName } from '../core/wire/families.ts'
import type { Since } from '../harness/condition-spec.ts'
import { until, type Condition } from '../harness/until.ts'
import { nodeRows } from '../harness/views.ts'
import type { Cluster, Stage, StopSignal } from './contract.ts'
import { seconds } from './bars.ts'
import { peerOf } from './facts.ts'

/** Ends the agent, waits for the delay, starts it; the drill's default node and delay unless told. */
export async function restartAgent(
  stage: Stage,
  node: string,
  signal: StopSignal,
  options: { readonly delay?: Micros; readonly version?: string } = {},
): Promise<void> {
  const { cluster, parameters } = stage
  const delay = options.delay ?? parameters.delay
  const later = cluster.restartsItself ? 'again by the cluster' : `${seconds(delay)} later`
  await stage.step(`the agent of ${node} gets ${signal} and is started ${later}`, async () => {
    const back = stage.undo(`agent of ${node} started`, () => cluster.startAgent(node))
    await cluster.stopAgent(node, signal)
    if (!cluster.restartsItself) await stage.pause(delay)
    await cluster.startAgent(node, options.version)
    back()
  })
}

/** Sessions of these nodes Established after `since`, and every expected route announced and no longer stale. */
export async function holdsAgain(stage: Stage, nodes: readonly string[], since: Since): Promise<void> {
  for (const node of nodes) await stage.wait(establishedSince(stage.router.observer, node, since))
  await stage.wait(until.routes())
}

/** The node's session became Established after the instant. */
export const establishedSince = (observer: Observer, node: string, since: Since): Condition =>
  until.event(
    `${node} Established`,
    ({ news }) => news?.news === 'session-established' && observer.checker.nodeOf(news.peer) === node,
    { since },
  )

/** The session of the node ended after the instant. */
export const closedSince = (observer: Observer, node: string, since: Since): Condition =>
  until.event(
    `session of ${node} closed`,
    ({ news }) =>
      news?.news === 'session-closed' &&
      news.wasEstablished &&
      news.peer !== undefined &&
      observer.checker.nodeOf(news.peer) === node,
    { since },
  )

/** Restart time in the node's OPEN; 0 without graceful restart. */
export const restartTimeOf = (observer: Observer, node: string): Micros =>
  (gracefulRestart(peerOf(observer, node)?.established?.received)?.time ?? 0) * 1e6

/** Families of the node's session, by name. */
export const familiesOf = (observer: Observer, node: string): string[] =>
  (peerOf(observer, node)?.established?.families ?? []).map(familyName)

/** Families of the peer configuration, by name; without any Cilium offers both. */
export async function configuredFamilies(cluster: Cluster): Promise<string[]> {
  const spec = await cluster.bgpSpec('ciliumbgppeerconfig', cluster.peerConfig)
  const families = (spec['families'] ?? []) as { afi: string; safi: string }[]
  return families.length === 0
    ? ['ipv4-unicast', 'ipv6-unicast']
    : families.map(({ afi, safi }) => `${afi}-${safi}`).sort()
}

/** A route of the node went away after the instant. */
export const withdrawnSince = (observer: Observer, node: string, since: Since): Condition =>
  until.event(
    `routes of ${node} withdrawn`,
    ({ news }) =>
      news?.news === 'route-withdrawn' && news.existed && observer.checker.nodeOf(news.peer) === node,
    { since },
  )

/** In a rollout an agent is ready when its session is back with all routes: what the drill waits for on clusters without probes. */
export const readyWhenBack =
  (stage: Stage, since: Since) =>
  async (node: string): Promise<void> => {
    await stage.wait(establishedSince(stage.router.observer, node, since))
    await stage.wait(announcesAgain(stage.router.observer, node))
  }

/** Nothing that the node announces is stale, and it announces something. */
const announcesAgain = (observer: Observer, node: string): Condition => ({
  name: `routes of ${node} announced again`,
  progress: () => {
    const peer = peerOf(observer, node)
    return peer !== undefined && peer.routes > 0 && peer.staleRoutes === 0
      ? []
      : [{ node, why: `${peer?.staleRoutes ?? 0} of its routes are stale` }]
  },
})

/** Pod CIDRs of the node, as CiliumNode has them. */
export const ownPrefixes = (observer: Observer, node: string): readonly string[] =>
  nodeRows(observer).find((row) => row.node === node)?.podCidrs ?? []

/** Every change so far has stood for the settle time: only then does a verdict say all. */
export const settled = (observer: Observer): Condition => ({
  name: 'settled',
  progress: () =>
    observer.verdict().unsettled.map(({ node, prefix }) => ({ node, why: `${prefix} has not settled` })),
})
