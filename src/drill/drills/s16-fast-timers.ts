import { until } from '../../harness/until.ts'
import { none, same, seconds } from '../bars.ts'
import type { Drill } from '../contract.ts'
import { judgeLoss, silence } from '../dead-node.ts'
import { peerOf } from '../facts.ts'

/** S16: the shortest hold time there is: a dead node is found in 3 s, and nothing flaps meanwhile. */
export const fastTimers: Drill = {
  id: 'S16',
  name: 'fast-timers',
  does: 'hold time 3 s: a soak without a flap, then one node falls silent',
  needs: { gracefulRestart: 'off', abilities: ['freeze'] },
  source: 'RFC 4271 §4.2: the shortest hold time',
  defaults: { holdTime: 3e6, span: 60e6 },
  seconds: 80,
  async run(stage) {
    const { router, nodes, parameters } = stage
    for (const node of nodes)
      stage.bar(
        same(
          { name: 'negotiated hold time: the lower one', node, source: 'RFC 4271 §4.2' },
          `${parameters.holdTime / 1e6} s`,
          `${peerOf(router.observer, node)?.established?.holdTime} s`,
        ),
      )
    const soak = router.window('soak')
    await stage.step(`nothing is done for ${seconds(parameters.span)}`, () => stage.pause(parameters.span))
    await soak.close()
    stage.bar(
      none(
        { name: 'no session flaps', source: 'S16' },
        soak.flaps(),
        ({ node, cause }) => `${node} ${cause.kind}`,
      ),
      none({ name: 'no route changes', source: 'S16' }, soak.withdrawals(), ({ prefix }) => prefix),
    )
    const { window, frozenAt } = await silence(stage, () => stage.wait(until.quiet('1s')))
    judgeLoss(stage, window, frozenAt)
  },
}
