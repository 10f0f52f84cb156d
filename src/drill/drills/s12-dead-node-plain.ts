import { plural } from '../../core/errors/plural.ts'
import { until } from '../../harness/until.ts'
import { atMost, holds } from '../bars.ts'
import type { Drill } from '../contract.ts'
import { judgeLoss, silence } from '../dead-node.ts'
import { routeLines } from '../facts.ts'
import { othersUndisturbed } from '../judge-restart.ts'

/** S12: a node dies without a word, graceful restart off: its routes stay for the hold time and go with it. */
export const deadNodePlain: Drill = {
  id: 'S12',
  name: 'dead-node-plain',
  does: 'one node falls silent without FIN, graceful restart off',
  needs: { gracefulRestart: 'off', abilities: ['freeze'] },
  uses: ['node'],
  source: 'node failure, unplanned',
  seconds: 25,
  async run(stage) {
    const { node, nodes, router } = stage
    const held = routeLines(router.observer).filter((line) => line.startsWith(`${node} `)).length
    const seen = await silence(stage, () => stage.wait(until.quiet('1s')))
    const { window } = seen
    const restart = judgeLoss(stage, seen)
    const gone = window.withdrawals({ node })
    stage.bar(
      holds(
        { name: 'all its routes go', node, source: 'S12', evidence: gone.map(({ seq }) => seq) },
        plural(held, 'route'),
        plural(gone.length, 'route'),
        gone.length === held,
      ),
      atMost(
        { name: 'they go with the session', node, source: 'S12' },
        restart === undefined || gone.at(-1) === undefined ? undefined : gone.at(-1)!.at - restart.closed.at,
        1e6,
      ),
      othersUndisturbed(window, nodes, [node]),
    )
  },
}
