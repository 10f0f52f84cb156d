import { plural } from '../../core/errors/plural.ts'
import { until } from '../../harness/until.ts'
import type { Window } from '../../harness/contract.ts'
import { asExpected, holds, none, same } from '../bars.ts'
import type { Bar, Drill, Stage } from '../contract.ts'
import { UNSELECT } from '../expectations.ts'
import { openOf, peerOf, restartsOf, routeLines } from '../facts.ts'
import { othersUndisturbed } from '../judge-restart.ts'
import { closedSince, holdsAgain } from '../moves.ts'
import { expectationFor } from '../versions.ts'

interface Instance {
  readonly name: string
  readonly localASN?: number
}

/** What is told of every node that the change is for. */
interface Change {
  /** "localASN": in front of every bar. */
  readonly field: string
  readonly from: string
  readonly to: string
  /** Nodes whose instances it makes anew. */
  readonly nodes: readonly string[]
  readonly put: () => Promise<void>
  readonly putBack: () => Promise<void>
  /** That the change is there; nothing where the router cannot see it. */
  readonly took: (node: string) => readonly Bar[]
}

/** S22: another localASN, routerID or localPort makes the instance anew: no retention, whatever graceful restart says. */
export const instanceRecreated: Drill = {
  id: 'S22',
  name: 'instance-recreated',
  does: 'changes localASN, routerID and localPort, each of which makes a BGP instance anew',
  needs: { gracefulRestart: 'any' },
  uses: ['node'],
  source: 'CiliumBGPClusterConfig spec.bgpInstances[].localASN; CiliumBGPNodeConfigOverride',
  seconds: 60,
  async run(stage) {
    const before = prefixLines(stage)
    for (const make of [anotherAs, anotherIdentifier, aPort]) await change(stage, await make(stage), before)
  },
}

/** Of all nodes: the cluster's configuration says it. */
async function anotherAs({ cluster, router, nodes }: Stage): Promise<Change> {
  const { clusterConfig } = cluster
  const spec = await cluster.bgpSpec('ciliumbgpclusterconfig', clusterConfig)
  const instances = (spec['bgpInstances'] ?? []) as Instance[]
  const was = instances[0]?.localASN ?? 0
  const put = (asn: number): Promise<void> =>
    cluster.patchBgp('ciliumbgpclusterconfig', clusterConfig, {
      bgpInstances: instances.map((instance) => ({ ...instance, localASN: asn })),
    })
  return {
    field: 'localASN',
    from: String(was),
    to: String(was + 1),
    nodes,
    put: () => put(was + 1),
    putBack: () => put(was),
    took: (node) => [
      same(
        { name: 'localASN: its new AS', node, source: 'S22' },
        String(was + 1),
        String(peerOf(router.observer, node)?.asn),
      ),
    ],
  }
}

async function anotherIdentifier(stage: Stage): Promise<Change> {
  const { router, node } = stage
  const was = identifierOf(stage)
  const other = nextIdentifier(
    was,
    stage.nodes.map((each) => peerOf(router.observer, each)?.identifier ?? ''),
  )
  return {
    field: 'routerID',
    from: was,
    to: other,
    ...(await ofTheNode(stage, { routerID: other })),
    took: () => [
      same({ name: 'routerID: its new identifier', node, source: 'S22' }, other, identifierOf(stage)),
    ],
  }
}

/** An agent that is given a port listens on it; without one it dials only. */
async function aPort(stage: Stage): Promise<Change> {
  const port = await stage.cluster.freePort()
  return {
    field: 'localPort',
    from: 'none',
    to: String(port),
    ...(await ofTheNode(stage, { localPort: port })),
    took: () => [],
  }
}

