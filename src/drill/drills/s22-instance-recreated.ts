import { until } from '../../harness/until.ts'
import { asExpected, holds, none, same } from '../bars.ts'
import type { Drill, Stage } from '../contract.ts'
import { UNSELECT } from '../expectations.ts'
import { openOf, peerOf, restartsOf, routeLines } from '../facts.ts'
import { closedSince, holdsAgain } from '../moves.ts'
import { expectationFor } from '../versions.ts'

interface Instance {
  readonly localASN: number
}

/** S22: another local AS makes the instance anew: no retention, whatever graceful restart says. */
export const instanceRecreated: Drill = {
  id: 'S22',
  name: 'instance-recreated',
  does: 'changes localASN, which makes every BGP instance anew',
  needs: { gracefulRestart: 'any' },
  source: 'CiliumBGPClusterConfig spec.bgpInstances[].localASN',
  seconds: 25,
  run,
}

async function run(stage: Stage): Promise<void> {
  const { cluster, router, nodes, node, version } = stage
  const spec = await cluster.bgpSpec('ciliumbgpclusterconfig', cluster.clusterConfig)
  const instances = (spec['bgpInstances'] ?? []) as Instance[]
  const was = instances[0]?.localASN ?? 0
  const put = (asn: number): Promise<void> =>
    cluster.patchBgp('ciliumbgpclusterconfig', cluster.clusterConfig, {
      bgpInstances: instances.map((instance) => ({ ...instance, localASN: asn })),
    })
  const undone = stage.undo(`localASN ${was} again`, () => put(was))
  const graceful = openOf(router.observer, node) !== undefined
  const before = prefixLines(stage)
  const window = router.window('another AS')
  await stage.step(`localASN ${was} → ${was + 1}`, async () => {
    await put(was + 1)
    for (const each of nodes) await stage.wait(closedSince(router.observer, each, window))
  })
  await stage.step('all sessions and routes are back', () => holdsAgain(stage, nodes, window))
  await stage.wait(until.quiet('1s'))
  await window.close()

  const theory = expectationFor(UNSELECT[graceful ? 'on' : 'off'], version)
  for (const each of nodes) {
    const [restart] = restartsOf(window, each)
    const said = window.notifications({ node: each }).filter(({ direction }) => direction === 'in')
    stage.bar(
      asExpected(
        { name: 'one NOTIFICATION, and which', node: each, evidence: said.map(({ seq }) => seq) },
        theory,
        said.map(({ code, subcode }) => `NOTIFICATION ${code}/${subcode}`).join(', ') || 'none',
      ),
      none(
        { name: 'nothing is kept as stale', node: each, source: 'S22: the instance is another one' },
        (restart?.stale ?? []).map((interval) => ({ seq: interval.from.seq, interval })),
        ({ interval }) => `${interval.routes} routes of ${interval.family}`,
      ),
      same(
        { name: 'its new AS', node: each, source: 'S22' },
        String(was + 1),
        String(peerOf(router.observer, each)?.asn),
      ),
    )
  }
  const after = prefixLines(stage)
  stage.bar(
    holds(
      { name: 'the same prefixes in the end', source: 'S22' },
      `${before.length} routes`,
      `${after.length} routes`,
      before.join() === after.join(),
    ),
  )
  await stage.step('the AS is put back', async () => {
    const mark = router.mark('AS put back')
    await put(was)
    undone()
    await holdsAgain(stage, nodes, mark)
  })
}

/** Without attributes: the AS path is another one. */
const prefixLines = (stage: Stage): string[] =>
  routeLines(stage.router.observer)
    .map((line) => line.split(' ').slice(0, 2).join(' '))
    .sort()
