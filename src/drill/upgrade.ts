// An upgrade or downgrade in place, one release after the other: what S07, S08 and S09 have in common.
import { UserError } from '../core/errors/user-error.ts'
import type { Micros } from '../core/speaker/contract.ts'
import type { Observer } from '../core/check/observer.ts'
import type { Window } from '../harness/contract.ts'
import { until } from '../harness/until.ts'
import { asExpected, holds, seconds } from './bars.ts'
import type { BgpKind, Cluster, Stage } from './contract.ts'
import { FIRST_OPEN } from './expectations.ts'
import { bits, difference, openOf, peerOf, restartsOf, routeLines, type OpenSeen } from './facts.ts'
import { endsOnce, gracefulBars, sameRoutes } from './judge-restart.ts'
import { familiesOf, holdsAgain, readyWhenBack, restartTimeOf } from './moves.ts'
import { compareVersions, expectationFor } from './versions.ts'

/** One hop as it was seen. */
export interface Hop {
  readonly from: string
  readonly to: string
  readonly window: Window
  readonly promised: ReadonlyMap<string, Micros>
  readonly before: readonly string[]
  readonly differs: readonly string[]
  /** Fields of the BGP resources that the release does not know: "ciliumbgppeerconfig lab spec.timers.holdTimeSeconds". */
  readonly unknown: readonly string[]
  readonly opens: ReadonlyMap<string, OpenSeen | undefined>
  /** Nodes in the order in which they were ready. */
  readonly order: readonly { readonly node: string; readonly at: Micros }[]
}

/** The releases to change to, one after the other: "1.19.7,1.20.2". Throws RW_USAGE for the wrong direction. */
export function hopsOf(stage: Pick<Stage, 'version' | 'parameters'>, direction: 'up' | 'down'): string[] {
  const hops = (stage.parameters.to ?? '').split(',').map((release) => release.trim().replace(/^v/, ''))
  let from = stage.version
  for (const to of hops) {
    const order = /^\d+\.\d+\.\d+$/.test(to) ? compareVersions(to, from) : Number.NaN
    if (!(direction === 'up' ? order > 0 : order < 0))
      throw new UserError('RW_USAGE', `--to ${to}: that is no ${direction}grade of ${from}`, {
        remedy: 'Give releases in their order, such as --cilium 1.18.11 --to 1.19.7,1.20.2.',
      })
    from = to
  }
  return hops
}

/** Brings every node to the release; the cluster goes back to what it had when the drill ends in the middle. */
export async function hop(
  stage: Stage,
  from: string,
  to: string,
  options: { readonly preflight: boolean; readonly delay: (node: string) => Micros },
): Promise<Hop> {
  const { cluster, router, nodes, parameters } = stage
  if (options.preflight) await stage.step(`${to} is made ready on every node`, () => cluster.preflight(to))
  const before = routeLines(router.observer)
  const promised = new Map(nodes.map((node) => [node, restartTimeOf(router.observer, node)]))
  const codes = new Map(nodes.map((node) => [node, capabilityCodes(router.observer, node)]))
  const fields = await bgpFields(cluster)
  const window = router.window(`${from} to ${to}`)
  const order: { node: string; at: Micros }[] = []
  const whenBack = readyWhenBack(stage, window)
  const undone = stage.undo(`all agents and the operator on ${from} again`, () =>
    cluster.upgrade(from, { maxUnavailable: nodes.length, delay: () => 0, ready: () => Promise.resolve() }),
  )
  await stage.step(`${from} → ${to}: definitions, operator, agents`, () =>
    cluster.upgrade(to, {
      maxUnavailable: parameters.maxUnavailable,
      delay: options.delay,
      ready: async (node) => {
        await whenBack(node)
        order.push({ node, at: router.now })
      },
    }),
  )
  await stage.step('all sessions and routes are back', () => holdsAgain(stage, nodes, window))
  undone()
  await stage.wait(until.quiet('1s'))
  await window.close()
  for (const node of nodes) {
    const told = capabilityChange(codes.get(node) ?? [], capabilityCodes(router.observer, node))
    if (told !== '') stage.note(`OPEN of ${node}, ${from} → ${to}: ${told}`)
  }
  return {
    from,
    to,
    window,
    promised,
    before,
    differs: difference(before, routeLines(router.observer)),
    unknown: await lostFields(cluster, fields),
    opens: new Map(nodes.map((node) => [node, openOf(router.observer, node)])),
    order,
  }
}

