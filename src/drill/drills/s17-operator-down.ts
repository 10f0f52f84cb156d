import { until } from '../../harness/until.ts'
import { atMost, info, none } from '../bars.ts'
import type { Drill, Stage } from '../contract.ts'
import { routeLines } from '../facts.ts'
import { establishedSince, holdsAgain } from '../moves.ts'

const NODE = 'drill-node'
const KEPT = 'drill-before'
const NEW = 'drill-during'
/** For the operator to catch up. */
const LIMIT = 60e6
/** For what must not happen. */
const WATCH = 10e6

/** S17: without the operator what there is goes on; what is new waits. */
export const operatorDown: Drill = {
  id: 'S17',
  name: 'operator-down',
  does: 'stops the operator, then adds a node and a Service and deletes one',
  needs: { gracefulRestart: 'any', services: true, abilities: ['operator', 'services'] },
  uses: [],
  source: 'Cilium BGP operations guide, "Cilium operator down"',
  seconds: 45,
  run,
}

async function run(stage: Stage): Promise<void> {
  const { cluster, router, nodes } = stage
  const gone = stage.undo(`Service ${KEPT} deleted`, () => cluster.removeService(KEPT))
  await stage.step(`a Service ${KEPT} is announced by every node`, async () => {
    const known = prefixes(stage)
    await cluster.addService(KEPT)
    await stage.wait(announcedByAll(stage, known))
  })
  const started = stage.undo('operator started', () => cluster.startOperator())
  const down = router.window('operator down')
  await stage.step('the operator is stopped', async () => {
    await cluster.stopOperator()
    await stage.pause(WATCH / 2)
  })
  await down.close()

  const before = prefixes(stage)
  const without = router.window('changes without operator')
  const nodeGone = stage.undo(`node ${NODE} removed`, () => cluster.removeNode(NODE))
  const serviceGone = stage.undo(`Service ${NEW} deleted`, () => cluster.removeService(NEW))
  await stage.step(`node ${NODE} and Service ${NEW} are added`, async () => {
    await cluster.addNode(NODE)
    await cluster.addService(NEW)
    await stage.pause(WATCH)
  })
  const added = prefixes(stage).filter((prefix) => !before.includes(prefix))
  await without.close()
  const deleting = router.window('a Service is deleted without operator')
  await stage.step(`Service ${KEPT} is deleted`, async () => {
    await cluster.removeService(KEPT)
    gone()
    await stage.pause(WATCH / 2)
  })
  // LB-IPAM may give its address to the Service that waits.
  const left = prefixes(stage)
  const withdrawn = [...new Set(deleting.withdrawals().map(({ prefix }) => prefix))]
  await deleting.close()

  const seq = router.observer.world.lastEvent.seq
  stage.bar(
    none(
      { name: 'sessions and routes that were there stay', source: 'S17' },
      [...down.flaps(), ...down.withdrawals(), ...without.flaps(), ...without.withdrawals()],
      (row) => row.node,
    ),
    none(
      { name: 'a new node has no session', node: NODE, source: 'S17: nobody makes its CiliumBGPNodeConfig' },
      without.established({ node: NODE }),
      ({ node }) => node,
    ),
    none(
      { name: 'a new Service is not announced', source: 'S17: nobody gives it an address' },
      added.map((prefix) => ({ seq, prefix })),
      ({ prefix }) => prefix,
    ),
    info(
      {
        name: 'deleting a Service',
        source: 'the guide: withdrawals stop too; the agent watches Services itself',
      },
      'withdrawn or not: nobody promises',
      withdrawn.length === 0 ? 'not withdrawn' : `withdrawn: ${withdrawn.join(', ')}`,
    ),
  )
  const back = router.window('operator back')
  await stage.step('the operator is started', async () => {
    await cluster.startOperator()
    started()
    await stage.wait(establishedSince(router.observer, NODE, back), 2 * LIMIT)
    await stage.wait(announcedByAll(stage, left), 2 * LIMIT)
    await holdsAgain(stage, [], back)
  })
  const took = router.now - back.from.at
  await back.close()
  stage.bar(
    atMost({ name: 'everything new is announced', source: 'S17' }, took, LIMIT),
    none(
      { name: 'and nothing else changes', source: 'S17' },
      back.flaps({ node: [...nodes] }),
      ({ node }) => node,
    ),
  )
  await stage.step('node and Service go', async () => {
    await cluster.removeService(NEW)
    serviceGone()
    await cluster.removeNode(NODE)
    nodeGone()
    await stage.wait(until.quiet('2s', { since: router.mark('cleaned up') }))
  })
}

const prefixes = (stage: Stage): string[] => [
  ...new Set(routeLines(stage.router.observer).map((line) => line.split(' ')[1]!)),
]

/** A prefix that was not there is announced by every node that there was at the beginning. */
const announcedByAll = (stage: Stage, known: readonly string[]) => ({
  name: 'a new prefix announced by every node',
  progress: () => {
    const lines = routeLines(stage.router.observer).map((line) => line.split(' '))
    const fresh = new Set(lines.map(([, prefix]) => prefix!).filter((prefix) => !known.includes(prefix)))
    const all = [...fresh].some((prefix) =>
      stage.nodes.every((node) => lines.some(([who, what]) => who === node && what === prefix)),
    )
    return all ? [] : [{ node: '(any)', why: `${fresh.size} new prefixes, none from every node` }]
  },
})
