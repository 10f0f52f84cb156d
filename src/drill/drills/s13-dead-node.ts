import { between, none } from '../bars.ts'
import type { Drill } from '../contract.ts'
import { judgeLoss, silence, TOLERANCE } from '../dead-node.ts'
import { openOf, restartsOf } from '../facts.ts'
import { othersUndisturbed } from '../judge-restart.ts'
import { restartTimeOf, withdrawnSince } from '../moves.ts'

/** S13: a node dies without a word, graceful restart on: its routes stay for hold time and restart time. */
export const deadNode: Drill = {
  id: 'S13',
  name: 'dead-node',
  does: 'one node falls silent without FIN, graceful restart on',
  needs: { gracefulRestart: 'on', abilities: ['freeze'] },
  uses: ['node'],
  source: 'node failure, unplanned; RFC 8538 §4.1',
  defaults: { restartTime: 15e6 },
  seconds: 40,
  async run(stage) {
    const { node, nodes, router } = stage
    const restartTime = restartTimeOf(router.observer, node)
    // Without the N bit a NOTIFICATION, ours included, ends retention (RFC 4724 §4.2).
    const kept = openOf(router.observer, node)?.notification === true ? restartTime : 0
    const seen = await silence(stage, (window) =>
      stage.wait(withdrawnSince(router.observer, node, window), restartTime + 30e6),
    )
    const { window, frozenAt } = seen
    const restart = judgeLoss(stage, seen)
    const gone = window.withdrawals({ node })
    const [again] = restartsOf(window, node)
    stage.bar(
      between(
        {
          name: 'its routes are flushed when the restart time is over too',
          node,
          source: kept === 0 ? 'RFC 4724 §4.2: no N bit' : 'RFC 8538 §4.1: N bit on both sides',
          evidence: gone.map(({ seq }) => seq),
        },
        restart === undefined || gone[0] === undefined ? undefined : gone[0].at - restart.closed.at,
        kept - TOLERANCE,
        kept + TOLERANCE,
      ),
      none(
        { name: 'none goes before', node, source: 'S13' },
        gone.filter(({ at }) => again === undefined || at < again.closed.at + kept - TOLERANCE),
        ({ prefix }) => prefix,
      ),
      othersUndisturbed(window, nodes, [node]),
    )
    if (gone[0] !== undefined)
      stage.note(
        `a dead node draws traffic for ${((gone[0].at - frozenAt) / 1e6).toFixed(2)} s with these timers`,
      )
  },
}