/** The bars of a hop in which nothing is to be lost: S04's for every node, and the mixed phase. */
export function judgeHop(stage: Stage, seen: Hop): void {
  const { nodes, router } = stage
  const { from, to, window, promised } = seen
  const open = expectationFor(FIRST_OPEN, to)
  for (const node of nodes) {
    const restarts = restartsOf(window, node)
    stage.bar(
      endsOnce(
        {
          name: `${from} → ${to}: its session ends once, when its own agent changes`,
          node,
          source: 'S07; cilium#45802: agents not yet upgraded must stay',
        },
        restarts,
      ),
    )
    const [restart] = restarts
    if (restart === undefined) continue
    const restartTime = promised.get(node) ?? 0
    stage.bar(...gracefulBars(restart, window, { restartTime, families: familiesOf(router.observer, node) }))
    stage.bar(asExpected({ name: 'its OPEN on the new release', node }, open, bits(seen.opens.get(node))))
    if (restart.endOfRib !== undefined)
      stage.margin({ name: `restart into ${to}`, node, measured: restart.endOfRib, limit: restartTime })
  }
  stage.bar(sameRoutes(seen.before, seen.differs, 'S07: attributes compared too'))
  stage.bar(
    holds(
      {
        name: `${from} → ${to}: it knows every field of the BGP resources`,
        source: 'S09: what a release does not know its definitions drop',
        otherwise: 'warn',
      },
      'all',
      seen.unknown.length === 0 ? 'all' : `not ${seen.unknown.join(', ')}`,
      seen.unknown.length === 0,
    ),
  )
  tellMixed(stage, seen)
}

/** Who ran what for how long while releases were mixed. */
export function tellMixed(stage: Stage, { from, to, window, order }: Hop): void {
  const first = window.flaps()[0]
  const last = order.at(-1)
  if (first === undefined || last === undefined) return
  const at = order.map((one) => `${one.node} +${seconds(one.at - first.at)}`).join(', ')
  stage.note(`${from} and ${to} mixed for ${seconds(last.at - first.at)}: on ${to} ${at}`)
}

type Fields = ReadonlyMap<string, readonly string[]>

/** Fields of the resources that configure the session with us, by kind and name. */
async function bgpFields(cluster: Cluster): Promise<Fields> {
  const resources: [BgpKind, string][] = [
    ['ciliumbgpclusterconfig', cluster.clusterConfig],
    ['ciliumbgppeerconfig', cluster.peerConfig],
  ]
  const fields = new Map<string, string[]>()
  for (const [kind, name] of resources)
    fields.set(`${kind} ${name}`, paths(await cluster.bgpSpec(kind, name)))
  return fields
}

async function lostFields(cluster: Cluster, before: Fields): Promise<string[]> {
  const after = await bgpFields(cluster)
  return [...before].flatMap(([resource, fields]) =>
    fields
      .filter((field) => after.get(resource)?.includes(field) !== true)
      .map((field) => `${resource} spec.${field}`),
  )
}

/** Every leaf: "timers.holdTimeSeconds", "families.0.afi". */
const paths = (value: unknown, at = ''): string[] =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([key, inner]) => paths(inner, at === '' ? key : `${at}.${key}`))
    : [at]

const capabilityCodes = (observer: Observer, node: string): number[] =>
  [
    ...new Set(
      (peerOf(observer, node)?.established?.received?.capabilities ?? []).map(({ code }) => Number(code)),
    ),
  ].sort((a, b) => a - b)

function capabilityChange(before: readonly number[], after: readonly number[]): string {
  const added = after.filter((code) => !before.includes(code))
  const gone = before.filter((code) => !after.includes(code))
  return [
    ...(added.length === 0 ? [] : [`capability ${added.join(', ')} added`]),
    ...(gone.length === 0 ? [] : [`capability ${gone.join(', ')} gone`]),
  ].join('; ')
}
