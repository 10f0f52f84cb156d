import { plural } from '../../core/errors/plural.ts'
import { until } from '../../harness/until.ts'
import { asExpected, atMost, holds } from '../bars.ts'
import type { Drill, Stage } from '../contract.ts'
import { FAREWELL } from '../expectations.ts'
import { difference, farewellText, restartsOf, routeLines } from '../facts.ts'
import { othersUndisturbed, sameRoutes } from '../judge-restart.ts'
import { holdsAgain, restartAgent } from '../moves.ts'
import { expectationFor } from '../versions.ts'

/** S02: without graceful restart the routes of the node go at once, and come back with it. */
export const restartAgentPlainly: Drill = {
  id: 'S02',
  name: 'restart-agent-plain',
  does: 'restarts one agent, graceful restart off',
  needs: { gracefulRestart: 'off' },
  uses: ['node', 'delay'],
  source: 'Cilium BGP operations guide, "Restarting an Agent"',
  seconds: 12,
  run,
}

async function run(stage: Stage): Promise<void> {
  const { router, node, nodes, version, parameters } = stage
  const before = routeLines(router.observer)
  const window = router.window(`${node} restarts`)
  await restartAgent(stage, node, 'SIGTERM')
  await stage.step('its session and its routes are back', () => holdsAgain(stage, [node], window))
  await stage.wait(until.quiet('1s'))
  await window.close()

  const [restart] = restartsOf(window, node)
  const farewell = expectationFor(FAREWELL, version)
  stage.bar(asExpected({ name: 'how the agent says farewell', node }, farewell, farewellText(restart)))
  const gone = window.withdrawals({ node })
  const held = before.filter((line) => line.startsWith(`${node} `)).length
  const last = gone.at(-1)
  stage.bar(
    holds(
      {
        name: 'all its routes go with the session',
        node,
        source: 'RFC 4271 §8.2; S02',
        evidence: gone.map(({ seq }) => seq),
      },
      plural(held, 'route'),
      `${gone.filter(({ cause }) => cause.kind === 'session-closed').length} routes`,
      gone.length === held && gone.every(({ cause }) => cause.kind === 'session-closed'),
    ),
    atMost(
      { name: 'they go at once', node, source: 'S02' },
      last === undefined || restart === undefined ? undefined : last.at - restart.closed.at,
      1e6,
    ),
    atMost(
      { name: 'the agent is back', node, source: 'S02: boot and connect retry' },
      restart?.back,
      parameters.delay + 4 * parameters.connectRetry + 30e6,
    ),
    sameRoutes(before, difference(before, routeLines(router.observer)), 'S02'),
    othersUndisturbed(window, nodes, [node]),
  )
  if (restart?.firstRoute !== undefined)
    stage.note(`routes of ${node} away for ${(restart.firstRoute / 1e6).toFixed(2)} s`)
}
