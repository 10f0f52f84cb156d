import { plural } from '../../core/errors/plural.ts'
import { holds, same } from '../bars.ts'
import type { Drill, Stage } from '../contract.ts'
import { restartsOf } from '../facts.ts'
import { restartTimeOf } from '../moves.ts'
import { hop, hopsOf, tellMixed, type Hop } from '../upgrade.ts'

/** S08: the negative control. One image comes too slowly; the drill passes when that is found out. */
export const upgradeSlowPull: Drill = {
  id: 'S08',
  name: 'upgrade-slow-pull',
  does: 'upgrades without preflight, one node too slow: passes when the loss is detected',
  needs: { gracefulRestart: 'on', cilium: '1.19.7' },
  uses: ['node', 'delay', 'maxUnavailable', 'to'],
  source: 'Cilium BGP operations guide: a slow image pull can exceed restartTimeSeconds',
  defaults: { to: '1.20.2', restartTime: 15e6 },
  seconds: 50,
  accepts: (terms) => void hopsOf(terms, 'up'),
  async run(stage) {
    const [to = ''] = hopsOf(stage, 'up')
    const slow = Math.max(stage.parameters.delay, restartTimeOf(stage.router.observer, stage.node) + 5e6)
    const delay = (node: string): number => (node === stage.node ? slow : stage.parameters.delay)
    judge(stage, await hop(stage, stage.version, to, { preflight: false, delay }))
  },
}

function judge(stage: Stage, seen: Hop): void {
  const { window, promised } = seen
  for (const node of stage.nodes) {
    const lost = window.withdrawals({ node })
    const [restart] = restartsOf(window, node)
    const slow = node === stage.node
    const reasons = [
      ...new Set(lost.map(({ cause }) => (cause.kind === 'stale-flush' ? cause.why : cause.kind))),
    ].join(', ')
    stage.bar(
      same(
        {
          name: slow ? 'the loss is detected' : 'no loss is seen where there was none',
          node,
          source: 'S08: negative control',
          evidence: lost.map(({ seq }) => seq),
        },
        slow ? 'routes lost: restart-timer' : 'no route lost',
        lost.length === 0 ? 'no route lost' : `routes lost: ${reasons}`,
      ),
    )
    if (restart?.back !== undefined)
      stage.margin({
        name: `restart into ${seen.to}`,
        node,
        measured: restart.back,
        limit: promised.get(node) ?? 0,
      })
  }
  stage.bar(
    holds(
      { name: 'the same routes in the end', source: 'S08' },
      plural(seen.before.length, 'route'),
      seen.differs.length === 0 ? plural(seen.before.length, 'route') : seen.differs.slice(0, 4).join('; '),
      seen.differs.length === 0,
    ),
  )
  tellMixed(stage, seen)
}