/** Fields of the node's instance, by its override: no other node is touched. */
async function ofTheNode(
  { cluster, node }: Stage,
  fields: object,
): Promise<Pick<Change, 'nodes' | 'put' | 'putBack'>> {
  const kind = 'ciliumbgpnodeconfigoverride'
  const spec = await cluster.bgpSpec(kind, node)
  const instances = (spec['bgpInstances'] ?? []) as Instance[]
  return {
    nodes: [node],
    put: () =>
      cluster.patchBgp(kind, node, {
        bgpInstances: instances.map((instance) => ({ ...instance, ...fields })),
      }),
    putBack: () => cluster.patchBgp(kind, node, { bgpInstances: instances }),
  }
}

async function change(stage: Stage, made: Change, before: readonly string[]): Promise<void> {
  const { router } = stage
  const { field, from, to, nodes } = made
  const undone = stage.undo(`${field} ${from} again`, () => made.putBack())
  const graceful = openOf(router.observer, stage.node) !== undefined
  const window = router.window(`another ${field}`)
  const whose = nodes.length === 1 ? ` of ${nodes[0]}` : ''
  await stage.step(`${field}${whose}: ${from} → ${to}`, async () => {
    await made.put()
    for (const each of nodes) await stage.wait(closedSince(router.observer, each, window))
  })
  await stage.step('all sessions and routes are back', () => holdsAgain(stage, nodes, window))
  await stage.wait(until.quiet('1s'))
  await window.close()
  judge(stage, made, window, graceful)
  const after = prefixLines(stage)
  stage.bar(
    holds(
      { name: `${field}: the same prefixes in the end`, source: 'S22' },
      plural(before.length, 'route'),
      plural(after.length, 'route'),
      before.join() === after.join(),
    ),
  )
  await stage.step(`${field} is put back`, async () => {
    const mark = router.mark(`${field} put back`)
    await made.putBack()
    undone()
    for (const each of nodes) await stage.wait(closedSince(router.observer, each, mark))
    await holdsAgain(stage, nodes, mark)
    await stage.wait(until.quiet('1s'))
  })
}

function judge(stage: Stage, { field, nodes, took }: Change, window: Window, graceful: boolean): void {
  const theory = expectationFor(UNSELECT[graceful ? 'on' : 'off'], stage.version)
  for (const node of nodes) {
    const stale = window.staleIntervals({ node })
    const said = window.notifications({ node }).filter(({ direction }) => direction === 'in')
    stage.bar(
      asExpected(
        { name: `${field}: one NOTIFICATION, and which`, node, evidence: said.map(({ seq }) => seq) },
        theory,
        said.map(({ code, subcode }) => `NOTIFICATION ${code}/${subcode}`).join(', ') || 'none',
      ),
      holds(
        {
          name: `${field}: its session ends once`,
          node,
          source: 'S22',
          evidence: window.flaps({ node }).map(({ seq }) => seq),
        },
        '1',
        String(restartsOf(window, node).length),
        restartsOf(window, node).length === 1,
      ),
      none(
        { name: `${field}: nothing is kept as stale`, node, source: 'S22: the instance is another one' },
        stale.map((interval) => ({ seq: interval.from.seq, interval })),
        ({ interval }) => `${plural(interval.routes, 'route')} of ${interval.family}`,
      ),
      ...took(node),
    )
  }
  if (nodes.length === 1) {
    const { name, ...bar } = othersUndisturbed(window, stage.nodes, nodes)
    stage.bar({ ...bar, name: `${field}: ${name}` })
  }
}

const identifierOf = ({ router, node }: Stage): string => peerOf(router.observer, node)?.identifier ?? ''

/** An identifier beside the one that there is, and nobody's. */
function nextIdentifier(was: string, taken: readonly string[]): string {
  const [a = '192', b = '0', c = '2'] = was.split('.')
  for (let last = 254; ; last--) {
    const other = [a, b, c, last].join('.')
    if (!taken.includes(other)) return other
  }
}

/** Without attributes: the AS path is another one. */
const prefixLines = (stage: Stage): string[] =>
  routeLines(stage.router.observer)
    .map((line) => line.split(' ').slice(0, 2).join(' '))
    .sort()
