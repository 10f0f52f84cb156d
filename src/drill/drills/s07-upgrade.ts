import type { Drill } from '../contract.ts'
import { hop, hopsOf, judgeHop } from '../upgrade.ts'

/** S07: an upgrade whose images were pulled before withdraws nothing. */
export const upgrade: Drill = {
  id: 'S07',
  name: 'upgrade',
  does: 'upgrades Cilium with preflight, release after release, graceful restart on',
  needs: { gracefulRestart: 'on', cilium: '1.19.7' },
  uses: ['delay', 'maxUnavailable', 'to'],
  losesNoProbe: true,
  source: 'Cilium upgrade guide: preflight, then helm upgrade',
  defaults: { to: '1.20.2' },
  seconds: 40,
  accepts: (terms) => void hopsOf(terms, 'up'),
  async run(stage) {
    let from = stage.version
    for (const to of hopsOf(stage, 'up')) {
      judgeHop(stage, await hop(stage, from, to, { preflight: true, delay: () => stage.parameters.delay }))
      from = to
    }
  },
}
