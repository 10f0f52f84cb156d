import { until } from '../../harness/until.ts'
import { asExpected } from '../bars.ts'
import type { Drill, Stage, StopSignal } from '../contract.ts'
import { FIRST_OPEN } from '../expectations.ts'
import { bits, difference, openOf, restartsOf, routeLines } from '../facts.ts'
import { gracefulBars, othersUndisturbed, sameRoutes } from '../judge-restart.ts'
import { familiesOf, holdsAgain, restartAgent, restartTimeOf } from '../moves.ts'
import { expectationFor } from '../versions.ts'

/** S03: one agent restarts within the restart time; nobody loses a route. */
export const restartAgentGracefully: Drill = {
  id: 'S03',
  name: 'restart-agent',
  does: 'restarts one agent, graceful restart on',
  needs: { gracefulRestart: 'on' },
  uses: ['node', 'delay'],
  losesNoProbe: true,
  source: 'Cilium BGP operations guide, "Restarting an Agent"',
  seconds: 15,
  run: (stage) => restartOnce(stage, 'SIGTERM'),
}

/** Restarts the agent of the drill's node once, and judges that as a graceful restart. */
async function restartOnce(stage: Stage, signal: StopSignal): Promise<void> {
  const { router, node, nodes, version } = stage
  const before = routeLines(router.observer)
  const restartTime = restartTimeOf(router.observer, node)
  const window = router.window(`${node} restarts`)
  await restartAgent(stage, node, signal)
  await stage.step('its session and its routes are back', () => holdsAgain(stage, [node], window))
  await stage.wait(until.quiet('1s'))
  await window.close()

  const [restart] = restartsOf(window, node)
  if (restart === undefined) throw new Error(`the session of ${node} did not end`)
  stage.bar(...gracefulBars(restart, window, { restartTime, families: familiesOf(router.observer, node) }))
  const open = expectationFor(FIRST_OPEN, version)
  stage.bar(
    asExpected(
      { name: 'its OPEN says that it restarted and kept its forwarding', node },
      open,
      bits(openOf(router.observer, node)),
    ),
    sameRoutes(before, difference(before, routeLines(router.observer)), 'S03'),
    othersUndisturbed(window, nodes, [node]),
  )
  if (restart.endOfRib !== undefined)
    stage.margin({ name: 'restart', node, measured: restart.endOfRib, limit: restartTime })
}
