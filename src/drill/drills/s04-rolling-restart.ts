import { until } from '../../harness/until.ts'
import { holds } from '../bars.ts'
import type { Drill, Stage } from '../contract.ts'
import { difference, mostAtOnce, restartsOf, routeLines } from '../facts.ts'
import { endsOnce, gracefulBars, sameRoutes } from '../judge-restart.ts'
import { familiesOf, holdsAgain, readyWhenBack, restartTimeOf } from '../moves.ts'

/** S04: every agent restarts, so many at once; no route is ever withdrawn. */
export const rollingRestart: Drill = {
  id: 'S04',
  name: 'rolling-restart',
  does: 'restarts all agents as a DaemonSet rolls, graceful restart on',
  needs: { gracefulRestart: 'on' },
  uses: ['delay', 'maxUnavailable'],
  losesNoProbe: true,
  source: 'kubectl rollout restart ds/cilium',
  seconds: 35,
  run,
}

async function run(stage: Stage): Promise<void> {
  const { cluster, router, nodes, parameters } = stage
  const before = routeLines(router.observer)
  const promised = new Map(nodes.map((node) => [node, restartTimeOf(router.observer, node)]))
  const window = router.window('rolling restart')
  await stage.step(`agents restart, ${parameters.maxUnavailable} at once`, async () => {
    const back = stage.undo('all agents started', () => cluster.install())
    await cluster.rollout({
      maxUnavailable: parameters.maxUnavailable,
      delay: () => parameters.delay,
      ready: readyWhenBack(stage, window),
    })
    back()
  })
  await stage.step('all sessions and routes are back', () => holdsAgain(stage, nodes, window))
  await stage.wait(until.quiet('1s'))
  await window.close()

  for (const node of nodes) {
    const restarts = restartsOf(window, node)
    stage.bar(endsOnce({ name: 'its session ends once', node, source: 'S04' }, restarts))
    const [restart] = restarts
    if (restart === undefined) continue
    const restartTime = promised.get(node) ?? 0
    stage.bar(...gracefulBars(restart, window, { restartTime, families: familiesOf(router.observer, node) }))
    if (restart.endOfRib !== undefined)
      stage.margin({ name: 'restart', node, measured: restart.endOfRib, limit: restartTime })
  }
  const most = mostAtOnce(window, window.to.at)
  stage.bar(
    holds(
      { name: 'nodes away or stale at once', source: 'S04: maxUnavailable' },
      `at most ${parameters.maxUnavailable}`,
      String(most),
      most <= parameters.maxUnavailable,
    ),
    sameRoutes(before, difference(before, routeLines(router.observer)), 'S04'),
  )
}
