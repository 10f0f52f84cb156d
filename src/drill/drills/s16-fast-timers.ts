import { until } from '../../harness/until.ts'
import { holds, none, same, seconds } from '../bars.ts'
import type { Drill, Stage } from '../contract.ts'
import { judgeLoss, silence } from '../dead-node.ts'
import { peerOf } from '../facts.ts'

/** Of the processors' time: less is no load to speak of. */
const BUSY = 0.9

/** S16: the shortest hold time there is: a dead node is found in 3 s, and nothing flaps meanwhile, however busy the processors are. */
export const fastTimers: Drill = {
  id: 'S16',
  name: 'fast-timers',
  does: 'hold time 3 s: a soak under processor load without a flap, then one node falls silent',
  needs: { gracefulRestart: 'off', abilities: ['freeze', 'load'] },
  uses: ['node', 'span', 'load'],
  source: 'RFC 4271 §4.2: the shortest hold time',
  defaults: { holdTime: 3e6, span: 60e6, load: 1 },
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
    await soakUnderLoad(stage)
    await soak.close()
    stage.bar(
      none(
        { name: 'no session flaps', source: 'S16' },
        soak.flaps(),
        ({ node, cause }) => `${node} ${cause.kind}`,
      ),
      none({ name: 'no route changes', source: 'S16' }, soak.withdrawals(), ({ prefix }) => prefix),
    )
    judgeLoss(stage, await silence(stage, () => stage.wait(until.quiet('1s'))))
  },
}

async function soakUnderLoad(stage: Stage): Promise<void> {
  const { cluster, parameters } = stage
  const { load, span } = parameters
  if (load === 0) {
    await stage.step(`nothing is done for ${seconds(span)}`, () => stage.pause(span))
    stage.note('the soak was without load')
    return
  }
  const idle = stage.undo('processors are idle again', async () => void (await cluster.load(0)))
  let busy = 0
  await stage.step(
    `nothing is done for ${seconds(span)} but to keep every processor busy (${load} for each)`,
    async () => {
      await cluster.load(load)
      await stage.pause(span)
      busy = await cluster.load(0)
      idle()
    },
  )
  stage.bar(
    holds(
      { name: 'the processors were busy', source: 'S16: without a load little was tried', otherwise: 'warn' },
      `at least ${BUSY * 100} %`,
      `${(busy * 100).toFixed(1)} %`,
      busy >= BUSY,
    ),
  )
}
