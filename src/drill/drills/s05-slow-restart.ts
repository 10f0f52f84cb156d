import { plural } from '../../core/errors/plural.ts'
import { until } from '../../harness/until.ts'
import { between, holds, none } from '../bars.ts'
import type { Drill, Stage } from '../contract.ts'
import { difference, restartsOf, routeLines } from '../facts.ts'
import { othersUndisturbed, sameRoutes } from '../judge-restart.ts'
import { holdsAgain, restartAgent, restartTimeOf } from '../moves.ts'

/** Around the instant at which a timer is to fire. */
const TOLERANCE = 1e6

/** S05: the agent takes longer than the restart time; its routes go at exactly that time, and return with it. */
export const slowRestart: Drill = {
  id: 'S05',
  name: 'slow-restart',
  does: 'restarts one agent so slowly that the restart time runs out',
  needs: { gracefulRestart: 'on' },
  uses: ['node', 'delay'],
  source: 'Cilium BGP operations guide: a slow image pull can exceed restartTimeSeconds',
  defaults: { restartTime: 15e6, delay: 20e6 },
  seconds: 30,
  run,
}

async function run(stage: Stage): Promise<void> {
  const { router, node, nodes } = stage
  const before = routeLines(router.observer)
  const restartTime = restartTimeOf(router.observer, node)
  const window = router.window(`${node} restarts slowly`)
  // Longer than the restart time whatever the lab's is, or there is nothing to see.
  const delay = Math.max(stage.parameters.delay, restartTime + 5e6)
  await restartAgent(stage, node, 'SIGTERM', { delay })
  await stage.step('its session and its routes are back', () => holdsAgain(stage, [node], window))
  await stage.wait(until.quiet('1s'))
  await window.close()

  const [restart] = restartsOf(window, node)
  const gone = window.withdrawals({ node })
  const held = before.filter((line) => line.startsWith(`${node} `)).length
  const early = gone.filter(({ cause }) => cause.kind !== 'stale-flush' || cause.why !== 'restart-timer')
  stage.bar(
    between(
      {
        name: 'its routes are flushed when the restart time is over',
        node,
        source: 'RFC 4724 §4.2',
        evidence: gone.map(({ seq }) => seq),
      },
      gone[0] === undefined || restart === undefined ? undefined : gone[0].at - restart.closed.at,
      restartTime - TOLERANCE,
      restartTime + TOLERANCE,
    ),
    holds(
      { name: 'all of them', node, source: 'S05' },
      plural(held, 'route'),
      plural(gone.length, 'route'),
      gone.length === held,
    ),
    none(
      { name: 'none for another reason', node, source: 'S05' },
      early,
      ({ prefix, cause }) => `${prefix} (${cause.kind === 'stale-flush' ? cause.why : cause.kind})`,
    ),
    sameRoutes(before, difference(before, routeLines(router.observer)), 'S05'),
    othersUndisturbed(window, nodes, [node]),
  )
  if (restart?.back !== undefined)
    stage.margin({ name: 'restart', node, measured: restart.back, limit: restartTime })
}
